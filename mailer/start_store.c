/* The next wave beside the last one. */
#include "mailer/start_store.h"

#include <stdio.h>
#include <string.h>

#include "mailer/audience.h"
#include "mailer/audience_sql.h"

static bool count_gone(struct db *db, const struct campaign *campaign, struct difference *difference, struct err *err) {
    int got;
    AUTO(db_rows) rows = db_query(
        db, err,
        "SELECT CASE WHEN e.party_id IS NULL THEN 'not-enrolled' WHEN e.withdrawn = 1 THEN 'withdrawn' WHEN e.objected = 1 THEN 'objection' "
        "WHEN $3 = 5 THEN 'not-answered' WHEN $3 = 4 AND e.selected = 1 THEN 'answered' WHEN $3 = 2 THEN 'selected' ELSE 'not-selected' END, "
        "COUNT(*) FROM delivery d LEFT JOIN enrolment e ON e.campaign_id = $1 AND e.party_id = d.party_id "
        "WHERE d.wave_id = $2 AND d.cancelled = 0 AND (e.party_id IS NULL OR NOT (" AUDIENCE_CONDITION("$3") ")) GROUP BY 1 ORDER BY 2 DESC, 1",
        DB_I(campaign->id), DB_I(difference->last->id), DB_I(difference->next->audience));
    while ((got = db_next(rows, err)) > 0 && difference->reason_count < DIFFERENCE_REASONS) {
        snprintf(difference->reasons[difference->reason_count].reason, sizeof difference->reasons[0].reason, "%s", db_text(rows, 0));
        difference->reasons[difference->reason_count].count = db_int(rows, 1);
        difference->gone += difference->reasons[difference->reason_count++].count;
    }
    return got >= 0;
}

static bool count_added(struct db *db, const struct campaign *campaign, struct difference *difference, struct err *err) {
    return db_get_int(db, err, &difference->added,
                      "SELECT COUNT(*) FROM enrolment e WHERE e.campaign_id = $1 AND " AUDIENCE_CONDITION("$3") " AND NOT EXISTS "
                      "(SELECT 1 FROM delivery d WHERE d.wave_id = $2 AND d.party_id = e.party_id AND d.cancelled = 0)",
                      DB_I(campaign->id), DB_I(difference->last->id), DB_I(difference->next->audience)) >= 0;
}

bool start_difference(struct db *db, const struct campaign *campaign, const struct waves *waves, struct difference *difference, struct err *err) {
    *difference = (struct difference){0};
    for (size_t i = 0; i < waves->count; i++) {
        const struct wave *wave = &waves->all[i];
        if (wave->audience == AUDIENCE_RELAYS) continue;
        if (!wave_may_move(wave)) difference->last = wave;
        else if (wave->state == WAVE_WAITING && !difference->next) difference->next = wave;
    }
    if (!difference->last || !difference->next) return true;
    difference->next_total = audience_count(db, campaign->id, difference->next->audience, NULL, err);
    return difference->next_total >= 0 &&
           db_get_int(db, err, &difference->last_total, "SELECT COUNT(*) FROM delivery WHERE wave_id = $1 AND cancelled = 0",
                      DB_I(difference->last->id)) >= 0 &&
           count_gone(db, campaign, difference, err) && count_added(db, campaign, difference, err);
}
