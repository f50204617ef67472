/* The forecast: counts from the store, the time they take from schedules/pace.c. */
#include "mailer/send/forecast.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mailer/audience_sql.h"
#include "schedules/pace.h"

enum { OTHERS = 64 };

void forecast_release(struct forecast *forecast) {
    for (size_t i = 0; i < forecast->count; i++) free(forecast->waves[i].places);
    free(forecast->waves);
    *forecast = (struct forecast){0};
}

/* -- one wave ------------------------------------------------------------------------------------------------------- */
static bool load_places(struct db *db, const struct wave *wave, struct forecast_wave *out, bool *begun, struct err *err) {
    static const char *const NONE = "";
    AUTO(db_rows) rows = db_query(db, err,
                                  "SELECT g.department, g.at_ms, CASE WHEN g.planned_ms IS NULL THEN 0 ELSE 1 END, g.skipped FROM wave_group g "
                                  "WHERE g.wave_id = $1 ORDER BY g.department",
                                  DB_I(wave->id));
    int got;
    while ((got = db_next(rows, err)) > 0) {
        out->places = mem_grow(out->places, out->place_count + 1, sizeof *out->places);
        begun[out->place_count % PLACES_MOST] = db_int(rows, 2) || *db_text(rows, 3);
        struct forecast_place *place = &out->places[out->place_count++];
        *place = (struct forecast_place){.at_ms = db_int(rows, 1), .skip = NONE};
        snprintf(place->department, sizeof place->department, "%s", db_text(rows, 0));
        if (out->place_count == PLACES_MOST) break;
    }
    return got >= 0;
}

static struct forecast_place *place_of(struct forecast_wave *wave, const char *department) {
    for (size_t i = 0; i < wave->place_count; i++)
        if (!strcmp(wave->places[i].department, department)) return &wave->places[i];
    return NULL;
}

/* Those the rows (department, count) name; other departments have none. */
static bool add_counts(struct forecast_wave *wave, const bool *only, bool value, struct db_rows *rows, struct err *err) {
    int got;
    while ((got = db_next(rows, err)) > 0) {
        struct forecast_place *place = place_of(wave, db_text(rows, 0));
        if (place && only[place - wave->places] == value) place->count += db_int(rows, 1);
    }
    return got == 0;
}

/* Planned deliveries where it has begun, the audience where it has not. */
static bool count_places(struct db *db, const struct campaign *campaign, const struct wave *wave, const bool *begun,
                         struct forecast_wave *out, struct err *err) {
    {
        AUTO(db_rows) planned = db_query(db, err, "SELECT department, COUNT(*) FROM delivery WHERE wave_id = $1 AND cancelled = 0 GROUP BY department",
                                         DB_I(wave->id));
        if (!add_counts(out, begun, true, planned, err)) return false;
    }
    AUTO(db_rows) audience =
        wave->audience == AUDIENCE_RELAYS
            ? db_query(db, err, "SELECT " RELAY_DEPARTMENT("r") ", COUNT(*) FROM relay r GROUP BY 1")
            : db_query(db, err,
                       "SELECT c.department, COUNT(*) FROM enrolment e JOIN collectivity c ON c.id = e.party_id "
                       "WHERE e.campaign_id = $1 AND " AUDIENCE_CONDITION("$2") " GROUP BY c.department",
                       DB_I(campaign->id), DB_I(wave->audience));
    return add_counts(out, begun, false, audience, err);
}

static bool judge_places(struct db *db, const struct campaign *campaign, const struct wave *wave, const bool *begun, int64_t now_ms,
                         struct forecast_wave *out, struct err *err) {
    bool any = false;
    for (size_t i = 0; i < out->place_count; i++) {
        struct forecast_place *place = &out->places[i];
        if (!begun[i] && place->at_ms <= now_ms && !plan_judge(db, campaign, wave, place->department, place->at_ms, now_ms, &place->skip, err))
            return false;
        out->count += place->count;
        any |= begun[i] || !*place->skip;
        if (*place->skip) out->left_out += place->count;
    }
    out->skip = any || !out->place_count ? "" : out->places[0].skip;
    return true;
}

static bool load_wave(struct db *db, const struct campaign *campaign, const struct wave *wave, int64_t now_ms, struct forecast_wave *out,
                      struct err *err) {
    bool begun[PLACES_MOST] = {0};
    *out = (struct forecast_wave){.wave_id = wave->id, .finishes_ms = -1, .skip = ""};
    return load_places(db, wave, out, begun, err) && count_places(db, campaign, wave, begun, out, err) &&
           judge_places(db, campaign, wave, begun, now_ms, out, err);
}

/* -- what is still to go out, of all campaigns that share the relay --------------------------------------------------------- */
struct jobs { struct pace_job *all; int64_t *wave_ids; size_t count; };

static void add_job(struct jobs *jobs, int64_t wave_id, const struct campaign *campaign, const char *department, int64_t at_ms, int64_t count) {
    if (!count) return;
    if (!(jobs->count & (jobs->count - 1))) {
        size_t room = jobs->count ? 2 * jobs->count : 1;
        jobs->all = mem_grow(jobs->all, room, sizeof *jobs->all);
        jobs->wave_ids = mem_grow(jobs->wave_ids, room, sizeof *jobs->wave_ids);
    }
    jobs->wave_ids[jobs->count] = wave_id;
    jobs->all[jobs->count++] = (struct pace_job){.window = &campaign->schedule.window, .department = department, .at_ms = at_ms,
                                                 .deadline_ms = campaign->deadline_ms, .count = count};
}

/* Planned and waiting, in what has begun. */
static bool add_pending(struct db *db, const struct campaign *campaign, struct forecast_wave *wave, int64_t now_ms, struct jobs *jobs,
                        struct err *err) {
    AUTO(db_rows) rows = db_query(db, err,
                                  "SELECT department, not_before_ms, COUNT(*) FROM delivery WHERE wave_id = $1 AND state IN (0, 1, 3) "
                                  "GROUP BY department, not_before_ms",
                                  DB_I(wave->wave_id));
    int got;
    while ((got = db_next(rows, err)) > 0) {
        struct forecast_place *place = place_of(wave, db_text(rows, 0));
        if (place) add_job(jobs, wave->wave_id, campaign, place->department, max_i64(db_int(rows, 1), now_ms), db_int(rows, 2));
    }
    return got == 0;
}

static bool add_campaign(struct db *db, const struct campaign *campaign, struct forecast *forecast, int64_t now_ms, struct jobs *jobs,
                         struct err *err) {
    for (size_t i = 0; i < forecast->count; i++) {
        struct forecast_wave *wave = &forecast->waves[i];
        if (!add_pending(db, campaign, wave, now_ms, jobs, err)) return false;
        for (size_t k = 0; k < wave->place_count; k++) {
            struct forecast_place *place = &wave->places[k];
            int64_t waiting;
            int got = db_get_int(db, err, &waiting, "SELECT 1 FROM wave_group WHERE wave_id = $1 AND department = $2 AND planned_ms IS NULL AND skipped = ''",
                                 DB_I(wave->wave_id), DB_T(place->department));
            if (got < 0) return false;
            if (got && !*place->skip) add_job(jobs, wave->wave_id, campaign, place->department, max_i64(place->at_ms, now_ms), place->count);
        }
    }
    return true;
}

static bool load_waves(struct db *db, const struct campaign *campaign, const struct waves *waves, int64_t now_ms, struct forecast *forecast,
                       struct err *err) {
    forecast->waves = mem_new(waves->count + 1, sizeof *forecast->waves);
    for (size_t i = 0; i < waves->count; i++, forecast->count++)
        if (!load_wave(db, campaign, &waves->all[i], now_ms, &forecast->waves[i], err)) {
            free(forecast->waves[i].places);
            return false;
        }
    return true;
}

/* Another campaign that takes the relay's time; kept until the play is over, for its jobs point into it. */
struct other { struct campaign campaign; struct forecast forecast; };

static bool add_other(struct db *db, int64_t id, int64_t now_ms, struct other *other, struct jobs *jobs, struct err *err) {
    struct waves waves = {0};
    bool good = campaign_load_id(db, id, &other->campaign, err) && waves_load(db, id, &waves, err) &&
                load_waves(db, &other->campaign, &waves, now_ms, &other->forecast, err) &&
                add_campaign(db, &other->campaign, &other->forecast, now_ms, jobs, err);
    waves_release(&waves);
    return good;
}

static int load_other_ids(struct db *db, int64_t but, int64_t ids[OTHERS], struct err *err) {
    int count = 0, got;
    AUTO(db_rows) rows = db_query(db, err, "SELECT id FROM campaign WHERE state = 'started' AND id <> $1 ORDER BY id DESC LIMIT 64", DB_I(but));
    while ((got = db_next(rows, err)) > 0) ids[count++] = db_int(rows, 0);
    return got < 0 ? -1 : count;
}

static void take_results(struct forecast *forecast, const struct jobs *jobs) {
    for (size_t i = 0; i < jobs->count; i++)
        for (size_t k = 0; k < forecast->count; k++) {
            struct forecast_wave *wave = &forecast->waves[k];
            if (wave->wave_id != jobs->wave_ids[i]) continue;
            wave->finishes_ms = max_i64(wave->finishes_ms, jobs->all[i].done_ms);
            wave->unsent += jobs->all[i].unsent;
        }
}

static bool play(struct db *db, const struct campaign *campaign, const struct pace *pace, int64_t now_ms, struct forecast *forecast, struct err *err) {
    int64_t ids[OTHERS];
    struct jobs jobs = {0};
    int count = load_other_ids(db, campaign->id, ids, err);
    AUTO_MEM struct other *others = mem_new(OTHERS, sizeof *others);
    bool good = count >= 0 && add_campaign(db, campaign, forecast, now_ms, &jobs, err);
    for (int i = 0; i < count && good; i++) good = add_other(db, ids[i], now_ms, &others[i], &jobs, err);
    good = good && pace_run(pace, jobs.all, jobs.count, err);
    if (good) take_results(forecast, &jobs);
    for (int i = 0; i < count; i++) {
        forecast_release(&others[i].forecast);
        campaign_release(&others[i].campaign);
    }
    free(jobs.all);
    free(jobs.wave_ids);
    return good;
}

bool forecast_load(struct db *db, const struct campaign *campaign, const struct waves *waves, const struct send_limits *limits,
                   int64_t a_minute, int64_t now_ms, struct forecast *forecast, struct err *err) {
    struct pace pace = {.a_minute = a_minute, .a_day = limits->messages_a_day};
    *forecast = (struct forecast){.answers_old = answers_old(limits, campaign, now_ms)};
    if (!load_waves(db, campaign, waves, now_ms, forecast, err) || !waves_moved(db, campaign, &forecast->moved, err)) return false;
    if (campaign->state == CAMPAIGN_CANCELLED) return true;
    if (!play(db, campaign, &pace, now_ms, forecast, err)) return false;
    for (size_t i = 0; i < forecast->count && !pace.a_minute && !pace.a_day; i++) forecast->waves[i].finishes_ms = -1;
    return true;
}
