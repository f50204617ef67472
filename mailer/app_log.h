/* Starting the log of a role as the configuration says. */
#ifndef MAILER_APP_LOG_H
#define MAILER_APP_LOG_H

#include "mailer/app.h"

/* Also where the arguments are refused, when err already says so and another one is given: what is wrong is said as the log says things. */
bool app_log_begin(struct app *app, const char *role, struct err *err);

#endif
