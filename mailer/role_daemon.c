/* The daemon: starts the roles, starts them again when they die, moves an automatic clock. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock_store.h"
#include "base/log.h"
#include "base/process.h"
#include "mailer/role_settings.h"
#include "mailer/role_inbox_sources.h"
#include "mailer/roles.h"
#include "mailer/store_path.h"

enum { RESTART_MS = 1000, RESTART_LONGEST_MS = 60000, TURN_MS = 10, STOP_MS = 35000, QUICK_END_MS = 3000 };

struct role {
    const char *name;
    const char *lock; /* of the one process that may play it; NULL = none */
    pid_t pid; /* 0 = not running */
    int failures;
    int64_t started_ms, restart_ms; /* monotonic */
    bool waiting;
};

static void start_role(struct role *role, const struct app *app) {
    fflush(NULL);
    role->started_ms = monotonic_ms();
    pid_t parent = getpid();
    role->pid = fork();
    if (role->pid) {
        if (role->pid < 0) {
            role->pid = 0;
            role->restart_ms = monotonic_ms() + RESTART_MS;
            log_write(LOG_ERROR, "role %s: fork: %s", role->name, strerror(errno));
        }
        return;
    }
    /* A daemon killed outright takes its roles with it. */
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) _exit(EXIT_PERSON);
    unsetenv("RELAIS_CLOCK"); /* roles follow the clock in the database */
    execl("/proc/self/exe", "relais", "-c", app->config_file, role->name, (char *)NULL);
    _exit(127);
}

/* A role that refuses to start has a configuration to be mended: true, the daemon ends too. */
static bool role_ended(struct role *role, int status) {
    int64_t lived_ms = monotonic_ms() - role->started_ms;
    role->pid = 0;
    if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_REFUSED && lived_ms < QUICK_END_MS) return true;
    role->failures = lived_ms < RESTART_LONGEST_MS ? role->failures + 1 : 1;
    int64_t wait_ms = RESTART_MS;
    for (int i = 1; i < role->failures && wait_ms < RESTART_LONGEST_MS; i++) wait_ms *= 2;
    role->restart_ms = monotonic_ms() + min_i64(wait_ms, RESTART_LONGEST_MS);
    log_write(LOG_ERROR, "role %s ended (%s %d); starting it again in %" PRId64 " s", role->name,
              WIFSIGNALED(status) ? "signal" : "status", WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status),
              min_i64(wait_ms, RESTART_LONGEST_MS) / 1000);
    return false;
}

/* The sender of a daemon that was killed outright finishes its dots first (30 s at most): a new one waits for it. */
static bool still_played(struct role *role) {
    if (!role->lock || !lock_held(role->lock)) return role->waiting = false;
    if (!role->waiting) log_write(LOG_WARNING, "role %s: another process still plays it; waiting for its end", role->name);
    role->restart_ms = monotonic_ms() + 10 * TURN_MS;
    return role->waiting = true;
}

static bool look_after(struct role *roles, size_t count, const struct app *app) {
    int status;
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;)
        for (size_t i = 0; i < count; i++)
            if (roles[i].pid == pid && role_ended(&roles[i], status)) return false;
    for (size_t i = 0; i < count; i++)
        if (!roles[i].pid && monotonic_ms() >= roles[i].restart_ms && !still_played(&roles[i])) start_role(&roles[i], app);
    return true;
}

static void stop_roles(struct role *roles, size_t count) {
    int64_t until_ms = monotonic_ms() + STOP_MS;
    bool any = true;
    for (size_t i = 0; i < count; i++)
        if (roles[i].pid) kill(roles[i].pid, SIGTERM);
    while (any) {
        any = false;
        for (size_t i = 0; i < count; i++) {
            if (roles[i].pid && waitpid(roles[i].pid, NULL, WNOHANG) == roles[i].pid) roles[i].pid = 0;
            if (roles[i].pid && monotonic_ms() >= until_ms) kill(roles[i].pid, SIGKILL);
            any |= roles[i].pid != 0;
        }
        if (any) sleep_ms(TURN_MS);
    }
}

static int run(struct app *app, struct role *roles, size_t count, int64_t until_ms, bool until_done) {
    struct err err = {0};
    const char *names[4];
    int64_t settle_ms = settings_ms(app->settings, "daemon", "auto_settle");
    for (size_t i = 0; i < count; i++) names[i] = roles[i].name;
    while (!stop_requested()) {
        bool moved, ended;
        if (!look_after(roles, count, app)) {
            log_last_words("un rôle refuse de démarrer (sa raison est ci-dessus) ; le démon s'arrête");
            return EXIT_REFUSED;
        }
        if (!clock_advance(app->db, &app->clock, names, count, settle_ms, until_ms, &moved, &ended, &err)) {
            if (err.kind != ERR_RETRY) return app_refuse(app, &err);
        } else if (ended && (until_done || until_ms != NO_INSTANT)) return EXIT_DONE;
        if (app->clock.mode == CLOCK_SPEED && until_ms != NO_INSTANT && app_now_ms(app) >= until_ms) return EXIT_DONE;
        sleep_ms(app->clock.mode == CLOCK_AUTO ? TURN_MS : 20 * TURN_MS);
    }
    return EXIT_DONE;
}

static bool has_inbox(const struct settings *settings) {
    const char *section;
    for (size_t i = 0; (section = settings_section(settings, "inbox", i)); i++)
        if (inbox_source_named(settings, section)) return true;
    return false;
}

static struct lock *become_the_daemon(const struct app *app, struct err *err) {
    AUTO_BUF path = BUF_INIT(4096);
    store_lock_path(app->settings, "daemon", &path);
    struct lock *lock = lock_open(buf_text(&path), LOCK_TRY, err);
    if (!lock && err->kind == ERR_RETRY)
        err_set(err, ERR_INPUT, "SECOND_DAEMON", "un démon travaille déjà sur cette base");
    return lock;
}

/* An anchor still there is that of a daemon that was killed: started again on an artificial clock of the same kind, it goes
 * on from where the roles had come to, not from the beginning. */
static bool resume_clock(struct app *app, struct err *err) {
    struct clock left = app->clock;
    bool found;
    if (!clock_artificial(&app->clock)) return true;
    if (!clock_follow(app->db, &left, &found, err)) return false;
    if (!found || left.mode != app->clock.mode || clock_now_ms(&left) <= app_now_ms(app)) return true;
    app->clock.virtual_ms = clock_now_ms(&left);
    app->clock.real_ms = realtime_ms();
    log_write(LOG_WARNING, "an earlier daemon was killed: its clock goes on from there");
    return true;
}

int role_daemon(struct app *app, int64_t until_ms, bool until_done) {
    struct err err = {0};
    struct sending_settings sending = {0};
    if (!app_db(app, &err)) return app_refuse(app, &err);
    bool good = sending_settings_read(app, &sending, &err); /* refused here, before anything runs */
    sending_settings_release(&sending);
    AUTO(lock) only_one = good ? become_the_daemon(app, &err) : NULL;
    if (!only_one || !stop_signals_watch(&err) || !resume_clock(app, &err) || !clock_anchor(app->db, &app->clock, &err)) return app_refuse(app, &err);
    AUTO_BUF sender_lock = BUF_INIT(4096);
    store_lock_path(app->settings, "send", &sender_lock);
    struct role roles[2] = {{.name = "send", .lock = buf_text(&sender_lock)}};
    size_t count = 1;
    if (has_inbox(app->settings)) roles[count++] = (struct role){.name = "inbox"};
    else log_write(LOG_WARNING, "no [inbox] names a source: what comes back is not read");
    int status = run(app, roles, count, until_ms, until_done);
    stop_roles(roles, count);
    struct clock real = clock_real();
    if (clock_artificial(&app->clock) && !clock_anchor(app->db, &real, &err)) app_refuse(app, &err);
    return status;
}
