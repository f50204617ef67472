/* What is told of relays and groups that pause, and what becomes of the deliveries that pause with them. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "mailer/send/relays_parts.h"

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

int relays_settle_held(struct relays *relays, enum held_pick pick, const struct held_refusal *like, enum relays_settlement what,
                       int64_t until_ms) {
    struct held_refusal one;
    int count = 0;
    for (; relays->held.count && held_take(&relays->held, pick, like, &one); count++)
        if (what == RELAYS_RELEASED || one.fails) settle(relays, one.delivery_id, what, until_ms);
    return count;
}


/* Where nobody asks for them the first ones are kept: they say how it began. */
struct relays_notice *relays_tell_of(struct relays *relays, bool alert) {
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

static int count_held(const struct relays *relays, int relay) {
    int count = 0;
    for (int i = 0; i < relays->held.count; i++) count += relays->held.all[i].relay == relay;
    return count;
}

/* Also when no breaker has tripped: what was refused, and what becomes of it, before the sender rests. */
static void say_refusals(struct relays *relays, struct relay *relay, int failed) {
    const struct breaker_run *words = &relay->breaker.run, *any = &relay->any.run;
    snprintf(relays_tell_of(relays, false)->text, RELAYS_TEXT,
             "relay %s: %d refusals that may be about us; %d in a row since it last took a message, %d of them with the same words; %d wait and are "
             "tried again, %d fail: %.900s",
             relay->settings.name, relay->refusals, any->count, words->count, count_held(relays, (int)(relay - relays->all)), failed, relay->refused);
    relay->refusals = 0;
}

bool relays_settle_all(struct relays *relays) {
    bool some = false;
    for (size_t i = 0; i < relays->count; i++) {
        struct relay *relay = &relays->all[i];
        const struct held_refusal like = {.relay = (int)i, .accepted = relay->accepted};
        int failed = relays_settle_held(relays, HELD_IDLE, &like, RELAYS_FAILS, -1);
        if (relay->refusals) say_refusals(relays, relay, failed);
        some |= failed > 0;
    }
    return some;
}

const char *relays_trouble(const struct relays *relays) {
    const char *trouble = "";
    for (size_t i = 0; i < relays->count; i++)
        if (relays->all[i].pace.rest_until_ms > relays->now.clock_ms && *relays->all[i].trouble) trouble = relays->all[i].trouble;
    return trouble;
}

void relays_reply_text(const struct smtp_reply *reply, char *out, size_t size) {
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

int64_t relays_rest_s(const struct relays *relays, int64_t until_ms) { return (until_ms - relays->now.clock_ms) / 1000; }

int breaker_limit(const struct relay *relay, enum pause_why why) { return (why == PAUSE_MANY ? 2 : 1) * relay->settings.breaker; }

/* Said of a relay that pauses, behind its name. */
static int say_why(char *text, size_t size, enum pause_why why, int count, int waiting) {
    switch (why) {
    case PAUSE_WORDS:
    case PAUSE_FAULTS: return snprintf(text, size, "refused %d in a row with the same words; %d of them wait, none fails for it", count, waiting);
    case PAUSE_MANY: return snprintf(text, size, "refused %d in a row, in changing words; %d of them wait, none fails for it", count, waiting);
    case PAUSE_PUT_OFF: return snprintf(text, size, "put off or lost %d in a row, and took none between", count);
    case PAUSE_SHUT_OUT: break;
    }
    return snprintf(text, size, "refuses us or cannot be reached");
}

struct breaker *breaker_of(struct relay *relay, enum pause_why why) {
    switch (why) {
    case PAUSE_MANY: return &relay->any;
    case PAUSE_FAULTS: return &relay->faults;
    case PAUSE_PUT_OFF: return &relay->put_off;
    case PAUSE_WORDS:
    case PAUSE_SHUT_OUT: break;
    }
    return &relay->breaker;
}

void relay_pause(struct relays *relays, struct relay *relay, const struct smtp_result *result, enum pause_why why) {
    char said[SMTP_REPLY_TEXT + 40];
    struct breaker_run *run = &breaker_of(relay, why)->run;
    const struct held_refusal like = {.relay = (int)(relay - relays->all), .words = why == PAUSE_MANY ? 0 : run->words};
    const char *trouble = sender_trouble(relay->sender);
    /* What went wrong while the line opened is told better there: with the server, what it said, and the remedy. */
    bool opening = result->phase == SMTP_AT_GREETING || result->phase == SMTP_AT_EHLO, reached = !*trouble || (result->reply.code && !opening);
    relays_reply_text(&result->reply, said, sizeof said);
    snprintf(relay->trouble, sizeof relay->trouble, "[%s] : %s", relay->settings.name, reached ? said : trouble);
    int64_t until_ms = pacer_rest(&relay->pace, relays->now.clock_ms, random_unit());
    relay->pace.probing = true;
    relay->why = why;
    relay->try_at_start = why == PAUSE_SHUT_OUT;
    bool refuses = why == PAUSE_WORDS || why == PAUSE_MANY || why == PAUSE_FAULTS;
    int freed = refuses ? relays_settle_held(relays, HELD_RELAY, &like, RELAYS_RELEASED, -1) : 0;
    int taken = take_back_waiting(relays, like.relay);
    struct relays_notice *one = relays_tell_of(relays, true);
    int length = snprintf(one->text, sizeof one->text, "relay %s ", relay->settings.name);
    length += say_why(one->text + length, sizeof one->text - (size_t)length, why, run->count, freed + 1);
    snprintf(one->text + length, sizeof one->text - (size_t)length,
             "; it rests %" PRId64 " s, then one message tries it; %d that waited for it go elsewhere or wait: %.900s", relays_rest_s(relays, until_ms),
             taken, reached ? said : trouble);
    relay->refusals = 0; /* told by this */
    if (why != PAUSE_SHUT_OUT) relay_run_changed(relay, why);
    else if (run->count) relay_run_changed(relay, PAUSE_WORDS);
    run->count = why == PAUSE_SHUT_OUT ? 0 : breaker_limit(relay, why) - 1; /* the same again, and it trips again */
    relay_changed(relays, relay, true);
}

void door_shut(struct relays *relays, struct domain_group *group, struct relay *relay, const struct smtp_result *result) {
    char said[SMTP_REPLY_TEXT + 40];
    size_t index = (size_t)(relay - relays->all);
    const struct held_refusal like = {.relay = (int)index, .group = group->name_hash};
    struct shut_door *door = domain_group_door(group, index);
    door->until_ms = relays->now.clock_ms + pace_rest_ms(door->rests, random_unit());
    if (door->rests < 30) door->rests++;
    int freed = relays_settle_held(relays, HELD_DOOR, &like, RELAYS_RELEASED, -1);
    relays_reply_text(&result->reply, said, sizeof said);
    snprintf(relays_tell_of(relays, true)->text, RELAYS_TEXT,
             "domain %s refuses us through relay %s: %d in a row with the same words; its mails go through other relays for %" PRId64
             " s; %d go there at once, none fails for it: %.900s",
             group->name, relay->settings.name, group->runs[index].count, relays_rest_s(relays, door->until_ms), freed + 1, said);
    group->runs[index].count = relay->settings.breaker - 1;
    group_run_changed(relays, group, index);
    relays->must_save = true;
}

int64_t group_pause(struct relays *relays, struct domain_group *group, struct relay *relay, const struct smtp_result *result) {
    char said[SMTP_REPLY_TEXT + 40];
    struct breaker_run *run = &group->runs[relay - relays->all];
    int64_t until_ms = pacer_rest(&group->pace, relays->now.clock_ms, random_unit());
    int freed = relays_settle_held(relays, HELD_GROUP, &(struct held_refusal){.group = group->name_hash}, RELAYS_RELEASED, until_ms);
    group->pace.probing = true;
    for (size_t i = 0; i < relays->count && group->doors; i++) {
        group->doors[i].until_ms = 0; /* the one that tries it may take any */
        group_run_changed(relays, group, i);
    }
    relays_reply_text(&result->reply, said, sizeof said);
    snprintf(relays_tell_of(relays, true)->text, RELAYS_TEXT,
             "domain %s refuses us through relay %s: %d in a row with the same words; it rests %" PRId64
             " s, then one message tries it; %d wait, none fails for it; other domains go on: %.900s",
             group->name, relay->settings.name, run->count, relays_rest_s(relays, until_ms), freed + 1, said);
    run->count = relay->settings.breaker - 1;
    group_run_changed(relays, group, (size_t)(relay - relays->all));
    group_changed(relays, group, true);
    return until_ms;
}
