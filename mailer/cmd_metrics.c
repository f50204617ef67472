/* relais metrics: what a monitoring system watches, for a scrape or a textfile collector. */
#include <stdio.h>

#include "base/process.h"
#include "mailer/app.h"
#include "mailer/reports/metrics_store.h"
#include "mailer/reports/output.h"
#include "mailer/store_path.h"

enum { METRICS_BYTES = 1 << 24 };

/* The locks say which roles are at work. */
static void add_roles(struct app *app, struct buf *out) {
    static const char *const LOCKS[] = {"send", "daemon"};
    metrics_family(out, "up", "gauge", "1 while the role runs.");
    for (size_t i = 0; i < COUNT(LOCKS); i++) {
        AUTO_BUF path = BUF_INIT(4096);
        store_lock_path(app->settings, LOCKS[i], &path);
        buf_add_format(out, "relais_up{role=\"%s\"} %d\n", LOCKS[i], lock_held(buf_text(&path)));
    }
}

int cmd_metrics(struct app *app, int argc, char **argv) {
    struct err err = {0};
    const char *path = NULL;
    const struct app_option options[] = {{"--output", &path, NULL}};
    AUTO_BUF out = BUF_INIT(METRICS_BYTES);
    if (app_arguments(app, argc, argv, options, COUNT(options), NULL, 0, 0, &err) < 0) return app_refuse(app, &err);
    if (app->format != APP_TEXT) {
        err_set(&err, ERR_INPUT, "USAGE", "« relais metrics » écrit le format d'OpenMetrics ; retirez --format");
        return app_refuse(app, &err);
    }
    if (!app_db(app, &err) || !metrics_write(app->db, app_now_ms(app), &out, &err)) return app_refuse(app, &err);
    add_roles(app, &out);
    buf_add_text(&out, "# EOF\n");
    return output_write(&out, path, &err) ? EXIT_DONE : app_refuse(app, &err);
}
