/* The send journal beside its database: whether they agree, and what the sender learns where they do not. */
#ifndef MAILER_SEND_JOURNAL_STORE_H
#define MAILER_SEND_JOURNAL_STORE_H

#include "base/db.h"
#include "mailer/send/journal.h"

/* What the database says of itself; arming: "@FILE 17 18", the journal's journal_file and the dispatches armed in that turn; store_id "" = nothing yet: no sender has worked on it. */
struct journal_mark { char store_id[JOURNAL_STORE_ID]; int64_t turn; char arming[8192]; };
bool journal_mark_load(struct db *db, struct journal_mark *mark, struct err *err);
/* Gives the database its name where it has none. In the caller's transaction. */
bool journal_mark_ensure(struct db *db, struct err *err);
/* Where the journal will be once the transaction under way is committed: call it last, then commit, then journal_write.
 * The lines of a turn that is rolled back are taken back with journal_forget. */
bool journal_mark_turn(struct db *db, const struct journal *journal, struct err *err);
bool journal_mark_set(struct db *db, const char *store_id, int64_t turn, struct err *err); /* reconcile */

/* The lines of one dispatch, told to the journal; its wave first where it has not been said yet. */
bool journal_say_armed(struct db *db, struct journal *journal, const struct journal_arm *arm, struct err *err);

struct journal_begun {
    int64_t proved;   /* results that a power cut had taken from the database, and the journal knows */
    int64_t released; /* armed, and their dots certainly never left: ready again */
    int64_t caught_up; /* dispatches the journal had missed, written into it */
};
/* Opens the journal of a sender that starts, before anything is recovered or leased; the caller holds the sender's lock.
 * Refused, ERR_INPUT:
 *   JOURNAL_AHEAD     the journal knows turns that the database does not: it was restored from a backup
 *   JOURNAL_MISSING   the database has a journal that is not there
 *   JOURNAL_FOREIGN, JOURNAL   see journal_open
 * Behind a journal of another boot by no more than its last lease: a power cut took them, and what the journal says of
 * their ends is taken for proof. */
struct journal *journal_begin(struct db *db, const char *path, int64_t now_ms, struct journal_begun *begun, struct err *err);

/* How the two stand to each other, for a person who asks; opens nothing for writing, and may run beside a sender. Refused as
 * journal_begin would, and when the journal may not be written. turn 0 = neither has begun. */
struct journal_standing { int64_t turn, behind, damaged_bytes; };
bool journal_standing(struct db *db, const char *path, struct journal_standing *standing, struct err *err);

#endif
