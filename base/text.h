/* Text as Unicode defines it: validity, the comparison form N(), lower case, width on a terminal. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "base/buf.h"

/* One code point of UTF-8 at *at, moved behind it; U+FFFD and one byte for an invalid sequence (RFC 3629:
 * no surrogates, nothing overlong, nothing above U+10FFFF). *at must be before end. */
uint32_t utf8_next_wide(const char **at, const char *end);
static inline uint32_t utf8_next(const char **at, const char *end) {
    return (unsigned char)**at < 0x80 ? (unsigned char)*(*at)++ : utf8_next_wide(at, end);
}
bool text_ascii(const char *bytes, size_t length); /* nothing at or above 0x80 */
size_t text_plain_length(const char *bytes, size_t length); /* of the printable ASCII it begins with */
bool utf8_valid(const char *bytes, size_t length);
/* Appends bytes with every invalid sequence replaced by U+FFFD. */
void utf8_repair(struct buf *out, const char *bytes, size_t length);

/* N(x), the comparison form of lists: ligatures opened, NFD without marks, lower case, every run outside
 * [a-z0-9] one space, trimmed, the words st/ste written saint/sainte. Appends to out. */
void text_normalise(struct buf *out, const char *utf8, size_t length);
/* NFC and lower case (locale independent); appends to out. */
void text_lower(struct buf *out, const char *utf8, size_t length);

/* Columns on a terminal (combining 0, wide 2). */
size_t text_columns(const char *utf8);
/* Appends text and spaces up to so many columns; longer text is not cut. */
void text_add_padded(struct buf *out, const char *utf8, size_t columns);
/* Appends text with control characters (C0, DEL, C1, bidi controls) replaced by a space: safe for a
 * terminal, a log line or a header shown to a person. */
void text_printable(struct buf *out, const char *utf8, size_t length);

bool text_equal(const char *a, const char *b);                     /* byte for byte; NULL equals NULL */
bool text_equal_nocase(const char *a, const char *b);              /* ASCII letters only */
bool text_starts(const char *text, const char *prefix);            /* byte for byte */
const char *text_find_nocase(const char *text, const char *what);  /* ASCII letters only; NULL if absent */

#endif
