/* Columns that line up on a terminal, by display width. */
#ifndef MAILER_REPORTS_TEXT_TABLE_H
#define MAILER_REPORTS_TEXT_TABLE_H

#include "base/buf.h"

struct text_column {
    const char *heading;
    bool right; /* figures */
};

struct text_table; /* keeps copies of what it is given, made safe for a terminal */
struct text_table *text_table_new(const struct text_column *columns, size_t count); /* columns are borrowed */
void text_table_free(struct text_table *table);                                     /* NULL is fine */
AUTO_CLOSE(text_table, text_table_free)

/* Cells from left to right, row after row. */
void text_table_add(struct text_table *table, const char *text);
void text_table_add_number(struct text_table *table, int64_t number); /* 1 234 */
/* Heading, rule and rows, each behind two spaces; the last row set apart as a sum when asked. */
void text_table_write(const struct text_table *table, bool last_is_sum, bool colour, struct buf *out);

/* A word or figure for a terminal: bold or dim when colour is true. */
void text_bold(struct buf *out, bool colour, const char *text);
void text_dim(struct buf *out, bool colour, const char *text);

#endif
