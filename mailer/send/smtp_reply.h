/* An SMTP reply (RFC 5321 4.2), multi-line, read from bytes as they arrive. No I/O. */
#ifndef MAILER_SEND_SMTP_REPLY_H
#define MAILER_SEND_SMTP_REPLY_H

#include "base/buf.h"

enum { SMTP_REPLY_BYTES = 65536, SMTP_REPLY_TEXT = 1000, SMTP_LINE_BYTES = 8192 };
struct smtp_reply {
    int code;            /* 250; 0 = none (link lost, time-out, nonsense) */
    char enhanced[12];   /* "5.1.1" (RFC 3463) or "" */
    char text[SMTP_REPLY_TEXT]; /* lines joined by a space, printable UTF-8, codes taken off; cut when longer */
};
enum smtp_reply_status { SMTP_REPLY_MORE, SMTP_REPLY_DONE, SMTP_REPLY_NONSENSE };
/* Reads one whole reply from the front of bytes; *used is how many it took when DONE. NONSENSE: not SMTP, or
 * over the limits; the connection must be dropped. NUL and 8-bit safe. */
enum smtp_reply_status smtp_reply_parse(const char *bytes, size_t length, struct smtp_reply *reply, size_t *used);

#endif
