/* Facts about this machine and this process that survive in the database: boot, locks between processes. */
#ifndef BASE_PROCESS_H
#define BASE_PROCESS_H

#include "base/err.h"

enum { BOOT_ID_TEXT = 37 };

/* The kernel's random id of this boot; "" when the machine has none. */
void boot_id(char out[BOOT_ID_TEXT]);

/* A lock file: flock(2), released by the kernel when its holder dies, whatever killed it. */
struct lock;
enum lock_wait { LOCK_TRY, LOCK_WAIT };
/* NULL with ERR_RETRY (code LOCKED) when another process holds it and wait is LOCK_TRY; the holder's note
 * (see lock_note) is quoted in the text. The file is created when absent and never removed. */
struct lock *lock_open(const char *path, enum lock_wait wait, struct err *err);
bool lock_note(struct lock *lock, const char *text, struct err *err); /* "expéditeur, pid 4711" */
void lock_close(struct lock *lock);                                   /* NULL is fine */
bool lock_held(const char *path);                                     /* by anybody, at this instant */
AUTO_CLOSE(lock, lock_close)

/* SIGTERM and SIGINT ask to stop; both are seen here. Returns false when handlers cannot be set. */
bool stop_signals_watch(struct err *err);
bool stop_requested(void);

#endif
