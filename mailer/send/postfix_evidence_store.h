/* Doubts settled by the log of the Postfix on this machine: what it says it took into its queue was sent. That a message
 * is not in the log proves nothing. */
#ifndef MAILER_SEND_POSTFIX_EVIDENCE_STORE_H
#define MAILER_SEND_POSTFIX_EVIDENCE_STORE_H

#include "base/db.h"

enum { POSTFIX_LOG_TAIL_BYTES = 64 << 20 }; /* of each file, at most */

/* Reads on where it stopped, across a rotation, while the doubts are the same; when others have come, from the beginning (the
 * last 64 MB of PATH.1 and of PATH), for what proves them may have been written before they were in doubt. */
struct postfix_watch;
struct postfix_watch *postfix_watch_open(const char *path);
void postfix_watch_close(struct postfix_watch *watch); /* NULL is fine */
AUTO_CLOSE(postfix_watch, postfix_watch_close)
/* Settles what the log proves, one durable transaction, none when there is nothing. False: ERR_INPUT POSTFIX_LOG when the log
 * cannot be read, else an error of the store. */
bool postfix_watch_look(struct postfix_watch *watch, struct db *db, int64_t now_ms, int64_t *settled, struct err *err);

#endif
