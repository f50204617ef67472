/* Rows of UTF-8 cells from any container (text now; XLSX and ODS plug in as further openers). */
#ifndef LISTS_ROWS_H
#define LISTS_ROWS_H

#include "base/err.h"

struct row_limits { /* all named, all refused or rejected when passed: docs/lists.md, 1, 6 and 19 */
    size_t file_bytes;    /* 25 MB unless [lists] max_megabytes says otherwise */
    size_t columns;       /* 16384 */
    size_t cell_chars;    /* 32767: the row is rejected CELL_TOO_LARGE */
};

struct cell {
    const char *text; /* UTF-8, NUL-terminated, never NULL; borrowed until the next row */
    size_t length;
};

struct row {
    long line; /* physical line where the record starts (CRLF, LF or CR end one), or the sheet's row number */
    const struct cell *cells;
    size_t count;
    const char *bad; /* NULL, or the reason this row cannot be read: "QUOTE_UNBALANCED" … */
    bool mojibake;   /* a cell was repaired */
    bool recoded;    /* not UTF-8 in a file that also has UTF-8: read in the single-byte charset */
};

struct rows_format {
    char container[16], encoding[16], separator[2]; /* "text", "utf-8", ";" as the answers of import say; separator
                                                       "" = no header was found: each row is one cell, a whole line */
};

struct rows; /* opaque: one reader, whatever the container */

/* Opens bytes (borrowed for the reader's life). NULL with ERR_INPUT and a code of RULES (TOO_LARGE …).
 * A first line "sep=;" decides on the separator, otherwise the first of ; , TAB | with which is_header accepts one
 * of the first HEADER_ROWS rows. is_header NULL: the first row is the header, whatever it says. */
enum { HEADER_ROWS = 20 };
typedef bool rows_is_header(const struct row *row, void *ctx);
struct rows *rows_open(const char *bytes, size_t length, const struct row_limits *limits,
                       rows_is_header *is_header, void *ctx, struct err *err);
int rows_next(struct rows *rows, struct row *row, struct err *err); /* 1 a row, 0 the end, -1 refused (err) */
const struct rows_format *rows_format(const struct rows *rows);
double rows_done(const struct rows *rows); /* 0..1, for a progress bar */
void rows_close(struct rows *rows);
AUTO_CLOSE(rows, rows_close)

#endif
