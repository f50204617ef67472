/* Text of unknown encoding as UTF-8, a piece at a time: byte order marks, UTF-16, and line by line UTF-8 or the one French
 * single-byte charset that suits the whole file (RULES 2, 19). */
#ifndef LISTS_DECODER_H
#define LISTS_DECODER_H

#include "base/source.h"

struct decoder;
/* Reads the source (borrowed) through once, to learn what it is written in. NULL when it cannot be read. */
struct decoder *decoder_open(const struct source *source, struct err *err);
void decoder_close(struct decoder *decoder); /* NULL is fine */
AUTO_CLOSE(decoder, decoder_close)

/* utf-8, utf-8-bom, utf-16le, utf-16be, cp1252, cp850, mac_roman, or of two kinds of lines: utf-8+cp1252 … */
const char *decoder_encoding(const struct decoder *decoder);
void decoder_rewind(struct decoder *decoder);
/* Appends at least one more line (a line is never cut but by UTF-16), about least_bytes if that is more. A U+FEFF inside is
 * dropped. 1 done, 0 there was nothing left, -1 error. */
int decoder_more(struct decoder *decoder, size_t least_bytes, struct buf *out, struct err *err);
/* Whether a line before next_line was read in the single-byte charset although others are UTF-8. *cursor, 0 at first and
 * after a rewind, moves behind those before next_line. */
bool decoder_recoded(const struct decoder *decoder, size_t *cursor, long next_line);
double decoder_done(const struct decoder *decoder); /* 0..1 */

#endif
