/* The parts of one message that say what it is, decoded to UTF-8 (RFC 2045, 2046; libetpan behind the guard).
 */
#ifndef MAILER_INBOX_MIME_H
#define MAILER_INBOX_MIME_H

#include "base/err.h"
#include "mailer/inbox/fields.h"

enum { MIME_DEPTH = 20, MIME_PARTS = 100, MIME_TEXT = 1 << 20, MIME_TYPE = 64 };

/* A leaf the classifier reads: text/plain, text/html, a report's fields, or the header of a returned message
 * (the body of which is never read). type is lower case. */
struct mime_part {
    char type[MIME_TYPE];
    char *text;
    size_t length;
};
struct mime {
    struct fields header;
    char type[MIME_TYPE]; /* of the whole */
    struct mime_part parts[MIME_PARTS];
    size_t count, text_bytes;
    size_t other_parts; /* pictures, documents: not read */
    const char *body;
    size_t body_length; /* undecoded, borrowed from the copy */
};

/* Before the first message, and before the process that will read it is sealed. ERR_FATAL LIBRARY. */
bool mime_ready(struct err *err);
/* bytes: a guard_copy with its padding. Never fails: what cannot be parsed is left out. */
void mime_parse(struct mime *mime, const struct charsets *charsets, const char *bytes, size_t length);
void mime_release(struct mime *mime);
const struct mime_part *mime_find(const struct mime *mime,
                                  const char *type); /* first of that type, or NULL */

#endif
