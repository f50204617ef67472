/* Claiming, many at a time: one commit, durable before any of them is touched (role_send_sync.c), so that after a power cut what is
 * claimed and has no durable result is exactly what is uncertain. */
#include <string.h>

#include "mailer/role_send_turn.h"

enum { LEASE_PAUSE_MS = 100, RATE_SHARE = 6 /* of a minute's messages */ };

/* The address was lost since it was chosen, dead (another wave's bounce, a mailbox shared by two) or taken back with the
 * import that gave it: the next contact's turn, if there is one. */
static bool pass_on(struct sending *sending, const struct held_delivery *held, const struct gate_answer *answer, bool *again,
                    struct err *err) {
    bool dead = answer->gate == GATE_SKIP && !strcmp(answer->reason, "dead-address"),
         taken_back = answer->gate == GATE_SKIP && !strcmp(answer->reason, "taken-back");
    *again = false;
    if (held->doubted || (!dead && !taken_back)) return true;
    return delivery_next_contact(sending->app->db, held->id, held->state, dead ? ADDRESS_DEAD : ADDRESS_TAKEN_BACK,
                                 app_now_ms(sending->app), &sending->settings.key, "send", again, err);
}

static struct event event_of(const struct sending *sending, const struct held_delivery *held) {
    return (struct event){.at_ms = app_now_ms(sending->app), .campaign_id = held->campaign_id, .wave_id = held->wave_id,
                          .delivery_id = held->id, .dispatch_id = held->dispatch_id, .party_id = held->party_id, .origin = "send"};
}

/* A doubt that may not be sent again now is never skipped: it waits, or is held for a person, who may still ask for its resend. */
static bool refuse_doubt(struct sending *sending, const struct held_delivery *held, const struct gate_answer *answer, struct err *err) {
    struct db *db = sending->app->db;
    const struct event event = event_of(sending, held);
    return answer->gate == GATE_LATER
               ? db_run(db, err, "UPDATE delivery SET not_before_ms = $1 WHERE id = $2", DB_I(answer->later_ms), DB_I(held->id))
               : doubt_hold(db, answer->reason, &event, err);
}

bool due_refused(struct sending *sending, const struct held_delivery *held, const struct gate_answer *answer, struct err *err) {
    bool again = false;
    if (answer->gate == GATE_RELEASE) return true; /* a campaign that does not run is not leased again */
    if (!pass_on(sending, held, answer, &again, err)) return false;
    if (again) return true;
    if (held->state == DELIVERY_IN_DOUBT) return refuse_doubt(sending, held, answer, err);
    struct event event = event_of(sending, held);
    if (answer->gate == GATE_LATER) {
        event.event = "postponed";
        return delivery_set(sending->app->db, held->state, held->state, answer->reason, answer->later_ms, &event, err);
    }
    *(held->doubted ? &sending->counts.in_doubt : &sending->counts.skipped) += 1;
    enum delivery_state to = held->doubted ? DELIVERY_IN_DOUBT : DELIVERY_SKIPPED;
    return delivery_set(sending->app->db, held->state, to, answer->reason, -1, &event, err) &&
           (!held->doubted || doubt_give_back(sending->app->db, held->id, err));
}

bool claim_refused(struct sending *sending, const struct held_delivery *held, const struct gate_answer *answer, struct err *err) {
    bool again = false;
    if (!pass_on(sending, held, answer, &again, err)) return false;
    if (again) return true;
    struct event event = event_of(sending, held);
    struct delivery_move move = {.from = DELIVERY_CLAIMED, .to = DELIVERY_READY, .reason = answer->reason, .not_before_ms = -1, .tries = -1};
    if (answer->gate == GATE_SKIP) {
        *(held->doubted ? &sending->counts.in_doubt : &sending->counts.skipped) += 1;
        move.to = held->doubted ? DELIVERY_IN_DOUBT : DELIVERY_SKIPPED;
        move.tries = 0;
        return delivery_move(sending->app->db, &move, &event, err) && (!held->doubted || doubt_give_back(sending->app->db, held->id, err));
    }
    sending->counts.released++;
    event.event = answer->gate == GATE_LATER ? "postponed" : "released";
    if (answer->gate == GATE_LATER) move.not_before_ms = answer->later_ms;
    return delivery_move(sending->app->db, &move, &event, err);
}

int claim_stands(struct sending *sending, struct leased_delivery *delivery, struct err *err) {
    if (delivery->ours_at == sending->facts_version) return 1;
    int stands = delivery_still_held(sending->app->db, &delivery->held, sending->run_id, err);
    if (stands > 0) delivery->ours_at = sending->facts_version;
    return stands;
}

bool claim_let_go(struct sending *sending, struct leased_delivery *delivery, int64_t until_ms, struct err *err) {
    int stands = claim_stands(sending, delivery, err);
    if (stands <= 0) return stands == 0;
    struct event event = event_of(sending, &delivery->held);
    event.event = "";
    const struct delivery_move move = {.from = DELIVERY_CLAIMED, .to = DELIVERY_READY, .not_before_ms = until_ms, .tries = -1};
    return delivery_move(sending->app->db, &move, &event, err);
}

bool lease_let_go(struct sending *sending, struct err *err) {
    for (; sending->queue_count; sending->spare[sending->spare_count++] = sending->queue[--sending->queue_count])
        if (!claim_let_go(sending, &sending->leased[sending->queue[sending->queue_count - 1]], -1, err)) return false;
    sending->queue_durable = 0;
    return true;
}

/* Its group of domains has enough before it: it stays as it is, and is looked at again then. Not a line in the ledger each
 * time, for nothing has happened to it. */
static bool postpone(struct sending *sending, const struct held_delivery *held, int64_t until_ms, struct err *err) {
    return db_run(sending->app->db, err, "UPDATE delivery SET not_before_ms = $1 WHERE id = $2 AND state = $3", DB_I(until_ms), DB_I(held->id),
                  DB_I(held->state));
}

static const char *domain_of(const struct held_delivery *held) { return strrchr(held->address, '@') + 1; }

/* Whether it may go now; what may not is dealt with. 1, 0, -1. */
static int may_go(struct sending *sending, struct leased_delivery *leased, int64_t now_ms, struct err *err) {
    int64_t until_ms;
    struct gate_answer answer = gate_of(sending, leased, false, now_ms, err);
    if (answer.gate == GATE_ERROR) return -1;
    if (answer.gate != GATE_OPEN) return due_refused(sending, &leased->held, &answer, err) ? 0 : -1;
    if (!sending->relays || relays_may_claim(sending->relays, domain_of(&leased->held), &until_ms)) return 1;
    return postpone(sending, &leased->held, until_ms, err) ? 0 : -1;
}

/* Where the i-th of what is due is read: the places that are given out next. */
static int spare_place(const struct sending *sending, int i) { return sending->spare[sending->spare_count - 1 - i]; }

/* Judges what was read there, claims what may go and makes it part of the lease, at the end of the queue. */
static bool claim_due(struct sending *sending, int count, struct err *err) {
    int64_t now_ms = app_now_ms(sending->app);
    struct held_delivery *claimed[LEASE_ROOM];
    int open = 0, refused[LEASE_ROOM], refused_count = 0, *queue = &sending->queue[sending->queue_count];
    for (int i = 0; i < count; i++) {
        int place = spare_place(sending, i);
        struct leased_delivery *leased = &sending->leased[place];
        leased->read_at = leased->ours_at = sending->facts_version;
        leased->clear_at = leased->held.clear ? sending->facts_version : 0;
        leased->made_in = 0;
        int go = may_go(sending, leased, now_ms, err);
        if (go < 0) return false;
        if (!go) refused[refused_count++] = place;
        else {
            claimed[open] = &leased->held;
            queue[open++] = place;
        }
    }
    if (!deliveries_claim(sending->app->db, claimed, open, sending->run_id, now_ms, err)) return false;
    sending->queue_count += open;
    sending->spare_count -= count;
    while (refused_count) sending->spare[sending->spare_count++] = refused[--refused_count];
    return true;
}

/* Reads what is due of a campaign, and claims it. Returns how many were due; -1. */
static int lease_from(struct sending *sending, int64_t campaign_id, int room, struct err *err) {
    struct held_delivery *places[LEASE_ROOM];
    room = (int)min_i64(room, sending->spare_count);
    maker_stop(sending); /* it may still read what was in them */
    for (int i = 0; i < room; i++) places[i] = &sending->leased[spare_place(sending, i)].held;
    int count = deliveries_due(sending->app->db, campaign_id, app_now_ms(sending->app), places, room, err);
    return count < 0 || !claim_due(sending, count, err) ? -1 : count;
}

/* With a rate, no more is held than goes out within a fraction of a minute. */
static int lease_room(const struct sending *sending) {
    int64_t a_minute = sending->relays ? relays_a_minute(sending->relays) : 0;
    if (!a_minute) return LEASE_ROOM;
    return (int)min_i64(LEASE_ROOM, max_i64(sending->slot_count, a_minute / RATE_SHARE));
}

bool lease_is_low(const struct sending *sending) { return sending->queue_count <= lease_room(sending) / 4; }

/* In turn, so that a large campaign does not keep a small one waiting; never from one whose gate is shut, which would
 * come back to be leased for ever. */
static int lease_from_campaigns(struct sending *sending, int room, struct err *err) {
    int found = 0;
    sending->lease_from++;
    for (size_t i = 0; i < sending->known_count && sending->queue_count < room; i++) {
        const struct known_campaign *known = &sending->known[(sending->lease_from + i) % sending->known_count];
        if (known->campaign.state != CAMPAIGN_STARTED || !known->approved) continue;
        int count = lease_from(sending, known->campaign.id, room - sending->queue_count, err);
        if (count < 0) return -1;
        found += count;
    }
    return found;
}

/* What was claimed in a commit that failed never goes out. */
static bool forget_claims(struct sending *sending, int queue_count, bool good) {
    while (sending->queue_count > queue_count) sending->spare[sending->spare_count++] = sending->queue[--sending->queue_count];
    return good;
}

bool lease_more(struct sending *sending, bool *found_some, struct err *err) {
    int before = sending->queue_count, room = lease_room(sending);
    AUTO(tx) tx = tx_begin(sending->app->db, TX_FAST, err);
    if (!tx || !campaigns_notice(sending, err)) return false;
    if (sending->relays) relays_lease(sending->relays);
    for (int i = 0; i < before && sending->relays; i++) relays_claimed(sending->relays, domain_of(&sending->leased[sending->queue[i]].held));
    int found = lease_from_campaigns(sending, room, err);
    if (found < 0) return forget_claims(sending, before, false);
    if (found < room - before) sending->lease_again_ms = monotonic_ms() + LEASE_PAUSE_MS;
    sending->choose_again_us = 0;
    *found_some = found > 0;
    if (!found) return true; /* rolled back: nothing was written */
    return (maker_begin(sending, before, err) && turn_commit(sending, TX_TAKE(tx), false, true, err) && sync_begin(sending, err)) ||
           forget_claims(sending, before, false);
}
