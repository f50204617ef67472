/* One table for spreadsheets, row after row: CSV that a French Excel opens right, or a workbook (XLSX). Whoever fills
 * it need not know which. */
#ifndef MAILER_REPORTS_TABLE_OUT_H
#define MAILER_REPORTS_TABLE_OUT_H

#include "base/buf.h"
#include "base/err.h"

enum table_form { TABLE_CSV, TABLE_XLSX };
struct table_column {
    const char *title;
    int width; /* of a workbook's column, in characters */
};

struct table_out;
/* path NULL or "-": standard output, of CSV only (ERR_INPUT USAGE). The titles are written. */
struct table_out *table_out_open(const char *path, enum table_form form, const struct table_column *columns,
                                 size_t count, struct err *err);
/* Cells from left to right. */
void table_text(struct table_out *table, const char *text);
void table_bytes(struct table_out *table, const char *text, size_t length); /* a NUL inside is shown as U+FFFD */
void table_code(struct table_out *table, const char *code); /* digits that are no number: 01001, a SIREN */
void table_number(struct table_out *table, int64_t number);
void table_tenths(struct table_out *table, int64_t tenths); /* 384 is 38,4 */
void table_moment(struct table_out *table, const char *zone, int64_t at_ms); /* below 0: nothing */
void table_end_row(struct table_out *table);
/* Puts the file in its place; what was opened and not committed leaves no file. */
bool table_out_commit(struct table_out *table, struct err *err) MUST_USE;
void table_out_close(struct table_out *table); /* NULL is fine */
AUTO_CLOSE(table_out, table_out_close)

/* What a file's name asks for: *form is CSV or XLSX and true, or false for any other name and for NULL. */
bool table_form_of(const char *path, enum table_form *form);

#endif
