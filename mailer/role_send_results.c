/* What a reply means for its delivery: sent, tried again, failed, another contact, or in doubt. */
#include <string.h>

#include "base/hash.h"
#include "mailer/role_send_turn.h"
#include "mailer/send/quiet_store.h"
#include "mailer/send/verdict.h"
#include "schedules/plan.h"

enum { RELEASES_FREE = 3 }; /* times a delivery may be called too much before it is charged a try */

bool slot_set(struct sending *sending, const struct slot *slot, enum delivery_state to, const char *reason, int64_t next_ms, struct err *err) {
    const struct smtp_reply *reply = &slot->result.reply;
    turn_says_ended(sending, slot, to);
    return delivery_end(sending->app->db, &slot->delivery.held, to, reason, reply->code, reply->enhanced, reply->text, next_ms,
                        app_now_ms(sending->app), err);
}

/* A resend that did not come about proves nothing of the first copy: back in doubt, never skipped, never resent again by itself. */
static bool end_doubted(struct sending *sending, struct slot *slot, const char *reason, struct err *err) {
    sending->counts.in_doubt++;
    return slot_set(sending, slot, DELIVERY_IN_DOUBT, reason, -1, err) && doubt_give_back(sending->app->db, slot->delivery.held.id, err);
}

/* When the next try is: within the windows, RETRY_GIVE_UP when there is none. Days on which nothing goes out are not counted among
 * those after which it is given up: what was put off on a Friday evening has its tries on Monday. */
static bool next_try_ms(struct sending *sending, const struct held_delivery *held, int64_t *at_ms, struct err *err) {
    int64_t now_ms = app_now_ms(sending->app), open_ms, closed_ms = 0;
    const struct known_campaign *known = campaign_known(sending, held->campaign_id);
    struct retry_rule rule = sending->retry;
    if (known && !plan_closed_ms(&known->campaign.schedule.window, held->department, held->first_try_ms, held->first_try_ms + rule.give_up_ms,
                                 &closed_ms, err))
        return false;
    rule.give_up_ms += closed_ms;
    int64_t next_ms = retry_at(&rule, held->attempts, held->first_try_ms, now_ms, random_unit());
    if (next_ms != RETRY_GIVE_UP && known) {
        /* Whole minutes: what was refused together is tried again in groups, not one by one through the jitter. */
        next_ms = (next_ms + MINUTE_MS - 1) / MINUTE_MS * MINUTE_MS;
        if (!plan_window_ms(&known->campaign.schedule.window, held->department, next_ms, &open_ms, err)) return false;
        next_ms = open_ms;
    }
    bool over = next_ms == RETRY_GIVE_UP || !known || next_ms >= known->campaign.deadline_ms;
    *at_ms = over ? RETRY_GIVE_UP : next_ms;
    return true;
}

/* Given up although the address is not dead: the mailbox refused it for days, or says that it is full. Counted as a return that
 * says so is. Not what is about the relay, or about us. */
static bool count_failure(struct sending *sending, const struct slot *slot, struct err *err) {
    const struct held_delivery *held = &slot->delivery.held;
    const struct smtp_result *result = &slot->result;
    bool mailbox = result->phase == SMTP_AT_RCPT && verdict_of(result) == VERDICT_RETRY;
    mailbox |= *result->reply.enhanced && !strncmp(result->reply.enhanced + 1, ".2.", 3);
    if (!mailbox) return true;
    const struct soft_rules rules = soft_rules_read(sending->app->settings);
    const struct event about = {.at_ms = app_now_ms(sending->app), .campaign_id = held->campaign_id, .wave_id = held->wave_id,
                                .delivery_id = held->id, .dispatch_id = held->dispatch_id, .party_id = held->party_id,
                                .address = held->address, .origin = "send"};
    facts_changed(sending); /* another delivery in hand may be for that mailbox */
    return soft_failure_add(sending->app->db, &rules, &about, 0, &sending->settings.key, err);
}

static bool end_retry(struct sending *sending, struct slot *slot, struct err *err) {
    const struct held_delivery *held = &slot->delivery.held;
    int64_t next_ms;
    if (!next_try_ms(sending, held, &next_ms, err)) return false;
    if (next_ms == RETRY_GIVE_UP) {
        if (held->doubted) return end_doubted(sending, slot, "gave-up", err);
        sending->counts.failed++;
        return slot_set(sending, slot, DELIVERY_FAILED, "gave-up", -1, err) && count_failure(sending, slot, err);
    }
    sending->counts.deferred++;
    return slot_set(sending, slot, DELIVERY_DEFERRED, "", next_ms, err);
}

static bool end_dead(struct sending *sending, struct slot *slot, struct err *err) {
    bool again;
    const struct held_delivery *held = &slot->delivery.held;
    const struct smtp_reply *reply = &slot->result.reply;
    int64_t now_ms = app_now_ms(sending->app);
    const struct event refused = {.at_ms = now_ms, .campaign_id = held->campaign_id, .wave_id = held->wave_id, .delivery_id = held->id,
                                  .dispatch_id = held->dispatch_id, .party_id = held->party_id, .event = "refused",
                                  .address = held->address, .code = reply->enhanced, .text = reply->text, .origin = "send"};
    facts_changed(sending); /* another delivery in hand may be for that address */
    if (!event_add(sending->app->db, &refused, err) ||
        !dispatch_end(sending->app->db, held, reply->code, reply->text, now_ms, err) ||
        !delivery_next_contact(sending->app->db, held->id, held->state, ADDRESS_DEAD, now_ms, &sending->settings.key, "send", &again, err))
        return false;
    if (again) return turn_says_ended(sending, slot, DELIVERY_READY), true;
    sending->counts.failed++;
    return slot_set(sending, slot, DELIVERY_FAILED, "dead-address", -1, err);
}

static bool end_refused(struct sending *sending, struct slot *slot, struct err *err) {
    if (slot->delivery.held.doubted) return end_doubted(sending, slot, "refused", err);
    sending->counts.failed++;
    return slot_set(sending, slot, DELIVERY_FAILED, "refused", -1, err) && count_failure(sending, slot, err);
}

/* Whom the refusal is about is not known yet (relays_verdict): it waits as if it were to be tried again, and should nothing
 * settle it before then, it is. */
static bool end_held(struct sending *sending, struct slot *slot, struct err *err) {
    int64_t next_ms;
    if (!next_try_ms(sending, &slot->delivery.held, &next_ms, err)) return false;
    if (next_ms == RETRY_GIVE_UP) return end_refused(sending, slot, err);
    sending->counts.deferred++;
    return slot_set(sending, slot, DELIVERY_DEFERRED, "policy", next_ms, err);
}

/* The relay, or the group of domains, wants nothing or less: nobody's delivery is at fault, so none is charged an attempt. */
static bool end_released(struct sending *sending, struct slot *slot, int64_t until_ms, struct err *err) {
    sending->counts.released++;
    return slot_set(sending, slot, DELIVERY_READY, until_ms < 0 ? "relay" : "pace", until_ms, err);
}

/* One that its relay calls too much at its own recipient or dot each time it comes is charged in the end: else it would never be
 * given up, and slow the relay down for all the others as long. */
static bool end_slowed(struct sending *sending, struct slot *slot, int64_t until_ms, struct err *err) {
    bool own = slot->result.phase >= SMTP_AT_RCPT && slot->result.phase <= SMTP_AT_DOT;
    int releases = own ? dispatch_releases(sending->app->db, &slot->delivery.held, err) : 0;
    if (releases < 0) return false;
    return releases < RELEASES_FREE ? end_released(sending, slot, until_ms, err) : end_retry(sending, slot, err);
}

static bool end_sent(struct sending *sending, struct slot *slot, struct err *err) {
    sending->counts.sent++;
    sending->active = true;
    return slot_set(sending, slot, DELIVERY_SENT, "", -1, err);
}

bool slot_disarm(struct sending *sending, struct slot *slot, const struct gate_answer *answer, struct err *err) {
    struct held_delivery *held = &slot->delivery.held;
    slot->result = (struct smtp_result){0};
    slot->state = SLOT_DROPPED;
    if (held->doubted) return end_doubted(sending, slot, answer->reason, err);
    if (answer->gate != GATE_SKIP) sending->counts.released++;
    if (!slot_set(sending, slot, DELIVERY_READY, answer->reason, -1, err)) return false;
    held->state = DELIVERY_READY;
    return due_refused(sending, held, answer, err);
}

static bool end_as_told(struct sending *sending, struct slot *slot, enum verdict verdict, struct err *err) {
    switch (verdict) {
    case VERDICT_SENT: return end_sent(sending, slot, err);
    case VERDICT_SLOW:
    case VERDICT_SLOW_DOMAIN:
    case VERDICT_RELAY:
    case VERDICT_RETRY: return end_retry(sending, slot, err);
    case VERDICT_DEAD: return end_dead(sending, slot, err);
    case VERDICT_FAIL: return end_refused(sending, slot, err);
    case VERDICT_DOUBT: break;
    }
    sending->counts.in_doubt++;
    return slot_set(sending, slot, DELIVERY_IN_DOUBT, "link-lost", app_now_ms(sending->app) + sending->doubt_wait_ms, err);
}

bool slot_end(struct sending *sending, struct slot *slot, struct err *err) {
    enum verdict verdict = verdict_of(&slot->result);
    struct relays_answer answer = {RELAYS_AS_TOLD, -1};
    if (sending->relays)
        answer = relays_verdict(sending->relays, slot->delivery.held.dispatch_id, verdict, verdict_is_policy(&slot->result), &slot->result);
    slot->state = SLOT_FREE;
    sending->slots_used--;
    int stands = claim_stands(sending, &slot->delivery, err);
    if (stands <= 0) return stands == 0; /* cancelled meanwhile: nothing of it was armed */
    if (slot->bytes_differ) return end_doubted(sending, slot, "bytes-differ", err);
    switch (answer.action) {
    case RELAYS_HOLD: return end_held(sending, slot, err);
    case RELAYS_RELEASE:
        if (verdict == VERDICT_SLOW) return end_slowed(sending, slot, answer.until_ms, err);
        return end_released(sending, slot, answer.until_ms, err);
    case RELAYS_AS_TOLD: break;
    }
    return end_as_told(sending, slot, verdict, err);
}
