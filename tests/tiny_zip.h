/* A zip archive of stored parts, written in memory: what tests need to say with bytes of their own what a workbook holds,
 * and to lie about it. */
#ifndef TESTS_TINY_ZIP_H
#define TESTS_TINY_ZIP_H

#include "base/buf.h"

struct zip_lies { /* all zero: none */
    uint32_t crc, size; /* to be added to what is true */
    uint16_t flags, method;
};
struct tiny_zip {
    struct buf bytes, directory;
    uint16_t count;
    struct zip_lies lies; /* about the parts added from now on */
};
#define TINY_ZIP {.bytes = BUF_INIT(SIZE_MAX / 2), .directory = BUF_INIT(SIZE_MAX / 2)}

static inline void zip_number(struct buf *out, uint32_t number, int bytes) {
    for (; bytes; bytes--, number >>= 8) buf_add_char(out, (char)(number & 0xFF));
}

static inline uint32_t zip_crc(const char *bytes, size_t length) {
    uint32_t crc = 0xFFFFFFFF;
    for (size_t i = 0; i < length; i++) {
        crc ^= (unsigned char)bytes[i];
        for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320 : 0);
    }
    return ~crc;
}

/* What the local header and the directory both say of a part. */
static inline void zip_facts(struct buf *out, const struct zip_lies *lies, const char *name, const char *text, size_t length) {
    zip_number(out, 20, 2);
    zip_number(out, lies->flags, 2);
    zip_number(out, lies->method, 2);
    zip_number(out, 0, 2);      /* time */
    zip_number(out, 0x5C21, 2); /* 1 January 2026 */
    zip_number(out, zip_crc(text, length) + lies->crc, 4);
    zip_number(out, (uint32_t)length, 4);
    zip_number(out, (uint32_t)length + lies->size, 4);
    zip_number(out, (uint32_t)strlen(name), 2);
    zip_number(out, 0, 2);
}

static inline void zip_add(struct tiny_zip *zip, const char *name, const char *text, size_t length) {
    uint32_t at = (uint32_t)zip->bytes.length;
    buf_add(&zip->bytes, "PK\3\4", 4);
    zip_facts(&zip->bytes, &zip->lies, name, text, length);
    buf_add_text(&zip->bytes, name);
    buf_add(&zip->bytes, text, length);
    buf_add(&zip->directory, "PK\1\2\24\0", 6);
    zip_facts(&zip->directory, &zip->lies, name, text, length);
    zip_number(&zip->directory, 0, 2);
    zip_number(&zip->directory, 0, 4);
    zip_number(&zip->directory, 0, 4);
    zip_number(&zip->directory, at, 4);
    buf_add_text(&zip->directory, name);
    zip->count++;
}

/* The directory behind the parts: the archive is complete, in zip->bytes. */
static inline void zip_finish(struct tiny_zip *zip) {
    uint32_t at = (uint32_t)zip->bytes.length;
    buf_add(&zip->bytes, zip->directory.bytes, zip->directory.length);
    buf_add(&zip->bytes, "PK\5\6\0\0\0\0", 8);
    zip_number(&zip->bytes, zip->count, 2);
    zip_number(&zip->bytes, zip->count, 2);
    zip_number(&zip->bytes, (uint32_t)zip->directory.length, 4);
    zip_number(&zip->bytes, at, 4);
    zip_number(&zip->bytes, 0, 2);
}

static inline void zip_release(struct tiny_zip *zip) {
    buf_release(&zip->bytes);
    buf_release(&zip->directory);
}

#endif
