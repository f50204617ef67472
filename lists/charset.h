/* The single-byte charsets of French spreadsheets, twice-encoded text, blanks and line ends. */
#ifndef LISTS_CHARSET_H
#define LISTS_CHARSET_H

#include "base/buf.h"

enum { CHARSETS = 3 }; /* windows-1252, cp850, MacRoman */
struct charset;
/* Adds to each how French the line would look in it: the sum over all lines decides. */
void charset_score(const char *line, const char *end, int64_t scores[CHARSETS]);
const struct charset *charset_best(const int64_t scores[CHARSETS]);
/* "cp1252", or of a file that also has UTF-8 "utf-8+cp1252". */
const char *charset_name(const struct charset *charset, bool mixed);
void charset_add(struct buf *out, const struct charset *charset, const char *bytes, const char *end);

/* A text that was UTF-8, was read as windows-1252 and written again ("Ã©"): repaired into out (cleared first), up to
 * twice. False, out undefined, when it is not of that kind. */
bool charset_repair_mojibake(const char *text, size_t length, struct buf *out);

/* White space of any kind, and the invisible characters that stick to pasted text. */
bool charset_blank(uint32_t code_point);
bool charset_all_blank(const char *utf8, size_t length);

/* The end of the line at `at` (before CR, LF or end), and the start of the next one. */
const char *line_end(const char *at, const char *end);
const char *line_next(const char *line_end_at, const char *end);

#endif
