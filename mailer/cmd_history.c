/* relais history ID: every event of one collectivity or relay, oldest first. */
#include "mailer/app.h"
#include "mailer/reports/history.h"
#include "mailer/reports/output.h"

enum { HISTORY_BYTES = 64 << 20 };

static bool write_history(const struct app *app, const struct history *history, struct err *err) {
    AUTO_BUF out = BUF_INIT(HISTORY_BYTES);
    switch (app->format) {
    case APP_TEXT:
        history_text(history, output_colour(NULL), &out);
        break;
    case APP_JSON:
        history_json(history, &out);
        break;
    case APP_CSV:
        history_csv(history, &out);
        break;
    case APP_HTML:
    case APP_XLSX:
        return err_set(err, ERR_INPUT, "USAGE", "--format html : ici, écrivez text, json ou csv");
    }
    return output_write(&out, NULL, err);
}

int cmd_history(struct app *app, int argc, char **argv) {
    const char *id, *campaign = NULL;
    const struct app_option options[] = {{.name = "--campaign", .text = &campaign}};
    struct err err = {0};
    struct history history = {0};
    bool good = app_arguments(app, argc, argv, options, COUNT(options), &id, 1, 1, &err) >= 0 &&
                app_db(app, &err) && history_load(app->db, id, campaign, &history, &err) &&
                write_history(app, &history, &err);
    history_release(&history);
    return good ? EXIT_DONE : app_refuse(app, &err);
}
