/* A Maildir as a source of returned messages: read where they lie, moved to a subfolder once they are safe.
 */
#ifndef MAILER_INBOX_SOURCE_MAILDIR_H
#define MAILER_INBOX_SOURCE_MAILDIR_H

#include "base/buf.h"
#include "base/err.h"

struct maildir;
/* path has new/ and cur/; done_folder ("." and a name, Maildir++) is created in it when missing. ERR_INPUT
 * naming the folder and the remedy when one of them cannot be read or written. */
struct maildir *maildir_open(const char *path, const char *done_folder, struct err *err);
void maildir_close(struct maildir *maildir); /* NULL is fine */
AUTO_CLOSE(maildir, maildir_close)

/* Lists what is there now: new/ and cur/, in order of name (which begins with the time of delivery). tmp/ is
 * the delivery agent's. Returns how many, -1 on error. */
int64_t maildir_list(struct maildir *maildir, struct err *err);
const char *maildir_name(const struct maildir *maildir, int64_t index); /* "new/…", for the log; borrowed */
/* The message, its first limit bytes at most: *cut when there is more. 1 read, 0 gone meanwhile, -1 error. */
int maildir_read(struct maildir *maildir, int64_t index, size_t limit_bytes, struct buf *out, bool *cut,
                 struct err *err);
/* Moves it to the done folder's cur/, marked as seen. Only after its row is durable. */
bool maildir_done(struct maildir *maildir, int64_t index, struct err *err);

#endif
