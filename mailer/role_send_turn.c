/* One turn of the sender: everything learnt since the last one and everything begun next, in one commit.
 *
 * Order matters. A delivery is claimed, durably, before a byte of it leaves (role_send_lease.c); it is armed in the commit
 * before its final dot leaves; its result is in the next commit after the reply. Suppression, answers, pause, the audience
 * and the deadline are checked when claiming and again when arming: where nobody has written to the store in between
 * (facts_version), the first answer stands, and only the clock is looked at anew. */
#include "mailer/role_send_turn.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "mailer/send/pacing_store.h"
#include "mailer/send/thread_store.h"

enum { MESSAGE_BYTES = 4 << 20, LOOK_AGAIN_MS = 1000, SYNC_WAIT_MS = 1, LOOK_MOST_MS = 400 };
/* How long a turn may wait for more answers: a small part of the time servers take to give one. */
enum { PATIENCE_PART = 8, PATIENCE_US = 60, PATIENCE_DURABLE_US = 120, PATIENCE_MOST_US = 1000, MOMENTS = 6,
       QUICK_WEIGHED = 4, SLOW_WEIGHED = 64, ANSWER_MOST_US = 100000 };

void sending_prepare(struct sending *sending, int deliveries) {
    sending->facts_version = 1;
    sending->slot_count = deliveries;
    sending->slots = mem_new((size_t)deliveries, sizeof *sending->slots);
    sending->events = mem_new(2 * (size_t)deliveries, sizeof *sending->events);
    sending->message.ceiling = MESSAGE_BYTES;
    sending->spare_count = LEASE_ROOM;
    for (int i = 0; i < LEASE_ROOM; i++) sending->spare[i] = LEASE_ROOM - 1 - i;
}

void sending_release(struct sending *sending) {
    composer_close(sending->composer);
    syncer_close(sending->syncer);
    maker_close(sending);
    journal_close(sending->journal);
    postfix_watch_close(sending->log);
    campaigns_release(sending);
    buf_release(&sending->message);
    free(sending->slots);
    free(sending->events);
}

/* -- arming ----------------------------------------------------------------------------------------------------- */
/* The last look: after this only the dot is missing. */
static bool arm_slot(struct sending *sending, struct slot *slot, struct err *err) {
    struct leased_delivery *delivery = &slot->delivery;
    int64_t now_ms = app_now_ms(sending->app);
    int stands = claim_stands(sending, delivery, err);
    if (stands <= 0) return slot->state = SLOT_DROPPED, stands == 0;
    struct gate_answer answer = gate_of(sending, delivery, true, now_ms, err);
    if (answer.gate == GATE_ERROR) return false;
    if (answer.gate != GATE_OPEN) { /* the connection is dropped: nothing was sent */
        slot->state = SLOT_DROPPED;
        return claim_refused(sending, &delivery->held, &answer, err);
    }
    slot->state = SLOT_ARMED;
    sending->armed_today++;
    if (sending->relays) relays_armed(sending->relays, delivery->held.dispatch_id);
    return delivery_arm(sending->app->db, &delivery->held, slot->sha256, now_ms, err) && turn_says_armed(sending, slot, now_ms, err);
}

/* -- choosing --------------------------------------------------------------------------------------------------- */
static struct slot *free_slot(struct sending *sending, int *from) {
    for (; *from < sending->slot_count; ++*from)
        if (sending->slots[*from].state == SLOT_FREE) return &sending->slots[(*from)++];
    return NULL;
}

/* A leased delivery takes the slot, unless something has come up against it since it was claimed. */
static bool take_slot(struct sending *sending, struct leased_delivery *delivery, struct slot *slot, struct err *err) {
    struct gate_answer answer = {.gate = GATE_RELEASE};
    int stands = claim_stands(sending, delivery, err);
    if (stands > 0) answer = gate_of(sending, delivery, false, app_now_ms(sending->app), err);
    if (stands < 0 || answer.gate == GATE_ERROR) return false;
    if (answer.gate != GATE_OPEN) {
        if (sending->relays) relays_forget(sending->relays, delivery->held.dispatch_id);
        return !stands || claim_refused(sending, &delivery->held, &answer, err);
    }
    slot->delivery = *delivery;
    slot->delivery.held.relay = sending->relays ? relays_name(sending->relays, delivery->held.dispatch_id) : NULL;
    slot->bytes_differ = false;
    slot->state = SLOT_CHOSEN;
    sending->slots_used++;
    return true;
}

/* Through which relay, and whether now. A rehearsal's takes everything. */
static enum relays_choice ask_relays(struct sending *sending, const struct held_delivery *held, int64_t *until_ms) {
    if (!sending->relays) return RELAYS_GO;
    const struct relays_wanted wanted = {.delivery_id = held->dispatch_id, .domain = strrchr(held->address, '@') + 1, .put_off_by = held->put_off_by};
    return relays_choose(sending->relays, &wanted, until_ms);
}

/* Down the queue: each goes, is let go, or keeps its turn. */
static bool choose_some(struct sending *sending, struct err *err) {
    if (sending->stopping || relays_away_until_ms(sending) >= 0) return lease_let_go(sending, err); /* nothing more goes out */
    enum relays_choice choice = RELAYS_GO;
    int kept = 0, from = 0, at = 0;
    struct slot *slot = free_slot(sending, &from);
    for (; at < sending->queue_durable && slot && choice != RELAYS_FULL; at++) {
        struct leased_delivery *delivery = &sending->leased[sending->queue[at]];
        int64_t until_ms;
        choice = ask_relays(sending, &delivery->held, &until_ms);
        if (choice == RELAYS_PASS || choice == RELAYS_FULL) {
            sending->queue[kept++] = sending->queue[at];
            continue;
        }
        if (!(choice == RELAYS_GO ? take_slot(sending, delivery, slot, err) : claim_let_go(sending, delivery, until_ms, err))) return false;
        sending->spare[sending->spare_count++] = sending->queue[at];
        if (slot->state != SLOT_FREE) slot = free_slot(sending, &from);
    }
    sending->passed_over = at == sending->queue_durable && kept;
    memmove(sending->queue + kept, sending->queue + at, (size_t)(sending->queue_count - at) * sizeof *sending->queue);
    sending->queue_count -= at - kept;
    sending->queue_durable -= at - kept;
    sending->choose_again_us = INT64_MAX;
    if (sending->relays && slot) sending->choose_again_us = monotonic_ms() * 1000 + 1000 * relays_wait_ms(sending->relays, LOOK_AGAIN_MS);
    return true;
}

/* -- after the commit -------------------------------------------------------------------------------------------- */
/* A message that cannot be made fails its delivery, and says why: result of a phase before any dot. */
static void fail_slot(struct sending *sending, struct slot *slot, const struct err *err, const char *enhanced) {
    if (sending->relays) relays_forget(sending->relays, slot->delivery.held.dispatch_id);
    slot->result = (struct smtp_result){.phase = SMTP_AT_MAIL, .reply = {.code = 554}};
    snprintf(slot->result.reply.enhanced, sizeof slot->result.reply.enhanced, "%s", enhanced);
    snprintf(slot->result.reply.text, sizeof slot->result.reply.text, "%s", err->text);
    slot->state = SLOT_ENDED;
}

/* A message ready to leave. Its bytes are borrowed until the next one is made. */
struct ready_message { const char *bytes; size_t length; };

/* As the store is now; `whole`: judged whole. *made is false when the slot has failed. */
static bool make_now(struct sending *sending, struct slot *slot, bool fresh, bool whole, struct ready_message *message, bool *made, struct err *err) {
    const struct held_delivery *held = &slot->delivery.held;
    char first[THREAD_ID] = "";
    const struct compose_dispatch dispatch = {.party_id = held->party_id, .address = held->address, .message_id = held->message_id,
                                              .token = held->token, .in_reply_to = first, .party = fresh ? &held->party : NULL, .date_ms = held->date_ms,
                                              .judged_whole = whole};
    struct err why = {0};
    *made = false;
    if (held->may_follow &&
        !thread_first(sending->app->db, held->campaign_id, held->address, held->date_ms, first, err))
        return false;
    buf_clear(&sending->message);
    if (!composer_message(sending->composer, &campaign_known(sending, held->campaign_id)->campaign, held->template, &dispatch, &sending->message, &why)) {
        if (why.kind == ERR_FATAL) return *err = why, false;
        return fail_slot(sending, slot, &why, "5.6.0"), true;
    }
    *message = (struct ready_message){.bytes = buf_text(&sending->message), .length = sending->message.length};
    sha256_hex(message->bytes, message->length, slot->sha256);
    return *made = true;
}

/* Made ahead, of what was read when it was claimed: as good as now while nobody has written (a relay's department list is not in that).
 * Else made now. */
static bool make_message(struct sending *sending, struct slot *slot, struct ready_message *message, bool *made, struct err *err) {
    const struct held_delivery *held = &slot->delivery.held;
    bool fresh = *held->party.type && slot->delivery.read_at == sending->facts_version;
    enum made ahead = fresh ? maker_take(sending, &slot->delivery, &message->bytes, &message->length, slot->sha256) : MADE_NOT;
    *made = ahead == MADE_READY;
    if (!*made && !make_now(sending, slot, fresh, ahead == MADE_REFUSED, message, made, err)) return false;
    /* What was refused after its dot certainly did not arrive: only a doubt asks for the same bytes. */
    if (*made && held->doubted && held->sha256[0] && strcmp(held->sha256, slot->sha256)) {
        struct err why = {0};
        err_set(&why, ERR_INPUT, "BYTES_DIFFER", "le message n'est plus celui qui était en doute : il n'est pas renvoyé");
        slot->bytes_differ = true;
        *made = false;
        fail_slot(sending, slot, &why, "5.6.0");
    }
    return true;
}

static bool submit(struct sending *sending, struct slot *slot, struct err *err) {
    const struct held_delivery *held = &slot->delivery.held;
    struct ready_message message;
    bool made;
    if (!make_message(sending, slot, &message, &made, err)) return false;
    if (!made) return true;
    slot->state = SLOT_SENDING;
    if (!sending->relays) return true;
    char return_path[320];
    return_path_of(&sending->settings.identity, held->token, return_path);
    const struct smtp_envelope envelope = {.return_path = return_path, .recipient = held->address, .envelope_id = held->token,
                                           .bytes = message.bytes, .length = message.length};
    return relays_submit(sending->relays, held->dispatch_id, &envelope, err);
}

/* All that the new messages are made from is read under one snapshot. */
static bool submit_chosen(struct sending *sending, struct err *err) {
    bool any = false;
    for (int i = 0; i < sending->slot_count && !any; i++) any = sending->slots[i].state == SLOT_CHOSEN;
    if (!any) return true;
    AUTO(tx) snapshot = tx_begin(sending->app->db, TX_READ, err);
    if (!snapshot) return false;
    for (int i = 0; i < sending->slot_count; i++)
        if (sending->slots[i].state == SLOT_CHOSEN && !submit(sending, &sending->slots[i], err)) return false;
    return true;
}

/* Dots of what was armed in the commit just made, and only of that. */
static void let_dots_go(struct sending *sending) {
    for (int i = 0; i < sending->slot_count; i++) {
        struct slot *slot = &sending->slots[i];
        if (!slot->waited) continue;
        if (slot->state == SLOT_ARMED && sending->relays) {
            slot->dot_us = monotonic_us();
            relays_dot(sending->relays, slot->delivery.held.dispatch_id);
        }
        if (slot->state != SLOT_DROPPED) continue;
        if (sending->relays) relays_drop(sending->relays, slot->delivery.held.dispatch_id);
        slot->state = SLOT_FREE;
        sending->slots_used--;
        sending->choose_again_us = 0;
    }
}

/* -- the turn ---------------------------------------------------------------------------------------------------- */
/* The sender knows messages by their dispatch: a delivery given another contact may be in hand twice for a moment. */
static struct slot *slot_of(struct sending *sending, int64_t dispatch_id) {
    for (int i = 0; i < sending->slot_count; i++)
        if (sending->slots[i].state != SLOT_FREE && sending->slots[i].delivery.held.dispatch_id == dispatch_id) return &sending->slots[i];
    return NULL;
}

/* What a server that accepts everything would have answered by now. */
static void collect_rehearsed(struct sending *sending) {
    for (int i = 0; i < sending->slot_count; i++) {
        struct slot *slot = &sending->slots[i];
        if (slot->state == SLOT_SENDING) slot->state = SLOT_WANTS_DOT;
        else if (slot->state == SLOT_ARMED) {
            slot->result = (struct smtp_result){.phase = SMTP_AT_DOT, .reply = {.code = 250}};
            slot->state = SLOT_ENDED;
        }
    }
}

/* Of several relays the quick one counts: it would be the one that waits. */
static void note_answer(struct sending *sending, const struct slot *slot) {
    int64_t took_us = min_i64(monotonic_us() - slot->dot_us, ANSWER_MOST_US), more_us = took_us - sending->answer_us;
    sending->answer_us += more_us / (more_us < 0 ? QUICK_WEIGHED : SLOW_WEIGHED);
}

static void collect(struct sending *sending, int wait_ms) {
    const struct sender_event *events = sending->events;
    size_t count = relays_step(sending->relays, wait_ms, sending->events, 2 * (size_t)sending->slot_count);
    for (size_t i = 0; i < count; i++) {
        struct slot *slot = slot_of(sending, events[i].delivery_id);
        if (!slot) continue;
        if (slot->state == SLOT_ARMED && events[i].kind == SENDER_ENDED && events[i].result.reply.code) note_answer(sending, slot);
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
    AUTO(tx) tx = tx_begin(sending->app->db, TX_FAST, err);
    if (!tx || !campaigns_notice(sending, err)) return false;
    sending->looked_ms = monotonic_ms();
    for (int i = 0; i < sending->slot_count; i++)
        if (sending->slots[i].state == SLOT_ENDED && !slot_end(sending, &sending->slots[i], err)) return false;
    for (int i = 0; i < sending->slot_count; i++)
        if (sending->slots[i].state == SLOT_WANTS_DOT && !arm_slot(sending, &sending->slots[i], err)) return false;
    return choose_some(sending, err) && relays_settle_turn(sending, err) &&
           turn_commit(sending, TX_TAKE(tx), false, false, err) && (!sending->durable_turns || sync_begin(sending, err));
}

/* Armed, its dot still here, and something has come up against it. */
static bool disarm_refused(struct sending *sending, struct slot *slot, struct err *err) {
    int stands = claim_stands(sending, &slot->delivery, err);
    if (stands <= 0) return slot->state = SLOT_DROPPED, stands == 0;
    sending->armed_today--; /* it is one of them */
    const struct gate_answer answer = gate_of(sending, &slot->delivery, true, app_now_ms(sending->app), err);
    if (answer.gate == GATE_OPEN) return sending->armed_today++, true;
    return answer.gate != GATE_ERROR && slot_disarm(sending, slot, &answer, err);
}

/* 1 when somebody has written to the store since it was last looked at, 0, -1. Waits for nobody who writes. */
static int facts_moved(struct sending *sending, struct err *err) {
    int64_t version = sending->facts_version;
    AUTO(tx) snapshot = tx_begin(sending->app->db, TX_READ, err);
    if (!snapshot || !campaigns_notice(sending, err)) return -1;
    sending->looked_ms = monotonic_ms();
    return sending->facts_version != version;
}

/* The disk may have taken long to take the turn. No dot leaves later than a second after a pause, an answer or an objection: what one of
 * them is about is armed no more. */
static bool look_again(struct sending *sending, struct err *err) {
    while (monotonic_ms() - sending->looked_ms > LOOK_MOST_MS) {
        int moved = facts_moved(sending, err);
        if (moved <= 0) return moved == 0;
        AUTO(tx) tx = tx_begin(sending->app->db, TX_FAST, err);
        if (!tx || !campaigns_notice(sending, err)) return false;
        sending->looked_ms = monotonic_ms();
        for (int i = 0; i < sending->slot_count; i++) {
            struct slot *slot = &sending->slots[i];
            if (slot->waited && slot->state == SLOT_ARMED && !disarm_refused(sending, slot, err)) return false;
        }
        if (!turn_commit(sending, TX_TAKE(tx), false, false, err)) return false;
    }
    return true;
}

static bool may_choose(const struct sending *sending) {
    if (!sending->queue_durable) return false;
    return !sending->relays || sending->stopping || relays_away_until_ms(sending) >= 0 || monotonic_ms() * 1000 >= sending->choose_again_us;
}

/* Little is left of the queue, and may go while the disk takes the next lease; or what is left of it waits for its groups while others
 * could go. */
static bool may_lease(const struct sending *sending) {
    if (sending->stopping || relays_away_until_ms(sending) >= 0 || sync_under_way(sending)) return false;
    bool pause_over = monotonic_ms() >= sending->lease_again_ms;
    if (!sending->queue_count) return pause_over || !sending->slots_used;
    return pause_over && (lease_is_low(sending) || (sending->passed_over && sending->spare_count >= LEASE_ROOM / 2));
}

int send_wait_ms(const struct sending *sending, int wait_ms) {
    if (!sending->queue_durable || sending->choose_again_us == INT64_MAX) return wait_ms;
    return (int)min_i64(wait_ms, max_i64(0, (sending->choose_again_us - monotonic_ms() * 1000 + 999) / 1000));
}

/* Fewer than half of the dots that are out have been answered. */
static bool few_answers(const struct sending *sending) {
    int answered = 0, out = 0;
    for (int i = 0; i < sending->slot_count; i++) {
        out += sending->slots[i].state == SLOT_ARMED;
        answered += sending->slots[i].state == SLOT_ENDED;
    }
    return answered < out;
}

/* A commit costs as much as several messages, one that is synchronised as several dozens: where few answers have come, those behind
 * them are given a moment to share it. */
static void gather(struct sending *sending) {
    int64_t least_us = sending->durable_turns ? PATIENCE_DURABLE_US : PATIENCE_US;
    int64_t patience_us = min_i64(max_i64(sending->answer_us / PATIENCE_PART, least_us), PATIENCE_MOST_US);
    for (int i = 0; i < MOMENTS && few_answers(sending); i++) {
        sleep_us(patience_us / MOMENTS);
        collect(sending, 0);
    }
}

/* What has come, at once or after waiting. Where nothing has, more is leased: it takes some milliseconds, best while servers keep us
 * waiting. The disk is looked at every millisecond while it takes a lease. */
static bool wait_for_news(struct sending *sending, int wait_ms, bool *worked, struct err *err) {
    collect(sending, 0);
    if (has_news(sending)) return gather(sending), true;
    if (sync_under_way(sending) && !sync_done(sending)) return collect(sending, SYNC_WAIT_MS), true;
    if (!relays_follow(sending, err)) return false;
    if (may_lease(sending)) return lease_more(sending, worked, err);
    collect(sending, send_wait_ms(sending, wait_ms));
    return true;
}

/* A lease that is on the disk may be chosen from; it is waited for where there is nothing else to do. */
static bool follow_sync(struct sending *sending, struct err *err) {
    bool needed = !sending->queue_durable && !has_news(sending);
    return (!needed && !sync_done(sending)) || sync_end(sending, err);
}

bool send_turn(struct sending *sending, int wait_ms, bool *worked, struct err *err) {
    *worked = false;
    if (!sending->relays) collect_rehearsed(sending);
    else if (sending->slots_used && !wait_for_news(sending, wait_ms, worked, err)) return false;
    if (!relays_follow(sending, err) || (may_lease(sending) && !lease_more(sending, worked, err)) || !follow_sync(sending, err)) return false;
    if (!has_news(sending) && !may_choose(sending)) return true;
    *worked = true;
    for (int i = 0; i < sending->slot_count; i++) sending->slots[i].waited = sending->slots[i].state == SLOT_WANTS_DOT;
    if (!commit_turn(sending, err) || !submit_chosen(sending, err) || (sending->durable_turns && !sync_end(sending, err)) ||
        !look_again(sending, err) || !only_sender_stands(sending->only, sending->app->db, sending->journal, err)) /* it may all have taken long */
        return false;
    let_dots_go(sending);
    relays_tell(sending);
    return true;
}

bool send_abandon(struct sending *sending, struct err *err) {
    if (!sync_rest(sending, err)) return false;
    AUTO(tx) tx = tx_begin(sending->app->db, TX_DURABLE, err);
    if (!tx || !campaigns_notice(sending, err)) return false;
    for (int i = 0; i < sending->slot_count; i++) {
        struct slot *slot = &sending->slots[i];
        if (slot->state == SLOT_FREE) continue;
        int stands = claim_stands(sending, &slot->delivery, err);
        if (stands < 0) return false;
        if (!stands) continue;
        slot->result = (struct smtp_result){0};
        bool armed = slot->delivery.held.state == DELIVERY_ARMED;
        if (armed) sending->counts.in_doubt++;
        if (!slot_set(sending, slot, armed ? DELIVERY_IN_DOUBT : DELIVERY_READY, armed ? "stopped" : "stopping",
                      armed ? app_now_ms(sending->app) + sending->doubt_wait_ms : -1, err))
            return false;
    }
    if (!lease_let_go(sending, err) || (sending->relays && !pacing_save(sending->app->db, sending->relays, true, err))) return false;
    return run_end(sending->app->db, sending->run_id, app_now_ms(sending->app), err) && turn_commit(sending, TX_TAKE(tx), true, false, err);
}
