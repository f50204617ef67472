/* An SMTP reply (RFC 5321 4.2), multi-line, read from bytes as they arrive. No I/O. */
#ifndef MAILER_SEND_SMTP_REPLY_H
#define MAILER_SEND_SMTP_REPLY_H

#include "base/buf.h"

enum { SMTP_REPLY_BYTES = 65536, SMTP_REPLY_TEXT = 1000 }; /* lines of it as long as they like */
struct smtp_reply {
    int code;            /* 250; 0 = none (link lost, time-out, nonsense) */
    char enhanced[12];   /* "5.1.1" (RFC 3463) or "" */
    char text[SMTP_REPLY_TEXT]; /* lines joined by a space, printable UTF-8, both codes taken off; cut when longer */
};
enum smtp_reply_status { SMTP_REPLY_MORE, SMTP_REPLY_DONE, SMTP_REPLY_NONSENSE };

/* Where the next reply ends and what its code is, and nothing more: most replies need no other reading. scan keeps the
 * place between calls while the bytes at hand only grow, so that a reply dripping in is not read again and again;
 * {0} begins a reply. DONE: scan->at bytes are the whole reply. Statuses as below. */
struct smtp_reply_scan {
    size_t at;     /* start of the first line not seen whole yet */
    size_t looked; /* no line end is before it in that line */
    int code;
};
enum smtp_reply_status smtp_reply_scan(struct smtp_reply_scan *scan, const char *bytes, size_t length);
/* Reads the length bytes that a scan found to be one whole reply. */
void smtp_reply_read(const char *bytes, size_t length, struct smtp_reply *reply);

/* Both at once: reads one whole reply from the front of bytes; *used is how many it took when DONE. NONSENSE: not SMTP, or
 * over the limits; the connection must be dropped. NUL and 8-bit safe. */
enum smtp_reply_status smtp_reply_parse(const char *bytes, size_t length, struct smtp_reply *reply, size_t *used);

#endif
