/* The two locks under which MTAs write an mbox file: fcntl(2) on the file, FILE.lock beside it (Debian Policy, 11.6). */
#ifndef MAILER_INBOX_MBOX_LOCK_H
#define MAILER_INBOX_MBOX_LOCK_H

#include "base/err.h"

struct mbox_lock {
    int fd;          /* the file's */
    char path[4096]; /* FILE.lock, "" = not held */
};
/* Waits some seconds at most: ERR_RETRY MBOX_LOCKED. ERR_INPUT: the folder cannot be written to. A FILE.lock of an hour ago, or with the number of a process that has ended, is one its
 * owner has left behind, and is taken away. */
bool mbox_lock(struct mbox_lock *lock, int fd, const char *path, struct err *err);
void mbox_lock_sweep(const char *path); /* such a one, now: what a reader that was killed has left keeps MTAs waiting */
void mbox_unlock(struct mbox_lock *lock); /* before fd is closed */

#endif
