/* Facts about this machine and this process that survive in the database: boot, locks between processes. */
#ifndef BASE_PROCESS_H
#define BASE_PROCESS_H

#include "base/err.h"

enum { BOOT_ID_TEXT = 37 };

/* The kernel's random id of this boot; "" when the machine has none. */
void boot_id(char out[BOOT_ID_TEXT]);

/* A lock file: flock(2), released by the kernel when its holder dies, whatever killed it. Who removes the file or puts another in its
 * place lets a second holder in: lock_in_place tells the first. */
struct lock;
enum lock_wait { LOCK_TRY, LOCK_WAIT };
/* NULL with ERR_RETRY (code LOCKED) when another process holds it and wait is LOCK_TRY; the holder's note
 * (see lock_note) is quoted in the text. The file is created when absent and never removed. */
struct lock *lock_open(const char *path, enum lock_wait wait, struct err *err);
bool lock_note(struct lock *lock, const char *text, struct err *err); /* "expéditeur, pid 4711" */
void lock_close(struct lock *lock);                                   /* NULL is fine */
const char *lock_path(const struct lock *lock);                       /* borrowed */
bool lock_held(const char *path);                                     /* by anybody, at this instant */
bool lock_in_place(const struct lock *lock);                          /* its path still leads to the file that is locked */
/* A lock on a database file itself, which no other name of it and no removal of a lock file gets round: one byte far behind those that
 * SQLite locks. Where the file system has no such locks (they belong to the open file, not to the process) it keeps nobody out. NULL with
 * ERR_RETRY LOCKED as above. Closing it drops SQLite's own locks on that file: close the database first. */
struct lock *lock_open_store(const char *path, struct err *err);
AUTO_CLOSE(lock, lock_close)

/* SIGTERM and SIGINT ask to stop; both are seen here. Returns false when handlers cannot be set. */
bool stop_signals_watch(struct err *err);
bool stop_requested(void);

#endif
