/* The loops that run for long. Each works alone in the foreground or as a child of the daemon; they meet only in
 * the database. Exit codes as for commands. */
#ifndef MAILER_ROLES_H
#define MAILER_ROLES_H

#include "mailer/app.h"

int role_send(struct app *app, bool until_idle);
int role_inbox(struct app *app, bool once);
int role_daemon(struct app *app, int64_t until_ms /* artificial clocks: stop there; -1 = never */, bool until_done);

/* A rehearsal: the sender's own loop over app->db, which must be a private copy (db_copy), from the clock's instant to the campaign's
 * deadline, each step at the instant it is due. Nothing leaves: every message is made, and accepted at once. The campaign is
 * approved and started in the copy when it was not. app->clock is moved. each: told the instant of every step; NULL = nobody asks. */
typedef void rehearsal_step(void *ctx, int64_t now_ms);
bool role_send_rehearse(struct app *app, int64_t campaign_id, rehearsal_step *each, void *ctx, struct err *err);

#endif
