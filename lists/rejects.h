/* The rejected rows of a list, found again in its source cell by cell, to be written back. */
#ifndef LISTS_REJECTS_H
#define LISTS_REJECTS_H

#include "lists/list_import.h"

/* One rejected row and its verdict. An address list has one cell, its line; so has a row that could not be cut into
 * cells (QUOTE_UNBALANCED). Cells at and behind list->rejected_width say nothing, or are Relais' own. */
typedef bool rejected_row(void *ctx, const struct row *row, const struct list_verdict *why, struct err *err);

/* Reads the source once more, up to the last rejected row; nothing is kept but one row. False: err, or each said so. */
bool list_rejects(const struct list_result *list, const struct source *source, const struct row_limits *limits,
                  rejected_row *each, void *ctx, struct err *err);

#endif
