/* What an IMAP server may say in answer to one command (RFC 3501, RFC 9051): judged before libetpan's parser, which has no limits of its
 * own, gets to see it. Pure: bytes in, a verdict out. */
#ifndef MAILER_INBOX_IMAP_GUARD_H
#define MAILER_INBOX_IMAP_GUARD_H

#include "base/common.h"

enum {
    IMAP_LINE_BYTES = 65536,     /* the longest line; literals do not count */
    IMAP_LINE_PARENTHESES = 500, /* opened in one response: the parser goes one call deeper for each */
    IMAP_REPLY_LINES = 5000,     /* in answer to one command: each becomes some hundred bytes of records. (Whoever deletes more at once makes us begin anew) */
    IMAP_REPLY_BYTES = 1 << 20,  /* what a command that fetches no message may get in all */
};

struct imap_guard {
    size_t most_bytes, literal_most; /* of this command */
    size_t bytes, lines; /* in answer to it, so far */
    size_t line_bytes, literal_left, parentheses;
    char head[12]; /* how the response begins: whether a { at the end of a line announces a literal */
    size_t head_length;
    bool in_braces, braces_ended, continued;
    uint64_t number; /* of the braces last seen on this line */
};
/* A new command: its limits. What line or literal the server is in the middle of is kept, for it may have spoken unasked. All zero is
 * the state before the first byte. */
void imap_guard_begin(struct imap_guard *guard, size_t most_bytes, size_t literal_most);
/* "" while all is well; else what is too much, in French. What is refused must not be handed on, nor anything after it. */
const char *imap_guard_take(struct imap_guard *guard, const char *bytes, size_t length);

#endif
