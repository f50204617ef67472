/* What somebody wrote in a reply, without the message answered, without signatures. */
#ifndef MAILER_INBOX_REPLY_TEXT_H
#define MAILER_INBOX_REPLY_TEXT_H

#include "base/buf.h"

/* Appends the visible text, trimmed. A text that is nothing but quotation is kept whole: better too much than
 * nothing. */
void reply_text(const char *text, size_t length, struct buf *out);
/* The same with its signature. */
void reply_text_signed(const char *text, size_t length, struct buf *out);

#endif
