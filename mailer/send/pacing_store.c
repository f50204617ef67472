/* Rests are instants of the campaign's clock, as in the deliveries that wait for them; rates are real time. */
#include "mailer/send/pacing_store.h"

#include <stdio.h>

#include "base/clock.h"

enum { SAVE_EVERY_MS = 5000 };

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
    return got == 0;
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
    return true;
}
