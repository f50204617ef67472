/* Bodies made 7-bit and short-lined: quoted-printable or base64 (RFC 2045, 6.7 and 6.8). */
#ifndef TEMPLATES_BODY_ENCODING_H
#define TEMPLATES_BODY_ENCODING_H

#include "base/buf.h"

enum body_encoding { BODY_QUOTED_PRINTABLE, BODY_BASE64 };
extern const char *const BODY_ENCODING[]; /* as Content-Transfer-Encoding says it */

/* Fills canonical (cleared first) with the text, its lines LF or CRLF, as lines that all end with CRLF; says
 * which encoding is shorter. */
enum body_encoding body_encoding_of(const char *text, struct buf *canonical);
/* Appended; ends with CRLF. */
void body_encode(enum body_encoding encoding, const struct buf *canonical, struct buf *out);

#endif
