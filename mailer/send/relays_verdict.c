/* What an ended delivery says about its relay and its group: go on, less, rest, or wait until it is known whom it is about. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "mailer/send/relays_parts.h"

enum { RESTS_FREE = 3 }; /* in a row that a group may ask for without its deliveries being charged the attempt */

static const struct relays_answer AS_TOLD = {RELAYS_AS_TOLD, -1};

static struct relays_answer release(int64_t until_ms) { return (struct relays_answer){RELAYS_RELEASE, until_ms}; }

/* -- what is told ------------------------------------------------------------------------------------------------------ */
static void settle(struct relays *relays, int64_t delivery_id, enum relays_settlement what, int64_t until_ms) {
    if (relays->settled_count == relays->settled_room) {
        relays->settled_room = relays->settled_room ? 2 * relays->settled_room : 64;
        relays->settled = mem_grow(relays->settled, relays->settled_room, sizeof *relays->settled);
    }
    relays->settled[relays->settled_count++] = (struct relays_settled){delivery_id, what, until_ms};
}

bool relays_settled(struct relays *relays, struct relays_settled *settled) {
    if (relays->settled_next == relays->settled_count) return relays->settled_next = relays->settled_count = 0, false;
    *settled = relays->settled[relays->settled_next++];
    return true;
}

static int settle_held(struct relays *relays, enum held_pick pick, const struct held_refusal *like, enum relays_settlement what,
                       int64_t until_ms) {
    struct held_refusal one;
    int count = 0;
    for (; relays->held.count && held_take(&relays->held, pick, like, &one); count++)
        if (what == RELAYS_RELEASED || one.fails) settle(relays, one.delivery_id, what, until_ms);
    return count;
}

bool relays_settle_all(struct relays *relays) { return settle_held(relays, HELD_ALL, NULL, RELAYS_FAILS, -1) > 0; }

/* Where nobody asks for them the first ones are kept: they say how it began. */
static struct relays_notice *notice(struct relays *relays, bool alert) {
    if (relays->notice_next == relays->notice_count) relays->notice_next = relays->notice_count = 0;
    if (relays->notice_count == COUNT(relays->notices)) relays->notice_count--;
    struct relays_notice *one = &relays->notices[relays->notice_count++];
    *one = (struct relays_notice){.alert = alert};
    return one;
}

bool relays_notice(struct relays *relays, struct relays_notice *out) {
    if (relays->notice_next == relays->notice_count) return false;
    *out = relays->notices[relays->notice_next++];
    return true;
}

const char *relays_trouble(const struct relays *relays) {
    const char *trouble = "";
    for (size_t i = 0; i < relays->count; i++)
        if (relays->all[i].pace.rest_until_ms > relays->now.clock_ms && *relays->all[i].trouble) trouble = relays->all[i].trouble;
    return trouble;
}

static void reply_text(const struct smtp_reply *reply, char *out, size_t size) {
    if (reply->code) snprintf(out, size, "%d%s%s %s", reply->code, *reply->enhanced ? " " : "", reply->enhanced, reply->text);
    else snprintf(out, size, "%s", *reply->text ? reply->text : "no answer");
}

/* -- pausing ----------------------------------------------------------------------------------------------------------- */
/* What it has not begun with goes to others. */
static int take_back_waiting(struct relays *relays, int relay) {
    int count = 0;
    for (size_t i = 0; i < relays->hand_room; i++) {
        int64_t id = relays->hand[i].delivery_id;
        if (!id || relays->hand[i].relay != relay || !relays_take_back(relays, id)) continue;
        settle(relays, id, RELAYS_BACK, -1);
        count++;
        i--; /* another one may have moved up into its place */
    }
    return count;
}

static int64_t rest_s(const struct relays *relays, int64_t until_ms) { return (until_ms - relays->now.clock_ms) / 1000; }

/* words 0: not for a policy, so that nothing held is freed. */
static void pause_relay(struct relays *relays, struct relay *relay, const struct smtp_result *result, uint64_t words) {
    char said[SMTP_REPLY_TEXT + 40];
    int index = (int)(relay - relays->all), refused = relay->breaker.run.count;
    const char *trouble = sender_trouble(relay->sender);
    /* What went wrong while the line opened is told better there: with the server, what it said, and the remedy. */
    bool opening = result->phase == SMTP_AT_GREETING || result->phase == SMTP_AT_EHLO, reached = !*trouble || (result->reply.code && !opening);
    reply_text(&result->reply, said, sizeof said);
    snprintf(relay->trouble, sizeof relay->trouble, "[%s] : %s", relay->settings.name, reached ? said : trouble);
    int64_t until_ms = pacer_rest(&relay->pace, relays->now.clock_ms, random_unit());
    relay->pace.probing = true;
    relay->try_at_start = !words;
    int freed = words ? settle_held(relays, HELD_RELAY, &(struct held_refusal){.relay = index, .words = words}, RELAYS_RELEASED, -1) : 0;
    int taken = take_back_waiting(relays, index);
    struct relays_notice *one = notice(relays, true);
    int length = snprintf(one->text, sizeof one->text, "relay %s ", relay->settings.name);
    if (words)
        length += snprintf(one->text + length, sizeof one->text - (size_t)length, "refused %d in a row with the same words; %d of them wait, none fails for it",
                           refused, freed + 1);
    else length += snprintf(one->text + length, sizeof one->text - (size_t)length, "refuses us or cannot be reached");
    snprintf(one->text + length, sizeof one->text - (size_t)length,
             "; it rests %" PRId64 " s, then one message tries it; %d that waited for it go elsewhere or wait: %.900s", rest_s(relays, until_ms),
             taken, reached ? said : trouble);
    relay->breaker.run.count = words ? relay->settings.breaker - 1 : 0; /* the same again, and it trips again */
    relay_changed(relays, relay, true);
}

static int64_t pause_group(struct relays *relays, struct domain_group *group, struct relay *relay, const struct smtp_result *result) {
    char said[SMTP_REPLY_TEXT + 40];
    struct breaker_run *run = &group->runs[relay - relays->all];
    int64_t until_ms = pacer_rest(&group->pace, relays->now.clock_ms, random_unit());
    int freed = settle_held(relays, HELD_GROUP, &(struct held_refusal){.group = group->key}, RELAYS_RELEASED, until_ms);
    group->pace.probing = true;
    reply_text(&result->reply, said, sizeof said);
    snprintf(notice(relays, true)->text, RELAYS_TEXT,
             "domain %s refuses us through relay %s: %d in a row with the same words; it rests %" PRId64
             " s, then one message tries it; %d wait, none fails for it; other domains go on: %.900s",
             group->name, relay->settings.name, run->count, rest_s(relays, until_ms), freed + 1, said);
    run->count = relay->settings.breaker - 1;
    group_changed(relays, group, true);
    return until_ms;
}

/* -- verdicts ---------------------------------------------------------------------------------------------------------- */
struct ended {
    struct relay *relay;
    struct domain_group *group;
    int64_t delivery_id;
    const struct smtp_result *result;
};

static struct relays_answer sent(struct relays *relays, const struct ended *it) {
    int index = (int)(it->relay - relays->all);
    const struct held_refusal like = {.relay = index, .group = it->group->key, .at_us = relays->now.steady_us};
    if (pacer_accepted(&it->relay->pace, relays->now.clock_ms)) relay_changed(relays, it->relay, false);
    if (pacer_accepted(&it->group->pace, relays->now.clock_ms)) group_changed(relays, it->group, false);
    it->relay->breaker.run = it->group->runs[index] = (struct breaker_run){0};
    settle_held(relays, HELD_ACCEPTED, &like, RELAYS_FAILS, -1);
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

/* A refusal that may be about us. */
static struct relays_answer refused(struct relays *relays, const struct ended *it, bool fails) {
    struct relay *relay = it->relay;
    struct domain_group *group = it->group;
    int index = (int)(relay - relays->all);
    uint64_t words = words_of(it->result);
    if (!relay->settings.breaker) return AS_TOLD;
    if (relay->pace.rest_until_ms > relays->now.clock_ms) return release(-1); /* was on its way when the relay paused */
    if (group->pace.rest_until_ms > relays->now.clock_ms) return release(group->pace.rest_until_ms);
    int in_row = breaker_refused_group(&relay->breaker, words, group->key), in_group = breaker_refused(&group->runs[index], words);
    if (relay->pace.probing || (in_row >= relay->settings.breaker && relay->breaker.group_count >= relay->settings.breaker_groups))
        return pause_relay(relays, relay, it->result, words), release(-1);
    if (group->pace.probing || in_group >= relay->settings.breaker) return release(pause_group(relays, group, relay, it->result));
    const struct held_refusal held = {.delivery_id = it->delivery_id, .words = words, .group = group->key, .relay = index,
                                      .fails = fails, .at_us = relays->now.steady_us};
    return held_add(&relays->held, &held) ? (struct relays_answer){RELAYS_HOLD, -1} : AS_TOLD;
}

/* The relay does not want us, whoever it is for: nobody is charged, and the others go elsewhere. */
static struct relays_answer shut_out(struct relays *relays, const struct ended *it) {
    if (it->relay->pace.rest_until_ms <= relays->now.clock_ms) pause_relay(relays, it->relay, it->result, 0);
    return release(-1);
}

static struct relays_answer fewer(struct relays *relays, const struct ended *it) {
    struct pacer *pace = &it->relay->pace;
    if (!pacer_fewer(pace, relays->now.clock_ms, relays->now.steady_us, random_unit())) return release(-1);
    char said[SMTP_REPLY_TEXT + 40];
    reply_text(&it->result->reply, said, sizeof said);
    bool rests = pace->rest_until_ms > relays->now.clock_ms;
    it->relay->try_at_start = false;
    snprintf(it->relay->trouble, sizeof it->relay->trouble, "[%s] : %s", it->relay->settings.name, said);
    snprintf(notice(relays, false)->text, RELAYS_TEXT, "relay %s wants less: %d deliveries at once from now%s: %.900s",
             it->relay->settings.name, pace->now.in_hand, rests ? ", after a rest" : "", said);
    relay_changed(relays, it->relay, true);
    return release(-1);
}

/* A domain that never takes anything but asks for patience is charged in the end, else its deliveries would try for ever. */
static struct relays_answer slower(struct relays *relays, const struct ended *it) {
    struct pacer *pace = &it->group->pace;
    if (pacer_slower(pace, relays->now.clock_ms, relays->now.steady_us, random_unit())) {
        char said[SMTP_REPLY_TEXT + 40];
        reply_text(&it->result->reply, said, sizeof said);
        snprintf(notice(relays, false)->text, RELAYS_TEXT, "domain %s wants less: it rests %" PRId64 " s, then %d at once and %" PRId64 " a minute: %.900s",
                 it->group->name, rest_s(relays, pace->rest_until_ms), pace->now.in_hand, pace->now.a_minute, said);
        group_changed(relays, it->group, true);
    }
    if (pace->rests > RESTS_FREE) return AS_TOLD;
    return release(pace->rest_until_ms > relays->now.clock_ms ? pace->rest_until_ms : -1);
}

/* A relay that was paused and speaks to a recipient lets us in again; whether it takes a message is another question. */
static void spoke(struct relays *relays, const struct ended *it) {
    bool about_recipient = it->result->phase >= SMTP_AT_RCPT && it->result->phase <= SMTP_AT_DOT && it->result->reply.code;
    if (about_recipient && it->relay->pace.probing && !it->relay->breaker.run.count) {
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
        break;
    case VERDICT_RETRY:
    case VERDICT_DEAD:
    case VERDICT_DOUBT: break;
    }
    spoke(relays, it);
    return AS_TOLD;
}

struct relays_answer relays_verdict(struct relays *relays, int64_t delivery_id, enum verdict verdict, bool policy,
                                    const struct smtp_result *result) {
    struct in_hand *entry = hand_find(relays, delivery_id);
    if (!entry) return AS_TOLD;
    const struct ended it = {&relays->all[entry->relay], entry->group, delivery_id, result};
    hand_remove(relays, entry);
    return judge(relays, &it, verdict, policy);
}
