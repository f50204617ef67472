/* Starting the log of a role as the configuration says. */
#ifndef MAILER_APP_LOG_H
#define MAILER_APP_LOG_H

#include "mailer/app.h"

bool app_log_begin(struct app *app, const char *role, struct err *err);

#endif
