/* relais init [DIR]: a working folder with configuration, key, store with its reference, templates, schedules. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/embedded.h"
#include "base/text.h"
#include "lists/reference_store.h"
#include "mailer/app.h"
#include "mailer/send/journal_store.h"
#include "mailer/send/token.h"

/* What the binary carries, and where init puts it. */
static const struct { const char *prefix, *suffix, *folder; } COPIES[] = {
    {"templates/fr/", ".md", "templates/"}, {"schedules/examples/", ".ics", "schedules/"}};

static bool make_folder(const char *path, struct err *err) {
    struct stat found;
    if (!mkdir(path, 0770) || (errno == EEXIST && !stat(path, &found) && S_ISDIR(found.st_mode))) return true;
    return err_errno(err, ERR_INPUT, "FOLDER", "le dossier « %s » ne peut être créé", path);
}

static bool write_new(const char *path, const char *bytes, size_t length, struct err *err) {
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0660);
    if (fd < 0) return err_errno(err, ERR_INPUT, "FILE", "le fichier « %s » ne peut être créé", path);
    ssize_t wrote = write(fd, bytes, length);
    if (close(fd) || wrote != (ssize_t)length)
        return err_errno(err, ERR_FATAL, "FILE", "le fichier « %s » n'a pu être écrit en entier", path);
    return true;
}

static const char *path_in(const char *folder, const char *name, struct buf *path) {
    buf_clear(path);
    buf_add_format(path, "%s/%s", folder, name);
    return buf_text(path);
}

/* The path a copied file gets below the folder; NULL when the embedded file is not one init copies. */
static const char *place_of(const struct embedded_file *file, struct buf *place) {
    size_t length = strlen(file->name);
    for (size_t i = 0; i < COUNT(COPIES); i++) {
        size_t prefix = strlen(COPIES[i].prefix), suffix = strlen(COPIES[i].suffix);
        if (length <= prefix + suffix || strncmp(file->name, COPIES[i].prefix, prefix) ||
            strcmp(file->name + length - suffix, COPIES[i].suffix))
            continue;
        buf_clear(place);
        buf_add_format(place, "%s%s", COPIES[i].folder, file->name + prefix);
        return buf_text(place);
    }
    return NULL;
}

/* Without a configuration it may be what a killed init has left; only a person can tell. */
static bool nothing_there(const char *folder, struct err *err) {
    static const char *const OURS[] = {"relais.ini", "relais.db", "relais.key", "templates", "schedules"};
    AUTO_BUF path = BUF_INIT(4096);
    bool complete = !access(path_in(folder, OURS[0], &path), F_OK);
    for (size_t i = 0; i < COUNT(OURS); i++)
        if (!access(path_in(folder, OURS[i], &path), F_OK))
            return err_set(err, ERR_INPUT, "EXISTS", "« %s » existe déjà%s ; rien n'a été touché : choisissez un autre dossier%s", buf_text(&path),
                           complete ? "" : ", mais pas relais.ini (un « relais init » interrompu ?)", complete ? "" : ", ou supprimez ces restes");
    return true;
}

/* An init that fails leaves nothing: once there is room again, the same command must work. All of it is ours, since
 * nothing_there has looked. */
static void take_back(const char *folder) {
    static const char *const FILES[] = {"relais.ini", "relais.key", "relais.db", "relais.db-wal", "relais.db-shm", "relais.db-writer"};
    AUTO_BUF path = BUF_INIT(4096);
    AUTO_BUF place = BUF_INIT(4096);
    for (size_t i = 0; i < COUNT(FILES); i++) unlink(path_in(folder, FILES[i], &path));
    for (const struct embedded_file *file = EMBEDDED; file->name; file++) {
        const char *name = place_of(file, &place);
        if (name) unlink(path_in(folder, name, &path));
    }
    rmdir(path_in(folder, "templates", &path));
    rmdir(path_in(folder, "schedules", &path));
}

static bool copy_files(const char *folder, struct err *err) {
    AUTO_BUF path = BUF_INIT(4096);
    AUTO_BUF place = BUF_INIT(4096);
    if (!make_folder(path_in(folder, "templates", &path), err) || !make_folder(path_in(folder, "schedules", &path), err)) return false;
    for (const struct embedded_file *file = EMBEDDED; file->name; file++) {
        const char *name = place_of(file, &place);
        if (name && !write_new(path_in(folder, name, &path), file->bytes, file->length, err)) return false;
    }
    return true;
}

static bool create_store(const struct app *app, const char *folder, struct err *err) {
    AUTO_BUF url = BUF_INIT(4096);
    buf_add_format(&url, "sqlite:%s/relais.db", folder);
    AUTO(db) db = db_open(buf_text(&url), true, err);
    if (!db || !db_migrate(db, err)) return false;
    AUTO(tx) tx = tx_begin(db, TX_DURABLE, err);
    return tx && journal_mark_ensure(db, err) && reference_store_fill(db, app_now_ms(app), app->by_whom, err) && tx_commit(TX_TAKE(tx), err);
}

/* The configuration comes last: a folder that has one is complete. */
static bool fill(const struct app *app, const char *folder, struct err *err) {
    AUTO_BUF path = BUF_INIT(4096);
    const struct embedded_file *example = embedded_find("config.example.ini");
    return create_store(app, folder, err) && token_key_create(path_in(folder, "relais.key", &path), err) && copy_files(folder, err) &&
           write_new(path_in(folder, "relais.ini", &path), example->bytes, example->length, err);
}

static bool init(const struct app *app, const char *folder, struct err *err) {
    bool was_there = !access(folder, F_OK);
    if (!make_folder(folder, err) || !nothing_there(folder, err)) return false;
    if (fill(app, folder, err)) return true;
    take_back(folder);
    if (!was_there) rmdir(folder);
    return false;
}

int cmd_init(struct app *app, int argc, char **argv) {
    struct err err = {0};
    const char *folder = ".";
    if (app_arguments(app, argc, argv, NULL, 0, &folder, 0, 1, &err) < 0 || !init(app, folder, &err)) return app_refuse(app, &err);
    if (app->format == APP_JSON) {
        AUTO(js) answer = js_object();
        js_set_text(answer, "folder", folder);
        js_write(answer, stdout);
    } else
        printf("Dossier prêt : %s\n  relais.ini   la configuration : complétez [smtp], [sender] et [inbox]\n"
               "  templates/   les modèles de messages\n  schedules/   les calendriers de campagne\n"
               "Ensuite : relais -c %s/relais.ini check\n", folder, folder);
    return EXIT_DONE;
}
