/* Writing CSV for French spreadsheets: UTF-8 with BOM, semicolons, CRLF (RFC 4180 otherwise). */
#ifndef MAILER_REPORTS_CSV_CELLS_H
#define MAILER_REPORTS_CSV_CELLS_H

#include "base/buf.h"

struct csv {
    struct buf *out;
    bool in_row;
};

struct csv csv_begin(struct buf *out); /* writes the byte order mark */
/* One cell, quoted when it must be. A text a spreadsheet would take for a formula (first character = + - @
 * TAB CR) gets an apostrophe in front. */
void csv_text(struct csv *csv, const char *text);
/* The same, but what looks like a number and is a code (a leading 0, more than 11 digits) becomes ="01001": Excel and
 * LibreOffice then keep it as it is, and so does `relais import`. A cell that already is ="…" stays. */
void csv_code(struct csv *csv, const char *code);
void csv_number(struct csv *csv, int64_t number);
/* 384 is 38,4: a decimal comma, as French spreadsheets read numbers. Not negative. */
void csv_tenths(struct csv *csv, int64_t tenths);
void csv_end_row(struct csv *csv);

#endif
