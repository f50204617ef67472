/* Both locks or none: whoever holds one and waits for the other lets go in between, so that no order of taking them can deadlock. */
#include "mailer/inbox/mbox_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/process.h"

enum { WAIT_MS = 5000, AGAIN_MS = 50, FORGOTTEN_S = 3600 };

static bool lock_file(int fd, short type) {
    struct flock whole = {.l_type = type, .l_whence = SEEK_SET};
    return !fcntl(fd, F_OFD_SETLK, &whole); /* of the open file, not of the process: another fd that is closed does not undo it; it excludes plain ones */
}

/* The process it names has ended: ours, killed; so do liblockfile's users. */
static bool owner_is_gone(int fd) {
    char text[24] = "";
    long pid = read(fd, text, sizeof text - 1) > 0 ? strtol(text, NULL, 10) : 0;
    return pid > 1 && pid <= INT_MAX && kill((pid_t)pid, 0) && errno == ESRCH;
}

static bool forgotten(const char *path) {
    struct stat info;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    bool found = fd >= 0 && !fstat(fd, &info) && S_ISREG(info.st_mode);
    bool is = found && (time(NULL) - info.st_mtime > FORGOTTEN_S || owner_is_gone(fd));
    if (fd >= 0) close(fd);
    return is;
}

/* 1 = ours, 0 = somebody's, -1 = cannot be made. */
static int make_lock_file(const char *path) {
    char text[24];
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0444);
    bool taken = fd < 0 && errno == EEXIST;
    if (taken && forgotten(path)) unlink(path);
    if (fd < 0) return taken ? 0 : -1;
    snprintf(text, sizeof text, "%ld\n", (long)getpid());
    if (write(fd, text, strlen(text)) < 0) text[0] = '\0'; /* a note for people, no more */
    close(fd);
    return 1;
}

bool mbox_lock(struct mbox_lock *lock, int fd, const char *path, struct err *err) {
    char beside[sizeof lock->path];
    *lock = (struct mbox_lock){.fd = fd};
    if ((size_t)snprintf(beside, sizeof beside, "%s.lock", path) >= sizeof beside) return err_set(err, ERR_INPUT, "MBOX", "mbox : chemin trop long");
    for (int64_t until_ms = monotonic_ms() + WAIT_MS;; sleep_ms(AGAIN_MS)) {
        int made = lock_file(fd, F_WRLCK) ? make_lock_file(beside) : 0;
        if (made > 0) return snprintf(lock->path, sizeof lock->path, "%s", beside), true;
        int why = errno;
        lock_file(fd, F_UNLCK);
        errno = why;
        if (made < 0) return err_errno(err, ERR_INPUT, "MBOX", "mbox : « %s » ne peut être créé ; donnez à Relais le droit d'écrire dans ce dossier (groupe mail)", beside);
        if (monotonic_ms() >= until_ms || stop_requested()) return err_set(err, ERR_RETRY, "MBOX_LOCKED", "mbox : « %s » est verrouillé par un autre programme", path);
    }
}

void mbox_lock_sweep(const char *path) {
    char beside[sizeof ((struct mbox_lock *)0)->path];
    if ((size_t)snprintf(beside, sizeof beside, "%s.lock", path) < sizeof beside && forgotten(beside)) unlink(beside);
}

void mbox_unlock(struct mbox_lock *lock) {
    if (!*lock->path) return;
    unlink(lock->path);
    lock_file(lock->fd, F_UNLCK);
    *lock->path = '\0';
}
