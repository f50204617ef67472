/* The clock's rows. */
#include "base/clock_store.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/process.h"

bool clock_anchor(struct db *db, const struct clock *clock, struct err *err) {
    AUTO(tx) tx = tx_begin(db, TX_DURABLE, err);
    if (!tx || !db_run(db, err, "DELETE FROM clock_anchor") || !db_run(db, err, "DELETE FROM clock_role")) return false;
    if (clock_artificial(clock) &&
        !db_run(db, err,
                "INSERT INTO clock_anchor (id, mode, virtual_ms, real_ms, speed_millionths) VALUES (1, $1, $2, $3, $4)",
                DB_T(clock->mode == CLOCK_AUTO ? "auto" : "speed"), DB_I(clock->virtual_ms), DB_I(clock->real_ms),
                DB_I((int64_t)(clock->speed * 1e6))))
        return false;
    return tx_commit(TX_TAKE(tx), err);
}

bool clock_follow(struct db *db, struct clock *clock, bool *followed, struct err *err) {
    AUTO(db_rows) rows =
        db_query(db, err, "SELECT mode, virtual_ms, real_ms, speed_millionths FROM clock_anchor WHERE id = 1");
    int got = db_next(rows, err);
    *followed = got > 0;
    if (got > 0)
        *clock = (struct clock){.mode = !strcmp(db_text(rows, 0), "auto") ? CLOCK_AUTO : CLOCK_SPEED,
                                .virtual_ms = db_int(rows, 1),
                                .real_ms = db_int(rows, 2),
                                .speed = (double)db_int(rows, 3) / 1e6};
    return got >= 0;
}

bool clock_report(struct db *db, const char *role, const struct clock *clock, int64_t next_ms, bool active,
                  struct err *err) {
    if (clock->mode != CLOCK_AUTO) return true;
    int64_t now_real_ms = realtime_ms(), known;
    /* Said already: a hundred idle turns a second need not each be written. */
    int same = active ? 0
                      : db_get_int(db, err, &known,
                                   "SELECT 1 FROM clock_role WHERE role = $1 AND idle_at_ms = $2 AND COALESCE(next_ms, -1) = $3",
                                   DB_T(role), DB_I(clock->virtual_ms), DB_I(next_ms));
    if (same) return same > 0;
    AUTO(tx) tx = tx_begin(db, TX_FAST, err);
    if (!tx) return false;
    if (!db_run(db, err,
                "INSERT INTO clock_role (role, idle_at_ms, next_ms, active_real_ms) VALUES ($1, $2, $3, $4) "
                "ON CONFLICT (role) DO UPDATE SET idle_at_ms = excluded.idle_at_ms, next_ms = excluded.next_ms, "
                "active_real_ms = CASE WHEN $5 = 1 THEN excluded.active_real_ms ELSE clock_role.active_real_ms END",
                DB_T(role), DB_I(clock->virtual_ms), DB_I_OR_NULL(next_ms, next_ms != NO_INSTANT),
                DB_I(active ? now_real_ms : 0), DB_I(active)))
        return false;
    return tx_commit(TX_TAKE(tx), err);
}

static bool forget_dead_appointments(struct db *db, struct err *err) {
    char boot[BOOT_ID_TEXT];
    boot_id(boot);
    int64_t dead[64];
    size_t count = 0;
    {
        AUTO(db_rows) rows = db_query(db, err, "SELECT id, pid, boot_id FROM clock_appointment");
        int got;
        while ((got = db_next(rows, err)) > 0)
            if (count < COUNT(dead) &&
                (strcmp(db_text(rows, 2), boot) || (kill((pid_t)db_int(rows, 1), 0) && errno == ESRCH)))
                dead[count++] = db_int(rows, 0);
        if (got < 0) return false;
    }
    for (size_t i = 0; i < count; i++)
        if (!clock_keep(db, dead[i], err)) return false;
    return true;
}

/* 1 when every role is idle at the present instant, and since when nobody was active; 0 not yet; -1 error. */
static int all_idle(struct db *db, const struct clock *clock, const char *const roles[], size_t role_count,
                    int64_t settle_ms, struct err *err) {
    for (size_t i = 0; i < role_count; i++) {
        AUTO(db_rows) rows = db_query(db, err, "SELECT idle_at_ms, active_real_ms FROM clock_role WHERE role = $1", DB_T(roles[i]));
        int got = db_next(rows, err);
        if (got < 0) return -1;
        if (!got || db_int(rows, 0) != clock->virtual_ms || realtime_ms() - db_int(rows, 1) < settle_ms) return 0;
    }
    return 1;
}

bool clock_advance(struct db *db, struct clock *clock, const char *const roles[], size_t role_count,
                   int64_t settle_ms, int64_t until_ms, bool *moved, bool *ended, struct err *err) {
    *moved = *ended = false;
    bool anchored;
    if (!clock_follow(db, clock, &anchored, err)) return false;
    if (!anchored || clock->mode != CLOCK_AUTO) return true;
    int idle = all_idle(db, clock, roles, role_count, settle_ms, err);
    if (idle <= 0) return idle == 0;
    if (!forget_dead_appointments(db, err)) return false;
    int64_t next_ms = NO_INSTANT;
    {
        AUTO(db_rows) rows = db_query(db, err,
                                      "SELECT MIN(at_ms) FROM (SELECT next_ms AS at_ms FROM clock_role WHERE next_ms IS NOT NULL "
                                      "UNION ALL SELECT at_ms FROM clock_appointment) AS ahead");
        int got = db_next(rows, err);
        if (got < 0) return false;
        if (got > 0 && !db_is_null(rows, 0)) next_ms = db_int(rows, 0);
    }
    if (next_ms != NO_INSTANT && next_ms <= clock->virtual_ms) return true; /* an appointment is being kept */
    *ended = next_ms == NO_INSTANT || (until_ms != NO_INSTANT && next_ms > until_ms);
    if (*ended && until_ms == NO_INSTANT) return true;
    if (*ended) next_ms = until_ms;
    if (next_ms == clock->virtual_ms) return true;
    AUTO(tx) tx = tx_begin(db, TX_FAST, err);
    if (!tx || !db_run(db, err, "UPDATE clock_anchor SET virtual_ms = $1 WHERE id = 1 AND virtual_ms < $1", DB_I(next_ms)) ||
        !tx_commit(TX_TAKE(tx), err))
        return false;
    clock->virtual_ms = next_ms;
    *moved = true;
    return true;
}

bool clock_appoint(struct db *db, int64_t at_ms, int64_t *id, struct err *err) {
    char boot[BOOT_ID_TEXT];
    boot_id(boot);
    AUTO(tx) tx = tx_begin(db, TX_DURABLE, err);
    if (!tx || !db_run(db, err, "INSERT INTO clock_appointment (at_ms, pid, boot_id) VALUES ($1, $2, $3)", DB_I(at_ms),
                       DB_I(getpid()), DB_T(boot)))
        return false;
    *id = db_inserted_id(db);
    return tx_commit(TX_TAKE(tx), err);
}

bool clock_keep(struct db *db, int64_t id, struct err *err) {
    AUTO(tx) tx = tx_begin(db, TX_DURABLE, err);
    /* What was done at the appointment may have changed what comes next: every role has to look again. */
    return tx && db_run(db, err, "DELETE FROM clock_appointment WHERE id = $1", DB_I(id)) &&
           db_run(db, err, "UPDATE clock_role SET idle_at_ms = -1") && tx_commit(TX_TAKE(tx), err);
}
