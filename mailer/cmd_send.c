/* relais send [--until-idle]: the sender alone, in the foreground. */
#include "mailer/app_log.h"
#include "mailer/roles.h"

int cmd_send(struct app *app, int argc, char **argv) {
    struct err err = {0};
    bool until_idle = false;
    const struct app_option options[] = {{"--until-idle", NULL, &until_idle}};
    if (app_arguments(app, argc, argv, options, COUNT(options), NULL, 0, 0, &err) < 0 || !app_log_begin(app, "send", &err))
        return app_refuse(app, &err);
    return role_send(app, until_idle);
}
