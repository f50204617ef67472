/* Header fields: values folded at 78 columns, other scripts as encoded words (RFC 5322 2.2.3, RFC 2047). */
#ifndef TEMPLATES_MIME_WORDS_H
#define TEMPLATES_MIME_WORDS_H

#include "base/buf.h"

enum { HEADER_COLUMNS = 78, ENCODED_LINE_COLUMNS = 76 };

/* Appends "Name: value CRLF" with free text (Subject): words that are not plain ASCII become encoded words.
 */
void header_add_text(struct buf *out, const char *name, const char *utf8);
/* Appends "Name: phrase <angle> CRLF"; an empty phrase leaves <angle> alone. */
void header_add_phrase(struct buf *out, const char *name, const char *utf8_phrase, const char *angle);
/* Appends "Name: value CRLF" with structured ASCII, folded at its spaces only. */
void header_add_tokens(struct buf *out, const char *name, const char *value);

#endif
