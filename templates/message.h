/* One Internet message: headers, multipart/alternative body and files to canonical bytes (RFC 5322, 2045, 2047, 2231).
 * CRLF only, 7-bit, lines at most 998 octets (78 in headers wherever a fold is possible); deterministic. */
#ifndef TEMPLATES_MESSAGE_H
#define TEMPLATES_MESSAGE_H

#include "base/buf.h"
#include "base/err.h"
#include "templates/body_encoding.h"

/* Headers that are the same in every message of a wave are judged and written once. Zeroed at first; one owner. */
struct message_kept {
    struct kept_header {
        struct buf given, written;
    } from, list_id, help, feedback_id;
};
void message_kept_release(struct message_kept *kept);

struct message {
    struct message_kept *kept; /* NULL = nothing is kept */
    const char *from_name, *from_address; /* from_name may be "" */
    const char *to_address;
    const char *reply_to;     /* address, or "" */
    const char *subject;      /* UTF-8 */
    const char *message_id;   /* with < > */
    const char *in_reply_to;  /* the first mail of the thread, with < >; "" = this one begins it */
    int64_t date_ms;          /* RFC 5322 Date, Europe/Paris offset given */
    int date_offset_minutes;
    const char *list_id;      /* "asco-2025.amf.example"; "" = none */
    const char *list_title;   /* phrase before List-Id; may be "" */
    const char *help_mailto;  /* address for List-Help; "" = none */
    const char *unsubscribe_mailto; /* address; "" = none */
    const char *unsubscribe_https;  /* URL; "" = none; adds List-Unsubscribe-Post (RFC 8058) */
    const char *feedback_id;  /* "" = none */
    bool auto_replies_unwanted; /* adds Precedence: bulk and Auto-Submitted */
    const char *const *files; /* finished parts (templates/attachment.h), behind the body; NULL-terminated, or NULL */
    const char *text, *html;  /* bodies, UTF-8, LF or CRLF; html "" = text only */
    bool encoded;             /* they are so already, as body_encode gives them, in these encodings and lengths: */
    enum body_encoding text_encoding, html_encoding;
    size_t text_length, html_length;
    const char *boundary_seed; /* anything unique to the dispatch: makes the boundary, deterministic */
};

/* ERR_INPUT when a header value holds CR, LF, NUL or another control, or an address is not one: nothing is
 * ever repaired here. */
bool message_build(const struct message *message, struct buf *out, struct err *err);
/* Rules every message must pass before it may be queued (line lengths, CRLF, 7 bit, one of each header, no
 * control): false with what is wrong. Independent of message_build on purpose. */
bool message_check(const char *bytes, size_t length, struct err *err);
/* Its first part alone, at a byte or so an instruction: every line ends with CRLF and has at most 998 octets, no other
 * control. */
bool message_check_lines(const char *bytes, size_t length, struct err *err);
/* "Name <address>" of the configuration, split; ERR_INPUT when it is not one mailbox (RFC 5322 3.4). */
bool mailbox_split(const char *text, char name[200], char address[256], struct err *err);

#endif
