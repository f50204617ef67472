/* Days between two mails, messages a day, the age of what is known of answers. */
#include "mailer/send/limits.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "schedules/plan.h"
#include "schedules/zones.h"

#define PARIS "Europe/Paris"
enum { MOST_DAYS = 4000 };

bool answers_old(const struct send_limits *limits, const struct campaign *campaign, int64_t now_ms) {
    return campaign->answers_as_of_ms >= 0 && now_ms - campaign->answers_as_of_ms > limits->answers_max_age_ms;
}

static int64_t day_at(const char *zone, int64_t at_ms) {
    int64_t day;
    int minute;
    zone_local(zone, at_ms, &day, &minute);
    return day;
}

/* -- between two mails ------------------------------------------------------------------------------------------ */
/* 2, 4 and 7: armed, sent, in doubt. What was refused never arrived. */
static bool last_mail_ms(struct db *db, const char *party_id, int64_t delivery_id, int64_t *last_ms, struct err *err) {
    *last_ms = -1;
    return db_get_int(db, err, last_ms,
                      "SELECT COALESCE(MAX(CASE WHEN d.state = 2 THEN d.armed_ms ELSE p.armed_ms END), -1) FROM delivery d JOIN dispatch p ON p.delivery_id = d.id "
                      "WHERE d.party_id = $1 AND d.id <> $2 AND d.state IN (2, 4, 7)",
                      DB_T(party_id), DB_I(delivery_id)) >= 0;
}

bool limit_spacing_ms(struct db *db, const struct send_limits *limits, const struct campaign *campaign, int64_t delivery_id,
                      const char *party_id, const char *department, int64_t at_ms, int64_t latest_ms, int64_t *open_ms,
                      struct err *err) {
    int64_t last_ms, earliest_ms;
    *open_ms = at_ms;
    if (!limits->days_between) return true;
    if (!last_mail_ms(db, party_id, delivery_id, &last_ms, err)) return false;
    if (last_ms < 0) return true;
    const char *zone = zone_of_department(department);
    if (!zone_to_instant(zone, day_at(zone, last_ms) + limits->days_between, 0, &earliest_ms, err)) return false;
    if (earliest_ms <= at_ms) return true;
    if (!plan_window_ms(&campaign->schedule.window, department, earliest_ms, open_ms, err)) return false;
    if (*open_ms > latest_ms || *open_ms >= campaign->deadline_ms) *open_ms = LIMIT_NEVER;
    return true;
}

/* -- a day ------------------------------------------------------------------------------------------------------------ */
bool armed_on_day(struct db *db, int64_t day, int64_t *count, struct err *err) {
    int64_t from_ms, to_ms;
    *count = 0;
    return zone_to_instant(PARIS, day, 0, &from_ms, err) && zone_to_instant(PARIS, day + 1, 0, &to_ms, err) &&
           db_get_int(db, err, count, "SELECT COUNT(*) FROM dispatch WHERE armed_ms >= $1 AND armed_ms < $2", DB_I(from_ms), DB_I(to_ms)) >= 0;
}

/* Its place for a day; those long past and those never reached share the ends. */
static int64_t *count_of(struct day_counts *counts, int64_t day) {
    size_t at = day <= counts->first_day ? 0 : (size_t)min_i64(day - counts->first_day, MOST_DAYS);
    if (at >= counts->days) {
        counts->counts = mem_grow(counts->counts, at + 1, sizeof *counts->counts);
        memset(counts->counts + counts->days, 0, (at + 1 - counts->days) * sizeof *counts->counts);
        counts->days = at + 1;
    }
    return &counts->counts[at];
}

bool day_counts_load(struct db *db, int64_t now_ms, struct day_counts *counts, struct err *err) {
    *counts = (struct day_counts){.first_day = day_at(PARIS, now_ms)};
    int64_t armed;
    if (!armed_on_day(db, counts->first_day, &armed, err)) return false;
    *count_of(counts, counts->first_day) = armed;
    AUTO(db_rows) rows = db_query(db, err,
                                  "SELECT d.not_before_ms, COUNT(*) FROM delivery d JOIN wave w ON w.id = d.wave_id JOIN campaign c ON c.id = w.campaign_id "
                                  "WHERE d.state IN (0, 1, 3) AND c.state = 'started' GROUP BY d.not_before_ms");
    int got;
    while ((got = db_next(rows, err)) > 0) *count_of(counts, day_at(PARIS, db_int(rows, 0))) += db_int(rows, 1);
    return got == 0;
}

void day_counts_release(struct day_counts *counts) {
    free(counts->counts);
    *counts = (struct day_counts){0};
}

bool limit_day_ms(const struct send_limits *limits, const struct campaign *campaign, const char *department, int64_t at_ms,
                  struct day_counts *counts, int64_t *open_ms, struct err *err) {
    *open_ms = at_ms;
    while (limits->messages_a_day && *open_ms < campaign->deadline_ms) {
        int64_t day = day_at(PARIS, *open_ms), next_ms, *count = count_of(counts, day);
        if (*count < limits->messages_a_day) return ++*count, true;
        if (!zone_to_instant(PARIS, day + 1, 0, &next_ms, err) ||
            !plan_window_ms(&campaign->schedule.window, department, next_ms, open_ms, err))
            return false;
    }
    if (limits->messages_a_day) *open_ms = LIMIT_NEVER;
    return true;
}
