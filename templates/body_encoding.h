/* Bodies made 7-bit and short-lined: quoted-printable or base64 (RFC 2045, 6.7 and 6.8). */
#ifndef TEMPLATES_BODY_ENCODING_H
#define TEMPLATES_BODY_ENCODING_H

#include "base/buf.h"

enum body_encoding { BODY_QUOTED_PRINTABLE, BODY_BASE64 };
extern const char *const BODY_ENCODING[]; /* as Content-Transfer-Encoding says it */

/* Fills out (cleared first) with the text in whichever encoding is shorter, and says which. Lines of the text end
 * with LF, CRLF or CR; those encoded all end with CRLF, the last one too. scratch is cleared when needed. */
enum body_encoding body_encode(const char *text, struct buf *scratch, struct buf *out);
/* Appends any bytes in base64, lines of 76 columns. */
void body_add_base64(const char *bytes, size_t length, struct buf *out);

/* Quoted-printable a piece at a time, appended: *column is where in its line the piece begins and, afterwards, where
 * the next one does. bytes hold no line end; ends_line adds it. A line may be broken (softly) before any piece. */
void body_quote(struct buf *out, size_t *column, const char *bytes, size_t length, bool ends_line);
/* Escapes the space or tab that out ends with, if it does: one before a line end would be lost on the way. */
void body_quote_blank(struct buf *out, size_t *column);
/* Base64, appended; the text's lines end with LF, those encoded with CRLF. */
void body_base64(const char *text, size_t length, struct buf *out);
/* Of a text that long, line ends of its own included. */
size_t body_base64_length(size_t length);

#endif
