/* relais undo IMPORT [--dry-run]: takes an import back. relais imports: what there is to take back. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "mailer/app.h"
#include "mailer/french_moments.h"
#include "mailer/reports/csv_cells.h"
#include "mailer/reports/french_numbers.h"
#include "mailer/reports/output.h"
#include "mailer/reports/text_table.h"
#include "mailer/reports/undo_store.h"

enum { SHOWN_MAILS = 20, ANSWER_BYTES = 1 << 28 };

/* -- relais undo: saying what it did ------------------------------------------------------------------------- */
static void set_instant(struct js *object, const char *key, int64_t at_ms) {
    char instant[INSTANT_TEXT];
    zoned_instant(PARIS, at_ms, instant);
    js_set_text(object, key, instant);
}

static struct js *mail_json(const struct rested_mail *mail) {
    struct js *one = js_object();
    js_set_text(one, "id", mail->party_id);
    js_set_text(one, "campaign", mail->campaign);
    js_set_text(one, "wave", mail->wave);
    js_set_text(one, "address", mail->address);
    set_instant(one, "at", mail->at_ms);
    js_set_text(one, "state", mail->state);
    js_set_text(one, "because", mail->because);
    return one;
}

static void say_json(const struct import_row *import, const struct undoing *undoing, bool dry_run) {
    AUTO(js) json = js_object();
    struct js *mails = js_array();
    js_set_int(json, "import_id", import->id);
    js_set_text(json, "file", import->file);
    set_instant(json, "imported_at", import->at_ms);
    js_set_text(json, "imported_by", import->by_whom);
    js_set_bool(json, "dry_run", dry_run);
    js_set_int(json, "contacts", undoing->contacts);
    js_set_int(json, "contacts_kept", undoing->contacts_kept);
    js_set_int(json, "relays", undoing->relays);
    js_set_int(json, "suppressions", undoing->suppressions);
    js_set_int(json, "enrolments", undoing->enrolments);
    js_set_int(json, "mails_count", (int64_t)undoing->mail_count);
    for (size_t i = 0; i < undoing->mail_count; i++) js_add(mails, mail_json(&undoing->mails[i]));
    js_set(json, "mails", mails);
    js_write(json, stdout);
}

static void add_count(struct buf *out, int64_t number, const char *one, const char *several) {
    char text[200];
    if (!number) return;
    french_count(number, one, several, text, sizeof text);
    buf_add_format(out, "  %s\n", text);
}

static void add_mails(struct buf *out, const struct undoing *undoing) {
    static const struct text_column COLUMNS[] = {{"Parti le", false}, {"Code", false}, {"Collectivité", false},
                                                 {"Vague", false}, {"Adresse", false}, {"À cause de", false}};
    char number[FRENCH_NUMBER], when[FRENCH_MOMENT];
    if (!undoing->mail_count) {
        buf_add_text(out, "\nAucun message n'était parti sur la foi de cette liste.\n");
        return;
    }
    french_integer((int64_t)undoing->mail_count, number);
    buf_add_format(out, "\nMessages déjà partis sur la foi de cette liste : %s\n", number);
    AUTO(text_table) table = text_table_new(COLUMNS, COUNT(COLUMNS));
    for (size_t i = 0; i < undoing->mail_count && i < SHOWN_MAILS; i++) {
        const struct rested_mail *mail = &undoing->mails[i];
        french_short_moment(PARIS, mail->at_ms, when);
        const char *const cells[] = {when, mail->party_id, mail->party_name, mail->wave, mail->address,
                                     !strcmp(mail->because, "address") ? "l'adresse" : "l'inscription"};
        for (size_t k = 0; k < COUNT(cells); k++) text_table_add(table, cells[k]);
    }
    text_table_write(table, false, false, out);
    if (undoing->mail_count > SHOWN_MAILS) buf_add_text(out, "  … (--format json les donne tous)\n");
}

static bool say_text(const struct import_row *import, const struct undoing *undoing, bool dry_run, struct err *err) {
    AUTO_BUF out = BUF_INIT(ANSWER_BYTES);
    char when[FRENCH_MOMENT];
    french_short_moment(PARIS, import->at_ms, when);
    buf_add_format(&out, "Import n° %" PRId64 " (« ", import->id);
    text_printable(&out, import->file, strlen(import->file));
    buf_add_format(&out, " », du %s, par %s) : %s\n", when, import->by_whom,
                   dry_run ? "essai, rien n'a été changé ; seraient retirés :" : "annulé ; sont retirés :");
    size_t before = out.length;
    add_count(&out, undoing->contacts, "adresse", "adresses");
    add_count(&out, undoing->relays, "relais", "relais");
    add_count(&out, undoing->enrolments, "inscription ou réponse", "inscriptions ou réponses");
    add_count(&out, undoing->suppressions, "opposition : il sera de nouveau écrit à cette adresse",
              "oppositions : il sera de nouveau écrit à ces adresses");
    if (out.length == before) buf_add_text(&out, "  rien : d'autres listes disent la même chose\n");
    if (undoing->contacts_kept) {
        buf_add_text(&out, "Restent, car une autre liste les donne aussi :\n");
        add_count(&out, undoing->contacts_kept, "adresse", "adresses");
    }
    add_mails(&out, undoing);
    return output_write(&out, NULL, err);
}

/* -- relais undo ------------------------------------------------------------------------------------------------ */
static bool read_number(const char *word, int64_t *number, struct err *err) {
    char *end;
    *number = strtoll(word, &end, 10);
    return (*end == '\0' && end != word && *number > 0) ||
           err_set(err, ERR_INPUT, "USAGE", "« %.40s » n'est pas un numéro d'import ; « relais imports » les montre tous", word);
}

static bool undo(struct app *app, int64_t import_id, bool dry_run, struct import_row *import, struct undoing *undoing,
                 struct err *err) {
    AUTO(tx) tx = tx_begin(app->db, TX_DURABLE, err);
    return tx && import_load(app->db, import_id, import, err) &&
           undo_import(app->db, import, app_now_ms(app), app->by_whom, undoing, err) &&
           (dry_run || tx_commit(TX_TAKE(tx), err));
}

int cmd_undo(struct app *app, int argc, char **argv) {
    struct err err = {0};
    struct import_row import = {0};
    struct undoing undoing = {0};
    const char *word;
    bool dry_run = false;
    int64_t import_id;
    const struct app_option options[] = {{"--dry-run", NULL, &dry_run}};
    bool good = app_arguments(app, argc, argv, options, COUNT(options), &word, 1, 1, &err) >= 0 &&
                read_number(word, &import_id, &err) && app_db(app, &err) &&
                undo(app, import_id, dry_run, &import, &undoing, &err);
    if (good && app->format == APP_JSON) say_json(&import, &undoing, dry_run);
    else if (good) good = say_text(&import, &undoing, dry_run, &err);
    undoing_release(&undoing);
    import_row_release(&import);
    return good ? EXIT_DONE : app_refuse(app, &err);
}

/* -- relais imports ------------------------------------------------------------------------------------------- */
static struct db_rows *query_imports(struct db *db, struct err *err) {
    return db_query(db, err,
                    "SELECT i.id, i.at_ms, i.by_whom, i.file, i.kind, COALESCE(c.name, ''), COALESCE(i.undone_ms, -1), i.report "
                    "FROM import i LEFT JOIN campaign c ON c.id = i.campaign_id WHERE i.visible_ms IS NOT NULL AND i.kind <> 'lift' ORDER BY i.id");
}

static int64_t rows_of(const struct js *report, const char *key) {
    return js_int(js_get(js_get(report, "rows"), key));
}

static void add_import_json(const struct db_rows *rows, const struct js *report, struct js *all) {
    static const char *const KEYS[] = {"accepted", "merged", "rejected", "ignored"};
    struct js *one = js_object(), *counts = js_object();
    js_set_int(one, "import_id", db_int(rows, 0));
    set_instant(one, "at", db_int(rows, 1));
    js_set_text(one, "by", db_text(rows, 2));
    js_set_text(one, "file", db_text(rows, 3));
    js_set_text(one, "as", db_text(rows, 4));
    js_set_text(one, "campaign", *db_text(rows, 5) ? db_text(rows, 5) : NULL);
    for (size_t i = 0; i < COUNT(KEYS); i++) js_set_int(counts, KEYS[i], rows_of(report, KEYS[i]));
    js_set(one, "rows", counts);
    if (db_int(rows, 6) >= 0) set_instant(one, "undone_at", db_int(rows, 6));
    else js_set_null(one, "undone_at");
    js_add(all, one);
}

static void add_import_row(const struct db_rows *rows, const struct js *report, struct text_table *table) {
    char when[FRENCH_MOMENT];
    french_short_moment(PARIS, db_int(rows, 1), when);
    text_table_add_number(table, db_int(rows, 0));
    text_table_add(table, when);
    text_table_add(table, db_text(rows, 3));
    text_table_add(table, db_text(rows, 5));
    text_table_add_number(table, rows_of(report, "accepted"));
    text_table_add_number(table, rows_of(report, "rejected"));
    text_table_add(table, db_text(rows, 2));
    text_table_add(table, db_int(rows, 6) >= 0 ? "annulé" : "en vigueur");
}

static void add_import_csv(const struct db_rows *rows, const struct js *report, struct csv *csv) {
    char when[FRENCH_MOMENT];
    french_short_moment(PARIS, db_int(rows, 1), when);
    csv_number(csv, db_int(rows, 0));
    csv_text(csv, when);
    csv_text(csv, db_text(rows, 3));
    csv_text(csv, db_text(rows, 5));
    csv_number(csv, rows_of(report, "accepted"));
    csv_number(csv, rows_of(report, "rejected"));
    csv_text(csv, db_text(rows, 2));
    csv_text(csv, db_int(rows, 6) >= 0 ? "annulé" : "en vigueur");
    csv_end_row(csv);
}

static bool say_imports(struct app *app, struct err *err) {
    static const struct text_column COLUMNS[] = {{"N°", true}, {"Date", false}, {"Fichier", false}, {"Campagne", false},
                                                 {"Acceptées", true}, {"Rejetées", true}, {"Par", false}, {"État", false}};
    AUTO_BUF out = BUF_INIT(ANSWER_BYTES), sheet = BUF_INIT(ANSWER_BYTES);
    struct csv csv = csv_begin(&sheet);
    for (size_t i = 0; i < COUNT(COLUMNS); i++) csv_text(&csv, COLUMNS[i].heading);
    csv_end_row(&csv);
    AUTO(js) json = js_object();
    struct js *all = js_array();
    js_set(json, "imports", all);
    AUTO(text_table) table = text_table_new(COLUMNS, COUNT(COLUMNS));
    AUTO(db_rows) rows = query_imports(app->db, err);
    int got;
    while ((got = db_next(rows, err)) > 0) {
        struct err unread; /* a report that is no JSON leaves its counts at 0 */
        AUTO(js) report = js_parse(db_text(rows, 7), strlen(db_text(rows, 7)), &unread);
        if (app->format == APP_JSON) add_import_json(rows, report, all);
        else if (app->format == APP_CSV) add_import_csv(rows, report, &csv);
        else add_import_row(rows, report, table);
    }
    if (got < 0) return false;
    if (app->format == APP_CSV) return output_write(&sheet, NULL, err);
    if (app->format == APP_JSON) js_add_to(json, &out), buf_add_char(&out, '\n');
    else text_table_write(table, false, output_colour(NULL), &out);
    return output_write(&out, NULL, err);
}

int cmd_imports(struct app *app, int argc, char **argv) {
    struct err err = {0};
    bool good = app_arguments(app, argc, argv, NULL, 0, NULL, 0, 0, &err) >= 0 && app_db(app, &err) && say_imports(app, &err);
    return good ? EXIT_DONE : app_refuse(app, &err);
}
