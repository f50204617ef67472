/* What a container must offer to be read as rows; only rows.c and the openers include this. */
#ifndef LISTS_ROWS_PRIVATE_H
#define LISTS_ROWS_PRIVATE_H

#include "lists/rows.h"

struct rows_driver {
    int (*next)(struct rows *rows, struct row *row, struct err *err); /* must */
    double (*done)(const struct rows *rows);                          /* must */
    void (*close)(struct rows *rows);                                 /* must; frees rows too */
};

struct rows { /* first member of every driver's own */
    const struct rows_driver *driver;
    struct rows_format format;
};

struct rows *rows_text_open(const char *bytes, size_t length, const struct row_limits *limits,
                            rows_is_header *is_header, void *ctx, struct err *err);

#endif
