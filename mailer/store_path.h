/* Where the store lies, relative to the configuration, and the lock files beside it. */
#ifndef MAILER_STORE_PATH_H
#define MAILER_STORE_PATH_H

#include "base/buf.h"
#include "base/settings.h"

void store_url(const struct settings *settings, struct buf *url);
/* The database's path as the configuration has it. */
void store_file(const struct settings *settings, struct buf *path);
/* name: "send" (one sender), "daemon" (one daemon). Appends "DATABASE-NAME", DATABASE without links: a database that has two names has
 * one lock. */
void store_lock_path(const struct settings *settings, const char *name, struct buf *path);
/* [store] journal, or "DATABASE-send-journal" (mailer/send/journal.h). */
void store_journal_path(const struct settings *settings, struct buf *path);

#endif
