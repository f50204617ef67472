/* relais reference show: which year is in force, and what it counts. */
#include <stdio.h>
#include <string.h>

#include "mailer/cmd_reference.h"
#include "mailer/french_moments.h"
#include "mailer/reports/csv_cells.h"
#include "mailer/reports/french_numbers.h"
#include "mailer/reports/output.h"
#include "mailer/reports/text_table.h"

enum { SHOW_BYTES = 16 << 20 };

/* One row a department: code, name, communes, groupings that belong to it, groupings that touch it. */
static const char BY_DEPARTMENT[] =
    "SELECT d.code, d.name, COALESCE(SUM(CASE WHEN c.insee <> '' THEN 1 ELSE 0 END), 0), "
    "COALESCE(SUM(CASE WHEN c.insee = '' THEN 1 ELSE 0 END), 0) FROM department d "
    "LEFT JOIN collectivity c ON c.department = d.code AND c.gone = 0 GROUP BY d.code, d.name ORDER BY d.code";
static const char BY_TYPE[] = "SELECT type, COUNT(*) FROM collectivity WHERE gone = 0 GROUP BY type ORDER BY COUNT(*) DESC, type";
static const char WAITING[] = "SELECT id, name, year FROM collectivity WHERE gone = 1 AND successor = '' ORDER BY id";

struct summary { int64_t year, at_ms, communes, groupings, gone, former; char source[80], by_whom[80]; };

static bool load(struct db *db, struct summary *summary, struct err *err) {
    AUTO(db_rows) rows = db_query(db, err,
                                  "SELECT r.year, r.at_ms, r.source, r.by_whom, "
                                  "(SELECT COUNT(*) FROM collectivity WHERE gone = 0 AND insee <> ''), "
                                  "(SELECT COUNT(*) FROM collectivity WHERE gone = 0 AND insee = ''), "
                                  "(SELECT COUNT(*) FROM collectivity WHERE gone = 1), (SELECT COUNT(*) FROM former_commune) "
                                  "FROM reference_year r ORDER BY r.id DESC LIMIT 1");
    int got = db_next(rows, err);
    if (got == 0)
        return err_set(err, ERR_INPUT, "REFERENCE_EMPTY", "aucun référentiel n'est chargé ; chargez-le par « relais reference update DOSSIER »");
    if (got < 0) return false;
    *summary = (struct summary){.year = db_int(rows, 0), .at_ms = db_int(rows, 1), .communes = db_int(rows, 4), .groupings = db_int(rows, 5),
                                .gone = db_int(rows, 6), .former = db_int(rows, 7)};
    snprintf(summary->source, sizeof summary->source, "%s", db_text(rows, 2));
    snprintf(summary->by_whom, sizeof summary->by_whom, "%s", db_text(rows, 3));
    return true;
}

/* -- JSON ------------------------------------------------------------------------------------------------ */
static bool set_tables(struct db *db, struct js *answer, struct err *err) {
    struct js *types = js_object(), *departments = js_array(), *waiting = js_array();
    js_set(answer, "by_type", types);
    js_set(answer, "by_department", departments);
    js_set(answer, "waiting", waiting);
    AUTO(db_rows) by_type = db_query(db, err, BY_TYPE);
    AUTO(db_rows) by_department = db_query(db, err, BY_DEPARTMENT);
    AUTO(db_rows) without = db_query(db, err, WAITING);
    int got;
    while ((got = db_next(by_type, err)) > 0) js_set_int(types, db_text(by_type, 0), db_int(by_type, 1));
    while (got == 0 && (got = db_next(by_department, err)) > 0) {
        struct js *one = js_object();
        js_set_text(one, "department", db_text(by_department, 0));
        js_set_text(one, "name", db_text(by_department, 1));
        js_set_int(one, "communes", db_int(by_department, 2));
        js_set_int(one, "groupings", db_int(by_department, 3));
        js_add(departments, one);
        got = 0;
    }
    while (got == 0 && (got = db_next(without, err)) > 0) {
        struct js *one = js_object();
        js_set_text(one, "id", db_text(without, 0));
        js_set_text(one, "name", db_text(without, 1));
        js_set_int(one, "last_year", db_int(without, 2));
        js_add(waiting, one);
        got = 0;
    }
    return got == 0;
}

static bool say_json(struct db *db, const struct summary *summary, struct err *err) {
    AUTO(js) answer = js_object();
    char at[INSTANT_TEXT];
    zoned_instant(PARIS, summary->at_ms, at);
    js_set_int(answer, "year", summary->year);
    js_set_text(answer, "loaded_at", summary->at_ms ? at : NULL);
    js_set_text(answer, "source", summary->source);
    js_set_text(answer, "by", summary->by_whom);
    js_set_int(answer, "communes", summary->communes);
    js_set_int(answer, "groupings", summary->groupings);
    js_set_int(answer, "former_codes", summary->former);
    js_set_int(answer, "gone", summary->gone);
    return set_tables(db, answer, err) && (js_write(answer, stdout), true);
}

/* -- text, CSV --------------------------------------------------------------------------------------------- */
static bool add_types(struct db *db, struct buf *out, struct err *err) {
    AUTO(db_rows) rows = db_query(db, err, BY_TYPE);
    const char *between = "  ";
    int got;
    while ((got = db_next(rows, err)) > 0) {
        char figure[FRENCH_NUMBER];
        french_integer(db_int(rows, 1), figure);
        buf_add_format(out, "%s%s %s", between, db_text(rows, 0), figure);
        between = " · ";
    }
    buf_add_text(out, "\n\n");
    return got == 0;
}

static bool add_waiting(struct db *db, struct buf *out, struct err *err) {
    AUTO(db_rows) rows = db_query(db, err, WAITING);
    int got;
    while ((got = db_next(rows, err)) > 0)
        buf_add_format(out, "  sans successeur connu : %s (%s), disparue après %lld\n", db_text(rows, 1), db_text(rows, 0), (long long)db_int(rows, 2));
    return got == 0;
}

static bool add_departments(struct db *db, bool as_csv, bool colour, struct buf *out, struct err *err) {
    static const struct text_column COLUMNS[] = {{"Dép.", false}, {"Nom", false}, {"Communes", true}, {"Groupements", true}};
    AUTO(text_table) table = text_table_new(COLUMNS, COUNT(COLUMNS));
    struct csv csv = {0};
    if (as_csv) csv = csv_begin(out);
    for (size_t i = 0; as_csv && i < COUNT(COLUMNS); i++) csv_text(&csv, COLUMNS[i].heading);
    if (as_csv) csv_end_row(&csv);
    AUTO(db_rows) rows = db_query(db, err, BY_DEPARTMENT);
    int got;
    while ((got = db_next(rows, err)) > 0) {
        for (int i = 0; i < 2; i++) as_csv ? csv_text(&csv, db_text(rows, i)) : text_table_add(table, db_text(rows, i));
        for (int i = 2; i < 4; i++) as_csv ? csv_number(&csv, db_int(rows, i)) : text_table_add_number(table, db_int(rows, i));
        if (as_csv) csv_end_row(&csv);
    }
    if (!as_csv) text_table_write(table, false, colour, out);
    return got == 0;
}

static bool say_text(struct db *db, const struct summary *summary, struct buf *out, struct err *err) {
    char communes[FRENCH_NUMBER], groupings[FRENCH_NUMBER], former[FRENCH_NUMBER], gone[FRENCH_NUMBER], at[FRENCH_MOMENT];
    french_integer(summary->communes, communes);
    french_integer(summary->groupings, groupings);
    french_integer(summary->former, former);
    french_integer(summary->gone, gone);
    french_moment(PARIS, summary->at_ms, at);
    buf_add_format(out, "Référentiel %lld : %s communes, %s groupements ; %s anciens codes, %s collectivités disparues\n",
                   (long long)summary->year, communes, groupings, former, gone);
    if (summary->at_ms) buf_add_format(out, "  chargé le %s par %s\n", at, summary->by_whom);
    return add_types(db, out, err) && add_departments(db, false, output_colour(NULL), out, err) && add_waiting(db, out, err);
}

int reference_show(struct app *app) {
    struct err err = {0};
    struct summary summary;
    AUTO_BUF out = BUF_INIT(SHOW_BYTES);
    bool good = app_db(app, &err) && load(app->db, &summary, &err);
    if (good && app->format == APP_JSON) good = say_json(app->db, &summary, &err);
    else if (good)
        good = (app->format == APP_CSV ? add_departments(app->db, true, false, &out, &err) : say_text(app->db, &summary, &out, &err)) &&
               output_write(&out, NULL, &err);
    return good ? EXIT_DONE : app_refuse(app, &err);
}
