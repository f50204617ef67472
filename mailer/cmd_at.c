/* relais at INSTANT -- COMMAND…: when the daemon's artificial clock reaches an instant, runs a command of the system with
 * the clock standing still, and lets the clock go on. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock_store.h"
#include "base/process.h"
#include "mailer/app.h"

enum { LOOK_MS = 20, WORDS = 60, DAEMON_WAIT_MS = 60000 };

static bool wait_until(struct app *app, int64_t at_ms, struct err *err) {
    int64_t patience_ms = monotonic_ms() + DAEMON_WAIT_MS;
    for (;; sleep_ms(LOOK_MS)) {
        bool followed;
        if (stop_requested()) return err_set(err, ERR_INPUT, "STOPPED", "arrêté avant l'instant demandé");
        if (!clock_follow(app->db, &app->clock, &followed, err)) return false;
        if (followed && app_now_ms(app) >= at_ms) return true;
        if (followed) patience_ms = monotonic_ms() + DAEMON_WAIT_MS;
        else if (monotonic_ms() > patience_ms)
            return err_set(err, ERR_INPUT, "NO_DAEMON", "aucun démon ne tourne sur une horloge artificielle ; lancez « relais daemon --clock … »");
    }
}

static int run_command(const char **words) {
    pid_t pid = fork();
    if (pid < 0) return EXIT_REFUSED;
    if (pid == 0) {
        execvp(words[0], (char *const *)(uintptr_t)words);
        fprintf(stderr, "relais : « %s » : %s\n", words[0], strerror(errno));
        _exit(127);
    }
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
    return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_PERSON;
}

int cmd_at(struct app *app, int argc, char **argv) {
    struct err err = {0};
    const char *words[WORDS + 1] = {NULL};
    int64_t at_ms, appointment;
    int count = app_arguments(app, argc, argv, NULL, 0, words, 2, WORDS, &err);
    if (count < 0) return app_refuse(app, &err);
    if (!instant_parse(words[0], false, &at_ms)) {
        err_set(&err, ERR_INPUT, "USAGE", "instant « %s » non compris ; écrivez par exemple 2026-01-15T14:00:00+01:00", words[0]);
        return app_refuse(app, &err);
    }
    if (!app_db(app, &err) || !stop_signals_watch(&err) || !clock_appoint(app->db, at_ms, &appointment, &err))
        return app_refuse(app, &err);
    bool reached = wait_until(app, at_ms, &err);
    int status = reached ? run_command(words + 1) : app_refuse(app, &err);
    if (!clock_keep(app->db, appointment, &err)) return app_refuse(app, &err);
    return status;
}
