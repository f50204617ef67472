/* One sender a database. Two locks say so: the file DATABASE-send, at which others look too, and a byte of the database itself, which holds
 * also for whoever names the database differently, and for whoever finds that file removed.
 *
 * Both are asked for before the database is opened, so that a second sender is refused at once whoever holds the database. */
#include <stdlib.h>
#include <stdio.h>
#include <unistd.h>

#include "base/process.h"
#include "mailer/role_send_alone.h"
#include "mailer/store_path.h"

enum { LOOK_EVERY_MS = 200 };

struct only_sender {
    struct lock *named, *of_store;
    int64_t again_ms; /* monotonic */
};

static bool note(struct lock *lock, struct err *err) {
    char text[120], boot[BOOT_ID_TEXT];
    boot_id(boot);
    snprintf(text, sizeof text, "expéditeur, pid %d, démarrage %s\n", (int)getpid(), boot);
    return lock_note(lock, text, err);
}

static bool lock_both(struct only_sender *only, const struct settings *settings, const char *store, struct err *err) {
    AUTO_BUF path = BUF_INIT(4096);
    store_lock_path(settings, "send", &path);
    return (only->named = lock_open(buf_text(&path), LOCK_TRY, err)) && (only->of_store = lock_open_store(store, err)) && note(only->named, err);
}

static void let_go(struct only_sender *only) {
    lock_close(only->of_store);
    lock_close(only->named);
    free(only);
}

struct only_sender *only_sender_begin(struct app *app, struct err *err) {
    AUTO_BUF store = BUF_INIT(4096);
    if (!app_settings(app, err)) return NULL;
    store_file(app->settings, &store);
    /* Where there is none, opening it says so better than a lock beside it would. */
    if (access(buf_text(&store), F_OK) && !app_db(app, err)) return NULL;
    struct only_sender *only = mem_new(1, sizeof *only);
    if (lock_both(only, app->settings, buf_text(&store), err)) return only;
    if (err->kind == ERR_RETRY)
        err_set(err, ERR_INPUT, "SECOND_SENDER", "un autre expéditeur travaille déjà sur cette base ; il n'en faut qu'un");
    let_go(only);
    return NULL;
}

bool only_sender_stands(struct only_sender *only, const struct db *db, const struct journal *journal, struct err *err) {
    int64_t now_ms = monotonic_ms();
    if (!only || now_ms < only->again_ms) return true;
    only->again_ms = now_ms + LOOK_EVERY_MS;
    if (!db_in_place(db, err) || !journal_in_place(journal, err)) return false;
    return lock_in_place(only->named) ||
           err_set(err, ERR_FATAL, "SENDER_LOCK", "le verrou « %s » a été supprimé ou remplacé : plus rien ne part, car un autre expéditeur pourrait "
                   "travailler sur cette base ; relancez celui-ci, et laissez ce fichier à sa place", lock_path(only->named));
}

void only_sender_end(struct only_sender *only, struct app *app) {
    if (!only) return;
    db_close(app->db);
    app->db = NULL;
    let_go(only);
}
