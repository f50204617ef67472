/* Files by pread, so that two readers of one source never move each other's place. */
#include "base/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIECE_BYTES = 1 << 16 };

bool source_read(const struct source *source, size_t offset, char *out, size_t length, struct err *err) {
    if (offset > source->length || length > source->length - offset)
        return err_set(err, ERR_INPUT, "FILE", "la lecture dépasse la fin du fichier");
    if (source->bytes) return memcpy(out, source->bytes + offset, length), true;
    while (length) {
        ssize_t got = pread(source->file, out, length, (off_t)offset);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return err_errno(err, ERR_INPUT, "FILE", "ce fichier ne peut être lu");
        if (!got)
            return err_set(err, ERR_INPUT, "FILE", "ce fichier a été raccourci pendant sa lecture ; recommencez");
        out += got;
        offset += (size_t)got;
        length -= (size_t)got;
    }
    return true;
}

static int64_t written_ns(const struct stat *about) {
    return (int64_t)about->st_mtim.tv_sec * 1000000000 + about->st_mtim.tv_nsec;
}

bool source_unchanged(const struct source *source, struct err *err) {
    struct stat now;
    if (source->file < 0) return true;
    if (fstat(source->file, &now)) return err_errno(err, ERR_INPUT, "FILE", "ce fichier ne peut être lu");
    return ((size_t)now.st_size == source->length && written_ns(&now) == source->changed_ns) ||
           err_set(err, ERR_INPUT, "FILE_CHANGED",
                   "ce fichier a été modifié pendant sa lecture ; fermez-le dans le tableur, puis recommencez");
}

bool source_sha256(const struct source *source, char out[SHA256_HEX], struct err *err) {
    char piece[PIECE_BYTES];
    struct sha256_stream *stream = sha256_begin();
    bool good = true;
    for (size_t at = 0, length; at < source->length && good; at += length) {
        length = source->length - at < sizeof piece ? source->length - at : sizeof piece;
        good = source_read(source, at, piece, length, err);
        if (good) sha256_add(stream, piece, length);
    }
    sha256_end(stream, out);
    return good;
}

static bool too_large(size_t limit_bytes, struct err *err) {
    return err_set(err, ERR_INPUT, "TOO_LARGE", "ce fichier dépasse %zu Mo ; voyez [lists] max_megabytes",
                   limit_bytes / 1000000);
}

static bool read_to_memory(FILE *file, size_t limit_bytes, struct buf *memory, struct err *err) {
    memory->ceiling = limit_bytes;
    errno = 0;
    if (buf_add_file(memory, file)) return true;
    return memory->overflow ? too_large(limit_bytes, err) : err_errno(err, ERR_INPUT, "FILE", "ce fichier ne peut être lu");
}

bool source_open(struct source *source, const char *path, size_t limit_bytes, struct buf *memory, struct err *err) {
    struct stat about;
    bool from_input = !strcmp(path, "-");
    *source = (struct source){.file = from_input ? -1 : open(path, O_RDONLY | O_CLOEXEC)};
    if (!from_input && (source->file < 0 || fstat(source->file, &about)))
        err_errno(err, ERR_INPUT, "FILE", "ce fichier ne peut être lu");
    else if (!from_input && S_ISREG(about.st_mode)) {
        source->length = (size_t)about.st_size;
        source->changed_ns = written_ns(&about);
        if (source->length <= limit_bytes) return true;
        too_large(limit_bytes, err);
    } else {
        FILE *file = from_input ? stdin : fdopen(source->file, "re");
        if (!file) err_errno(err, ERR_INPUT, "FILE", "ce fichier ne peut être lu");
        else source->file = -1; /* the FILE owns it */
        bool good = file && read_to_memory(file, limit_bytes, memory, err);
        if (file && !from_input) fclose(file);
        if (good) return *source = SOURCE_OF(buf_text(memory), memory->length), true;
    }
    source_close(source);
    return err_at(err, path, 0);
}

void source_close(struct source *source) {
    if (source->file >= 0) close(source->file);
    source->file = -1;
}
