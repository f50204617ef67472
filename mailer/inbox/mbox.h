/* Where one message of an mbox file ends and the next begins (RFC 4155; mboxo, mboxrd, mboxcl). Pure: lines in, messages out. */
#ifndef MAILER_INBOX_MBOX_H
#define MAILER_INBOX_MBOX_H

#include "base/buf.h"

/* A message begins at a From_ line ("From ", a sender, a date as of asctime) at the beginning of the file or behind an empty line; the empty
 * line in front of it belongs to neither. Content-Length is not looked at: it is the sender's word as much as the MTA's. "From " in a text that has no
 * date behind it splits nothing. ">From " loses its ">" (mboxo), ">>From " one of them (mboxrd). */
struct mbox {
    bool begun;                   /* a From_ line was seen */
    bool after_empty, in_line;    /* of the line before; the piece before did not end its line */
    char held[2];                 /* an empty line that may be a separator */
    size_t held_length;
};
enum { MBOX_PIECE_BYTES = 65536 };
#define MBOX_INIT {.after_empty = true}

enum mbox_got {
    MBOX_TEXT,   /* it was added to the message, or held */
    MBOX_BEGINS, /* it was a From_ line: what out had is whole, a new one begins */
    MBOX_JUNK,   /* before the first From_ line: nothing of it is a message's */
};
/* piece: a line with its end, or where that is longer than MBOX_PIECE_BYTES a part of it, or the file's last line. */
enum mbox_got mbox_take(struct mbox *mbox, const char *piece, size_t length, struct buf *out);
bool mbox_is_from(const char *line, size_t length);

#endif
