/* What the server says while libcurl greets it, starts TLS and logs in: the last reply, what it offers, whether it took us. */
#ifndef MAILER_SEND_OPENING_TALK_H
#define MAILER_SEND_OPENING_TALK_H

#include <stdbool.h>

#include "mailer/send/smtp_reply.h"

enum { OPENING_REPLY_BYTES = 4096, OPENING_OFFER_TEXT = 200 };

struct opening_talk { /* zeroed to begin */
    char said[OPENING_REPLY_BYTES]; /* the reply being read; of one that is longer, its end */
    size_t said_length;
    struct smtp_reply reply;          /* the last whole one; code 0 = none yet */
    char ehlo[OPENING_REPLY_BYTES];   /* the last answer to EHLO or HELO, as it came; of one that is longer, its end */
    size_t ehlo_length;
    char offered[OPENING_OFFER_TEXT]; /* mechanisms of the last EHLO's AUTH line, printable; "" = none */
    bool tls_misspelt, auth_misspelt; /* offered, as RFC 5321 4.1.1.1 allows or some write it, but not as libcurl reads it: « AUTH=PLAIN »,
                                         « starttls » */
    bool auth_read;                   /* … and as libcurl reads it */
    bool logged_in;                   /* 235 was said */
};
/* One line, as libcurl hands them out, with its line end. */
void opening_talk_line(struct opening_talk *talk, const char *line, size_t length);

#endif
