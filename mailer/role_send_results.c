/* What a reply means for its delivery: sent, tried again, failed, another contact, or in doubt. */
#include <inttypes.h>
#include <stdio.h>

#include "base/hash.h"
#include "base/log.h"
#include "mailer/role_send_turn.h"
#include "mailer/send/verdict.h"
#include "schedules/plan.h"

enum { RELAY_WAIT_MS = 60000, RELAY_WAIT_LONGEST_MS = 1800000, SLOWER_PAUSE_MS = 1000 };

bool slot_set(struct sending *sending, const struct slot *slot, enum delivery_state to, const char *reason, int64_t next_ms, struct err *err) {
    const struct smtp_reply *reply = &slot->result.reply;
    turn_says_ended(sending, slot, to);
    return delivery_end(sending->app->db, &slot->delivery.held, to, reason, reply->code, reply->enhanced, reply->text, next_ms,
                        app_now_ms(sending->app), err);
}

/* A resend that did not come about proves nothing of the first copy: back in doubt, never skipped, never resent again. */
static bool end_doubted(struct sending *sending, struct slot *slot, const char *reason, struct err *err) {
    sending->counts.in_doubt++;
    return slot_set(sending, slot, DELIVERY_IN_DOUBT, reason, -1, err);
}

static bool end_retry(struct sending *sending, struct slot *slot, struct err *err) {
    const struct held_delivery *held = &slot->delivery.held;
    int64_t now_ms = app_now_ms(sending->app), open_ms;
    const struct known_campaign *known = campaign_known(sending, held->campaign_id);
    int64_t next_ms = retry_at(&sending->retry, held->attempts, held->first_try_ms, now_ms, random_unit());
    if (next_ms != RETRY_GIVE_UP && known) {
        /* Whole minutes: what was refused together is tried again in groups, not one by one through the jitter. */
        next_ms = (next_ms + MINUTE_MS - 1) / MINUTE_MS * MINUTE_MS;
        if (!plan_window_ms(&known->campaign.schedule.window, held->department, next_ms, &open_ms, err)) return false;
        next_ms = open_ms;
    }
    if (next_ms == RETRY_GIVE_UP || !known || next_ms >= known->campaign.deadline_ms) {
        if (held->doubted) return end_doubted(sending, slot, "gave-up", err);
        sending->counts.failed++;
        return slot_set(sending, slot, DELIVERY_FAILED, "gave-up", -1, err);
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
    sending->facts_version++; /* another delivery in hand may be for that address */
    if (!event_add(sending->app->db, &refused, err) ||
        !dispatch_end(sending->app->db, held->dispatch_id, reply->code, reply->text, now_ms, err) ||
        !delivery_next_contact(sending->app->db, held->id, held->state, ADDRESS_DEAD, now_ms, &sending->settings.key, "send", &again, err))
        return false;
    if (again) return turn_says_ended(sending, slot, DELIVERY_READY), true;
    sending->counts.failed++;
    return slot_set(sending, slot, DELIVERY_FAILED, "dead-address", -1, err);
}

/* The relay refuses us: nobody's delivery is at fault, so none is charged an attempt, and the relay is left in peace. */
static bool end_relay(struct sending *sending, struct slot *slot, struct err *err) {
    int64_t wait_ms = RELAY_WAIT_MS;
    const struct smtp_reply *reply = &slot->result.reply;
    if (sending->relay_wait_until_ms < 0) {
        for (int i = 0; i < sending->relay_failures && wait_ms < RELAY_WAIT_LONGEST_MS; i++) wait_ms *= 2;
        sending->relay_failures++;
        sending->relay_wait_until_ms = app_now_ms(sending->app) + min_i64(wait_ms, RELAY_WAIT_LONGEST_MS);
        const char *trouble = sender_trouble(sending->sender);
        snprintf(sending->relay_trouble, sizeof sending->relay_trouble, "%s", *trouble ? trouble : reply->text);
        log_write(LOG_ERROR, "relay refuses: %d %s %s; next try in %" PRId64 " s", reply->code, reply->enhanced, sending->relay_trouble,
                  wait_ms / 1000);
    }
    sending->counts.released++;
    /* Refused at its recipient: it stands behind all others from now on, lest one address keep the whole wave waiting. */
    bool recipient = slot->result.phase == SMTP_AT_RCPT;
    return slot_set(sending, slot, DELIVERY_READY, "relay", recipient ? sending->relay_wait_until_ms : -1, err);
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
    return slot_set(sending, slot, DELIVERY_SENT, "", -1, err);
}

static bool end_by_verdict(struct sending *sending, struct slot *slot, struct err *err) {
    switch (verdict_of(&slot->result)) {
    case VERDICT_SENT: return end_sent(sending, slot, err);
    case VERDICT_SLOW:
        slow_down(sending);
        return end_retry(sending, slot, err);
    case VERDICT_RETRY: return end_retry(sending, slot, err);
    case VERDICT_DEAD: return end_dead(sending, slot, err);
    case VERDICT_RELAY: return end_relay(sending, slot, err);
    case VERDICT_FAIL:
        sending->counts.failed++;
        return slot_set(sending, slot, DELIVERY_FAILED, "refused", -1, err);
    case VERDICT_DOUBT: break;
    }
    sending->counts.in_doubt++;
    return slot_set(sending, slot, DELIVERY_IN_DOUBT, "link-lost", app_now_ms(sending->app) + sending->doubt_wait_ms, err);
}

bool slot_end(struct sending *sending, struct slot *slot, struct err *err) {
    slot->state = SLOT_FREE;
    sending->slots_used--;
    int stands = claim_stands(sending, &slot->delivery, err);
    if (stands <= 0) return stands == 0; /* cancelled meanwhile: nothing of it was armed */
    if (!slot->bytes_differ) return end_by_verdict(sending, slot, err);
    sending->counts.in_doubt++;
    return slot_set(sending, slot, DELIVERY_IN_DOUBT, "bytes-differ", -1, err);
}
