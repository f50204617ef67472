/* The artificial clock that a daemon anchors in the database, so that roles, restarts and commands agree.
 *
 * A speed clock is arithmetic: everybody computes the same present from the anchor. An automatic clock
 * stands still; each role reports when it has nothing due at the present instant and when its next work is,
 * and the daemon moves the clock to the earliest of those once all are idle. An appointment is an instant
 * the clock will not pass until it is kept: somebody outside has something to do then. */
#ifndef BASE_CLOCK_STORE_H
#define BASE_CLOCK_STORE_H

#include "base/clock.h"
#include "base/db.h"

enum { NO_INSTANT = -1 };

bool clock_anchor(struct db *db, const struct clock *clock, struct err *err); /* writes it; real time clears it */
/* Follows the anchor: true and *clock set when there is one; clock is left alone when there is none. */
bool clock_follow(struct db *db, struct clock *clock, bool *followed, struct err *err);

/* A role's report, cheap enough for every idle turn. next_ms: its next work, NO_INSTANT for none.
 * active: it has sent or received since its last report; the daemon then waits for echoes before moving. */
bool clock_report(struct db *db, const char *role, const struct clock *clock, int64_t next_ms, bool active,
                  struct err *err);

/* One step of an automatic clock: moves it when every one of the roles has reported idle at the present instant
 * and settle_ms of real time passed since anybody was active. *moved tells; *ended is true when idle and nothing
 * lies ahead (or all that does lies behind until_ms). Appointments of dead processes are forgotten. */
bool clock_advance(struct db *db, struct clock *clock, const char *const roles[], size_t role_count,
                   int64_t settle_ms, int64_t until_ms, bool *moved, bool *ended, struct err *err);

/* Makes and keeps an appointment. */
bool clock_appoint(struct db *db, int64_t at_ms, int64_t *id, struct err *err);
bool clock_keep(struct db *db, int64_t id, struct err *err);

#endif
