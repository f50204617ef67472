/* What is done to a hostile message before libetpan may see it: a copy, cut and defused.
 *
 * libetpan 1.9.4 crashes on a backslash inside a boundary, overflows its stack on nested comments and reads
 * past the end in its quoted-printable decoder. The guard removes the cause of
 * each in the copy that is parsed; the message that is kept stays as it came. */
#ifndef MAILER_INBOX_GUARD_H
#define MAILER_INBOX_GUARD_H

#include "base/buf.h"

enum {
    GUARD_BYTES = 1 << 20, /* of the message that are looked at */
    GUARD_PADDING = 16,    /* NUL bytes that follow out->length */
    GUARD_COMMENTS = 32,   /* '(' in one unfolded line; further ones become spaces */
    GUARD_BOUNDARIES = 25, /* boundary parameters; further ones are renamed, their multiparts stay unopened */
    GUARD_DELIMITERS = 1000,   /* lines that begin with "--": the copy ends at the one too many */
    GUARD_HEADER_LINES = 2000, /* of the message's own header; further ones are left out */
    GUARD_CEILING = GUARD_BYTES + GUARD_PADDING + 1,
};

/* Appends the defused copy to out (ceiling GUARD_CEILING): every line ends in LF whatever it ended in, a boundary or charset
 * parameter that lost its fold has it again, NUL is a space, empty lines and an mbox "From " line before the header are gone. The padding lies behind
 * out->length. */
void guard_copy(const char *bytes, size_t length, struct buf *out);

#endif
