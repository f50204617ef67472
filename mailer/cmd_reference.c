/* relais reference update DIR|FILE [--year A] [--force] [--dry-run] · relais reference show */
#include "mailer/cmd_reference.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/process.h"
#include "base/text.h"
#include "mailer/french_moments.h"
#include "mailer/reports/output.h"
#include "mailer/store_path.h"

enum { REFERENCE_BYTES = 64 << 20, ANSWER_BYTES = 64 << 20, OLDEST_YEAR = 2000, NEWEST_YEAR = 2100, PATH_BYTES = 4096 };

struct request {
    const char *path, *year;
    bool force, dry_run;
};
struct opened { /* the files of one reference; those of a folder, or one alone */
    char paths[REFERENCE_PARTS][PATH_BYTES];
    struct buf memory[REFERENCE_PARTS];
    struct reference_file files[REFERENCE_PARTS];
};

/* -- which files ------------------------------------------------------------------------------------------ */
/* Of several years in a folder the one asked for, else the newest. */
static bool find_collectivities(const char *folder, int wanted, char path[PATH_BYTES], struct err *err) {
    int newest = 0;
    DIR *open = opendir(folder);
    if (!open) return err_errno(err, ERR_INPUT, "FILE", "le dossier « %s » ne peut être lu", folder);
    for (struct dirent *entry; (entry = readdir(open));) {
        int year = reference_year_of(entry->d_name);
        if (!year || (wanted && year != wanted) || year < newest || strcmp(strrchr(entry->d_name, '.'), ".csv")) continue;
        newest = year;
        snprintf(path, PATH_BYTES, "%.3000s/%.255s", folder, entry->d_name);
    }
    closedir(open);
    if (newest) return true;
    if (wanted)
        return err_set(err, ERR_INPUT, "REFERENCE_MISSING", "« %s » ne contient pas collectivites-%d.csv ; faites-le par tools/make_reference.py", folder, wanted);
    return err_set(err, ERR_INPUT, "REFERENCE_MISSING",
                   "« %s » ne contient pas de fichier collectivites-AAAA.csv ; faites-le par tools/make_reference.py", folder);
}

static bool find_files(const struct request *request, int year, struct opened *opened, struct err *err) {
    struct stat found;
    if (!strcmp(request->path, "-") || stat(request->path, &found) || !S_ISDIR(found.st_mode)) {
        snprintf(opened->paths[REFERENCE_COLLECTIVITIES], PATH_BYTES, "%s", request->path);
        return true;
    }
    snprintf(opened->paths[REFERENCE_DEPARTMENTS], PATH_BYTES, "%.3000s/%s", request->path, REFERENCE_FILE[REFERENCE_DEPARTMENTS]);
    snprintf(opened->paths[REFERENCE_FORMER], PATH_BYTES, "%.3000s/%s", request->path, REFERENCE_FILE[REFERENCE_FORMER]);
    return find_collectivities(request->path, year, opened->paths[REFERENCE_COLLECTIVITIES], err);
}

static bool open_files(struct opened *opened, struct err *err) {
    for (size_t i = 0; i < REFERENCE_PARTS; i++) {
        struct reference_file *file = &opened->files[i];
        opened->memory[i] = (struct buf)BUF_INIT(REFERENCE_BYTES);
        if (!*opened->paths[i]) continue;
        if (!source_open(&file->source, opened->paths[i], REFERENCE_BYTES, &opened->memory[i], err)) return err_at(err, opened->paths[i], 0);
        file->name = opened->paths[i];
        file->given = true;
    }
    return true;
}

static void close_files(struct opened *opened) {
    for (size_t i = 0; i < REFERENCE_PARTS; i++) {
        if (opened->files[i].given) source_close(&opened->files[i].source);
        buf_release(&opened->memory[i]);
    }
    free(opened);
}

/* -- which year ------------------------------------------------------------------------------------------- */
static bool parse_year(const char *text, int *year, struct err *err) {
    *year = text && strlen(text) == 4 && strspn(text, "0123456789") == 4 ? atoi(text) : 0;
    if (!text || (*year >= OLDEST_YEAR && *year < NEWEST_YEAR)) return true;
    return err_set(err, ERR_INPUT, "USAGE", "--year %.40s : écrivez une année, comme 2027", text);
}

static bool settle_year(const struct opened *opened, struct reference_answer *answer, struct err *err) {
    if (!answer->year) answer->year = reference_year_of(opened->paths[REFERENCE_COLLECTIVITIES]);
    return answer->year || err_set(err, ERR_INPUT, "REFERENCE_YEAR",
                                   "de quelle année est « %.200s » ? son nom ne le dit pas (collectivites-2027.csv) ; ajoutez --year 2027",
                                   opened->paths[REFERENCE_COLLECTIVITIES]);
}

static bool check_year(const struct reference_answer *answer, bool force, struct err *err) {
    if (force || answer->year >= answer->year_before) return true;
    return err_set(err, ERR_INPUT, "REFERENCE_OLDER",
                   "le référentiel %d est déjà en vigueur : %d le remplacerait par un plus ancien ; si c'est voulu, ajoutez --force",
                   answer->year_before, answer->year);
}

/* -- doing it: visible at once, or not at all; a dry run does it too, and lets go ------------------------ */
static bool change_store(struct app *app, struct reference_answer *answer, bool force, struct err *err) {
    int64_t now_ms = app_now_ms(app);
    AUTO_BUF source = BUF_INIT(400);
    buf_add_format(&source, "référentiel %d", answer->year);
    const struct reference_note note = {.year = answer->year, .source = buf_text(&source), .by_whom = app->by_whom, .at_ms = now_ms};
    char today[11];
    day_write(local_day(PARIS, now_ms), today);
    AUTO_BUF path = BUF_INIT(PATH_BYTES);
    store_lock_path(app->settings, "import", &path); /* a list being staged was understood by the reference before */
    AUTO(lock) alone = lock_open(buf_text(&path), LOCK_WAIT, err);
    if (!alone) return false;
    AUTO(tx) tx = tx_begin(app->db, TX_DURABLE, err);
    if (!tx || (answer->year_before = reference_store_year(app->db, err)) < 0 || !check_year(answer, force, err) ||
        !reference_store_compare(app->db, answer->read, &answer->before, &answer->change, err))
        return false;
    if (answer->before && !force && !reference_plausible(answer->before, answer->read, err)) return err_at(err, answer->source, 0);
    return reference_store_apply(app->db, answer->read, &answer->change, &note, &answer->contacts, err) &&
           succession_follow(app->db, &answer->change, today, now_ms, buf_text(&source), app->by_whom, &answer->successions, err) &&
           (answer->dry_run || tx_commit(TX_TAKE(tx), err));
}

static bool update(struct app *app, const struct request *request, struct reference_answer *answer, struct err *err) {
    struct opened *opened = mem_new(1, sizeof *opened);
    bool good = parse_year(request->year, &answer->year, err) && app_db(app, err) &&
                find_files(request, answer->year, opened, err) && settle_year(opened, answer, err) && open_files(opened, err);
    /* What is known of departments and former codes stands where no file says it anew. */
    AUTO(reference) known = good ? reference_store_load(app->db, err) : NULL;
    if (good && !known && strcmp(err->code, "REFERENCE_EMPTY")) good = false;
    if (good) answer->read = reference_read(opened->files, known, &answer->remarks, err);
    good = good && answer->read && change_store(app, answer, request->force, err);
    close_files(opened);
    return good;
}

static bool say(const struct app *app, const struct reference_answer *answer, struct err *err) {
    AUTO_BUF out = BUF_INIT(ANSWER_BYTES);
    if (app->format == APP_JSON) {
        AUTO(js) json = reference_answer_json(answer);
        return js_write(json, stdout), true;
    }
    if (app->format == APP_CSV) reference_answer_csv(answer, &out);
    else reference_answer_text(answer, &out);
    return output_write(&out, NULL, err);
}

static int run_update(struct app *app, const struct request *request) {
    struct err err = {0};
    struct reference_answer answer = {.source = request->path, .dry_run = request->dry_run};
    bool good = update(app, request, &answer, &err) && say(app, &answer, &err);
    int code = !good ? app_refuse(app, &err) : reference_without_successor(&answer) ? EXIT_PERSON : EXIT_DONE;
    reference_change_release(&answer.change);
    successions_release(&answer.successions);
    remarks_release(&answer.remarks);
    reference_free(answer.before);
    reference_free(answer.read);
    return code;
}

int cmd_reference(struct app *app, int argc, char **argv) {
    struct err err = {0};
    struct request request = {0};
    const char *words[2] = {NULL, NULL};
    const struct app_option options[] = {{"--year", &request.year, NULL}, {"--force", NULL, &request.force},
                                         {"--dry-run", NULL, &request.dry_run}};
    int count = app_arguments(app, argc, argv, options, COUNT(options), words, 1, 2, &err);
    if (count < 0) return app_refuse(app, &err);
    bool is_update = !strcmp(words[0], "update");
    request.path = words[1];
    if (count == (is_update ? 2 : 1) && (is_update || !strcmp(words[0], "show")))
        return is_update ? run_update(app, &request) : reference_show(app);
    err_set(&err, ERR_INPUT, "USAGE",
            "« relais reference %.40s » : écrivez « relais reference update DOSSIER » ou « relais reference show »", words[0]);
    return app_refuse(app, &err);
}
