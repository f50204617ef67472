/* What writing and reading a send journal share. Only journal*.c includes this. */
#ifndef MAILER_SEND_JOURNAL_FORMAT_H
#define MAILER_SEND_JOURNAL_FORMAT_H

#include "mailer/send/journal.h"

#define JOURNAL_MAGIC "relais-send-journal"

/* Not against an adversary: against torn and zeroed pages. Any length; not the same when cut in two. */
uint64_t journal_sum(uint64_t sum, const char *bytes, size_t length);
/* One wave's line, and one whole turn with its lines, appended. */
void journal_add_wave(struct buf *out, int64_t wave_id, const char *campaign, const char *wave);
void journal_add_turn(struct buf *out, const struct journal_position *position, const char *lines, size_t length);
/* open(2), its failure told. -1 on error: JOURNAL_MISSING, JOURNAL. */
int journal_open_file(const char *path, int flags, struct err *err);
bool journal_foreign(const char *path, struct err *err);    /* false, and why */
bool journal_unreadable(const char *path, struct err *err); /* errno's */
bool journal_sync_folder(const char *path); /* the one the file is in */

#endif
