/* Which container a list is in, by its first bytes and never by its name. */
#include "lists/rows.h"

#include <string.h>

#include "lists/rows_private.h"

static bool begins(const char *bytes, size_t length, const char *magic, size_t magic_length) {
    return length >= magic_length && !memcmp(bytes, magic, magic_length);
}

struct rows *rows_open(const char *bytes, size_t length, const struct row_limits *limits,
                       rows_is_header *is_header, void *ctx, struct err *err) {
    static const char SAVE_AS[] =
        "enregistrez-le au format « CSV UTF-8 » (Fichier, Enregistrer sous), puis importez ce fichier CSV";
    if (begins(bytes, length, "PK", 2)) {
        err_set(err, ERR_INPUT, "UNSUPPORTED_FORMAT",
                "ce fichier est un classeur (XLSX ou ODS) ou une archive, que cette version ne lit pas : %s",
                SAVE_AS);
        return NULL;
    }
    if (begins(bytes, length, "\xD0\xCF\x11\xE0", 4)) {
        err_set(err, ERR_INPUT, "UNSUPPORTED_FORMAT",
                "ce fichier est un ancien classeur (XLS) ou un classeur protégé par un mot de passe : %s",
                SAVE_AS);
        return NULL;
    }
    return rows_text_open(bytes, length, limits, is_header, ctx, err);
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
