/* relais import FILE [--campaign C] [--as relays|informed|selected|answered|objected|directory] [--dry-run]
 * [--lines] [--allow-downgrade] [--rejects FILE.csv|.xlsx] [--format text|json|csv|xlsx] [--output FILE] */
#include "mailer/cmd_import.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/process.h"
#include "base/text.h"
#include "lists/contact_store.h"
#include "lists/import_store.h"
#include "lists/reference_store.h"
#include "mailer/campaign.h"
#include "mailer/enrolment.h"
#include "mailer/reports/output.h"
#include "mailer/store_path.h"
#include "schedules/french.h"
#include "schedules/zones.h"

enum {
    MEGABYTE = 1000000,
    END_OF_DAY = 23 * 60 + 59,
    ANSWER_BYTES = 1 << 30
};

static const char *const KINDS[] = {
    [LIST_AS_FOUND] = "found",       [LIST_AS_INFORMED] = "informed", [LIST_AS_SELECTED] = "selected",
    [LIST_AS_ANSWERED] = "answered", [LIST_AS_OBJECTED] = "objected", [LIST_AS_DIRECTORY] = "directory",
    [LIST_AS_RELAYS] = "relays"};

static bool kind_of(const char *as, enum list_kind *kind, struct err *err) {
    *kind = LIST_AS_FOUND;
    if (!as) return true;
    for (size_t i = LIST_AS_FOUND + 1; i < COUNT(KINDS); i++)
        if (!strcmp(KINDS[i], as)) return *kind = (enum list_kind)i, true;
    return err_set(err, ERR_INPUT, "USAGE",
                   "--as %.40s : écrivez relays, informed, selected, answered, objected ou directory", as);
}

static const char *name_of(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

bool as_of_parse(const char *text, int64_t now_ms, int64_t *as_of_ms, struct err *err) {
    int64_t day;
    if (day_parse(text, &day)) {
        if (!zone_to_instant("Europe/Paris", day, END_OF_DAY, as_of_ms, err)) return false;
        if (*as_of_ms - now_ms < DAY_MS) *as_of_ms = min_i64(*as_of_ms, now_ms);
    } else if (!instant_parse(text, false, as_of_ms))
        return err_set(err, ERR_INPUT, "BAD_DATE",
                       "date « %.40s » non comprise ; écrivez 2026-01-30 ou 30/01/2026", text);
    if (*as_of_ms > now_ms)
        return err_set(err, ERR_INPUT, "BAD_DATE",
                       "« %.40s » est à venir : une liste de réponses ne peut dater de demain", text);
    return true;
}

/* -- reading, outside of any transaction ----------------------------------------------------------------- */
static void show_progress(double done, void *ctx) {
    (void)ctx;
    enum { WIDTH = 30 };
    int filled = (int)(done * WIDTH);
    fprintf(stderr, "\r  [%-*.*s] %3d %%", WIDTH, filled, "##############################",
            (int)(done * 100));
}

static void end_progress(list_progress *progress) {
    if (progress) fprintf(stderr, "\r%*s\r", 60, "");
}

static bool read_source(struct app *app, struct import_answer *answer, enum list_kind kind, size_t most, char sha256[SHA256_HEX],
                        struct err *err) {
    const struct source *source = &answer->source;
    answer->limits = (struct row_limits){.file_bytes = most, .inflated_bytes = MOST_INFLATED_BYTES, .columns = MOST_COLUMNS,
                                         .cell_chars = LONGEST_CELL_CHARS};
    int64_t today_day;
    int minute;
    zone_local("Europe/Paris", app_now_ms(app), &today_day, &minute);
    AUTO(reference) reference = reference_store_load(app->db, err);
    if (!reference || !source_sha256(source, sha256, err)) return false;
    list_progress *progress = isatty(STDERR_FILENO) ? show_progress : NULL;
    bool good = list_read(&answer->list, source, kind, reference, &answer->limits, today_day, progress, NULL, err);
    end_progress(progress);
    return good && source_unchanged(source, err);
}

/* One import at a time, from the first look at the reference to the last fact: what an earlier one left half done is
 * removed, and no new reference comes in between. But nobody waits for a pipe to end, nor for a dry run. */
static bool be_alone(struct app *app, const struct import_answer *answer, struct lock **alone, struct err *err) {
    AUTO_BUF path = BUF_INIT(4096);
    if (answer->request->dry_run) return true;
    store_lock_path(app->settings, "import", &path);
    *alone = lock_open(buf_text(&path), LOCK_WAIT, err);
    return *alone != NULL;
}

static bool read_list(struct app *app, struct import_answer *answer, enum list_kind kind, char sha256[SHA256_HEX],
                      struct lock **alone, struct err *err) {
    const char *file = answer->request->file;
    size_t most = (size_t)settings_int(app->settings, "lists", "max_megabytes") * MEGABYTE;
    /* How large text and workbooks may be is for their readers to judge; here, only what a pipe may fill the memory with. */
    size_t held = most > MOST_INFLATED_BYTES ? most : MOST_INFLATED_BYTES;
    answer->memory = (struct buf)BUF_INIT(held);
    if (!source_open(&answer->source, file, held, &answer->memory, err)) return false;
    return be_alone(app, answer, alone, err) && (read_source(app, answer, kind, most, sha256, err) || err_at(err, file, 0));
}

/* -- storing: all of it visible at once, or nothing ------------------------------------------------------ */
/* Contacts go into the store while nobody sees them, the sender having its turns in between. */
static bool stage(struct app *app, struct import_answer *answer, const struct import_note *note, struct err *err) {
    AUTO(tx) tx = tx_begin(app->db, TX_FAST, err);
    return tx && import_purge(app->db, err) && import_begin(app->db, note, &answer->import_id, err) &&
           tx_commit(TX_TAKE(tx), err) && contact_store_stage(app->db, &answer->list, answer->import_id, err);
}

/* What the list says of a campaign. */
static bool enrol(struct app *app, const struct import_answer *answer, enum list_kind kind, int64_t campaign_id, int64_t now_ms,
                  struct err *err) {
    const struct import_request *request = answer->request;
    int64_t as_of_ms = request->as_of_ms >= 0 ? request->as_of_ms : now_ms;
    return enrolment_import(app->db, campaign_id, &answer->list, answer->import_id, request->allow_downgrade, now_ms,
                            answer->file, app->by_whom, err) &&
           (kind != LIST_AS_ANSWERED || campaign_learn_answers_as_of(app->db, campaign_id, as_of_ms, answer->import_id,
                                                                     now_ms, app->by_whom, err));
}

static bool reveal(struct app *app, struct import_answer *answer, enum list_kind kind, const struct import_note *note,
                   struct err *err) {
    AUTO_BUF report = BUF_INIT(ANSWER_BYTES);
    struct import_request without_lines = *answer->request; /* the store has them already */
    without_lines.with_lines = false;
    AUTO(js) json = import_json(&(struct import_answer){.request = &without_lines, .file = answer->file, .list = answer->list, .import_id = answer->import_id}, NULL);
    js_add_to(json, &report);
    AUTO(tx) tx = tx_begin(app->db, TX_DURABLE, err);
    return tx && contact_store_settle(app->db, &answer->list, answer->import_id, answer->file, note->at_ms, err) &&
           import_reveal(app->db, answer->import_id, buf_text(&report), note->at_ms, err) &&
           (!note->campaign_id || enrol(app, answer, kind, note->campaign_id, note->at_ms, err)) && tx_commit(TX_TAKE(tx), err);
}

static bool store(struct app *app, struct import_answer *answer, enum list_kind kind, const char *sha256,
                  const struct campaign *campaign, struct err *err) {
    struct import_note note = {.file = answer->file, .sha256 = sha256, .kind = KINDS[kind], .by_whom = app->by_whom,
                               .campaign_id = campaign ? campaign->id : 0, .at_ms = app_now_ms(app)};
    return stage(app, answer, &note, err) && reveal(app, answer, kind, &note, err);
}

/* What cannot be written is found out before anything is stored; the file takes its place behind it. */
static bool open_rejects(const struct import_answer *answer, struct table_out **rejects, struct err *err) {
    enum table_form form;
    if (!answer->request->rejects) return true;
    table_form_of(answer->request->rejects, &form);
    *rejects = import_rejects(answer, answer->request->rejects, form, err);
    return *rejects != NULL;
}

static bool work(struct app *app, struct import_answer *answer, struct err *err) {
    AUTO(table_out) rejects = NULL;
    AUTO(lock) alone = NULL;
    struct campaign campaign = {0};
    const char *name = answer->request->campaign;
    enum list_kind kind;
    char sha256[SHA256_HEX];
    bool good = kind_of(answer->request->as, &kind, err) && app_db(app, err) &&
                (!name || campaign_load(app->db, name, &campaign, err)) &&
                read_list(app, answer, kind, sha256, &alone, err) &&
                open_rejects(answer, &rejects, err) &&
                (answer->request->dry_run || store(app, answer, kind, sha256, name ? &campaign : NULL, err)) &&
                (!rejects || table_out_commit(rejects, err));
    campaign_release(&campaign);
    return good;
}

/* -- saying ---------------------------------------------------------------------------------------------- */
/* Refusals of the list itself, whose answer is that of an import; others are those of any command. */
static bool of_the_list(const struct err *err) {
    static const char *const CODES[] = {"NO_HEADER",          "TOO_LARGE",   "TOO_MANY_COLUMNS",
                                        "UNSUPPORTED_FORMAT", "ZIP_INVALID", "ZIP_BOMB"};
    for (size_t i = 0; i < COUNT(CODES); i++)
        if (!strcmp(err->code, CODES[i])) return true;
    return false;
}

static int refuse(struct app *app, const struct import_answer *answer, const struct err *err) {
    if (app->format != APP_JSON || !of_the_list(err)) return app_refuse(app, err);
    enum app_format format = app->format;
    app->format = APP_TEXT; /* the sentence goes to standard error, the one object is ours */
    app_refuse(app, err);
    app->format = format;
    AUTO(js) json = import_json(answer, err);
    js_write(json, stdout);
    return EXIT_REFUSED;
}

static bool say(const struct app *app, const struct import_answer *answer, struct err *err) {
    const char *path = answer->request->output;
    AUTO_BUF out = BUF_INIT(ANSWER_BYTES);
    if (app->format == APP_CSV || app->format == APP_XLSX) {
        AUTO(table_out) table = import_rejects(answer, path, app->format == APP_XLSX ? TABLE_XLSX : TABLE_CSV, err);
        return table && table_out_commit(table, err);
    }
    if (app->format == APP_JSON) {
        AUTO(js) json = import_json(answer, NULL);
        js_add_to(json, &out);
        buf_add_char(&out, '\n');
    } else
        import_say_text(answer, &out);
    return output_write(&out, path, err);
}

int import_run(struct app *app, const struct import_request *request) {
    struct err err = {0};
    struct import_answer answer = {.request = request, .file = name_of(request->file), .source = SOURCE_OF(NULL, 0)};
    bool good = work(app, &answer, &err) && say(app, &answer, &err);
    int code = !good ? refuse(app, &answer, &err) : answer.list.rejected_count ? EXIT_PERSON : EXIT_DONE;
    list_result_free(&answer.list);
    source_close(&answer.source);
    buf_release(&answer.memory);
    return code;
}

/* A list must never be written over by its own report. */
static bool is_other_file(const char *option, const char *path, const char *list, struct err *err) {
    struct stat one, other;
    if (!path || stat(path, &one) || stat(list, &other) || one.st_dev != other.st_dev || one.st_ino != other.st_ino || !S_ISREG(one.st_mode))
        return true;
    return err_set(err, ERR_INPUT, "USAGE", "%s %.200s : c'est la liste elle-même ; donnez un autre nom", option, path);
}

static bool check_rejects(const char *path, struct err *err) {
    enum table_form form;
    return !path || table_form_of(path, &form) ||
           err_set(err, ERR_INPUT, "USAGE", "--rejects %.200s : ce nom doit finir par .csv ou .xlsx", path);
}

int cmd_import(struct app *app, int argc, char **argv) {
    struct err err = {0};
    struct import_request request = {.as_of_ms = -1};
    const struct app_option options[] = {{"--campaign", &request.campaign, NULL},
                                         {"--as", &request.as, NULL},
                                         {"--dry-run", NULL, &request.dry_run},
                                         {"--output", &request.output, NULL},
                                         {"--rejects", &request.rejects, NULL},
                                         {"--lines", NULL, &request.with_lines},
                                         {"--allow-downgrade", NULL, &request.allow_downgrade}};
    if (app_arguments(app, argc, argv, options, COUNT(options), &request.file, 1, 1, &err) < 0 ||
        !check_rejects(request.rejects, &err) || !is_other_file("--rejects", request.rejects, request.file, &err) ||
        !is_other_file("--output", request.output, request.file, &err) || !app_output_form(app, request.output, &err))
        return app_refuse(app, &err);
    return import_run(app, &request);
}
