/* relais daemon [--until INSTANT]: all roles, until stopped. */
#include <stdio.h>

#include "base/clock_store.h"
#include "base/log.h"
#include "mailer/app_log.h"
#include "mailer/roles.h"

int cmd_daemon(struct app *app, int argc, char **argv) {
    struct err err = {0}, unheard;
    const char *until = NULL;
    bool until_done = false;
    const struct app_option options[] = {{"--until", &until, NULL}, {"--until-done", NULL, &until_done}};
    int64_t until_ms = NO_INSTANT;
    bool understood = app_arguments(app, argc, argv, options, COUNT(options), NULL, 0, 0, &err) >= 0;
    if (!app_log_begin(app, "daemon", understood ? &err : &unheard) || !understood) return app_refuse(app, &err);
    if (until && !instant_parse(until, false, &until_ms)) {
        err_set(&err, ERR_INPUT, "USAGE", "--until %s : écrivez un instant comme 2026-02-01T12:00:00+01:00", until);
        return app_refuse(app, &err);
    }
    return role_daemon(app, until_ms, until_done);
}
