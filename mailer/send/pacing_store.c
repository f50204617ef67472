/* Rests are instants of the campaign's clock, as in the deliveries that wait for them; rates are real time. */
#include "mailer/send/pacing_store.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"

enum { SAVE_EVERY_MS = 5000, RUN_DAYS = 30, GROUPS_TEXT = 21 * BREAKER_GROUPS + 1 };

/* -- refusals in a row ------------------------------------------------------------------------------------------------- */
static void read_groups(const char *text, struct breaker *breaker) {
    char *end;
    for (; *text && breaker->group_count < BREAKER_GROUPS; text = *end ? end + 1 : end) {
        breaker->groups[breaker->group_count++] = strtoull(text, &end, 10);
        if (end == text) return;
    }
}

static bool load_runs(struct db *db, struct relays *relays, struct err *err) {
    AUTO(db_rows) rows = db_query(db, err, "SELECT relay, kind, domain, words, count, groups, rest_until_ms, rests FROM refusal_run");
    int got;
    while ((got = db_next(rows, err)) > 0) {
        struct refusal_row row = {.breaker.run = {(uint64_t)db_int(rows, 3), (int)db_int(rows, 4)}, .rest_until_ms = db_int(rows, 6), .rests = (int)db_int(rows, 7)};
        db_text_copy(rows, 0, row.relay, sizeof row.relay);
        db_text_copy(rows, 1, row.kind, sizeof row.kind);
        db_text_copy(rows, 2, row.domain, sizeof row.domain);
        read_groups(db_text(rows, 5), &row.breaker);
        relays_restore_run(relays, &row);
    }
    return got == 0;
}

static bool save_run(struct db *db, const struct refusal_row *row, struct err *err) {
    char groups[GROUPS_TEXT] = "";
    size_t length = 0;
    if (row->gone)
        return db_run(db, err, "DELETE FROM refusal_run WHERE relay = $1 AND kind = $2 AND domain = $3", DB_T(row->relay), DB_T(row->kind), DB_T(row->domain));
    for (int i = 0; i < row->breaker.group_count; i++)
        length += (size_t)snprintf(groups + length, sizeof groups - length, "%s%" PRIu64, i ? " " : "", row->breaker.groups[i]);
    return db_run(db, err,
                  "INSERT INTO refusal_run (relay, kind, domain, words, count, groups, rest_until_ms, rests, at_ms) "
                  "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (relay, kind, domain) DO UPDATE SET words = $4, count = $5, groups = $6, "
                  "rest_until_ms = $7, rests = $8, at_ms = $9",
                  DB_T(row->relay), DB_T(row->kind), DB_T(row->domain), DB_I((int64_t)row->breaker.run.words), DB_I(row->breaker.run.count),
                  DB_T(groups), DB_I(row->rest_until_ms), DB_I(row->rests), DB_I(row->at_ms));
}

/* What nobody has accepted or refused anything of for so long says nothing any more. */
static bool forget_old(struct db *db, int64_t now_ms, struct err *err) {
    return db_run(db, err, "DELETE FROM refusal_run WHERE at_ms < $1", DB_I(now_ms - RUN_DAYS * (int64_t)DAY_MS));
}

static bool save_runs(struct db *db, struct relays *relays, struct err *err) {
    struct refusal_row row;
    bool some = false;
    while (relays_save_run(relays, &row)) {
        if (!save_run(db, &row, err) || (!some && !forget_old(db, row.at_ms, err))) return false;
        some = true;
    }
    return true;
}

/* -- paces ------------------------------------------------------------------------------------------------------------- */

bool pacing_load(struct db *db, struct relays *relays, struct err *err) {
    int64_t real_ms = realtime_ms();
    AUTO(db_rows) rows = db_query(db, err, "SELECT kind, name, in_hand, a_minute, free_real_ms, rest_until_ms, rests, probing, day, sent_today, trouble FROM pace");
    int got;
    while ((got = db_next(rows, err)) > 0) {
        struct pace_row row = {.in_hand = (int)db_int(rows, 2), .a_minute = db_int(rows, 3), .free_ms = db_int(rows, 4),
                               .rest_until_ms = db_int(rows, 5), .rests = (int)db_int(rows, 6), .probing = db_int(rows, 7),
                               .day = db_int(rows, 8), .sent_today = db_int(rows, 9)};
        snprintf(row.kind, sizeof row.kind, "%s", db_text(rows, 0));
        snprintf(row.name, sizeof row.name, "%s", db_text(rows, 1));
        snprintf(row.trouble, sizeof row.trouble, "%s", db_text(rows, 10));
        relays_restore(relays, real_ms, &row);
    }
    return got == 0 && load_runs(db, relays, err);
}

static bool save_one(struct db *db, const struct pace_row *row, struct err *err) {
    if (row->gone) return db_run(db, err, "DELETE FROM pace WHERE kind = $1 AND name = $2", DB_T(row->kind), DB_T(row->name));
    return db_run(db, err,
                  "INSERT INTO pace (kind, name, in_hand, a_minute, free_real_ms, rest_until_ms, rests, probing, day, sent_today, trouble) "
                  "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (kind, name) DO UPDATE SET in_hand = $3, a_minute = $4, "
                  "free_real_ms = $5, rest_until_ms = $6, rests = $7, probing = $8, day = $9, sent_today = $10, trouble = $11",
                  DB_T(row->kind), DB_T(row->name), DB_I(row->in_hand), DB_I(row->a_minute), DB_I(row->free_ms), DB_I(row->rest_until_ms),
                  DB_I(row->rests), DB_I(row->probing), DB_I(row->day), DB_I(row->sent_today), DB_T(row->trouble));
}

bool pacing_save(struct db *db, struct relays *relays, bool all, struct err *err) {
    static int64_t again_ms;
    enum relays_dirt dirt = relays_dirt(relays);
    if (dirt == RELAYS_CLEAN || (!all && dirt == RELAYS_DIRTY && monotonic_ms() < again_ms)) return true;
    struct pace_row row;
    again_ms = monotonic_ms() + SAVE_EVERY_MS;
    for (int64_t real_ms = realtime_ms(); relays_save(relays, real_ms, &row);)
        if (!save_one(db, &row, err)) return false;
    return save_runs(db, relays, err);
}

/* No index serves this, for each message would pay for it: one reading of the dispatches on the first start of a day. */
bool pacing_count_day(struct db *db, struct relays *relays, int64_t from_ms, int64_t to_ms, struct err *err) {
    if (!relays_day_unknown(relays)) return true;
    AUTO(db_rows) rows = db_query(db, err, "SELECT relay, COUNT(*) FROM dispatch WHERE armed_ms >= $1 AND armed_ms < $2 AND relay IS NOT NULL GROUP BY relay",
                                  DB_I(from_ms), DB_I(to_ms));
    int got;
    while ((got = db_next(rows, err)) > 0) relays_day_counted(relays, db_text(rows, 0), db_int(rows, 1));
    if (got == 0) relays_day_counted(relays, NULL, 0); /* so that it is told next time, and not counted again */
    return got == 0;
}
