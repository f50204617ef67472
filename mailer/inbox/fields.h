/* Header fields as they come in real mail: any block of "Name: value" lines, folded or not (RFC 5322 2.2),
 * values decoded (RFC 2047) to UTF-8. Used for a message's header, for delivery-status groups and for copies
 * of headers in plain text. */
#ifndef MAILER_INBOX_FIELDS_H
#define MAILER_INBOX_FIELDS_H

#include "mailer/inbox/charset.h"

enum { FIELDS_MAX = 2100, FIELD_VALUE = 16384 };
struct field {
    char *name, *value;
}; /* both owned; value unfolded, decoded, no LF inside */
struct fields {
    struct field *all;
    size_t count, room;
};

/* One block: from bytes to the first empty line or the end. Returns how many bytes it took, the empty line
 * included. Lines that are neither field nor fold are left out. */
/* charsets NULL: values stay as they are (a report's fields hold no encoded words), only made valid. */
size_t fields_parse(struct fields *fields, const struct charsets *charsets, const char *bytes, size_t length);
void fields_release(struct fields *fields);
/* First value of that name (any case); "" when there is none. Borrowed. */
const char *fields_get(const struct fields *fields, const char *name);
bool fields_has(const struct fields *fields, const char *name);
/* Appends value with its encoded words decoded. */
void encoded_words_decode(const struct charsets *charsets, const char *value, size_t length, struct buf *out);

#endif
