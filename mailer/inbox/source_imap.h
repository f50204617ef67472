/* An IMAP mailbox as a source of returned messages: read by sets of bounded size, moved to a folder once they are safe, then waited for by IDLE
 * (RFC 2177). */
#ifndef MAILER_INBOX_SOURCE_IMAP_H
#define MAILER_INBOX_SOURCE_IMAP_H

#include "mailer/inbox/imap.h"
#include "mailer/inbox/source.h"

/* account is copied, what it points to is borrowed; its token is the source's. done_folder: UTF-8; one that begins with a point, as in a
 * Maildir, loses it. idle_ms: how long one IDLE may last before it is renewed (servers may end it after 30 min); 0 = none. ERR_INPUT: a folder
 * that is none, an account that does not fit. */
bool source_imap(const struct imap_account *account, const char *done_folder, int64_t idle_ms, struct mail_source *source, struct err *err);

#endif
