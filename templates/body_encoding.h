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

#endif
