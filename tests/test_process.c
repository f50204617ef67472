/* Locks between processes, and the one name of a file. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/process.h"
#include "base/real_path.h"
#include "tests/tap.h"

static const char *in(const char *name) { /* in the folder we are in */
    static char real[4096];
    if (!getcwd(real, sizeof real - 100)) abort();
    snprintf(real + strlen(real), 90, "/%s", name);
    return real;
}

static void check_real_path(void) {
    static const struct { const char *label, *given, *want; } TABLE[] = {
        {"a file", "file", "file"},
        {"behind a link", "link", "file"},
        {"behind a link to a link, from another folder", "sub/up", "file"},
        {"in a folder behind a link", "away/in", "sub/in"},
        {"with dots", "sub/.././file", "file"},
        {"not there", "absent", "absent"},
        {"not there, in a folder behind a link", "away/absent", "sub/absent"},
        {"behind a link that leads nowhere", "dangling", "sub/missing"},
    };
    bool made = !mkdir("sub", 0700) && !symlink("file", "link") && !symlink("../link", "sub/up") && !symlink("sub", "away") &&
                !symlink("away/missing", "dangling") && !symlink("round", "round");
    for (const char *const *name = (const char *const[]){"file", "sub/in", NULL}; *name; name++) {
        int fd = open(*name, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
        made = made && fd >= 0;
        close(fd);
    }
    CHECK("files and links", made);
    for (size_t i = 0; i < COUNT(TABLE); i++) {
        AUTO_BUF got = BUF_INIT(4096);
        real_path(TABLE[i].given, &got);
        CHECK_TEXT(TABLE[i].label, buf_text(&got), in(TABLE[i].want));
    }
    AUTO_BUF round = BUF_INIT(4096), nowhere = BUF_INIT(4096);
    real_path("round", &round);
    CHECK_TEXT("a link that goes round ends", buf_text(&round), in("round"));
    real_path("nulle/part", &nowhere);
    CHECK_TEXT("without its folder: as given", buf_text(&nowhere), "nulle/part");
}

static void check_lock_in_place(void) {
    struct err err = {0};
    AUTO(lock) lock = lock_open("verrou", LOCK_TRY, &err);
    CHECK("held, and in its place", lock && lock_in_place(lock));
    CHECK("not twice", !lock_open("verrou", LOCK_TRY, &err));
    CHECK("removed", lock && !unlink("verrou") && !lock_in_place(lock));
    AUTO(lock) other = lock_open("verrou", LOCK_TRY, &err);
    CHECK("another in its place", lock && other && !lock_in_place(lock) && lock_in_place(other));
}

/* Whoever waits for a lock whose file is removed meanwhile has the new one, not the old one that nobody else will see. */
static void check_waiter(void) {
    struct err err = {0};
    int status = 1;
    struct lock *lock = lock_open("file d'attente", LOCK_TRY, &err);
    pid_t waiter = fork();
    if (!waiter) {
        lock_close(lock); /* inherited: both have it until both have let go */
        alarm(20);
        AUTO(lock) mine = lock_open("file d'attente", LOCK_WAIT, &err);
        _exit(!mine || !lock_in_place(mine));
    }
    usleep(100000);
    CHECK("its file is removed while somebody waits", lock && !unlink("file d'attente"));
    lock_close(lock);
    CHECK("who has a lock that counts", waitpid(waiter, &status, 0) == waiter && !status);
}

static void check_lock_on_store(void) {
    struct err err = {0};
    AUTO(lock) lock = lock_open_store("file", &err);
    CHECK("held", lock != NULL);
    CHECK("not by another name of it", !lock_open_store("sub/up", &err));
    CHECK_TEXT("and said", err.code, "LOCKED");
    AUTO(lock) another = lock_open_store("sub/in", &err);
    CHECK("another one is another matter", another != NULL);
    CHECK("one that is not there is refused", !lock_open_store("absent", &err) && err.kind == ERR_INPUT);
}

int main(void) {
    char folder[] = "/tmp/relais-test-process.XXXXXX", clean[60];
    if (!mkdtemp(folder) || chdir(folder)) return 1;
    check_real_path();
    check_lock_in_place();
    check_waiter();
    check_lock_on_store();
    snprintf(clean, sizeof clean, "rm -rf '%s'", folder);
    return system(clean) ? 1 : tap_end();
}
