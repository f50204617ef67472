/* Rectangles of a sheet that say something about their cells: where hyperlinks point, what merged cells hold. */
#ifndef LISTS_SHEET_RANGES_H
#define LISTS_SHEET_RANGES_H

#include "base/common.h"

/* More than a person draws; a tall range is one that reaches over several rows, and a row is covered by few. */
enum { MOST_RANGES = 200000, MOST_TALL_RANGES = 1000, MOST_COVERED = 1 << 16 /* cells of one row, each time counted */,
       LAST_SHEET_ROW = 1048576, LAST_SHEET_COLUMN = 16384 };

struct sheet_range {
    long top, bottom;   /* rows, from 1 */
    size_t left, right; /* columns, from 0 */
    const char *text;   /* borrowed; NULL = none */
};

/* "B7" or "B7:D9", with "$" or without; false when it is neither, or outside of any sheet. */
bool sheet_range_parse(const char *reference, struct sheet_range *range);
/* The letters of a reference as a column from 0, *after behind them; SIZE_MAX when there are none or too many. */
size_t sheet_column_parse(const char *reference, const char **after);

struct sheet_ranges { /* {0} is empty */
    struct sheet_range *all; /* from top to bottom, then from left to right */
    size_t count, next;      /* all[next] is the first one below the row */
    size_t *active;          /* those that cover the row */
    size_t active_count;
    long row;
};

bool sheet_ranges_add(struct sheet_ranges *ranges, const struct sheet_range *range); /* false over MOST_RANGES */
void sheet_ranges_sort(struct sheet_ranges *ranges); /* unless they were added in order */
/* Goes to a row; false over MOST_TALL_RANGES. */
bool sheet_ranges_row(struct sheet_ranges *ranges, long row);
void sheet_ranges_clear(struct sheet_ranges *ranges); /* memory freed, reusable */

#endif
