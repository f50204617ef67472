/* A campaign's calendar and templates as files, and how they differ from what the database holds. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/text.h"
#include "mailer/cmd_campaign.h"
#include "templates/attachment.h"
#include "templates/mail_template.h"

/* -- reading -------------------------------------------------------------------------------------------------- */
void files_release(struct files *files) {
    for (size_t i = 0; i < files->count; i++) {
        free((void *)(uintptr_t)files->all[i].name);
        free((void *)(uintptr_t)files->all[i].bytes);
    }
}

static bool is_template(const char *name) {
    size_t length = strlen(name);
    return length > 3 && name[0] != '.' && !strcmp(name + length - 3, ".md");
}

static void add_file(struct files *files, const char *name, struct buf *bytes) {
    size_t length = bytes->length;
    files->all[files->count++] = (struct campaign_file){.name = text_dup(name), .bytes = buf_take(bytes), .length = length};
}

static bool room_left(const struct files *files, const char *folder, struct err *err) {
    return files->count < TEMPLATES || err_set(err, ERR_INPUT, "TEMPLATES", "plus de %d modèles et pièces jointes dans « %s »", TEMPLATES, folder);
}

const struct campaign_file *files_find(const struct files *files, const char *name) {
    for (size_t i = 0; i < files->count; i++)
        if (!strcmp(files->all[i].name, name)) return &files->all[i];
    return NULL;
}

/* The files a template names lie beside it; each is kept once, however many templates name it. */
static bool add_attachments(struct files *files, const char *folder, const struct mail_template *template, const char *file,
                            struct err *err) {
    size_t total = 0;
    for (size_t i = 0; i < mail_template_attachments(template); i++) {
        const char *name = mail_template_attachment(template, i);
        const struct campaign_file *known = files_find(files, name);
        AUTO_BUF path = BUF_INIT(4096), bytes = BUF_INIT(0);
        buf_add_format(&path, "%s/%s", folder, name);
        if (!known) {
            if (!app_read_file(buf_text(&path), ATTACHMENTS_MOST_BYTES, &bytes, err) || !room_left(files, folder, err)) return false;
            add_file(files, name, &bytes);
            known = &files->all[files->count - 1];
        }
        total += known->length;
    }
    if (total <= ATTACHMENTS_MOST_BYTES) return true;
    err_set(err, ERR_INPUT, "ATTACHMENT", "les pièces jointes de ce modèle dépassent ensemble %.1f Mo ; mettez un lien dans le texte",
            ATTACHMENTS_MOST_BYTES / 1e6);
    return err_at(err, file, 0);
}

static bool add_template(struct files *files, const char *folder, const char *name, struct err *err) {
    AUTO_BUF path = BUF_INIT(4096);
    AUTO_BUF bytes = BUF_INIT(TEMPLATE_BYTES);
    buf_add_format(&path, "%s/%s", folder, name);
    if (!app_read_file(buf_text(&path), TEMPLATE_BYTES, &bytes, err)) return false;
    AUTO(mail_template) parsed = mail_template_parse(buf_text(&path), buf_text(&bytes), bytes.length, err);
    if (!parsed) return false;
    if (!add_attachments(files, folder, parsed, buf_text(&path), err) || !room_left(files, folder, err)) return false;
    add_file(files, name, &bytes);
    return true;
}

bool files_read(struct files *files, const char *folder, struct err *err) {
    DIR *dir = opendir(folder);
    if (!dir) return err_errno(err, ERR_INPUT, "FOLDER", "le dossier de modèles « %s » ne peut être lu (nommez le bon par --templates)", folder);
    bool good = true;
    for (struct dirent *entry; good && (entry = readdir(dir));)
        if (is_template(entry->d_name)) good = add_template(files, folder, entry->d_name, err);
    closedir(dir);
    return good;
}

void file_place(const char *path, struct buf *out) {
    char *whole = realpath(path, NULL);
    buf_add_text(out, whole ? whole : path);
    free(whole);
}

bool schedule_file_read(const char *path, struct buf *bytes, struct schedule *schedule, struct err *err) {
    if (!app_read_file(path, SCHEDULE_BYTES, bytes, err)) return false;
    return schedule_parse(schedule, buf_text(bytes), bytes->length, err) || err_at(err, path, err->line);
}

/* -- comparing ------------------------------------------------------------------------------------------------ */
bool schedule_same(const struct schedule *a, const struct schedule *b) {
    AUTO_BUF a_text = BUF_INIT(SCHEDULE_BYTES);
    AUTO_BUF b_text = BUF_INIT(SCHEDULE_BYTES);
    struct schedule first = *a, second = *b; /* waves borrowed */
    first.sequence = second.sequence = 0;
    snprintf(second.uid, sizeof second.uid, "%s", first.uid);
    schedule_write(&first, 0, &a_text);
    schedule_write(&second, 0, &b_text);
    return !strcmp(buf_text(&a_text), buf_text(&b_text));
}

static bool schedule_differs(const struct campaign *campaign, const char *file) {
    AUTO_BUF bytes = BUF_INIT(SCHEDULE_BYTES);
    struct schedule schedule;
    struct err ignored = {0};
    if (!*file || access(file, F_OK)) return false;
    if (!schedule_file_read(file, &bytes, &schedule, &ignored)) return true;
    bool differs = !schedule_same(&schedule, &campaign->schedule);
    schedule_release(&schedule);
    return differs;
}

static bool template_differs(const char *folder, const char *name, const char *sha256) {
    AUTO_BUF path = BUF_INIT(PLACE_BYTES + 256);
    AUTO_BUF bytes = BUF_INIT(FILE_BYTES);
    struct err ignored = {0};
    char found[SHA256_HEX];
    buf_add_format(&path, "%s/%s", folder, name);
    if (access(buf_text(&path), F_OK)) return false;
    if (!app_read_file(buf_text(&path), FILE_BYTES, &bytes, &ignored)) return true;
    sha256_hex(buf_text(&bytes), bytes.length, found);
    return strcmp(found, sha256) != 0;
}

struct js *campaign_files_differing(struct app *app, const struct campaign *campaign, struct err *err) {
    AUTO(js) names = js_array();
    AUTO(db_rows) rows = db_query(app->db, err,
                                  "SELECT c.schedule_file, c.templates_folder, t.name, t.sha256 FROM campaign c "
                                  "JOIN campaign_template t ON t.campaign_id = c.id WHERE c.id = $1 ORDER BY t.name", DB_I(campaign->id));
    int got;
    for (bool first = true; (got = db_next(rows, err)) > 0; first = false) {
        if (first && schedule_differs(campaign, db_text(rows, 0))) js_add_text(names, db_text(rows, 0));
        if (template_differs(db_text(rows, 1), db_text(rows, 2), db_text(rows, 3))) js_add_text(names, db_text(rows, 2));
    }
    if (got < 0) return NULL;
    struct js *answer = names;
    names = NULL;
    return answer;
}

void campaign_files_sentence(const struct js *differing, const char *campaign, struct buf *out) {
    size_t count = js_count(differing);
    if (!count) return;
    for (size_t i = 0; i < count; i++) buf_add_format(out, "%s%s", i ? ", " : "", js_text(js_at(differing, i)));
    buf_add_format(out, " : %s de ce que la base contient ; « relais campaign update %s » %s prend, « relais campaign export %s » écrit ce qu'elle contient",
                   count > 1 ? "ces fichiers diffèrent" : "ce fichier diffère", campaign, count > 1 ? "les" : "le", campaign);
}
