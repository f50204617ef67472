/* What a container must offer to be read as rows; only rows.c and the openers include this. */
#ifndef LISTS_ROWS_PRIVATE_H
#define LISTS_ROWS_PRIVATE_H

#include "lists/rows.h"

struct rows_driver { /* each is what the function of the same name in rows.h says, and must be there */
    int (*seek_header)(struct rows *rows, rows_is_header *is_header, void *ctx, struct err *err);
    bool (*seek_start)(struct rows *rows, struct err *err);
    int (*next)(struct rows *rows, struct row *row, struct err *err);
    double (*done)(const struct rows *rows);
    void (*close)(struct rows *rows); /* frees rows too */
};

struct rows { /* first member of every driver's own */
    const struct rows_driver *driver;
    struct rows_format format;
};

struct rows *rows_text_open(const struct source *source, const struct row_limits *limits, struct err *err);
/* Any file that begins with "PK": decides between XLSX and ODS, or refuses. *container as in rows_open. */
struct rows *rows_zip_open(const struct source *source, const struct row_limits *limits, const char **container,
                           struct err *err);

#endif
