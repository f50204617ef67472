/* relais suppressions [lift ADDRESS [REASON] --because TEXT]: the addresses never written to again; and writing again to one of them. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "mailer/app.h"
#include "mailer/french_moments.h"
#include "mailer/inbox/lift_store.h"
#include "mailer/reports/french_numbers.h"
#include "mailer/reports/output.h"
#include "mailer/reports/table_out.h"
#include "mailer/reports/text_table.h"

enum { LIST_BYTES = 1 << 28, WORDS = 3 };
struct asked {
    const char *words[WORDS], *reason, *because, *path;
    int count;
};

static const struct { const char *reason, *text; } REASONS[] = {{"dead", "morte"}, {"objection", "opposition"}, {"complaint", "plainte"}};

static const char *reason_text(const char *reason) {
    for (size_t i = 0; i < COUNT(REASONS); i++)
        if (!strcmp(REASONS[i].reason, reason)) return REASONS[i].text;
    return reason;
}

static bool check_reason(const char *reason, struct err *err) {
    for (size_t i = 0; i < COUNT(REASONS); i++)
        if (!strcmp(REASONS[i].reason, reason)) return true;
    return !*reason || err_set(err, ERR_INPUT, "USAGE", "« %.40s » n'est pas une raison d'écarter une adresse ; choisissez dead, objection ou complaint", reason);
}

/* -- the list -------------------------------------------------------------------------------------------------------- */
static struct js *json_of(const struct suppressed_address *one) {
    char instant[INSTANT_TEXT];
    struct js *object = js_object(), *parties = js_array();
    zoned_instant(PARIS, one->at_ms, instant);
    js_set_text(object, "address", one->address);
    js_set_text(object, "reason", one->reason);
    js_set_text(object, "at", instant);
    js_set_text(object, "origin", one->origin);
    if (one->import_id) js_set_int(object, "import_id", one->import_id);
    else js_set_null(object, "import_id");
    for (const char *at = one->parties; *at; at += strcspn(at, " "), at += strspn(at, " ")) {
        AUTO_MEM char *id = text_dup_n(at, strcspn(at, " "));
        js_add_text(parties, id);
    }
    js_set(object, "parties", parties);
    return object;
}

static struct js *array_of(const struct suppressed_addresses *list) {
    struct js *all = js_array();
    for (size_t i = 0; i < list->count; i++) js_add(all, json_of(&list->all[i]));
    return all;
}

static bool list_json(const struct suppressed_addresses *list, const char *path, struct err *err) {
    AUTO_BUF out = BUF_INIT(LIST_BYTES);
    AUTO(js) answer = js_object();
    js_set(answer, "suppressions", array_of(list));
    js_add_to(answer, &out);
    buf_add_char(&out, '\n');
    return output_write(&out, path, err);
}

static bool list_csv(const struct suppressed_addresses *list, const char *path, struct err *err) {
    static const struct table_column COLUMNS[] = {{"Adresse", 34}, {"Raison", 12}, {"Depuis", 18}, {"Origine", 40}, {"Import", 8}, {"Codes", 20}};
    AUTO(table_out) table = table_out_open(path, TABLE_CSV, COLUMNS, COUNT(COLUMNS), err);
    for (size_t i = 0; table && i < list->count; i++) {
        const struct suppressed_address *one = &list->all[i];
        table_text(table, one->address);
        table_text(table, reason_text(one->reason));
        table_moment(table, PARIS, one->at_ms);
        table_text(table, one->origin);
        if (one->import_id) table_number(table, one->import_id);
        else table_text(table, "");
        table_code(table, one->parties);
        table_end_row(table);
    }
    return table && table_out_commit(table, err);
}

static bool list_text(const struct suppressed_addresses *list, const char *path, struct err *err) {
    static const struct text_column COLUMNS[] = {{"Adresse", false}, {"Raison", false}, {"Depuis", false}, {"Origine", false}, {"Collectivités", false}};
    AUTO_BUF out = BUF_INIT(LIST_BYTES);
    AUTO(text_table) table = text_table_new(COLUMNS, COUNT(COLUMNS));
    if (!list->count) buf_add_text(&out, "Aucune adresse n'est écartée.\n");
    for (size_t i = 0; i < list->count; i++) {
        const struct suppressed_address *one = &list->all[i];
        char when[FRENCH_MOMENT];
        french_short_moment(PARIS, one->at_ms, when);
        const char *const cells[] = {one->address, reason_text(one->reason), when, one->origin, one->parties};
        for (size_t k = 0; k < COUNT(cells); k++) text_table_add(table, cells[k]);
    }
    if (list->count) {
        text_table_write(table, false, output_colour(path), &out);
        buf_add_text(&out, "\n  relais suppressions lift ADRESSE --because MOTIF    une adresse morte revit : lui écrire de nouveau\n"
                           "  … lift ADRESSE objection|complaint --because MOTIF  seulement si la personne elle-même l'a demandé depuis, ou n'avait rien refusé\n"
                           "  ce qu'une liste a dit (origine FICHIER:LIGNE) se retire avec elle : relais undo\n");
    }
    return output_write(&out, path, err);
}

static bool list(struct app *app, const struct asked *asked, struct err *err) {
    struct suppressed_addresses list = {0};
    bool good = suppressed_load(app->db, "", asked->reason, &list, err) &&
                (app->format == APP_JSON  ? list_json(&list, asked->path, err)
                 : app->format == APP_CSV ? list_csv(&list, asked->path, err)
                                          : list_text(&list, asked->path, err));
    suppressed_release(&list);
    return good;
}

/* -- lift -------------------------------------------------------------------------------------------------------------- */
static void say_lifted(const struct app *app, const struct lifting *lifting, const struct lifted *lifted) {
    char count[120];
    if (app->format == APP_JSON) {
        AUTO(js) answer = js_object();
        js_set_text(answer, "address", lifting->address);
        js_set_text(answer, "lifted", lifting->reason);
        js_set_text(answer, "because", lifting->because);
        js_set_int(answer, "places", lifted->places);
        js_set(answer, "stands", array_of(&lifted->stands));
        js_write(answer, stdout);
        return;
    }
    printf("%s : %s levée.\n", lifting->address, strcmp(lifting->reason, "dead") != 0 ? reason_text(lifting->reason) : "mise à l'écart");
    french_count(lifted->places, "place rétablie dans une campagne", "places rétablies dans des campagnes", count, sizeof count);
    if (lifted->places) printf("  %s\n", count);
    for (size_t i = 0; i < lifted->stands.count; i++) {
        const struct suppressed_address *one = &lifted->stands.all[i];
        printf("  elle reste écartée : %s (%s)", reason_text(one->reason), one->origin);
        if (one->import_id) printf(", import n° %" PRId64, one->import_id);
        putchar('\n');
    }
    if (!lifted->stands.count)
        puts("  On lui écrira à partir de la prochaine vague ; ce qui est déjà parti, ou planifié à une autre adresse, ne l'est pas une deuxième fois.");
}

/* An objection is the person's: whoever lifts it must name it, and say what the person has said since. */
static bool lift(struct app *app, const struct asked *asked, bool *stands, struct err *err) {
    char address[ADDRESS_TEXT];
    struct lifted lifted = {0};
    const struct lifting lifting = {.address = address, .reason = asked->count > 2 ? asked->words[2] : "dead", .because = asked->because ? asked->because : "",
                                    .by_whom = app->by_whom, .now_ms = app_now_ms(app)};
    if (!address_canonical(asked->words[1], strlen(asked->words[1]), address))
        return err_set(err, ERR_INPUT, "ADDRESS", "« %.200s » n'est pas une adresse", asked->words[1]);
    AUTO(tx) tx = tx_begin(app->db, TX_DURABLE, err);
    bool good = tx && check_reason(lifting.reason, err) && suppression_lift(app->db, &lifting, &lifted, err) && tx_commit(TX_TAKE(tx), err);
    if (good) say_lifted(app, &lifting, &lifted);
    *stands = lifted.stands.count > 0;
    suppressed_release(&lifted.stands);
    return good;
}

int cmd_suppressions(struct app *app, int argc, char **argv) {
    struct err err = {0};
    struct asked asked = {.reason = ""};
    bool stands = false;
    const struct app_option options[] = {{.name = "--reason", .text = &asked.reason}, {.name = "--because", .text = &asked.because}, {.name = "--output", .text = &asked.path}};
    asked.count = app_arguments(app, argc, argv, options, COUNT(options), asked.words, 0, WORDS, &err);
    bool lifts = asked.count > 0 && !strcmp(asked.words[0], "lift");
    bool good = asked.count >= 0 && check_reason(asked.reason, &err) && app_output_form(app, asked.path, &err);
    if (good && asked.count > 0 && !lifts) good = err_set(&err, ERR_INPUT, "USAGE", "« %.40s » : écrivez lift ADRESSE --because MOTIF, ou rien pour la liste", asked.words[0]);
    if (good && lifts && asked.count < 2) good = err_set(&err, ERR_INPUT, "USAGE", "donnez l'adresse : relais suppressions lift ADRESSE --because MOTIF");
    if (good && lifts && app->format == APP_CSV) good = err_set(&err, ERR_INPUT, "USAGE", "--format csv : la liste est dans « relais suppressions --format csv » ; ici text ou json");
    if (good && !lifts && asked.because) good = err_set(&err, ERR_INPUT, "USAGE", "--because ne vaut que pour lift ADRESSE");
    good = good && app_db(app, &err) && (lifts ? lift(app, &asked, &stands, &err) : list(app, &asked, &err));
    return !good ? app_refuse(app, &err) : stands ? EXIT_PERSON : EXIT_DONE;
}
