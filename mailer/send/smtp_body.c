/* Looks at every byte of every message, so it looks at many at once. */
#include "mailer/send/smtp_body.h"

#include <string.h>

#include "base/odd_bytes.h"

static void add_dot(struct buf *dots, size_t offset) {
    buf_add(dots, &offset, sizeof offset);
}

bool smtp_body_scan(const char *bytes, size_t length, struct buf *dots) {
    const char *end = bytes + length;
    struct odd_bytes walk = odd_bytes_of(bytes, length);
    buf_clear(dots);
    if (length && *bytes == '.') add_dot(dots, 0);
    for (const char *at; (at = odd_next(&walk));) {
        if (odd_ends_line(&walk, at)) {
            if (end - at > 2 && at[2] == '.') add_dot(dots, (size_t)(at + 2 - bytes));
        } else if (*at == '\0' || *at == '\r' || *at == '\n')
            return false;
    }
    return true;
}

void smtp_body_add(struct buf *out, const char *bytes, size_t length, const struct buf *dots) {
    size_t from = 0, offset;
    for (size_t i = 0; i < dots->length; i += sizeof offset) {
        memcpy(&offset, dots->bytes + i, sizeof offset);
        buf_add(out, bytes + from, offset - from);
        buf_add_char(out, '.');
        from = offset;
    }
    buf_add(out, bytes + from, length - from);
}
