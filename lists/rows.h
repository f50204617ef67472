/* Rows of UTF-8 cells from any container: delimited text, XLSX, ODS. */
#ifndef LISTS_ROWS_H
#define LISTS_ROWS_H

#include "base/err.h"
#include "base/source.h"

struct row_limits { /* all named, all refused or rejected when passed: docs/lists.md, 1, 6 and 19 */
    size_t file_bytes;     /* of text: 25 MB unless [lists] max_megabytes says otherwise */
    size_t inflated_bytes; /* of a workbook: 100 MB, of all its parts together */
    size_t columns;        /* 16384 */
    size_t cell_chars;     /* 32767: the row is rejected CELL_TOO_LARGE */
};
enum { LONGEST_CELL_CHARS = 32767, MOST_COLUMNS = 16384, MOST_INFLATED_BYTES = 100000000 };

struct cell {
    const char *text; /* UTF-8, NUL-terminated, never NULL; borrowed until the next row */
    size_t length;
    /* sheets only: */
    const char *link;   /* where its hyperlink points, "mailto:a@b.example"; NULL = none */
    const char *merged; /* covered by a merged cell: the text of that cell, while text is ""; NULL = not covered */
    bool no_value;      /* a formula whose value the file does not hold; text is "" */
};

struct row {
    long line; /* physical line where the record starts (CRLF, LF or CR end one), or the sheet's row number from 1 */
    const struct cell *cells;
    size_t count;
    const char *bad; /* NULL, or the reason this row cannot be read: "QUOTE_UNBALANCED" … */
    bool mojibake;   /* a cell was repaired */
    bool recoded;    /* not UTF-8 in a file that also has UTF-8: read in the single-byte charset */
    bool hidden;     /* a row the sheet does not show */
    uint32_t fill;   /* the colour behind its first coloured cell that says something, 0x01RRGGBB; 0 = none */
};

struct rows_format {
    const char *container; /* "text", "xlsx", "ods" */
    char encoding[16];     /* of text: "utf-8" …; "" of sheets */
    char separator[2];     /* of text: ";"; "" = no header was found, each row is one cell, a whole line */
    const char *sheet;     /* the sheet being read; NULL of text. Borrowed from the reader */
    char *const *other_sheets; /* visible ones that have a header too, and are not read */
    size_t other_sheet_count;
    bool date1904; /* day numbers count from 1904-01-01 */
};

struct rows; /* opaque: one reader, whatever the container */

/* Opens a source (borrowed for the reader's life) by its content, never by its name. NULL with ERR_INPUT and a code of
 * the rules: TOO_LARGE, UNSUPPORTED_FORMAT, ZIP_INVALID, ZIP_BOMB. *container says what it is, refused or not ("" =
 * unknown); may be NULL. */
struct rows *rows_open(const struct source *source, const struct row_limits *limits, const char **container,
                       struct err *err);

/* Looks for the table whose header is among the first HEADER_ROWS rows, and goes back to the first of those rows: of
 * text, trying the separator a first line "sep=;" states, else each of ; , TAB |; of a workbook, every visible sheet
 * in order. is_header NULL: the first row is the header, whatever it says. 1 found, 0 not, -1 refused (TOO_MANY_COLUMNS
 * …). May be asked again with other words. */
enum { HEADER_ROWS = 20 };
typedef bool rows_is_header(const struct row *row, void *ctx);
int rows_seek_header(struct rows *rows, rows_is_header *is_header, void *ctx, struct err *err);
/* Goes to the first row without any header: of text, each row is then one cell, a whole line; of a workbook, the first
 * visible sheet. */
bool rows_seek_start(struct rows *rows, struct err *err) MUST_USE;

/* After one of the seeks. 1 a row, 0 the end, -1 refused (err). */
int rows_next(struct rows *rows, struct row *row, struct err *err);
const struct rows_format *rows_format(const struct rows *rows); /* valid until close */
double rows_done(const struct rows *rows);                      /* 0..1, for a progress bar */
void rows_close(struct rows *rows);
AUTO_CLOSE(rows, rows_close)

#endif
