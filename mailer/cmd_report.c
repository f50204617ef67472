/* relais report C: what a campaign has come to, in five formats. */
#include <string.h>

#include "mailer/app.h"
#include "mailer/reports/output.h"
#include "mailer/reports/writer.h"

enum { REPORT_BYTES = 256 << 20 };

static bool parse_table(const char *word, enum report_table *table, struct err *err) {
    *table = REPORT_WAVES;
    if (!word) return true;
    for (int i = 0; i < REPORT_TABLES; i++)
        if (!strcmp(REPORT_TABLE[i], word)) return *table = (enum report_table)i, true;
    return err_set(err, ERR_INPUT, "USAGE", "--table %s : écrivez waves, departments ou calls", word);
}

static bool write_report(const struct app *app, const struct report *report, enum report_table table,
                         const char *path, struct err *err) {
    AUTO_BUF out = BUF_INIT(REPORT_BYTES);
    switch (app->format) {
    case APP_TEXT:
        report_text(report, output_colour(path), &out);
        break;
    case APP_JSON:
        report_json(report, &out);
        break;
    case APP_CSV:
        return report_to_table(report, table, path, TABLE_CSV, err);
    case APP_XLSX:
        return report_to_table(report, table, path, TABLE_XLSX, err);
    case APP_HTML:
        report_html(report, &out);
        break;
    }
    return output_write(&out, path, err);
}

int cmd_report(struct app *app, int argc, char **argv) {
    const char *campaign, *department = NULL, *wave = NULL, *table_word = NULL, *path = NULL;
    const struct app_option options[] = {{.name = "--department", .text = &department},
                                         {.name = "--wave", .text = &wave},
                                         {.name = "--table", .text = &table_word},
                                         {.name = "--output", .text = &path}};
    struct err err = {0};
    struct report report = {0};
    enum report_table table;
    bool good = app_arguments(app, argc, argv, options, COUNT(options), &campaign, 1, 1, &err) >= 0 &&
                parse_table(table_word, &table, &err) && app_output_form(app, path, &err) && app_db(app, &err) &&
                report_load(app->db, campaign, department, wave, app_now_ms(app), &report, &err) &&
                (app_sender_works(app) || report_left_in_doubt(app->db, &report, &err)) &&
                write_report(app, &report, table, path, &err);
    report_release(&report);
    return good ? EXIT_DONE : app_refuse(app, &err);
}
