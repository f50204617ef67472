/* relais directory: collectivities and their contacts, for people, programs and spreadsheets. */
#include "mailer/app.h"
#include "mailer/reports/directory.h"

static bool write_directory(const struct app *app, const struct directory_scope *scope, const char *path, struct err *err) {
    switch (app->format) {
    case APP_TEXT:
        return directory_text(app->db, scope, path, err);
    case APP_JSON:
        return directory_json(app->db, scope, path, err);
    case APP_CSV:
        return directory_table(app->db, scope, path, TABLE_CSV, err);
    case APP_XLSX:
        return directory_table(app->db, scope, path, TABLE_XLSX, err);
    case APP_HTML:
        break;
    }
    return err_set(err, ERR_INPUT, "USAGE", "--format html : l'annuaire s'écrit en text, json, csv ou xlsx");
}

/* All of it as the store was at one instant. */
static bool read_directory(const struct app *app, const char *department, const char *campaign, const char *path, struct err *err) {
    struct directory_scope scope;
    AUTO(tx) tx = tx_begin(app->db, TX_READ, err);
    return tx && directory_scope(app->db, department, campaign, &scope, err) && write_directory(app, &scope, path, err) &&
           tx_commit(TX_TAKE(tx), err);
}

int cmd_directory(struct app *app, int argc, char **argv) {
    const char *department = NULL, *campaign = NULL, *path = NULL;
    const struct app_option options[] = {{.name = "--department", .text = &department},
                                         {.name = "--campaign", .text = &campaign},
                                         {.name = "--output", .text = &path}};
    struct err err = {0};
    bool good = app_arguments(app, argc, argv, options, COUNT(options), NULL, 0, 0, &err) >= 0 &&
                app_output_form(app, path, &err) && app_db(app, &err) &&
                read_directory(app, department, campaign, path, &err);
    return good ? EXIT_DONE : app_refuse(app, &err);
}
