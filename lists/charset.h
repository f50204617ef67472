/* Text of unknown encoding as UTF-8: byte order marks, UTF-16, French single-byte charsets, twice-encoded text. */
#ifndef LISTS_CHARSET_H
#define LISTS_CHARSET_H

#include "base/buf.h"

struct decoded {
    const char *text; /* UTF-8; borrowed from the bytes given when nothing had to change, else from converted */
    size_t length;
    struct buf converted;
    char name[16];        /* utf-8, utf-8-bom, utf-16le, utf-16be, cp1252, cp850, mac_roman, utf-8+cp1252 … */
    long *recoded;        /* physical lines read in the single-byte charset although others are UTF-8 */
    size_t recoded_count; /* ascending; 0 unless both kinds are present */
};

/* Each line that is valid UTF-8 stays; the others are read in the one of windows-1252, cp850 and MacRoman that makes
 * the most plausible French of the whole text. A U+FEFF inside is dropped. */
void charset_decode(const char *bytes, size_t length, struct decoded *decoded);
void decoded_release(struct decoded *decoded);

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
