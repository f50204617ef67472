/* The calendars of closures a configuration names: "fermetures.ics, Zone-B.ics". */
#include <string.h>

#include "mailer/app.h"
#include "schedules/workdays.h"

enum { CALENDAR_BYTES = 1 << 20 };

static bool add_file(struct app *app, struct closures *closures, const char *name, size_t length, struct err *err) {
    AUTO_BUF path = BUF_INIT(4096), bytes = BUF_INIT(CALENDAR_BYTES);
    const char *folder = settings_folder(app->settings);
    if (*name != '/' && strcmp(folder, ".") != 0) buf_add_format(&path, "%s/", folder);
    buf_add(&path, name, length);
    return (app_read_file(buf_text(&path), CALENDAR_BYTES, &bytes, err) &&
            closures_add(closures, buf_text(&bytes), bytes.length, err)) ||
           err_at(err, buf_text(&path), 0);
}

bool app_closures(struct app *app, struct err *err) {
    if (app->closures) return true;
    const char *at = settings_text(app->settings, "schedule", "closures");
    if (!*at) return true;
    AUTO(closures) closures = closures_new();
    for (; *at; at += *at == ',') {
        at += strspn(at, " ");
        size_t whole = strcspn(at, ","), length = whole;
        while (length && at[length - 1] == ' ') length--;
        if (length && !add_file(app, closures, at, length, err)) return err_setting(err, "[schedule] closures");
        at += whole;
    }
    if (!closures_settle(closures, err)) return err_setting(err, "[schedule] closures");
    app->closures = closures;
    closures = NULL;
    workdays_close(app->closures);
    return true;
}
