/* Bytes that grow up to a declared ceiling, always followed by a NUL that is not counted. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/common.h"

/* Invariants: bytes is never NULL after the first add, bytes[length] == 0, length <= ceiling.
 * Going over the ceiling sets overflow and drops what does not fit; nothing is ever written behind it. */
struct buf {
    char *bytes;
    size_t length, room, ceiling;
    bool overflow;
};

#define BUF_INIT(ceiling_bytes) {.ceiling = (ceiling_bytes)}
#define AUTO_BUF __attribute__((cleanup(buf_release))) struct buf

void buf_add_more(struct buf *buf, const void *bytes, size_t length); /* buf_add where there is no room yet */
static inline void buf_add(struct buf *buf, const void *bytes, size_t length) {
    if (length >= buf->room - buf->length || length > buf->ceiling - buf->length) {
        buf_add_more(buf, bytes, length);
        return;
    }
    if (length) memcpy(buf->bytes + buf->length, bytes, length); /* bytes may be NULL where there are none */
    buf->length += length;
    buf->bytes[buf->length] = '\0';
}
static inline void buf_add_text(struct buf *buf, const char *text) {
    if (text) buf_add(buf, text, strlen(text));
}
void buf_add_format(struct buf *buf, const char *format, ...) PRINTF_LIKE(2, 3);
void buf_add_format_args(struct buf *buf, const char *format, va_list args);
void buf_add_number(struct buf *buf, int64_t number); /* decimal */
void buf_add_utf8(struct buf *buf, uint32_t code_point);
static inline void buf_add_char(struct buf *buf, char byte) {
    if (buf->length + 1 >= buf->room || buf->length >= buf->ceiling) {
        buf_add(buf, &byte, 1);
        return;
    }
    buf->bytes[buf->length++] = byte;
    buf->bytes[buf->length] = '\0';
}
/* Room for length more bytes, to be written at once; buf_wrote then says where they end. NULL, and overflow set, when
 * that many would go over the ceiling. */
char *buf_reserve(struct buf *buf, size_t length);
static inline char *buf_room(struct buf *buf, size_t length) { /* the same, where there mostly is room already */
    bool fits = length < buf->room - buf->length && length <= buf->ceiling - buf->length;
    return fits ? buf->bytes + buf->length : buf_reserve(buf, length);
}
static inline void buf_wrote(struct buf *buf, const char *end) {
    buf->length = (size_t)(end - buf->bytes);
    buf->bytes[buf->length] = '\0';
}
/* Room for so many bytes in all, and an eighth more for others like it, where there is less: adding piece by piece would double it. */
void buf_expect(struct buf *buf, size_t length);
void buf_cut(struct buf *buf, size_t length);   /* shorten to length */
void buf_drop(struct buf *buf, size_t length);  /* remove from the front */
void buf_clear(struct buf *buf);                /* length 0, overflow false, memory kept */
void buf_release(struct buf *buf);              /* memory freed, reusable */
static inline const char *buf_text(const struct buf *buf) { /* "" when empty; borrowed */
    return buf->bytes ? buf->bytes : "";
}
char *buf_take(struct buf *buf);                /* caller owns; buf is empty afterwards */
bool buf_add_file(struct buf *buf, FILE *file); /* to end of file; false on a read error or overflow */

#endif
