/* Waves: rows kept in step with the schedule; what has begun never moves. */
#include "mailer/wave_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schedules/plan.h"
#include "schedules/zones.h"

const char *const WAVE_STATE[WAVE_STATES] = {"waiting", "running", "done", "skipped"};

bool waves_load(struct db *db, int64_t campaign_id, struct waves *waves, struct err *err) {
    *waves = (struct waves){0};
    AUTO(db_rows) rows = db_query(
        db, err,
        "SELECT w.id, w.name, w.template, w.title, w.audience, w.state, w.reason, w.frozen_ms, w.uncertain, "
        /* That of most departments: on Good Friday Alsace alone goes another day. */
        "(SELECT g.at_ms FROM wave_group g JOIN department d ON d.code = g.department "
        "WHERE g.wave_id = w.id AND d.zone = 'metro' GROUP BY g.at_ms ORDER BY COUNT(*) DESC, g.at_ms LIMIT 1) FROM wave w WHERE w.campaign_id = $1 ORDER BY 10, w.position",
        DB_I(campaign_id));
    int got;
    while ((got = db_next(rows, err)) > 0) {
        waves->all = mem_grow(waves->all, waves->count + 1, sizeof *waves->all);
        struct wave *wave = &waves->all[waves->count++];
        *wave = (struct wave){.id = db_int(rows, 0), .frozen_ms = db_is_null(rows, 7) ? -1 : db_int(rows, 7),
                              .at_ms = db_int(rows, 9)};
        snprintf(wave->name, sizeof wave->name, "%s", db_text(rows, 1));
        snprintf(wave->template, sizeof wave->template, "%s", db_text(rows, 2));
        snprintf(wave->title, sizeof wave->title, "%s", db_text(rows, 3));
        wave->audience = (enum audience)audience_of(db_text(rows, 4));
        for (int i = 0; i < WAVE_STATES; i++)
            if (!strcmp(WAVE_STATE[i], db_text(rows, 5))) wave->state = (enum wave_state)i;
        snprintf(wave->reason, sizeof wave->reason, "%s", db_text(rows, 6));
        wave->resend = !strcmp(db_text(rows, 8), "resend");
    }
    return got == 0;
}

const struct wave *waves_find(const struct waves *waves, const char *name) {
    for (size_t i = 0; i < waves->count; i++)
        if (!strcmp(waves->all[i].name, name)) return &waves->all[i];
    return NULL;
}

bool wave_may_move(const struct wave *wave) { return wave->frozen_ms < 0; }

void waves_release(struct waves *waves) {
    free(waves->all);
    *waves = (struct waves){0};
}

int64_t wave_at_ms(struct db *db, int64_t wave_id, const char *department, struct err *err) {
    int64_t at_ms = -1;
    int got = *department
                  ? db_get_int(db, err, &at_ms, "SELECT at_ms FROM wave_group WHERE wave_id = $1 AND department = $2",
                               DB_I(wave_id), DB_T(department))
                  : db_get_int(db, err, &at_ms,
                               "SELECT g.at_ms FROM wave_group g JOIN department d ON d.code = g.department "
                               "WHERE g.wave_id = $1 AND d.zone = 'metro' GROUP BY g.at_ms ORDER BY COUNT(*) DESC, g.at_ms LIMIT 1",
                               DB_I(wave_id));
    return got < 0 ? -1 : at_ms;
}

/* The instants are worked out anew; the deliveries were cancelled by the caller (delivery_cancel_wave). */
static bool forget_groups(struct db *db, int64_t wave_id, struct err *err) {
    return db_run(db, err, "DELETE FROM wave_group WHERE wave_id = $1", DB_I(wave_id)) &&
           db_run(db, err, "UPDATE wave SET state = 'waiting', reason = '' WHERE id = $1", DB_I(wave_id));
}

/* For every department that has no instant yet. */
static bool add_groups(struct db *db, const struct campaign *campaign, const struct schedule_wave *planned,
                       int64_t wave_id, struct err *err) {
    enum { DEPARTMENTS = 200 };
    static char codes[DEPARTMENTS][8];
    size_t count = 0;
    {
        AUTO(db_rows) rows = db_query(db, err,
                                      "SELECT code FROM department WHERE NOT EXISTS (SELECT 1 FROM wave_group g WHERE g.wave_id = $1 "
                                      "AND g.department = code) ORDER BY code",
                                      DB_I(wave_id));
        int got;
        while ((got = db_next(rows, err)) > 0 && count < DEPARTMENTS)
            snprintf(codes[count++], sizeof codes[0], "%s", db_text(rows, 0));
        if (got < 0) return false;
    }
    for (size_t i = 0; i < count; i++) {
        int64_t at_ms;
        if (!plan_instant_ms(&campaign->schedule, planned, codes[i], &at_ms, err)) return false;
        if (!db_run(db, err, "INSERT INTO wave_group (wave_id, department, at_ms) VALUES ($1, $2, $3)", DB_I(wave_id),
                    DB_T(codes[i]), DB_I(at_ms)))
            return false;
    }
    return true;
}

static bool sync_one(struct db *db, const struct campaign *campaign, const struct schedule_wave *planned, int position,
                     struct err *err) {
    int64_t id = 0;
    bool exists, frozen;
    {
        AUTO(db_rows) rows = db_query(db, err, "SELECT id, frozen_ms FROM wave WHERE campaign_id = $1 AND name = $2",
                                      DB_I(campaign->id), DB_T(planned->name));
        int got = db_next(rows, err);
        if (got < 0) return false;
        exists = got > 0;
        if (exists) id = db_int(rows, 0);
        frozen = exists && !db_is_null(rows, 1);
    }
    if (frozen) return true;
    if (exists && !forget_groups(db, id, err)) return false;
    if (!db_run(db, err,
                "INSERT INTO wave (campaign_id, name, title, position, audience, template, offset_days, at_ms, uncertain, state) "
                "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'waiting') ON CONFLICT (campaign_id, name) DO UPDATE SET "
                "title = excluded.title, position = excluded.position, audience = excluded.audience, "
                "template = excluded.template, uncertain = excluded.uncertain, offset_days = excluded.offset_days, at_ms = excluded.at_ms",
                DB_I(campaign->id), DB_T(planned->name), DB_T(planned->title), DB_I(position),
                DB_T(AUDIENCE[planned->audience]), DB_T(planned->template),
                DB_I_OR_NULL(planned->offset_days, planned->relative), DB_I_OR_NULL(planned->at_ms, !planned->relative),
                DB_T(UNCERTAIN[uncertain_of(planned->uncertain, planned->audience)])))
        return false;
    if (!exists) id = db_inserted_id(db);
    return add_groups(db, campaign, planned, id, err);
}

bool wave_sync(struct db *db, const struct campaign *campaign, size_t index, struct err *err) {
    return sync_one(db, campaign, &campaign->schedule.waves[index], (int)index, err);
}

bool wave_drop(struct db *db, int64_t wave_id, struct err *err) {
    int64_t one;
    int planned = db_get_int(db, err, &one, "SELECT 1 FROM delivery WHERE wave_id = $1 LIMIT 1", DB_I(wave_id));
    if (planned < 0) return false;
    if (planned)
        return db_run(db, err, "UPDATE wave_group SET skipped = 'dropped', planned_ms = NULL WHERE wave_id = $1", DB_I(wave_id)) &&
               db_run(db, err, "UPDATE wave SET state = 'skipped', reason = 'dropped' WHERE id = $1", DB_I(wave_id));
    return db_run(db, err, "DELETE FROM wave_group WHERE wave_id = $1", DB_I(wave_id)) &&
           db_run(db, err, "DELETE FROM wave WHERE id = $1", DB_I(wave_id));
}

bool waves_sync(struct db *db, const struct campaign *campaign, struct err *err) {
    for (size_t i = 0; i < campaign->schedule.wave_count; i++)
        if (!sync_one(db, campaign, &campaign->schedule.waves[i], (int)i, err)) return false;
    return true;
}

bool waves_add_departments(struct db *db, const struct campaign *campaign, struct err *err) {
    struct waves waves;
    bool good = waves_load(db, campaign->id, &waves, err);
    for (size_t i = 0; i < waves.count && good; i++) {
        bool over = waves.all[i].state == WAVE_DONE || waves.all[i].state == WAVE_SKIPPED;
        for (size_t k = 0; k < campaign->schedule.wave_count && good && !over; k++)
            if (!strcmp(campaign->schedule.waves[k].name, waves.all[i].name))
                good = add_groups(db, campaign, &campaign->schedule.waves[k], waves.all[i].id, err);
    }
    waves_release(&waves);
    return good;
}

/* -- the working days have changed --------------------------------------------------------------------------- */
enum { MOVES = 200 };
struct move { char department[8]; int64_t at_ms; };

/* Groups that have not begun and stand where they would not stand now. */
static int load_moves(struct db *db, const struct campaign *campaign, const struct schedule_wave *planned, int64_t wave_id,
                      struct move moves[MOVES], struct err *err) {
    AUTO(db_rows) rows = db_query(db, err, "SELECT department, at_ms FROM wave_group WHERE wave_id = $1 AND planned_ms IS NULL AND skipped = '' "
                                           "ORDER BY department LIMIT 200", DB_I(wave_id));
    int got, count = 0;
    while ((got = db_next(rows, err)) > 0) {
        struct move *move = &moves[count];
        snprintf(move->department, sizeof move->department, "%s", db_text(rows, 0));
        if (!plan_instant_ms(&campaign->schedule, planned, move->department, &move->at_ms, err)) return -1;
        count += move->at_ms != db_int(rows, 1);
    }
    return got < 0 ? -1 : count;
}

static bool follow_days(struct db *db, const struct campaign *campaign, bool write, int64_t *moved, struct err *err) {
    struct move moves[MOVES];
    for (size_t i = 0; i < campaign->schedule.wave_count; i++) {
        int64_t id;
        int found = db_get_int(db, err, &id, "SELECT id FROM wave WHERE campaign_id = $1 AND name = $2 AND frozen_ms IS NULL AND state IN ('waiting', 'running')",
                               DB_I(campaign->id), DB_T(campaign->schedule.waves[i].name));
        int count = found > 0 ? load_moves(db, campaign, &campaign->schedule.waves[i], id, moves, err) : found;
        if (count < 0) return false;
        *moved += count;
        for (int k = 0; k < count && write; k++)
            if (!db_run(db, err, "UPDATE wave_group SET at_ms = $1 WHERE wave_id = $2 AND department = $3", DB_I(moves[k].at_ms), DB_I(id),
                        DB_T(moves[k].department)))
                return false;
    }
    return true;
}

bool waves_follow_days(struct db *db, const struct campaign *campaign, struct err *err) {
    int64_t moved = 0;
    return follow_days(db, campaign, true, &moved, err);
}

bool waves_moved(struct db *db, const struct campaign *campaign, int64_t *count, struct err *err) {
    *count = 0;
    return follow_days(db, campaign, false, count, err);
}
