/* The one growing buffer. */
#include "base/buf.h"

#include <stdlib.h>
#include <string.h>

enum { SMALLEST_ROOM = 64, READ_BYTES = 65536 };

static size_t reserve(struct buf *buf, size_t more) {
    size_t fits = buf->ceiling - buf->length;
    if (more > fits) {
        buf->overflow = true;
        more = fits;
    }
    size_t need = buf->length + more + 1;
    if (need > buf->room) {
        size_t room = buf->room ? buf->room * 2 : SMALLEST_ROOM;
        if (room < need) room = need;
        buf->bytes = mem_grow(buf->bytes, room, 1);
        buf->room = room;
    }
    return more;
}

void buf_add_more(struct buf *buf, const void *bytes, size_t length) {
    length = reserve(buf, length);
    if (length) memcpy(buf->bytes + buf->length, bytes, length);
    buf->length += length;
    buf->bytes[buf->length] = '\0';
}

void buf_add_number(struct buf *buf, int64_t number) {
    char digits[24], *at = digits + sizeof digits;
    uint64_t rest = number < 0 ? -(uint64_t)number : (uint64_t)number;
    do *--at = (char)('0' + rest % 10);
    while (rest /= 10);
    if (number < 0) *--at = '-';
    buf_add(buf, at, (size_t)(digits + sizeof digits - at));
}

void buf_add_format(struct buf *buf, const char *format, ...) {
    va_list args;
    va_start(args, format);
    buf_add_format_args(buf, format, args);
    va_end(args);
}

void buf_add_format_args(struct buf *buf, const char *format, va_list args) {
    char small[256];
    va_list again;
    va_copy(again, args);
    int length = vsnprintf(small, sizeof small, format, args);
    if (length >= 0 && (size_t)length < sizeof small) buf_add(buf, small, (size_t)length);
    else if (length >= 0) {
        char *large = mem_new((size_t)length + 1, 1);
        vsnprintf(large, (size_t)length + 1, format, again);
        buf_add(buf, large, (size_t)length);
        free(large);
    }
    va_end(again);
}

void buf_add_utf8(struct buf *buf, uint32_t c) {
    if (c < 0x80) buf_add_char(buf, (char)c);
    else if (c < 0x800)
        buf_add(buf, (char[]){(char)(0xC0 | c >> 6), (char)(0x80 | (c & 63))}, 2);
    else if (c < 0x10000)
        buf_add(buf, (char[]){(char)(0xE0 | c >> 12), (char)(0x80 | (c >> 6 & 63)), (char)(0x80 | (c & 63))}, 3);
    else
        buf_add(buf,
                (char[]){(char)(0xF0 | c >> 18), (char)(0x80 | (c >> 12 & 63)), (char)(0x80 | (c >> 6 & 63)),
                         (char)(0x80 | (c & 63))},
                4);
}

char *buf_reserve(struct buf *buf, size_t length) {
    if (reserve(buf, length) < length) return NULL;
    buf->bytes[buf->length] = '\0'; /* the first memory of a buf, and nothing may be written into it */
    return buf->bytes + buf->length;
}

void buf_expect(struct buf *buf, size_t length) {
    if (length < buf->room || length > buf->ceiling) return;
    buf->room = length + length / 8 + 1;
    buf->bytes = mem_grow(buf->bytes, buf->room, 1);
    buf->bytes[buf->length] = '\0';
}

void buf_cut(struct buf *buf, size_t length) {
    if (length >= buf->length) return;
    buf->length = length;
    buf->bytes[length] = '\0';
}

void buf_drop(struct buf *buf, size_t length) {
    if (length >= buf->length) length = buf->length;
    if (!length) return;
    memmove(buf->bytes, buf->bytes + length, buf->length - length + 1);
    buf->length -= length;
}

void buf_clear(struct buf *buf) {
    buf_cut(buf, 0);
    buf->overflow = false;
}

void buf_release(struct buf *buf) {
    free(buf->bytes);
    *buf = (struct buf){.ceiling = buf->ceiling};
}

char *buf_take(struct buf *buf) {
    char *bytes = buf->bytes ? buf->bytes : text_dup("");
    *buf = (struct buf){.ceiling = buf->ceiling};
    return bytes;
}

bool buf_add_file(struct buf *buf, FILE *file) {
    char piece[READ_BYTES];
    /* What is too large is not read to its end, which may never come; but who writes into our pipe is heard out. */
    for (size_t got; (!buf->overflow || file == stdin) && (got = fread(piece, 1, sizeof piece, file)) > 0;)
        buf_add(buf, piece, got);
    return !ferror(file) && !buf->overflow;
}
