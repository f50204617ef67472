/* How `relais returns` shows what came back. */
#ifndef MAILER_CMD_RETURNS_H
#define MAILER_CMD_RETURNS_H

#include "mailer/app.h"
#include "mailer/inbox/returns_store.h"

bool returns_list(const struct app *app, const struct campaign *campaign, const struct returns *returns, const char *path, struct err *err);
/* One, with its text and what it may be settled as. */
bool returns_show(const struct app *app, const struct campaign *campaign, const struct inbound_return *one, const char *path, struct err *err);

#endif
