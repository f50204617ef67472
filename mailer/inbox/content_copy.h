/* What libetpan is given of a guarded message: of its header what describes the content, of a returned message inside it the header.
 * The rest is read by fields_parse, or by nobody. */
#ifndef MAILER_INBOX_CONTENT_COPY_H
#define MAILER_INBOX_CONTENT_COPY_H

#include "base/buf.h"

/* message/rfc822, spelt so that libetpan leaves it alone: it would cost as much again. */
#define CONTENT_SEALED "message/xfc822"

/* bytes: a guard_copy. Appends the copy to out (ceiling GUARD_CEILING); GUARD_PADDING NUL bytes lie behind out->length. */
void content_copy(const char *bytes, size_t length, struct buf *out);

#endif
