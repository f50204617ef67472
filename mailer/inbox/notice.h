/* A failure notice as text: its lines, and where the returned message begins in it. */
#ifndef MAILER_INBOX_NOTICE_H
#define MAILER_INBOX_NOTICE_H

#include "base/buf.h"

/* A text cut where the returned message begins; both borrowed. */
struct notice {
    const char *text;
    size_t length;
    const char *returned;
    size_t returned_length;
};
struct notice notice_split(const char *text, size_t length);

/* The line at *at, its LF left out; *at goes behind it. False at the end. */
struct text_line {
    const char *start;
    size_t length;
};
bool text_line_next(const char **at, const char *end, struct text_line *line);
/* Without the decoration at its start (quoting, bullets, frames) and the space at its end. */
struct text_line text_line_bare(struct text_line line);

#endif
