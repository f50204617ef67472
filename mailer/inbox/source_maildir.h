/* A Maildir as a source of returned messages: read where they lie, moved to a subfolder once they are safe. */
#ifndef MAILER_INBOX_SOURCE_MAILDIR_H
#define MAILER_INBOX_SOURCE_MAILDIR_H

#include "mailer/inbox/source.h"

/* path has new/ and cur/; done_folder ("." and a name, Maildir++) is created in it when missing. Read in order of name, which begins with the time
 * of delivery; tmp/ is the delivery agent's. ERR_INPUT: a done_folder that is none; only a pass looks at the folders. */
bool source_maildir(const char *path, const char *done_folder, struct mail_source *source, struct err *err);

#endif
