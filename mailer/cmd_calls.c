/* relais calls C: whom to telephone, department by department. */
#include "mailer/app.h"
#include "mailer/reports/output.h"
#include "mailer/reports/writer.h"

enum { CALLS_BYTES = 64 << 20 };

static bool write_calls(const struct app *app, const struct report *report, const char *path,
                        struct err *err) {
    AUTO_BUF out = BUF_INIT(CALLS_BYTES);
    switch (app->format) {
    case APP_TEXT:
        calls_text(report, output_colour(path), &out);
        break;
    case APP_JSON:
        calls_json(report, &out);
        break;
    case APP_CSV:
        return calls_to_table(report, path, TABLE_CSV, err);
    case APP_XLSX:
        return calls_to_table(report, path, TABLE_XLSX, err);
    case APP_HTML:
        return err_set(
            err, ERR_INPUT, "USAGE",
            "--format html : la liste est dans « relais report C --format html » ; ici text, json, csv ou xlsx");
    }
    return output_write(&out, path, err);
}

int cmd_calls(struct app *app, int argc, char **argv) {
    const char *campaign, *department = NULL, *path = NULL;
    const struct app_option options[] = {{.name = "--department", .text = &department},
                                         {.name = "--output", .text = &path}};
    struct err err = {0};
    struct report report = {0};
    bool good = app_arguments(app, argc, argv, options, COUNT(options), &campaign, 1, 1, &err) >= 0 &&
                app_output_form(app, path, &err) && app_db(app, &err) &&
                report_load(app->db, campaign, department, NULL, app_now_ms(app), &report, &err) &&
                write_calls(app, &report, path, &err);
    report_release(&report);
    return good ? EXIT_DONE : app_refuse(app, &err);
}
