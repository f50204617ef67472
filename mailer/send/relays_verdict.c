/* What an ended delivery says about its relay and its group: go on, less, rest, or wait until it is known whom it is about. */
#include <inttypes.h>
#include <stdio.h>

#include "base/hash.h"
#include "mailer/send/relay_fault.h"
#include "mailer/send/relays_parts.h"

enum { RESTS_FREE = 3 }; /* in a row that a group may ask for without its deliveries being charged the attempt */

static const struct relays_answer AS_TOLD = {RELAYS_AS_TOLD, -1};

static struct relays_answer release(int64_t until_ms) { return (struct relays_answer){RELAYS_RELEASE, until_ms}; }

struct ended {
    struct relay *relay;
    struct domain_group *group;
    int64_t delivery_id;
    const struct smtp_result *result;
    const struct held_refusal *before; /* how it was held when it was last refused; NULL = it was not */
};

static void count_run(const struct ended *it, enum pause_why why, uint64_t words) {
    breaker_refused_group(breaker_of(it->relay, why), words, it->group->name_hash);
    relay_run_changed(it->relay, why);
}

/* Taken: whatever was counted was not the relay's doing, nor the group's. */
static void end_runs(struct relays *relays, const struct ended *it, size_t index) {
    for (enum pause_why why = PAUSE_WORDS; why <= PAUSE_PUT_OFF; why++) {
        struct breaker *breaker = breaker_of(it->relay, why);
        if (!breaker->run.count) continue;
        breaker->run = (struct breaker_run){0};
        relay_run_changed(it->relay, why);
    }
    struct breaker_run *run = &it->group->runs[index];
    bool was_shut = it->group->doors && it->group->doors[index].rests && !domain_group_shut(it->group, index, relays->now.clock_ms);
    if (was_shut) it->group->doors[index] = (struct shut_door){0};
    if (run->count || was_shut) group_run_changed(relays, it->group, index);
    *run = (struct breaker_run){0};
}

static struct relays_answer sent(struct relays *relays, const struct ended *it) {
    int index = (int)(it->relay - relays->all);
    const struct held_refusal like = {.relay = index, .group = it->group->name_hash, .at_us = relays->now.steady_us};
    if (pacer_accepted(&it->relay->pace, relays->now.clock_ms)) relay_changed(relays, it->relay, false);
    if (pacer_accepted(&it->group->pace, relays->now.clock_ms)) group_changed(relays, it->group, false);
    it->relay->accepted++;
    end_runs(relays, it, (size_t)index);
    relays_settle_held(relays, HELD_ACCEPTED, &like, RELAYS_FAILS, -1);
    return AS_TOLD;
}

/* What it says, modulo what differs from one recipient to the next, as a number; never 0. */
static uint64_t words_of(const struct smtp_result *result) {
    char signature[VERDICT_SIGNATURE];
    uint64_t hash = 14695981039346656037u; /* FNV-1a */
    verdict_signature(result, signature);
    for (const char *at = signature; *at; at++) hash = (hash ^ (unsigned char)*at) * 1099511628211u;
    return hash ? hash : 1;
}

/* Another relay is up and has not refused that group so. */
static bool another_door(const struct relays *relays, const struct ended *it) {
    for (size_t i = 0; i < relays->count; i++) {
        const struct relay *other = &relays->all[i];
        if (other != it->relay && relay_up(relays, other) && !domain_group_shut(it->group, i, relays->now.clock_ms)) return true;
    }
    return false;
}

static struct relays_answer group_refuses(struct relays *relays, const struct ended *it) {
    if (another_door(relays, it)) return door_shut(relays, it->group, it->relay, it->result), release(-1);
    return release(group_pause(relays, it->group, it->relay, it->result));
}

static bool too_many(const struct relay *relay, const struct breaker *breaker, enum pause_why why) {
    return breaker->run.count >= breaker_limit(relay, why) && breaker->group_count >= relay->settings.breaker_groups;
}

/* One that was tried again goes on being judged by what its relay has taken since it refused it first. */
static struct relays_answer hold(struct relays *relays, const struct ended *it, struct held_refusal held) {
    struct relay *relay = it->relay;
    held.delivery_id = it->delivery_id;
    held.group = it->group->name_hash;
    held.relay = (int)(relay - relays->all);
    held.accepted = it->before ? it->before->accepted : relay->accepted;
    held.at_us = relays->now.steady_us;
    relay->refusals++;
    relays_reply_text(&it->result->reply, relay->refused, sizeof relay->refused);
    return held_add(&relays->held, &held) ? (struct relays_answer){RELAYS_HOLD, -1} : AS_TOLD;
}

/* Counted once a delivery, however often it is tried again: two that are refused for themselves do not become ten. */
static void count_refusal(struct relays *relays, const struct ended *it, uint64_t words) {
    size_t index = (size_t)(it->relay - relays->all);
    if (it->before) return;
    count_run(it, PAUSE_WORDS, words);
    count_run(it, PAUSE_MANY, 1);
    breaker_refused(&it->group->runs[index], words);
    group_run_changed(relays, it->group, index);
}

/* A refusal that may be about us. */
static struct relays_answer refused(struct relays *relays, const struct ended *it, bool fails) {
    struct relay *relay = it->relay;
    struct domain_group *group = it->group;
    size_t index = (size_t)(relay - relays->all);
    uint64_t words = words_of(it->result);
    if (!relay->settings.breaker) return AS_TOLD;
    if (relay->pace.rest_until_ms > relays->now.clock_ms) return release(-1); /* was on its way when the relay paused */
    if (group->pace.rest_until_ms > relays->now.clock_ms) return release(group->pace.rest_until_ms);
    if (domain_group_shut(group, index, relays->now.clock_ms)) return release(-1);
    count_refusal(relays, it, words);
    if (too_many(relay, &relay->breaker, PAUSE_WORDS)) return relay_pause(relays, relay, it->result, PAUSE_WORDS), release(-1);
    if (relay->pace.probing || too_many(relay, &relay->any, PAUSE_MANY)) return relay_pause(relays, relay, it->result, PAUSE_MANY), release(-1);
    if (group->pace.probing || group->runs[index].count >= relay->settings.breaker) return group_refuses(relays, it);
    return hold(relays, it, (struct held_refusal){.words = words, .policy = true, .fails = fails});
}

/* Neither policy nor a recipient's fault: the relay's own, or our message's. Never what one group alone is told. */
static struct relays_answer failed(struct relays *relays, const struct ended *it) {
    struct relay *relay = it->relay;
    if (!relay->settings.breaker) return AS_TOLD;
    if (relay->pace.rest_until_ms > relays->now.clock_ms) return relay->why == PAUSE_FAULTS ? release(-1) : AS_TOLD;
    uint64_t words = words_of(it->result);
    if (!it->before) count_run(it, PAUSE_FAULTS, words);
    if (too_many(relay, &relay->faults, PAUSE_FAULTS)) return relay_pause(relays, relay, it->result, PAUSE_FAULTS), release(-1);
    return hold(relays, it, (struct held_refusal){.words = words, .fails = true});
}

/* Neither accepted nor refused: "later", or a line that was lost. A relay that does so to whatever it is given would otherwise attract
 * the mail, for it is soon free again. Only where another relay can take over: a lone one has no better. */
static struct relays_answer put_off(struct relays *relays, const struct ended *it, bool doubt) {
    struct relay *relay = it->relay;
    const struct relays_answer elsewhere = doubt ? AS_TOLD : release(-1);
    if (relays->count == 1 || !relay->settings.breaker) return AS_TOLD;
    if (relay->pace.rest_until_ms > relays->now.clock_ms) return relay->why == PAUSE_PUT_OFF ? elsewhere : AS_TOLD;
    count_run(it, PAUSE_PUT_OFF, 1);
    if (!too_many(relay, &relay->put_off, PAUSE_PUT_OFF) || !another_is_well(relays, relay)) return AS_TOLD;
    return relay_pause(relays, relay, it->result, PAUSE_PUT_OFF), elsewhere;
}

/* The relay does not want us, whoever it is for: nobody is charged, and the others go elsewhere. */
static struct relays_answer shut_out(struct relays *relays, const struct ended *it) {
    if (it->relay->pace.rest_until_ms <= relays->now.clock_ms) relay_pause(relays, it->relay, it->result, PAUSE_SHUT_OUT);
    return release(-1);
}

static struct relays_answer fewer(struct relays *relays, const struct ended *it) {
    struct pacer *pace = &it->relay->pace;
    if (!pacer_fewer(pace, relays->now.clock_ms, relays->now.steady_us, random_unit())) return release(-1);
    char said[SMTP_REPLY_TEXT + 40];
    relays_reply_text(&it->result->reply, said, sizeof said);
    bool rests = pace->rest_until_ms > relays->now.clock_ms;
    it->relay->try_at_start = false;
    snprintf(it->relay->trouble, sizeof it->relay->trouble, "[%s] : %s", it->relay->settings.name, said);
    snprintf(relays_tell_of(relays, false)->text, RELAYS_TEXT, "relay %s wants less: %d deliveries at once from now%s: %.900s",
             it->relay->settings.name, pace->now.in_hand, rests ? ", after a rest" : "", said);
    relay_changed(relays, it->relay, true);
    return release(-1);
}

/* A domain that never takes anything but asks for patience is charged in the end, else its deliveries would try for ever. */
static struct relays_answer slower(struct relays *relays, const struct ended *it) {
    struct pacer *pace = &it->group->pace;
    if (pacer_slower(pace, relays->now.clock_ms, relays->now.steady_us, random_unit())) {
        char said[SMTP_REPLY_TEXT + 40];
        relays_reply_text(&it->result->reply, said, sizeof said);
        snprintf(relays_tell_of(relays, false)->text, RELAYS_TEXT, "domain %s wants less: it rests %" PRId64 " s, then %d at once and %" PRId64 " a minute: %.900s",
                 it->group->name, relays_rest_s(relays, pace->rest_until_ms), pace->now.in_hand, pace->now.a_minute, said);
        group_changed(relays, it->group, true);
    }
    if (pace->rests > RESTS_FREE) return AS_TOLD;
    return release(pace->rest_until_ms > relays->now.clock_ms ? pace->rest_until_ms : -1);
}

/* A relay that was paused and speaks to a recipient lets us in again; whether it takes a message is another question. */
static void spoke(struct relays *relays, const struct ended *it) {
    bool about_recipient = it->result->phase >= SMTP_AT_RCPT && it->result->phase <= SMTP_AT_DOT && it->result->reply.code;
    if (about_recipient && it->relay->pace.probing && it->relay->why == PAUSE_SHUT_OUT) {
        it->relay->pace.probing = false;
        relay_changed(relays, it->relay, false);
    }
}

static struct relays_answer judge(struct relays *relays, const struct ended *it, enum verdict verdict, bool policy) {
    bool at_recipient = it->result->phase >= SMTP_AT_RCPT && it->result->phase <= SMTP_AT_DOT;
    switch (verdict) {
    case VERDICT_SENT: return sent(relays, it);
    case VERDICT_SLOW: return fewer(relays, it);
    case VERDICT_SLOW_DOMAIN: return slower(relays, it);
    case VERDICT_RELAY: return at_recipient ? refused(relays, it, false) : shut_out(relays, it);
    case VERDICT_FAIL:
        if (policy) return refused(relays, it, true);
        if (relay_fault(it->result)) return failed(relays, it);
        break;
    case VERDICT_RETRY:
    case VERDICT_DOUBT: spoke(relays, it); return put_off(relays, it, verdict == VERDICT_DOUBT);
    case VERDICT_DEAD: break;
    }
    spoke(relays, it);
    return AS_TOLD;
}

struct relays_answer relays_verdict(struct relays *relays, int64_t delivery_id, enum verdict verdict, bool policy,
                                    const struct smtp_result *result) {
    struct in_hand *entry = hand_find(relays, delivery_id);
    if (!entry) return AS_TOLD;
    struct held_refusal before;
    bool again = relays->held.count && held_forget(&relays->held, delivery_id, &before) && before.relay == entry->relay;
    const struct ended it = {&relays->all[entry->relay], entry->group, delivery_id, result, again ? &before : NULL};
    hand_remove(relays, entry);
    return judge(relays, &it, verdict, policy);
}
