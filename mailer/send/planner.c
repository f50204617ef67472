/* From a wave's instants to its deliveries. */
#include "mailer/send/planner.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "mailer/send/plan_parties.h"
#include "schedules/plan.h"

/* -- which departments' groups are due, and whether they may still start ------------------------------------- */
struct group { char department[8]; int64_t at_ms; const char *skipped; /* "" = it may start */ };
static const char *const REASONS[] = {"deadline", "late", "superseded"};

static int load_due_groups(struct db *db, int64_t wave_id, int64_t now_ms, struct group **groups, struct err *err) {
    int count = 0;
    AUTO(db_rows) rows = db_query(db, err,
                                  "SELECT department, at_ms FROM wave_group WHERE wave_id = $1 AND planned_ms IS NULL AND "
                                  "skipped = '' AND at_ms <= $2 ORDER BY at_ms, department",
                                  DB_I(wave_id), DB_I(now_ms));
    int got;
    while ((got = db_next(rows, err)) > 0) {
        *groups = mem_grow(*groups, (size_t)count + 1, sizeof **groups);
        struct group *group = &(*groups)[count++];
        snprintf(group->department, sizeof group->department, "%s", db_text(rows, 0));
        group->at_ms = db_int(rows, 1);
    }
    return got < 0 ? -1 : count;
}

/* A later wave for the same people is due there too: after down time only the latest goes out, never a burst. */
static int superseded(struct db *db, const struct campaign *campaign, const struct wave *wave, const struct group *group,
                      int64_t now_ms, struct err *err) {
    int64_t one;
    return db_get_int(db, err, &one,
                      "SELECT 1 FROM wave w JOIN wave_group g ON g.wave_id = w.id AND g.department = $1 "
                      "WHERE w.campaign_id = $2 AND w.id <> $3 AND w.audience = $4 AND g.planned_ms IS NULL AND g.skipped = '' "
                      "AND g.at_ms <= $5 AND g.at_ms > $6",
                      DB_T(group->department), DB_I(campaign->id), DB_I(wave->id), DB_T(AUDIENCE[wave->audience]),
                      DB_I(now_ms), DB_I(group->at_ms));
}

/* "" when the group may start, else why not. */
static bool judge_group(struct db *db, const struct campaign *campaign, const struct wave *wave, const struct group *group,
                        int64_t now_ms, const char **reason, struct err *err) {
    int64_t latest_ms;
    *reason = "";
    if (now_ms >= campaign->deadline_ms) return *reason = "deadline", true;
    if (!plan_latest_ms(&campaign->schedule, group->department, group->at_ms, &latest_ms, err)) return false;
    if (now_ms > latest_ms) return *reason = "late", true;
    int later = superseded(db, campaign, wave, group, now_ms, err);
    if (later > 0) *reason = "superseded";
    return later >= 0;
}

bool plan_judge(struct db *db, const struct campaign *campaign, const struct wave *wave, const char *department, int64_t at_ms,
                int64_t now_ms, const char **reason, struct err *err) {
    struct group group = {.at_ms = at_ms};
    snprintf(group.department, sizeof group.department, "%s", department);
    return judge_group(db, campaign, wave, &group, now_ms, reason, err);
}

/* -- what a wave does ------------------------------------------------------------------------------------------ */
static bool skip_group(struct db *db, const struct wave *wave, const struct group *group, const char *reason, struct err *err) {
    return db_run(db, err, "UPDATE wave_group SET skipped = $1 WHERE wave_id = $2 AND department = $3", DB_T(reason),
                  DB_I(wave->id), DB_T(group->department));
}

/* One line in the ledger for all departments a wave skips at once for one reason: "late : 971 972". */
static bool say_skipped(struct db *db, const struct campaign *campaign, const struct wave *wave, const char *reason,
                        const struct group *groups, int count, int64_t now_ms, struct err *err) {
    AUTO_BUF text = BUF_INIT(2000);
    for (int i = 0; i < count; i++) {
        if (strcmp(groups[i].skipped, reason)) continue;
        if (!text.length) buf_add_format(&text, "%s :", reason);
        buf_add_format(&text, " %s", groups[i].department);
    }
    if (!text.length) return true;
    return event_add(db, &(struct event){.at_ms = now_ms, .campaign_id = campaign->id, .wave_id = wave->id, .code = reason,
                                         .event = "wave_skipped", .text = buf_text(&text), .origin = "plan"}, err);
}

/* Deliveries of an earlier wave for the same people that a pause or an unreachable relay has kept from being tried, and
 * that could no longer start: this wave speaks in their place. Never a burst. */
struct overtaken { struct event event; char party_id[32], department[8]; int64_t at_ms; };

static int load_overtaken(struct db *db, const struct campaign *campaign, const struct wave *wave, struct overtaken **all,
                          struct err *err) {
    int count = 0, got;
    AUTO(db_rows) rows = db_query(db, err,
                                  /* From the few that wait in other waves: a party has deliveries of every campaign there ever was. */
                                  "SELECT d.id, d.wave_id, d.dispatch_id, d.party_id, d.department, g.at_ms FROM wave w "
                                  "CROSS JOIN delivery d CROSS JOIN delivery n "
                                  "JOIN wave_group g ON g.wave_id = d.wave_id AND g.department = d.department "
                                  "JOIN wave_group h ON h.wave_id = n.wave_id AND h.department = n.department "
                                  "WHERE w.campaign_id = $2 AND w.audience = $3 AND w.id <> $1 "
                                  "AND d.wave_id = w.id AND d.state = 0 AND " DELIVERY_WAITS("d") " AND d.attempts = 0 AND d.resends = 0 "
                                  "AND n.wave_id = $1 AND n.party_id = d.party_id AND n.cancelled = 0 AND n.state = 0 AND g.at_ms < h.at_ms",
                                  DB_I(wave->id), DB_I(campaign->id), DB_T(AUDIENCE[wave->audience]));
    while ((got = db_next(rows, err)) > 0) {
        if ((count & (count - 1)) == 0) *all = mem_grow(*all, count ? (size_t)count * 2 : 1, sizeof **all);
        struct overtaken *one = &(*all)[count++];
        *one = (struct overtaken){.event = {.campaign_id = campaign->id, .delivery_id = db_int(rows, 0), .wave_id = db_int(rows, 1),
                                            .dispatch_id = db_int(rows, 2), .origin = "plan"}, .at_ms = db_int(rows, 5)};
        snprintf(one->party_id, sizeof one->party_id, "%s", db_text(rows, 3));
        snprintf(one->department, sizeof one->department, "%s", db_text(rows, 4));
    }
    return got < 0 ? -1 : count;
}

static bool overtake(struct db *db, const struct campaign *campaign, const struct wave *wave, int64_t now_ms, struct err *err) {
    AUTO_MEM struct overtaken *all = NULL;
    int count = load_overtaken(db, campaign, wave, &all, err);
    for (int i = 0; i < count; i++) {
        int64_t latest_ms;
        if (!plan_latest_ms(&campaign->schedule, all[i].department, all[i].at_ms, &latest_ms, err)) return false;
        if (now_ms <= latest_ms) continue;
        all[i].event.at_ms = now_ms;
        all[i].event.party_id = all[i].party_id;
        if (!delivery_set(db, DELIVERY_READY, DELIVERY_SKIPPED, "superseded", -1, &all[i].event, err)) return false;
    }
    return count >= 0;
}

static bool start_group(struct db *db, const struct wave *wave, const struct group *group, int64_t now_ms, struct err *err) {
    return db_run(db, err, "UPDATE wave_group SET planned_ms = $1 WHERE wave_id = $2 AND department = $3", DB_I(now_ms),
                  DB_I(wave->id), DB_T(group->department)) &&
           db_run(db, err, "UPDATE wave SET state = 'running' WHERE id = $1 AND state = 'waiting'", DB_I(wave->id));
}

/* Once for each list of respondents that turns out old: whoever reads the ledger knows what the reminder rested on. */
static bool say_old_answers(const struct planning *planning, const struct wave *wave, bool held, struct err *err) {
    char as_of[INSTANT_TEXT];
    int64_t said = 0;
    instant_format(planning->campaign->answers_as_of_ms, 0, as_of);
    const char *code = held ? "hold" : "warn";
    if (db_get_int(planning->db, err, &said, "SELECT 1 FROM event WHERE campaign_id = $1 AND event = 'old_answers' AND delivery_id IS NULL AND wave_id = $2 AND text = $3 AND code = $4",
                   DB_I(planning->campaign->id), DB_I(wave->id), DB_T(as_of), DB_T(code)) < 0)
        return false;
    if (said) return true;
    planning->planned->old_answers++;
    return event_add(planning->db, &(struct event){.at_ms = planning->now_ms, .campaign_id = planning->campaign->id, .wave_id = wave->id,
                                                   .event = "old_answers", .code = code, .text = as_of, .origin = "plan"}, err);
}

/* Each due group's lot: begun, skipped, or waiting for a newer list of respondents. */
static bool settle_groups(const struct planning *planning, const struct wave *wave, struct group *groups, int count, int *started,
                          struct err *err) {
    struct db *db = planning->db;
    bool old = wave->audience == AUDIENCE_SELECTED_UNANSWERED && answers_old(planning->limits, planning->campaign, planning->now_ms), may = false;
    bool hold = old && planning->limits->hold_old_answers;
    for (int i = 0; i < count; i++) {
        if (!judge_group(db, planning->campaign, wave, &groups[i], planning->now_ms, &groups[i].skipped, err)) return false;
        bool starts = !*groups[i].skipped;
        may |= starts;
        if (starts && hold) continue;
        if (!(starts ? start_group(db, wave, &groups[i], planning->now_ms, err) : skip_group(db, wave, &groups[i], groups[i].skipped, err)))
            return false;
        *started += starts;
        planning->planned->groups_skipped += !starts;
    }
    return !old || !may || say_old_answers(planning, wave, hold, err);
}

static bool plan_wave(const struct planning *planning, const struct wave *wave, struct err *err) {
    struct db *db = planning->db;
    AUTO_MEM struct group *groups = NULL;
    AUTO(tx) tx = tx_begin(db, TX_DURABLE, err);
    struct planned before = *planning->planned;
    int group_count = tx ? load_due_groups(db, wave->id, planning->now_ms, &groups, err) : -1, started = 0;
    if (group_count <= 0) return group_count == 0;
    if (!settle_groups(planning, wave, groups, group_count, &started, err)) return false;
    for (size_t i = 0; i < COUNT(REASONS); i++)
        if (!say_skipped(db, planning->campaign, wave, REASONS[i], groups, group_count, planning->now_ms, err)) return false;
    /* Late joiners of departments planned before are topped up here too: whoever is in the audience and has none yet. */
    if (started && (!plan_parties(planning, wave, err) || !overtake(db, planning->campaign, wave, planning->now_ms, err))) return false;
    bool news = memcmp(&before, planning->planned, sizeof before) || started;
    return !news || tx_commit(TX_TAKE(tx), err); /* held, and that was said before: nothing was written */
}

struct unbegun { int64_t wave_id, at_ms; char department[8]; };

/* A wave planned in time of which nothing has left since (a pause, a relay away): past its own limit it may not start any
 * more either. What has started goes on; who is on hold, away or at rest waits for its own end. */
static int load_planned_groups(struct db *db, const struct campaign *campaign, struct unbegun **groups, struct err *err) {
    int count = 0, got;
    AUTO(db_rows) rows = db_query(db, err,
                                  "SELECT w.id, g.department, g.at_ms FROM wave w JOIN wave_group g ON g.wave_id = w.id WHERE "
                                  "w.campaign_id = $1 AND w.frozen_ms IS NULL AND w.state = 'running' AND g.planned_ms IS NOT NULL",
                                  DB_I(campaign->id));
    while ((got = db_next(rows, err)) > 0) {
        *groups = mem_grow(*groups, (size_t)count + 1, sizeof **groups);
        struct unbegun *group = &(*groups)[count++];
        *group = (struct unbegun){.wave_id = db_int(rows, 0), .at_ms = db_int(rows, 2)};
        snprintf(group->department, sizeof group->department, "%s", db_text(rows, 1));
    }
    return got < 0 ? -1 : count;
}

/* Counted from the first opening of the window: a wave set for a Saturday is not late on the Monday. */
static bool too_late(const struct campaign *campaign, const struct unbegun *group, int64_t now_ms, bool *late, struct err *err) {
    int64_t open_ms, latest_ms;
    *late = false;
    if (!plan_window_ms(&campaign->schedule.window, group->department, group->at_ms, &open_ms, err) ||
        !plan_latest_ms(&campaign->schedule, group->department, open_ms, &latest_ms, err))
        return false;
    *late = now_ms > latest_ms;
    return true;
}

static int load_untried(struct db *db, const struct campaign *campaign, const struct unbegun *group, struct overtaken **all,
                        struct err *err) {
    int count = 0, got;
    AUTO(db_rows) rows = db_query(db, err,
                                  "SELECT id, dispatch_id, party_id FROM delivery WHERE wave_id = $1 AND department = $2 AND "
                                  "cancelled = 0 AND state = 0 AND attempts = 0 AND resends = 0 AND reason NOT IN ('hold', 'resting', 'away')",
                                  DB_I(group->wave_id), DB_T(group->department));
    while ((got = db_next(rows, err)) > 0) {
        if ((count & (count - 1)) == 0) *all = mem_grow(*all, count ? (size_t)count * 2 : 1, sizeof **all);
        struct overtaken *one = &(*all)[count++];
        *one = (struct overtaken){.event = {.campaign_id = campaign->id, .wave_id = group->wave_id, .delivery_id = db_int(rows, 0),
                                            .dispatch_id = db_int(rows, 1), .origin = "plan"}};
        snprintf(one->party_id, sizeof one->party_id, "%s", db_text(rows, 2));
    }
    return got < 0 ? -1 : count;
}

static bool skip_late_group(struct db *db, const struct campaign *campaign, const struct unbegun *group, int64_t now_ms,
                            struct planned *planned, struct err *err) {
    AUTO_MEM struct overtaken *all = NULL;
    AUTO(tx) tx = tx_begin(db, TX_DURABLE, err);
    int count = tx ? load_untried(db, campaign, group, &all, err) : -1;
    for (int i = 0; i < count; i++) {
        all[i].event.at_ms = now_ms;
        all[i].event.party_id = all[i].party_id;
        if (!delivery_set(db, DELIVERY_READY, DELIVERY_SKIPPED, "late", -1, &all[i].event, err)) return false;
    }
    planned->late += count > 0 ? count : 0;
    return count <= 0 ? count == 0 : tx_commit(TX_TAKE(tx), err);
}

static bool skip_late(struct db *db, const struct campaign *campaign, int64_t now_ms, struct planned *planned, struct err *err) {
    AUTO_MEM struct unbegun *groups = NULL;
    int count = load_planned_groups(db, campaign, &groups, err);
    for (int i = 0; i < count; i++) {
        bool late;
        if (!too_late(campaign, &groups[i], now_ms, &late, err) ||
            (late && !skip_late_group(db, campaign, &groups[i], now_ms, planned, err)))
            return false;
    }
    return count >= 0;
}

bool plan_due(struct db *db, const struct campaign *campaign, const char *domain, const struct token_key *key,
              const struct send_limits *limits, int64_t now_ms, struct planned *planned, struct err *err) {
    struct message_identity identity = {.campaign = campaign->name, .domain = domain, .key = key};
    struct planning planning = {.db = db, .campaign = campaign, .identity = &identity, .limits = limits, .now_ms = now_ms, .planned = planned};
    struct waves waves;
    bool good = waves_load(db, campaign->id, &waves, err);
    *planned = (struct planned){0};
    for (size_t i = 0; i < waves.count && good; i++) {
        int64_t due;
        int found = db_get_int(db, err, &due,
                               "SELECT 1 FROM wave_group WHERE wave_id = $1 AND planned_ms IS NULL AND skipped = '' AND at_ms <= $2",
                               DB_I(waves.all[i].id), DB_I(now_ms));
        good = found >= 0 && (!found || plan_wave(&planning, &waves.all[i], err));
    }
    waves_release(&waves);
    /* Last: where a later wave is due, what it overtakes is told so. */
    return good && skip_late(db, campaign, now_ms, planned, err);
}

bool plan_has_wave(struct db *db, int64_t now_ms, bool *has, struct err *err) {
    int64_t one;
    int found = db_get_int(db, err, &one,
                           "SELECT 1 FROM wave_group g JOIN wave w ON w.id = g.wave_id JOIN campaign c ON c.id = w.campaign_id "
                           "WHERE c.state = 'started' AND g.planned_ms IS NULL AND g.skipped = '' AND g.at_ms <= $1 LIMIT 1",
                           DB_I(now_ms));
    *has = found > 0;
    return found >= 0;
}

bool plan_next_ms(struct db *db, int64_t now_ms, int64_t *next_ms, struct err *err) {
    *next_ms = -1;
    AUTO(db_rows) rows = db_query(db, err,
                                  "SELECT MIN(g.at_ms) FROM wave_group g JOIN wave w ON w.id = g.wave_id "
                                  "JOIN campaign c ON c.id = w.campaign_id "
                                  "WHERE c.state = 'started' AND g.planned_ms IS NULL AND g.skipped = '' AND g.at_ms > $1",
                                  DB_I(now_ms));
    int got = db_next(rows, err);
    if (got > 0 && !db_is_null(rows, 0)) *next_ms = db_int(rows, 0);
    return got >= 0;
}

bool plan_held_ms(struct db *db, const struct campaign *campaign, const struct send_limits *limits, int64_t now_ms, int64_t *next_ms,
                  struct err *err) {
    *next_ms = -1;
    if (!limits->hold_old_answers || !answers_old(limits, campaign, now_ms)) return true;
    AUTO(db_rows) rows = db_query(db, err,
                                  "SELECT g.department, g.at_ms FROM wave_group g JOIN wave w ON w.id = g.wave_id WHERE w.campaign_id = $1 AND "
                                  "w.audience = 'selected-unanswered' AND g.planned_ms IS NULL AND g.skipped = '' AND g.at_ms <= $2",
                                  DB_I(campaign->id), DB_I(now_ms));
    int got;
    while ((got = db_next(rows, err)) > 0) {
        int64_t latest_ms;
        if (!plan_latest_ms(&campaign->schedule, db_text(rows, 0), db_int(rows, 1), &latest_ms, err)) return false;
        if (*next_ms < 0 || latest_ms + 1 < *next_ms) *next_ms = latest_ms + 1;
    }
    return got == 0;
}

bool plan_close(struct db *db, int64_t campaign_id, const char *reason, int64_t now_ms, struct err *err) {
    return db_run(db, err,
                  "INSERT INTO event (at_ms, campaign_id, wave_id, event, code, text, origin) "
                  "SELECT $1, $2, w.id, 'wave_skipped', $3, $3, 'plan' FROM wave w WHERE w.campaign_id = $2 AND EXISTS "
                  "(SELECT 1 FROM wave_group g WHERE g.wave_id = w.id AND g.planned_ms IS NULL AND g.skipped = '') ORDER BY w.position",
                  DB_I(now_ms), DB_I(campaign_id), DB_T(reason)) &&
           db_run(db, err,
                  "UPDATE wave_group SET skipped = $1 WHERE planned_ms IS NULL AND skipped = '' AND wave_id IN "
                  "(SELECT id FROM wave WHERE campaign_id = $2)",
                  DB_T(reason), DB_I(campaign_id));
}

bool waves_settle(struct db *db, int64_t campaign_id, struct err *err) {
    return db_run(db, err,
                  "UPDATE wave SET state = CASE WHEN EXISTS (SELECT 1 FROM wave_group g WHERE g.wave_id = wave.id AND "
                  "g.planned_ms IS NOT NULL) THEN 'done' ELSE 'skipped' END, "
                  "reason = CASE WHEN EXISTS (SELECT 1 FROM wave_group g WHERE g.wave_id = wave.id AND g.planned_ms IS NOT NULL) "
                  "THEN '' ELSE (SELECT MIN(g.skipped) FROM wave_group g WHERE g.wave_id = wave.id) END "
                  "WHERE campaign_id = $1 AND state IN ('waiting', 'running') AND NOT EXISTS "
                  "(SELECT 1 FROM wave_group g WHERE g.wave_id = wave.id AND g.planned_ms IS NULL AND g.skipped = '') AND "
                  /* What waits has an index; what is in hand is looked for only when nothing waits any more. */
                  "NOT EXISTS (SELECT 1 FROM delivery d WHERE d.wave_id = wave.id AND " DELIVERY_WAITS("d") " AND d.state <> 7) AND "
                  "NOT EXISTS (SELECT 1 FROM delivery d WHERE d.wave_id = wave.id AND d.cancelled = 0 AND d.state IN (1, 2))",
                  DB_I(campaign_id));
}
