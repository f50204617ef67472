/* relais campaign export C [DIR] [--force]: the calendar and templates as the database holds them, DIR/C.ics and DIR/templates/,
 * byte for byte; what is there and differs is never overwritten unless it is said. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "mailer/cmd_campaign.h"
#include "mailer/reports/output.h"

struct export { struct app *app; const char *folder; bool force; struct js *written, *kept; struct buf in_the_way; };

/* What is to be done with one file, looked at before anything is done, and then done. */
typedef bool file_act(struct export *export, const char *path, const char *bytes, size_t length, struct err *err);

static bool same_there(const char *path, const char *bytes, size_t length, bool *there) {
    AUTO_BUF found = BUF_INIT(FILE_BYTES);
    struct err ignored = {0};
    *there = !access(path, F_OK);
    return *there && app_read_file(path, FILE_BYTES, &found, &ignored) && found.length == length && !memcmp(buf_text(&found), bytes, length);
}

static bool look(struct export *export, const char *path, const char *bytes, size_t length, struct err *err) {
    bool there, same = same_there(path, bytes, length, &there);
    (void)err;
    if (there && !same) buf_add_format(&export->in_the_way, "%s%s", export->in_the_way.length ? ", " : "", path);
    return true;
}

static bool write_one(struct export *export, const char *path, const char *bytes, size_t length, struct err *err) {
    bool there;
    if (same_there(path, bytes, length, &there)) return js_add_text(export->kept, path), true;
    AUTO_BUF copy = BUF_INIT(FILE_BYTES);
    buf_add(&copy, bytes, length);
    js_add_text(export->written, path);
    return output_write(&copy, path, err);
}

static bool each_file(struct export *export, const char *campaign, file_act *act, struct err *err) {
    AUTO(db_rows) rows = db_query(export->app->db, err,
                                  "SELECT '' AS name, d.bytes FROM campaign c JOIN document d ON d.sha256 = c.schedule WHERE c.name = $1 UNION ALL "
                                  "SELECT t.name, d.bytes FROM campaign c JOIN campaign_template t ON t.campaign_id = c.id "
                                  "JOIN document d ON d.sha256 = t.sha256 WHERE c.name = $1 ORDER BY 1", DB_T(campaign));
    int got;
    while ((got = db_next(rows, err)) > 0) {
        AUTO_BUF path = BUF_INIT(PLACE_BYTES);
        size_t length;
        const char *bytes = db_bytes(rows, 1, &length), *name = db_text(rows, 0);
        if (*name) buf_add_format(&path, "%s/templates/%s", export->folder, name);
        else buf_add_format(&path, "%s/%s.ics", export->folder, campaign);
        if (!act(export, buf_text(&path), bytes, length, err)) return false;
    }
    return got == 0;
}

static bool make_folder(const char *path, struct err *err) {
    struct stat found;
    if (!mkdir(path, 0770) || (errno == EEXIST && !stat(path, &found) && S_ISDIR(found.st_mode))) return true;
    return err_errno(err, ERR_INPUT, "FOLDER", "le dossier « %s » ne peut être créé", path);
}

static bool write_all(struct export *export, const char *campaign, struct err *err) {
    AUTO_BUF templates = BUF_INIT(PLACE_BYTES);
    buf_add_format(&templates, "%s/templates", export->folder);
    if (!each_file(export, campaign, look, err)) return false;
    if (export->in_the_way.length && !export->force)
        return err_set(err, ERR_INPUT, "EXISTS", "rien n'est écrit, car ces fichiers existent et diffèrent : %.1500s ; choisissez un autre dossier, ou --force pour les remplacer",
                       buf_text(&export->in_the_way));
    return make_folder(export->folder, err) && make_folder(buf_text(&templates), err) && each_file(export, campaign, write_one, err);
}

static void say(const struct export *export, const char *campaign) {
    if (export->app->format == APP_JSON) {
        AUTO(js) answer = js_object();
        js_set_text(answer, "campaign", campaign);
        js_set_text(answer, "folder", export->folder);
        js_set(answer, "written", export->written);
        js_set(answer, "unchanged", export->kept);
        js_write(answer, stdout);
        return;
    }
    for (size_t i = 0; i < js_count(export->written); i++) printf("écrit     %s\n", js_text(js_at(export->written, i)));
    for (size_t i = 0; i < js_count(export->kept); i++) printf("inchangé  %s\n", js_text(js_at(export->kept, i)));
    js_free(export->written);
    js_free(export->kept);
}

int cmd_campaign_export(struct app *app, int argc, char **argv) {
    struct err err = {0};
    struct export export = {.app = app, .in_the_way = BUF_INIT(1 << 16)};
    struct campaign campaign = {0};
    const char *words[3] = {NULL, NULL, NULL};
    const struct app_option options[] = {{"--force", NULL, &export.force}};
    bool good = app_arguments(app, argc, argv, options, COUNT(options), words, 2, 3, &err) >= 0 && app_db(app, &err) &&
                campaign_load(app->db, words[1], &campaign, &err);
    export.folder = words[2] ? words[2] : campaign.name;
    export.written = js_array();
    export.kept = js_array();
    good = good && write_all(&export, campaign.name, &err);
    if (good) say(&export, campaign.name);
    else {
        js_free(export.written);
        js_free(export.kept);
    }
    buf_release(&export.in_the_way);
    campaign_release(&campaign);
    return good ? EXIT_DONE : app_refuse(app, &err);
}
