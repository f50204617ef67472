/* The forecast: counts from the store, the time they take from schedules/pace.c. */
#include "mailer/send/forecast.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mailer/audience_sql.h"
#include "mailer/send/domain_shares_store.h"
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
    *out = (struct forecast_wave){.wave_id = wave->id, .audience = wave->audience, .finishes_ms = -1, .skip = ""};
    return load_places(db, wave, out, begun, err) && count_places(db, campaign, wave, begun, out, err) &&
           judge_places(db, campaign, wave, begun, now_ms, out, err);
}

/* -- what is still to go out, of all campaigns that share the relay --------------------------------------------------------- */
struct jobs { struct pace_job *all; int64_t *wave_ids; size_t count; struct domain_rates rates; };

static void add_job(struct jobs *jobs, int64_t wave_id, const struct campaign *campaign, const char *department, int64_t at_ms, size_t group,
                    int64_t count) {
    struct pace_job job = {.window = &campaign->schedule.window, .department = department, .at_ms = at_ms, .deadline_ms = campaign->deadline_ms,
                           .count = count, .group = group};
    if (!count) return;
    /* What is alike comes together. */
    for (size_t i = jobs->count; i-- && jobs->wave_ids[i] == wave_id && jobs->all[i].department == department && jobs->all[i].at_ms == at_ms;)
        if (jobs->all[i].group == group) {
            jobs->all[i].count += count;
            return;
        }
    if (!(jobs->count & (jobs->count - 1))) {
        size_t room = jobs->count ? 2 * jobs->count : 1;
        jobs->all = mem_grow(jobs->all, room, sizeof *jobs->all);
        jobs->wave_ids = mem_grow(jobs->wave_ids, room, sizeof *jobs->wave_ids);
    }
    jobs->wave_ids[jobs->count] = wave_id;
    jobs->all[jobs->count++] = job;
}

/* Planned and waiting, in what has begun. */
static bool add_pending(struct db *db, const struct campaign *campaign, struct forecast_wave *wave, int64_t now_ms, struct jobs *jobs,
                        struct err *err) {
    AUTO(db_rows) rows = db_query(db, err,
                                  "SELECT d.department, d.not_before_ms, COALESCE(p.address, '') FROM delivery d LEFT JOIN dispatch p "
                                  "ON p.id = d.dispatch_id WHERE d.wave_id = $1 AND d.state IN (0, 1, 3) ORDER BY d.department, d.not_before_ms",
                                  DB_I(wave->wave_id));
    int got;
    while ((got = db_next(rows, err)) > 0) {
        struct forecast_place *place = place_of(wave, db_text(rows, 0));
        if (place)
            add_job(jobs, wave->wave_id, campaign, place->department, max_i64(db_int(rows, 1), now_ms),
                    domain_rates_group(&jobs->rates, db_text(rows, 2)), 1);
    }
    return got == 0;
}

/* Whom it would reach: of groups that have a rate as many as the shares say, and the others. */
static void add_audience(const struct campaign *campaign, const struct forecast_wave *wave, const struct forecast_place *place,
                         const struct domain_shares *shares, int64_t now_ms, struct jobs *jobs) {
    int64_t at_ms = max_i64(place->at_ms, now_ms), left = place->count;
    for (size_t i = 0; i < shares->count; i++) {
        const struct domain_share *share = &shares->all[i];
        if (!domain_share_in(share, wave->audience, place->department)) continue;
        int64_t count = min_i64(left, share->count);
        add_job(jobs, wave->wave_id, campaign, place->department, at_ms, share->group, count);
        left -= count;
    }
    add_job(jobs, wave->wave_id, campaign, place->department, at_ms, 0, left);
}

static bool add_waves(struct db *db, const struct campaign *campaign, struct forecast *forecast, const struct domain_shares *shares,
                      int64_t now_ms, struct jobs *jobs, struct err *err) {
    for (size_t i = 0; i < forecast->count; i++) {
        struct forecast_wave *wave = &forecast->waves[i];
        if (!add_pending(db, campaign, wave, now_ms, jobs, err)) return false;
        for (size_t k = 0; k < wave->place_count; k++) {
            struct forecast_place *place = &wave->places[k];
            int64_t waiting;
            int got = db_get_int(db, err, &waiting, "SELECT 1 FROM wave_group WHERE wave_id = $1 AND department = $2 AND planned_ms IS NULL AND skipped = ''",
                                 DB_I(wave->wave_id), DB_T(place->department));
            if (got < 0) return false;
            if (got && !*place->skip) add_audience(campaign, wave, place, shares, now_ms, jobs);
        }
    }
    return true;
}

static bool add_campaign(struct db *db, const struct campaign *campaign, struct forecast *forecast, int64_t now_ms, struct jobs *jobs,
                         struct err *err) {
    struct domain_shares shares;
    bool good = domain_shares_load(db, campaign->id, &jobs->rates, &shares, err) && add_waves(db, campaign, forecast, &shares, now_ms, jobs, err);
    free(shares.all);
    return good;
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

static void take_results(struct forecast_wave *wave, const struct jobs *jobs) {
    size_t slowest = 0;
    for (size_t i = 0; i < jobs->count; i++) {
        const struct pace_job *job = &jobs->all[i];
        if (jobs->wave_ids[i] != wave->wave_id) continue;
        wave->limited |= job->group > 0;
        /* Of what the deadline cuts off the most says which is the slowest, else what ends last. */
        if (job->unsent > wave->unsent || (!job->unsent && !wave->unsent && job->done_ms > wave->finishes_ms)) slowest = job->group;
        wave->finishes_ms = max_i64(wave->finishes_ms, job->done_ms);
        wave->unsent += job->unsent;
    }
    if (!wave->limited) wave->finishes_ms = -1;
    snprintf(wave->domains, sizeof wave->domains, "%s", domain_rates_name(&jobs->rates, slowest));
}

static bool play(struct db *db, const struct campaign *campaign, struct pace *pace, struct domain_groups *domains, int64_t now_ms, struct forecast *forecast, struct err *err) {
    int64_t ids[OTHERS];
    struct jobs jobs = {.rates = {.groups = domains}};
    int count = load_other_ids(db, campaign->id, ids, err);
    AUTO_MEM struct other *others = mem_new(OTHERS, sizeof *others);
    bool good = count >= 0 && add_campaign(db, campaign, forecast, now_ms, &jobs, err);
    for (int i = 0; i < count && good; i++) good = add_other(db, ids[i], now_ms, &others[i], &jobs, err);
    pace->groups = jobs.rates.a_minute;
    pace->group_count = jobs.rates.count;
    for (size_t i = 0; i < forecast->count; i++) forecast->waves[i].limited = pace->a_minute || pace->a_day;
    good = good && pace_run(pace, jobs.all, jobs.count, err);
    for (size_t i = 0; i < forecast->count && good; i++) take_results(&forecast->waves[i], &jobs);
    for (int i = 0; i < count; i++) {
        forecast_release(&others[i].forecast);
        campaign_release(&others[i].campaign);
    }
    free(jobs.all);
    free(jobs.wave_ids);
    free(jobs.rates.a_minute);
    return good;
}

bool forecast_load(struct db *db, const struct campaign *campaign, const struct waves *waves, const struct send_limits *limits,
                   int64_t a_minute, struct domain_groups *domains, int64_t now_ms, struct forecast *forecast, struct err *err) {
    struct pace pace = {.a_minute = a_minute, .a_day = limits->messages_a_day};
    *forecast = (struct forecast){.answers_old = answers_old(limits, campaign, now_ms)};
    if (!load_waves(db, campaign, waves, now_ms, forecast, err) || !waves_moved(db, campaign, &forecast->moved, err)) return false;
    if (campaign->state == CAMPAIGN_CANCELLED) return true;
    return play(db, campaign, &pace, domains, now_ms, forecast, err);
}
