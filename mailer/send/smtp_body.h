/* A message as the body of a transaction: is it canonical, and where must dots be doubled (RFC 5321 4.5.2). */
#ifndef MAILER_SEND_SMTP_BODY_H
#define MAILER_SEND_SMTP_BODY_H

#include "base/buf.h"

/* One pass: false when CR and LF do not only come as a pair, or there is a NUL. dots: size_t each, the offsets of lines
 * that begin with a dot; what it held before is gone. */
bool smtp_body_scan(const char *bytes, size_t length, struct buf *dots);
/* Appends the message, the dots that a scan of it found doubled; without the final one. */
void smtp_body_add(struct buf *out, const char *bytes, size_t length, const struct buf *dots);

#endif
