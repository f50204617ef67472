/* What stands under a reply without being of it: signatures, devices, legal notices, letterheads, pictures. */
#ifndef MAILER_INBOX_REPLY_SIGNATURE_H
#define MAILER_INBOX_REPLY_SIGNATURE_H

#include "mailer/inbox/reply_rows.h"

bool is_signature(const struct row *row); /* it begins here, and goes on to the end */
bool is_pictures(const struct row *row);  /* nothing but pictures */
/* Where the letterhead under rows from … to - 1 begins, to when there is none. */
size_t letterhead_at(const struct rows *rows, size_t from, size_t to);

#endif
