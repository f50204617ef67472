/* The loops that run for long. Each works alone in the foreground or as a child of the daemon; they meet only in
 * the database. Exit codes as for commands. */
#ifndef MAILER_ROLES_H
#define MAILER_ROLES_H

#include "mailer/app.h"

int role_send(struct app *app, bool until_idle);
int role_inbox(struct app *app, bool once);
int role_daemon(struct app *app, int64_t until_ms /* artificial clocks: stop there; -1 = never */, bool until_done);

#endif
