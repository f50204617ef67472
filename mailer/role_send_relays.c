/* The sender's side of its relays: the present they go by, what they have to say, and deliveries whose fate they decide late. */
#include <string.h>

#include "base/log.h"
#include "mailer/role_send_turn.h"
#include "mailer/send/pacing_store.h"
#include "schedules/zones.h"

static bool follow_day(struct sending *sending, int64_t now_ms, struct err *err) {
    int minute;
    if (now_ms >= sending->paris_from_ms && now_ms < sending->paris_until_ms) return true;
    zone_local("Europe/Paris", now_ms, &sending->paris_day, &minute);
    return zone_to_instant("Europe/Paris", sending->paris_day, 0, &sending->paris_from_ms, err) &&
           zone_to_instant("Europe/Paris", sending->paris_day + 1, 0, &sending->paris_until_ms, err);
}

bool relays_follow(struct sending *sending, struct err *err) {
    int64_t now_ms = app_now_ms(sending->app);
    if (!sending->relays) return true;
    if (!follow_day(sending, now_ms, err)) return false;
    const struct relays_instant now = {.clock_ms = now_ms, .steady_us = monotonic_ms() * 1000, .day = sending->paris_day,
                                       .day_ends_ms = sending->paris_until_ms};
    relays_now(sending->relays, &now);
    return true;
}

int64_t relays_away_until_ms(const struct sending *sending) {
    return sending->relays ? relays_rest_until_ms(sending->relays) : -1;
}

void relays_tell(struct sending *sending) {
    struct relays_notice one;
    while (sending->relays && relays_notice(sending->relays, &one)) log_write(one.alert ? LOG_ERROR : LOG_WARNING, "%s", one.text);
}

/* -- settling ---------------------------------------------------------------------------------------------------------- */
/* A refusal that was held back: its delivery is looked up by the dispatch it struck. Anything else may have become of it
 * meanwhile (a deadline, an answer, another contact): then that stands. */
struct held_back { struct event event; bool doubted; char party_id[32], reply[SMTP_REPLY_TEXT], code[24], address[ADDRESS_TEXT]; };

static int load_held_back(struct sending *sending, int64_t dispatch_id, struct held_back *held, struct err *err) {
    AUTO(db_rows) rows = db_query(sending->app->db, err,
                                  "SELECT d.id, d.wave_id, w.campaign_id, d.party_id, p.address, COALESCE(p.code, 0), COALESCE(p.reply, ''), d.resends "
                                  "FROM dispatch p JOIN delivery d ON d.id = p.delivery_id JOIN wave w ON w.id = d.wave_id "
                                  "WHERE p.id = $1 AND d.dispatch_id = p.id AND d.state = $2 AND d.reason = 'policy'",
                                  DB_I(dispatch_id), DB_I(DELIVERY_DEFERRED));
    int got = db_next(rows, err);
    if (got <= 0) return got;
    held->event = (struct event){.at_ms = app_now_ms(sending->app), .delivery_id = db_int(rows, 0), .wave_id = db_int(rows, 1),
                                 .campaign_id = db_int(rows, 2), .dispatch_id = dispatch_id, .party_id = held->party_id,
                                 .address = held->address, .text = held->reply, .code = held->code, .origin = "send"};
    snprintf(held->party_id, sizeof held->party_id, "%s", db_text(rows, 3));
    snprintf(held->address, sizeof held->address, "%s", db_text(rows, 4));
    if (db_int(rows, 5)) snprintf(held->code, sizeof held->code, "%lld", (long long)db_int(rows, 5));
    snprintf(held->reply, sizeof held->reply, "%s", db_text(rows, 6));
    held->doubted = db_int(rows, 7) > 0;
    return 1;
}

static bool settle_held(struct sending *sending, const struct relays_settled *settled, struct err *err) {
    static struct held_back held;
    held = (struct held_back){0};
    int found = load_held_back(sending, settled->delivery_id, &held, err);
    if (found <= 0) return found == 0;
    struct delivery_move move = {.from = DELIVERY_DEFERRED, .to = DELIVERY_FAILED, .reason = "refused", .not_before_ms = -1};
    sending->counts.deferred--;
    if (settled->what == RELAYS_RELEASED) { /* not charged: the refusal was about us */
        move = (struct delivery_move){.from = DELIVERY_DEFERRED, .to = DELIVERY_READY, .reason = "relay", .tries = -1,
                                      .not_before_ms = max_i64(settled->until_ms, held.event.at_ms)};
        held.event.event = "released";
        sending->counts.released++;
    } else if (held.doubted) { /* its first copy may have arrived all the same */
        move.to = DELIVERY_IN_DOUBT;
        sending->counts.in_doubt++;
    } else
        sending->counts.failed++;
    return delivery_move(sending->app->db, &move, &held.event, err) &&
           (move.to != DELIVERY_IN_DOUBT || doubt_give_back(sending->app->db, held.event.delivery_id, err));
}

/* Taken back from a relay that pauses: it will be claimed anew, for another one. */
static bool settle_back(struct sending *sending, int64_t dispatch_id, struct err *err) {
    for (int i = 0; i < sending->slot_count; i++) {
        struct slot *slot = &sending->slots[i];
        if (slot->state == SLOT_FREE || slot->delivery.held.dispatch_id != dispatch_id) continue;
        slot->state = SLOT_FREE;
        sending->slots_used--;
        return claim_let_go(sending, &slot->delivery, -1, err);
    }
    return true;
}

bool relays_settle_turn(struct sending *sending, struct err *err) {
    struct relays_settled settled;
    if (!sending->relays) return true;
    while (relays_settled(sending->relays, &settled))
        if (!(settled.what == RELAYS_BACK ? settle_back(sending, settled.delivery_id, err) : settle_held(sending, &settled, err))) return false;
    return pacing_save(sending->app->db, sending->relays, false, err);
}

bool relays_settle_rest(struct sending *sending, bool *some, struct err *err) {
    *some = sending->relays && relays_settle_all(sending->relays);
    relays_tell(sending);
    if (!*some) return true;
    AUTO(tx) tx = tx_begin(sending->app->db, sending->durable_turns ? TX_DURABLE : TX_FAST, err);
    return tx && campaigns_notice(sending, err) && relays_settle_turn(sending, err) && tx_commit(TX_TAKE(tx), err);
}
