/* One turn of the sender: everything learnt since the last one and everything begun next, in one commit.
 *
 * Order matters. A delivery is claimed, durably as far as a kill is concerned, before a byte of it leaves; it is armed in
 * the commit before its final dot leaves; its result is in the next commit after the reply. Suppression, answers, pause,
 * the audience and the deadline are checked when claiming and again when arming. */
#include "mailer/role_send_turn.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "base/log.h"
#include "mailer/send/thread_store.h"
#include "mailer/send/verdict.h"
#include "schedules/plan.h"

enum { RELAY_WAIT_MS = 60000, RELAY_WAIT_LONGEST_MS = 1800000, LEASE_PAUSE_MS = 100, SLOWER_PAUSE_MS = 1000, RATE_BURST_US = 250000 };

int slots_in_use(const struct sending *sending) {
    int count = 0;
    for (int i = 0; i < sending->slot_count; i++) count += sending->slots[i].state != SLOT_FREE;
    return count;
}

/* -- results -------------------------------------------------------------------------------------------------- */
static bool end(struct sending *sending, struct slot *slot, enum delivery_state to, const char *reason, int64_t next_ms, struct err *err) {
    int64_t now_ms = app_now_ms(sending->app);
    const struct smtp_reply *reply = &slot->result.reply;
    return delivery_end(sending->app->db, &slot->held, to, reason, reply->code, reply->enhanced, reply->text, next_ms, now_ms, err);
}

/* A resend that did not come about proves nothing of the first copy: back in doubt, never skipped, never resent again. */
static bool end_doubted(struct sending *sending, struct slot *slot, const char *reason, struct err *err) {
    sending->counts.in_doubt++;
    return end(sending, slot, DELIVERY_IN_DOUBT, reason, -1, err);
}

static bool end_retry(struct sending *sending, struct slot *slot, struct err *err) {
    int64_t now_ms = app_now_ms(sending->app), open_ms;
    const struct known_campaign *known = campaign_known(sending, slot->held.campaign_id);
    int64_t next_ms = retry_at(&sending->retry, slot->held.attempts, slot->held.first_try_ms, now_ms, random_unit());
    if (next_ms != RETRY_GIVE_UP && known) {
        /* Whole minutes: what was refused together is tried again in groups, not one by one through the jitter. */
        next_ms = (next_ms + MINUTE_MS - 1) / MINUTE_MS * MINUTE_MS;
        if (!plan_window_ms(&known->campaign.schedule.window, slot->held.department, next_ms, &open_ms, err)) return false;
        next_ms = open_ms;
    }
    if (next_ms == RETRY_GIVE_UP || !known || next_ms >= known->campaign.deadline_ms) {
        if (slot->held.doubted) return end_doubted(sending, slot, "gave-up", err);
        sending->counts.failed++;
        return end(sending, slot, DELIVERY_FAILED, "gave-up", -1, err);
    }
    sending->counts.deferred++;
    return end(sending, slot, DELIVERY_DEFERRED, "", next_ms, err);
}

static bool end_dead(struct sending *sending, struct slot *slot, struct err *err) {
    bool again;
    int64_t now_ms = app_now_ms(sending->app);
    if (!event_add(sending->app->db, &(struct event){.at_ms = now_ms, .campaign_id = slot->held.campaign_id,
                                                     .wave_id = slot->held.wave_id, .delivery_id = slot->held.id,
                                                     .dispatch_id = slot->held.dispatch_id, .party_id = slot->held.party_id,
                                                     .event = "refused", .address = slot->held.address,
                                                     .code = slot->result.reply.enhanced, .text = slot->result.reply.text,
                                                     .origin = "send"}, err) ||
        !db_run(sending->app->db, err, "UPDATE dispatch SET ended_ms = $1, code = $2, reply = $3, lease_id = NULL WHERE id = $4",
                DB_I(now_ms), DB_I(slot->result.reply.code), DB_T(slot->result.reply.text), DB_I(slot->held.dispatch_id)) ||
        !delivery_next_contact(sending->app->db, slot->held.id, slot->held.state, ADDRESS_DEAD, now_ms, &sending->settings.key, "send", &again, err))
        return false;
    if (again) return true;
    sending->counts.failed++;
    return end(sending, slot, DELIVERY_FAILED, "dead-address", -1, err);
}

/* The relay refuses us: nobody's delivery is at fault, so none is charged an attempt, and the relay is left in peace. */
static bool end_relay(struct sending *sending, struct slot *slot, struct err *err) {
    int64_t wait_ms = RELAY_WAIT_MS;
    if (sending->relay_wait_until_ms < 0) {
        for (int i = 0; i < sending->relay_failures && wait_ms < RELAY_WAIT_LONGEST_MS; i++) wait_ms *= 2;
        sending->relay_failures++;
        sending->relay_wait_until_ms = app_now_ms(sending->app) + min_i64(wait_ms, RELAY_WAIT_LONGEST_MS);
        const char *trouble = sender_trouble(sending->sender);
        snprintf(sending->relay_trouble, sizeof sending->relay_trouble, "%s", *trouble ? trouble : slot->result.reply.text);
        log_write(LOG_ERROR, "relay refuses: %d %s %s; next try in %" PRId64 " s", slot->result.reply.code,
                  slot->result.reply.enhanced, sending->relay_trouble, wait_ms / 1000);
    }
    sending->counts.released++;
    /* Refused at its recipient: it stands behind all others from now on, lest one address keep the whole wave waiting. */
    bool recipient = slot->result.phase == SMTP_AT_RCPT;
    return end(sending, slot, DELIVERY_READY, "relay", recipient ? sending->relay_wait_until_ms : -1, err);
}

static void slow_down(struct sending *sending) {
    if (sending->slots_allowed == 1 || monotonic_ms() < sending->slower_again_ms) return;
    sending->slots_allowed /= 2;
    sending->slower_again_ms = monotonic_ms() + SLOWER_PAUSE_MS;
}

static bool end_sent(struct sending *sending, struct slot *slot, struct err *err) {
    sending->counts.sent++;
    sending->active = true;
    sending->relay_failures = 0;
    if (sending->slots_allowed < sending->slot_count && sending->counts.sent % 20 == 0) sending->slots_allowed++;
    return end(sending, slot, DELIVERY_SENT, "", -1, err);
}

static bool end_slot(struct sending *sending, struct slot *slot, struct err *err) {
    int held = delivery_still_held(sending->app->db, &slot->held, sending->run_id, err);
    slot->state = SLOT_FREE;
    if (held <= 0) return held == 0; /* cancelled meanwhile: nothing of it was armed */
    if (slot->bytes_differ) {
        sending->counts.in_doubt++;
        return end(sending, slot, DELIVERY_IN_DOUBT, "bytes-differ", -1, err);
    }
    switch (verdict_of(&slot->result)) {
    case VERDICT_SENT: return end_sent(sending, slot, err);
    case VERDICT_SLOW:
    case VERDICT_SLOW_DOMAIN:
        slow_down(sending);
        return end_retry(sending, slot, err);
    case VERDICT_RETRY: return end_retry(sending, slot, err);
    case VERDICT_DEAD: return end_dead(sending, slot, err);
    case VERDICT_RELAY: return end_relay(sending, slot, err);
    case VERDICT_FAIL:
        sending->counts.failed++;
        return end(sending, slot, DELIVERY_FAILED, "refused", -1, err);
    case VERDICT_DOUBT: break;
    }
    sending->counts.in_doubt++;
    return end(sending, slot, DELIVERY_IN_DOUBT, "link-lost", app_now_ms(sending->app) + sending->doubt_wait_ms, err);
}

/* -- arming ----------------------------------------------------------------------------------------------------- */
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

/* The gate said no to what is claimed and not armed: the connection is dropped, nothing was sent. */
static bool turn_away(struct sending *sending, struct slot *slot, const struct gate_answer *answer, struct err *err) {
    bool again = false;
    slot->state = SLOT_DROPPED;
    slot->result = (struct smtp_result){0};
    if (!pass_on(sending, &slot->held, answer, &again, err)) return false;
    if (again) return true;
    if (answer->gate == GATE_SKIP && slot->held.doubted) return end_doubted(sending, slot, answer->reason, err);
    if (answer->gate == GATE_SKIP) {
        sending->counts.skipped++;
        return end(sending, slot, DELIVERY_SKIPPED, answer->reason, -1, err);
    }
    sending->counts.released++;
    return end(sending, slot, DELIVERY_READY, answer->reason, answer->gate == GATE_LATER ? answer->later_ms : -1, err);
}

static bool arm_slot(struct sending *sending, struct slot *slot, struct err *err) {
    int64_t now_ms = app_now_ms(sending->app);
    int held = delivery_still_held(sending->app->db, &slot->held, sending->run_id, err);
    if (held < 0) return false;
    if (!held) return slot->state = SLOT_DROPPED, true;
    struct gate_answer answer = gate_of(sending, &slot->held, true, now_ms, err);
    if (answer.gate == GATE_ERROR) return false;
    if (answer.gate != GATE_OPEN) return turn_away(sending, slot, &answer, err);
    slot->state = SLOT_ARMED;
    sending->armed_today++;
    return delivery_arm(sending->app->db, &slot->held, slot->sha256, now_ms, err);
}

/* -- claiming ----------------------------------------------------------------------------------------------------- */
/* In turn, so that a large campaign does not keep a small one waiting; never from one whose gate is shut, which would
 * come back to be leased for ever. */
static int lease_from_campaigns(struct sending *sending, struct err *err) {
    int count = 0;
    if (!campaigns_refresh(sending, err)) return -1;
    sending->lease_from++;
    for (size_t i = 0; i < sending->known_count && count < LEASE_ROOM; i++) {
        const struct known_campaign *known = &sending->known[(sending->lease_from + i) % sending->known_count];
        if (known->campaign.state != CAMPAIGN_STARTED || !known->approved) continue;
        int more = lease_due(sending->app->db, sending->run_id, known->campaign.id, app_now_ms(sending->app),
                             sending->leased + count, LEASE_ROOM - count, err);
        if (more < 0) return -1;
        count += more;
    }
    return count;
}

static bool lease_more(struct sending *sending, struct err *err) {
    sending->leased_next = sending->leased_count = 0;
    AUTO(tx) tx = tx_begin(sending->app->db, TX_DURABLE, err);
    if (!tx) return false;
    int count = lease_from_campaigns(sending, err);
    if (count < 0) return false;
    if (count < LEASE_ROOM) sending->lease_again_ms = monotonic_ms() + LEASE_PAUSE_MS;
    if (!count) return true; /* rolled back: nothing was written */
    if (!tx_commit(TX_TAKE(tx), err)) return false;
    sending->leased_count = count;
    return true;
}

/* A leased delivery that is not to go out now. A doubt is never skipped: it loses its resend and stays in doubt. */
static bool refuse_leased(struct sending *sending, struct held_delivery *held, const struct gate_answer *answer, struct err *err) {
    int64_t now_ms = app_now_ms(sending->app);
    struct db *db = sending->app->db;
    bool again = false;
    if (!lease_return(db, held->dispatch_id, err)) return false;
    if (answer->gate == GATE_RELEASE) return true; /* a campaign that does not run is not leased again */
    if (!pass_on(sending, held, answer, &again, err)) return false;
    if (again) return true;
    if (held->state == DELIVERY_IN_DOUBT)
        return answer->gate == GATE_LATER
                   ? db_run(db, err, "UPDATE delivery SET not_before_ms = $1 WHERE id = $2", DB_I(answer->later_ms), DB_I(held->id))
                   : db_run(db, err, "UPDATE delivery SET resends = 1 WHERE id = $1", DB_I(held->id));
    struct event event = {.at_ms = now_ms, .campaign_id = held->campaign_id, .wave_id = held->wave_id, .delivery_id = held->id,
                          .dispatch_id = held->dispatch_id, .party_id = held->party_id, .origin = "send"};
    if (answer->gate == GATE_LATER) {
        event.event = "postponed";
        return delivery_set(db, held->state, held->state, answer->reason, answer->later_ms, &event, err);
    }
    if (held->doubted) {
        sending->counts.in_doubt++;
        return delivery_set(db, held->state, DELIVERY_IN_DOUBT, answer->reason, -1, &event, err);
    }
    sending->counts.skipped++;
    return delivery_set(db, held->state, DELIVERY_SKIPPED, answer->reason, -1, &event, err);
}

/* What a loop turn came too late for is made up for, a quarter of a second's worth at most. */
static void spend_rate(struct sending *sending) {
    if (!sending->rate_per_minute) return;
    sending->next_allowed_us = max_i64(sending->next_allowed_us, monotonic_ms() * 1000 - RATE_BURST_US) +
                               60000000 / sending->rate_per_minute;
}

static bool claim_one(struct sending *sending, struct held_delivery *held, struct slot *slot, struct err *err) {
    int64_t now_ms = app_now_ms(sending->app), state;
    int found = db_get_int(sending->app->db, err, &state, "SELECT state FROM delivery WHERE id = $1", DB_I(held->id));
    if (found < 0) return false;
    if (!found || state != (int64_t)held->state) return lease_return(sending->app->db, held->dispatch_id, err);
    struct gate_answer answer = gate_of(sending, held, false, now_ms, err);
    if (answer.gate == GATE_ERROR) return false;
    if (answer.gate != GATE_OPEN) return refuse_leased(sending, held, &answer, err);
    if (!delivery_claim(sending->app->db, held, sending->run_id, now_ms, err)) return false;
    slot->held = *held;
    slot->bytes_differ = false;
    slot->state = SLOT_SENDING;
    spend_rate(sending);
    return true;
}

static bool may_claim(const struct sending *sending) {
    return !sending->stopping && sending->relay_wait_until_ms < 0 && sending->leased_next < sending->leased_count &&
           slots_in_use(sending) < sending->slots_allowed &&
           (!sending->rate_per_minute || monotonic_ms() * 1000 >= sending->next_allowed_us);
}

static bool claim_some(struct sending *sending, struct err *err) {
    for (int i = 0; i < sending->slot_count && may_claim(sending); i++) {
        struct slot *slot = &sending->slots[i];
        while (slot->state == SLOT_FREE && may_claim(sending)) {
            struct held_delivery *held = &sending->leased[sending->leased_next++];
            if (!claim_one(sending, held, slot, err)) return false;
            if (slot->state == SLOT_SENDING) buf_clear(&slot->message);
        }
    }
    return true;
}

/* -- after the commit -------------------------------------------------------------------------------------------- */
/* A message that cannot be made fails its delivery, and says why: result of a phase before any dot. */
static void fail_slot(struct slot *slot, const struct err *err, const char *enhanced) {
    slot->result = (struct smtp_result){.phase = SMTP_AT_MAIL, .reply = {.code = 554}};
    snprintf(slot->result.reply.enhanced, sizeof slot->result.reply.enhanced, "%s", enhanced);
    snprintf(slot->result.reply.text, sizeof slot->result.reply.text, "%s", err->text);
    slot->state = SLOT_ENDED;
}

static bool submit(struct sending *sending, struct slot *slot, struct err *err) {
    struct known_campaign *known = campaign_known(sending, slot->held.campaign_id);
    char first[THREAD_ID];
    struct compose_dispatch dispatch = {.party_id = slot->held.party_id, .address = slot->held.address,
                                        .message_id = slot->held.message_id, .token = slot->held.token,
                                        .in_reply_to = first, .date_ms = slot->held.date_ms};
    struct err why = {0};
    if (!thread_first(sending->app->db, slot->held.campaign_id, slot->held.address, slot->held.date_ms, first, err)) return false;
    if (!composer_message(sending->composer, &known->campaign, slot->held.template, &dispatch, &slot->message, &why)) {
        if (why.kind == ERR_FATAL) return *err = why, false;
        return fail_slot(slot, &why, "5.6.0"), true;
    }
    sha256_hex(buf_text(&slot->message), slot->message.length, slot->sha256);
    /* What was refused after its dot certainly did not arrive: only a doubt asks for the same bytes. */
    if (slot->held.doubted && slot->held.sha256[0] && strcmp(slot->held.sha256, slot->sha256)) {
        err_set(&why, ERR_INPUT, "BYTES_DIFFER", "le message n'est plus celui qui était en doute : il n'est pas renvoyé");
        slot->bytes_differ = true;
        return fail_slot(slot, &why, "5.6.0"), true;
    }
    if (!sending->sender) return true;
    char return_path[320];
    return_path_of(&sending->settings.identity, slot->held.token, return_path);
    struct smtp_envelope envelope = {.return_path = return_path, .recipient = slot->held.address,
                                     .envelope_id = slot->held.token, .bytes = buf_text(&slot->message),
                                     .length = slot->message.length};
    return sender_submit(sending->sender, slot->held.id, &envelope, err);
}

static bool act(struct sending *sending, struct slot *slot, enum slot_state before, struct err *err) {
    if (before == SLOT_WANTS_DOT && slot->state == SLOT_ARMED) {
        if (sending->sender) sender_dot(sending->sender, slot->held.id);
        return true;
    }
    if (before == SLOT_WANTS_DOT && slot->state == SLOT_DROPPED) {
        if (sending->sender) sender_drop(sending->sender, slot->held.id);
        return slot->state = SLOT_FREE, true;
    }
    bool claimed = slot->state == SLOT_SENDING && !slot->message.length;
    return !claimed || submit(sending, slot, err);
}

static struct slot *slot_of(struct sending *sending, int64_t delivery_id) {
    for (int i = 0; i < sending->slot_count; i++)
        if (sending->slots[i].state != SLOT_FREE && sending->slots[i].held.id == delivery_id) return &sending->slots[i];
    return NULL;
}

/* What a server that accepts everything would have answered by now. */
static void collect_rehearsed(struct sending *sending) {
    for (int i = 0; i < sending->slot_count; i++) {
        struct slot *slot = &sending->slots[i];
        if (slot->state == SLOT_SENDING && slot->message.length) slot->state = SLOT_WANTS_DOT;
        else if (slot->state == SLOT_ARMED) {
            slot->result = (struct smtp_result){.phase = SMTP_AT_DOT, .reply = {.code = 250}};
            slot->state = SLOT_ENDED;
        }
    }
}

static void collect(struct sending *sending, int wait_ms) {
    static struct sender_event events[2 * 200];
    size_t count = sender_step(sending->sender, wait_ms, events, COUNT(events));
    for (size_t i = 0; i < count; i++) {
        struct slot *slot = slot_of(sending, events[i].delivery_id);
        if (!slot) continue;
        slot->state = events[i].kind == SENDER_WANTS_DOT ? SLOT_WANTS_DOT : SLOT_ENDED;
        if (events[i].kind == SENDER_ENDED) slot->result = events[i].result;
    }
}

static bool has_news(const struct sending *sending) {
    for (int i = 0; i < sending->slot_count; i++)
        if (sending->slots[i].state == SLOT_WANTS_DOT || sending->slots[i].state == SLOT_ENDED) return true;
    return false;
}

static bool commit_turn(struct sending *sending, struct err *err) {
    AUTO(tx) tx = tx_begin(sending->app->db, sending->turn_kind, err);
    if (!tx || !campaigns_refresh(sending, err)) return false;
    for (int i = 0; i < sending->slot_count; i++) {
        struct slot *slot = &sending->slots[i];
        if (slot->state == SLOT_ENDED && !end_slot(sending, slot, err)) return false;
        if (slot->state == SLOT_WANTS_DOT && !arm_slot(sending, slot, err)) return false;
    }
    return claim_some(sending, err) && tx_commit(TX_TAKE(tx), err);
}

bool send_turn(struct sending *sending, int wait_ms, bool *worked, struct err *err) {
    enum slot_state before[200];
    *worked = false;
    if (!sending->sender) collect_rehearsed(sending);
    else if (slots_in_use(sending)) collect(sending, has_news(sending) ? 0 : wait_ms);
    bool more = !sending->stopping && sending->relay_wait_until_ms < 0 && sending->leased_next == sending->leased_count &&
                (!slots_in_use(sending) || monotonic_ms() >= sending->lease_again_ms);
    if (more && !lease_more(sending, err)) return false;
    if (!has_news(sending) && !may_claim(sending)) return true;
    *worked = true;
    for (int i = 0; i < sending->slot_count; i++) before[i] = sending->slots[i].state;
    if (!commit_turn(sending, err)) return false;
    for (int i = 0; i < sending->slot_count; i++)
        if (!act(sending, &sending->slots[i], before[i], err)) return false;
    return true;
}

bool send_abandon(struct sending *sending, struct err *err) {
    AUTO(tx) tx = tx_begin(sending->app->db, TX_DURABLE, err);
    if (!tx) return false;
    for (int i = 0; i < sending->slot_count; i++) {
        struct slot *slot = &sending->slots[i];
        if (slot->state == SLOT_FREE) continue;
        int held = delivery_still_held(sending->app->db, &slot->held, sending->run_id, err);
        if (held < 0) return false;
        slot->result = (struct smtp_result){0};
        if (!held) continue;
        bool armed = slot->held.state == DELIVERY_ARMED;
        if (armed) sending->counts.in_doubt++;
        if (!end(sending, slot, armed ? DELIVERY_IN_DOUBT : DELIVERY_READY, armed ? "stopped" : "stopping",
                 armed ? app_now_ms(sending->app) + sending->doubt_wait_ms : -1, err))
            return false;
    }
    for (; sending->leased_next < sending->leased_count; sending->leased_next++)
        if (!lease_return(sending->app->db, sending->leased[sending->leased_next].dispatch_id, err)) return false;
    return run_end(sending->app->db, sending->run_id, app_now_ms(sending->app), err) && tx_commit(TX_TAKE(tx), err);
}
