/* What relays have learnt, over a restart: how fast each may be written to, and the refusals in a row. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mailer/send/relays_parts.h"

enum { RESTORED_REST_MS = 2160000 /* the longest rest there is: a clock set back must not make it longer */ };

/* -- what must be written --------------------------------------------------------------------------------------------- */
void relay_changed(struct relays *relays, struct relay *relay, bool now) {
    relay->dirty = true;
    relays->must_save |= now;
}

void group_changed(struct relays *relays, struct domain_group *group, bool now) {
    relays->must_save |= now;
    if (group->dirty) return;
    group->dirty = true;
    if (relays->dirty_count == relays->dirty_room) {
        relays->dirty_room = relays->dirty_room ? 2 * relays->dirty_room : 64;
        relays->dirty = mem_grow(relays->dirty, relays->dirty_room, sizeof(struct domain_group *));
    }
    relays->dirty[relays->dirty_count++] = group;
}

void relay_run_changed(struct relay *relay, enum pause_why why) { relay->runs_dirty |= 1u << why; }

void group_run_changed(struct relays *relays, struct domain_group *group, size_t relay) {
    bool listed = group->runs_dirty;
    group->runs_dirty |= 1u << relay;
    if (listed) return;
    if (relays->run_group_count == relays->run_group_room) {
        relays->run_group_room = relays->run_group_room ? 2 * relays->run_group_room : 64;
        relays->run_groups = mem_grow(relays->run_groups, relays->run_group_room, sizeof(struct domain_group *));
    }
    relays->run_groups[relays->run_group_count++] = group;
}

enum relays_dirt relays_dirt(const struct relays *relays) {
    bool dirty = relays->dirty_count || relays->run_group_count;
    for (size_t i = 0; i < relays->count; i++) dirty |= relays->all[i].dirty || relays->all[i].runs_dirty;
    if (!dirty) return RELAYS_CLEAN;
    return relays->must_save ? RELAYS_MUST_SAVE : RELAYS_DIRTY;
}

/* -- paces -------------------------------------------------------------------------------------------------------------- */
static void fill_row(const struct relays *relays, const struct pacer *pace, int64_t real_ms, struct pace_row *row) {
    int64_t ahead_us = pace->next_us - relays->now.steady_us;
    bool rests = pace->rest_until_ms > relays->now.clock_ms;
    row->in_hand = pace->now.in_hand;
    row->a_minute = pace->now.a_minute;
    row->free_ms = ahead_us > 0 ? real_ms + ahead_us / 1000 : 0;
    row->rest_until_ms = rests ? pace->rest_until_ms : 0;
    row->rests = pace->rests;
    row->probing = pace->probing;
    row->gone = !pacer_slowed(pace) && !rests && !row->free_ms;
}

bool relays_save(struct relays *relays, int64_t real_ms, struct pace_row *row) {
    for (size_t i = 0; i < relays->count; i++) {
        struct relay *relay = &relays->all[i];
        if (!relay->dirty) continue;
        relay->dirty = false;
        *row = (struct pace_row){.kind = "relay", .day = relay->settings.a_day ? relay->day : 0, .sent_today = relay->today};
        snprintf(row->name, sizeof row->name, "%s", relay->settings.name);
        fill_row(relays, &relay->pace, real_ms, row);
        if (relay->try_at_start) row->rest_until_ms = 0; /* one message tries it as soon as a sender starts */
        if (row->rest_until_ms || row->probing) snprintf(row->trouble, sizeof row->trouble, "%s", relay->trouble);
        row->gone &= !relay->settings.a_day;
        return true;
    }
    relays->must_save = false;
    if (!relays->dirty_count) return false;
    struct domain_group *group = relays->dirty[--relays->dirty_count];
    group->dirty = false;
    *row = (struct pace_row){.kind = "domain"};
    snprintf(row->name, sizeof row->name, "%s", group->name);
    fill_row(relays, &group->pace, real_ms, row);
    return true;
}

/* What is stored may only be less than what is configured now. */
static void restore_pace(const struct relays *relays, int64_t real_ms, const struct pace_row *row, struct pacer *pace) {
    int in_hand = row->in_hand;
    int64_t a_minute = row->a_minute, ahead_ms = row->free_ms - real_ms;
    if (in_hand > 0 && (!pace->most.in_hand || in_hand < pace->most.in_hand)) pace->now.in_hand = in_hand, pace->was.in_hand = 2 * in_hand;
    if (a_minute > 0 && (!pace->most.a_minute || a_minute < pace->most.a_minute)) pace->now.a_minute = a_minute, pace->was.a_minute = 2 * a_minute;
    int64_t longest_ms = pace->now.a_minute ? 60000 / pace->now.a_minute + 1 : 1000;
    if (row->free_ms && ahead_ms > 0) pace->next_us = relays->now.steady_us + 1000 * min_i64(ahead_ms, longest_ms);
    pace->rests = (int)min_i64(max_i64(row->rests, 0), 30);
    pace->probing = row->probing;
    if (row->rest_until_ms) pace->rest_until_ms = min_i64(row->rest_until_ms, relays->now.clock_ms + RESTORED_REST_MS);
}

void relays_restore(struct relays *relays, int64_t real_ms, const struct pace_row *row) {
    if (!strcmp(row->kind, "domain")) {
        struct domain_group *group = domain_group_named(relays->groups, row->name, relays->now.clock_ms, relays->now.steady_us);
        if (group) restore_pace(relays, real_ms, row, &group->pace);
        return;
    }
    for (size_t i = 0; i < relays->count; i++) {
        struct relay *relay = &relays->all[i];
        if (strcmp(relay->settings.name, row->name)) continue;
        restore_pace(relays, real_ms, row, &relay->pace);
        *(row->day == relays->now.day ? &relay->today : &relay->other_today) = row->sent_today;
        if (row->day != relays->now.day) relay->other_day = row->day;
        relay->day_known = row->day == relays->now.day;
        snprintf(relay->trouble, sizeof relay->trouble, "%s", row->trouble);
    }
}

bool relays_day_unknown(const struct relays *relays) {
    bool unknown = false;
    for (size_t i = 0; i < relays->count; i++) unknown |= relays->all[i].settings.a_day && !relays->all[i].day_known;
    return unknown;
}

void relays_day_counted(struct relays *relays, const char *name, int64_t armed) {
    for (size_t i = 0; i < relays->count; i++) {
        struct relay *relay = &relays->all[i];
        if (!relay->settings.a_day || relay->day_known || (name && strcmp(relay->settings.name, name))) continue;
        relay->today += armed;
        relay->day_known = true;
        relay_changed(relays, relay, true);
    }
}

/* -- refusals in a row -------------------------------------------------------------------------------------------------- */
static const char *const KINDS[] = {[PAUSE_WORDS] = "words", [PAUSE_MANY] = "any", [PAUSE_FAULTS] = "faults", [PAUSE_PUT_OFF] = "later"};

static void fill_run(const struct relay *relay, const char *kind, const struct breaker_run *run, struct refusal_row *row) {
    *row = (struct refusal_row){.breaker.run = *run, .gone = !run->count};
    snprintf(row->relay, sizeof row->relay, "%s", relay->settings.name);
    snprintf(row->kind, sizeof row->kind, "%s", kind);
}

static bool save_relay_run(struct relays *relays, struct relay *relay, struct refusal_row *row) {
    for (enum pause_why why = PAUSE_WORDS; why <= PAUSE_PUT_OFF; why++) {
        if (!(relay->runs_dirty >> why & 1)) continue;
        relay->runs_dirty &= ~(1u << why);
        const struct breaker *breaker = breaker_of(relay, why);
        fill_run(relay, KINDS[why], &breaker->run, row);
        row->breaker = *breaker;
        row->at_ms = relays->now.clock_ms;
        return true;
    }
    return false;
}

static bool save_group_run(struct relays *relays, struct domain_group *group, struct refusal_row *row) {
    for (size_t i = 0; i < relays->count; i++) {
        if (!(group->runs_dirty >> i & 1)) continue;
        group->runs_dirty &= ~(1u << i);
        fill_run(&relays->all[i], "group", &group->runs[i], row);
        snprintf(row->domain, sizeof row->domain, "%s", group->name);
        if (group->doors) row->rest_until_ms = group->doors[i].until_ms, row->rests = group->doors[i].rests;
        row->gone &= !row->rests;
        row->at_ms = relays->now.clock_ms;
        return true;
    }
    return false;
}

bool relays_save_run(struct relays *relays, struct refusal_row *row) {
    for (size_t i = 0; i < relays->count; i++)
        if (save_relay_run(relays, &relays->all[i], row)) return true;
    for (; relays->run_group_count; relays->run_group_count--)
        if (save_group_run(relays, relays->run_groups[relays->run_group_count - 1], row)) return true;
    return false;
}

static void restore_relay_run(struct relay *relay, const struct refusal_row *row) {
    for (enum pause_why why = PAUSE_WORDS; why <= PAUSE_PUT_OFF; why++) {
        if (strcmp(row->kind, KINDS[why])) continue;
        *breaker_of(relay, why) = row->breaker;
        if (relay->pace.probing && row->breaker.run.count >= breaker_limit(relay, why) - 1) relay->why = why;
    }
}

static void restore_group_run(struct relays *relays, size_t relay, const struct refusal_row *row) {
    struct domain_group *group = domain_group_named(relays->groups, row->domain, relays->now.clock_ms, relays->now.steady_us);
    if (!group || strcmp(group->name, row->domain)) return;
    group->runs[relay] = row->breaker.run;
    if (!row->rests) return;
    struct shut_door *door = domain_group_door(group, relay);
    door->rests = (int)min_i64(max_i64(row->rests, 0), 30);
    door->until_ms = min_i64(row->rest_until_ms, relays->now.clock_ms + RESTORED_REST_MS);
}

void relays_restore_run(struct relays *relays, const struct refusal_row *row) {
    if (row->breaker.run.count < 0 || row->breaker.group_count < 0 || row->breaker.group_count > BREAKER_GROUPS) return;
    for (size_t i = 0; i < relays->count; i++) {
        if (strcmp(relays->all[i].settings.name, row->relay)) continue;
        if (!strcmp(row->kind, "group")) restore_group_run(relays, i, row);
        else restore_relay_run(&relays->all[i], row);
    }
}
