/* What the sender has learnt of how fast it may write, and whom it was refused by, over a restart: tables pace and refusal_run. */
#ifndef MAILER_SEND_PACING_STORE_H
#define MAILER_SEND_PACING_STORE_H

#include "base/db.h"
#include "mailer/send/relays.h"

/* After relays_now(). */
bool pacing_load(struct db *db, struct relays *relays, struct err *err);
/* After pacing_load, and after what an earlier run left behind has been told to its dispatches: what relays with messages_a_day have
 * had today, where pace tells of another day, or of none. The day begins at from_ms and ends before to_ms. */
bool pacing_count_day(struct db *db, struct relays *relays, int64_t from_ms, int64_t to_ms, struct err *err);
/* In the caller's transaction, each turn: writes what must be, now; what merely changed, every few seconds. all: everything. */
bool pacing_save(struct db *db, struct relays *relays, bool all, struct err *err);

#endif
