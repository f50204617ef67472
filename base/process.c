/* Boot id, lock files, stop signals. */
#include "base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"

void boot_id(char out[BOOT_ID_TEXT]) {
    out[0] = '\0';
    FILE *file = fopen("/proc/sys/kernel/random/boot_id", "re");
    if (!file) return;
    if (!fgets(out, BOOT_ID_TEXT, file)) out[0] = '\0';
    out[strcspn(out, "\n")] = '\0';
    fclose(file);
}

enum { TRY_AGAIN_MS = 20, STORE_BYTE = 0x40000000 + 1024 /* SQLite's end at 0x40000000 + 512 */ };

struct lock {
    int fd;
    char *path;
};

static struct lock *lock_new(const char *path, int fd) {
    struct lock *lock = mem_new(1, sizeof *lock);
    *lock = (struct lock){.fd = fd, .path = text_dup(path)};
    return lock;
}

static bool leads_to(const char *path, int fd) {
    struct stat named, held;
    return !stat(path, &named) && !fstat(fd, &held) && named.st_dev == held.st_dev && named.st_ino == held.st_ino;
}

static int open_lock_file(const char *path, struct err *err) {
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0660);
    if (fd < 0) err_errno(err, ERR_INPUT, "LOCK_FILE", "impossible d'ouvrir le verrou « %s » ; vérifiez les droits du dossier", path);
    return fd;
}

struct lock *lock_open(const char *path, enum lock_wait wait, struct err *err) {
    int fd = open_lock_file(path, err);
    if (fd < 0) return NULL;
    int status;
    /* Tried a few times: somebody who only looks (lock_held) has it for a moment. */
    for (int tries = 5;; tries--, sleep_ms(TRY_AGAIN_MS)) {
        status = flock(fd, LOCK_EX | (wait == LOCK_TRY ? LOCK_NB : 0));
        if (!status && !leads_to(path, fd)) { /* removed while it was waited for: whoever comes next would make another */
            close(fd);
            if ((fd = open_lock_file(path, err)) < 0) return NULL;
            continue;
        }
        if (!status || (errno != EINTR && (errno != EWOULDBLOCK || tries <= 0))) break;
    }
    if (status) {
        char holder[120] = "";
        ssize_t got = pread(fd, holder, sizeof holder - 1, 0);
        if (got > 0) holder[strcspn(holder, "\n")] = '\0';
        err_set(err, ERR_RETRY, "LOCKED", "le verrou « %s » est déjà tenu%s%s", path, *holder ? " par " : "", holder);
        close(fd);
        return NULL;
    }
    return lock_new(path, fd);
}

struct lock *lock_open_store(const char *path, struct err *err) {
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0) {
        err_set(err, ERR_INPUT, "STORE_READONLY", "la base ne peut être ouverte ou écrite ; vérifiez son chemin et les droits du dossier");
        err_at(err, path, 0);
        return NULL;
    }
    struct flock byte = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = STORE_BYTE, .l_len = 1};
    if (!fcntl(fd, F_OFD_SETLK, &byte) || (errno != EAGAIN && errno != EACCES)) return lock_new(path, fd);
    close(fd);
    err_set(err, ERR_RETRY, "LOCKED", "« %s » est déjà tenu", path);
    return NULL;
}

const char *lock_path(const struct lock *lock) { return lock->path; }
bool lock_in_place(const struct lock *lock) { return leads_to(lock->path, lock->fd); }

bool lock_note(struct lock *lock, const char *text, struct err *err) {
    size_t length = strlen(text);
    if (ftruncate(lock->fd, 0) || pwrite(lock->fd, text, length, 0) != (ssize_t)length)
        return err_errno(err, ERR_FATAL, "LOCK_FILE", "impossible d'écrire dans le verrou");
    return true;
}

void lock_close(struct lock *lock) {
    if (!lock) return;
    close(lock->fd);
    free(lock->path);
    free(lock);
}

bool lock_held(const char *path) {
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0) return false;
    bool held = flock(fd, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK;
    close(fd);
    return held;
}

static volatile sig_atomic_t asked_to_stop;

static void on_stop(int number) {
    (void)number;
    asked_to_stop = 1;
}

bool stop_signals_watch(struct err *err) {
    struct sigaction action = {.sa_handler = on_stop};
    sigemptyset(&action.sa_mask);
    if (sigaction(SIGTERM, &action, NULL) || sigaction(SIGINT, &action, NULL))
        return err_errno(err, ERR_FATAL, "SIGNAL", "impossible de surveiller les signaux");
    signal(SIGPIPE, SIG_IGN);
    return true;
}

bool stop_requested(void) { return asked_to_stop != 0; }
