/* One sender a database, and nobody beside it who takes what senders hold: the sender itself, reconcile, settle. */
#ifndef MAILER_ROLE_SEND_ALONE_H
#define MAILER_ROLE_SEND_ALONE_H

#include "mailer/app.h"
#include "mailer/send/journal.h"

struct only_sender;
/* NULL with ERR_INPUT SECOND_SENDER while there is another; while app->db is not open. */
struct only_sender *only_sender_begin(struct app *app, struct err *err);
/* Asked as often as one likes, it looks every 200 ms whether database, journal and what keeps a second sender out are still there: if not,
 * no dot may leave any more. NULL is fine: a rehearsal. */
bool only_sender_stands(struct only_sender *only, const struct db *db, const struct journal *journal, struct err *err);
/* Closes app->db first, for lock_open_store wants it so. NULL is fine. */
void only_sender_end(struct only_sender *only, struct app *app);

#endif
