/* Which container a list is in, by its first bytes and never by its name. */
#include "lists/rows.h"

#include <string.h>

#include "lists/rows_private.h"

enum { MAGIC_BYTES = 4 };

struct rows *rows_open(const struct source *source, const struct row_limits *limits, const char **container,
                       struct err *err) {
    const char *unused;
    char magic[MAGIC_BYTES] = "";
    if (!container) container = &unused;
    *container = "";
    if (!source_read(source, 0, magic, source->length < sizeof magic ? source->length : sizeof magic, err))
        return NULL;
    if (!memcmp(magic, "PK", 2)) return rows_zip_open(source, limits, container, err);
    if (!memcmp(magic, "\xD0\xCF\x11\xE0", sizeof magic)) {
        err_set(err, ERR_INPUT, "UNSUPPORTED_FORMAT",
                "ce fichier est un ancien classeur (XLS) ou un classeur protégé par un mot de passe : enregistrez-le sans "
                "mot de passe au format « Classeur Excel (.xlsx) » ou « CSV UTF-8 », puis importez ce nouveau fichier");
        return NULL;
    }
    *container = "text";
    return rows_text_open(source, limits, err);
}

int rows_seek_header(struct rows *rows, rows_is_header *is_header, void *ctx, struct err *err) {
    return rows->driver->seek_header(rows, is_header, ctx, err);
}

bool rows_seek_start(struct rows *rows, struct err *err) {
    return rows->driver->seek_start(rows, err);
}

int rows_next(struct rows *rows, struct row *row, struct err *err) {
    return rows->driver->next(rows, row, err);
}

const struct rows_format *rows_format(const struct rows *rows) {
    return &rows->format;
}

double rows_done(const struct rows *rows) {
    return rows->driver->done(rows);
}

void rows_close(struct rows *rows) {
    if (rows) rows->driver->close(rows);
}
