/* The bytes of a file read at any place, or bytes already in memory: what parsers are given, so that a long file need
 * never be in memory whole. */
#ifndef BASE_SOURCE_H
#define BASE_SOURCE_H

#include "base/buf.h"
#include "base/err.h"
#include "base/hash.h"

struct source {
    size_t length;     /* bytes in all */
    const char *bytes; /* borrowed, of a source in memory; NULL: file */
    int file;          /* read by pread, never moved */
    int64_t changed_ns; /* of the file, when it was opened: when it was last written to */
};
#define SOURCE_OF(bytes_, length_) ((struct source){.length = (length_), .bytes = (bytes_), .file = -1})

/* length bytes from offset into out; ERR_INPUT FILE when the file has become shorter or cannot be read. */
bool source_read(const struct source *source, size_t offset, char *out, size_t length, struct err *err) MUST_USE;

/* A file by its path. What cannot be read at any place (a pipe, "-" = standard input) is first read to its end into
 * memory, which the caller releases. ERR_INPUT FILE, or TOO_LARGE over limit_bytes (of memory, or of the file). */
bool source_open(struct source *source, const char *path, size_t limit_bytes, struct buf *memory, struct err *err);
void source_close(struct source *source); /* a source in memory too */
/* Lower-case hexadecimal SHA-256 of it all. */
bool source_sha256(const struct source *source, char out[SHA256_HEX], struct err *err) MUST_USE;
/* False, ERR_INPUT FILE_CHANGED, when somebody has written to the file since it was opened: what was read of it before and
 * after may not belong together. */
bool source_unchanged(const struct source *source, struct err *err) MUST_USE;

#endif
