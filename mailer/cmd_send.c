/* relais send [--until-idle]: the sender alone, in the foreground. */
#include "mailer/app_log.h"
#include "mailer/roles.h"

int cmd_send(struct app *app, int argc, char **argv) {
    struct err err = {0}, unheard;
    bool until_idle = false;
    const struct app_option options[] = {{"--until-idle", NULL, &until_idle}};
    bool understood = app_arguments(app, argc, argv, options, COUNT(options), NULL, 0, 0, &err) >= 0;
    if (!app_log_begin(app, "send", understood ? &err : &unheard) || !understood) return app_refuse(app, &err);
    return role_send(app, until_idle);
}
