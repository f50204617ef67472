/* One row of a sheet while its cells come in, and then as rows.h gives it. */
#ifndef LISTS_SHEET_ROW_H
#define LISTS_SHEET_ROW_H

#include "lists/rows.h"
#include "lists/sheet_ranges.h"

struct sheet_value { /* what a cell holds; texts end with a NUL and are copied, unless they last as long as the workbook */
    const char *text, *link; /* link NULL = none */
    size_t length;
    bool lasting, link_lasting;
    bool no_value, mojibake;
    uint32_t fill; /* 0x01RRGGBB, or any other mark of a colour; 0 = none */
};

struct sheet_place { size_t text, link; bool lasting; }; /* offsets in texts; SIZE_MAX: the pointer stands */

struct sheet_row {
    long number;   /* from 1 */
    long repeat;   /* how many such rows there are, this one the first */
    bool hidden;
    bool too_wide; /* empty cells lie beyond the last column allowed */
    bool overflow; /* others do: TOO_MANY_COLUMNS */
    bool blank;    /* once settled: no cell holds text */
    bool mojibake;
    uint32_t fill;
    struct cell *cells; /* once settled */
    size_t count;
    /* own */
    struct sheet_place *places;
    uint32_t *fills;
    size_t room, limit, widest; /* columns; widest of the rows so far */
    struct buf texts, repaired;
};

void sheet_row_init(struct sheet_row *row, size_t columns_limit);
void sheet_row_release(struct sheet_row *row);
void sheet_row_new_sheet(struct sheet_row *row);
void sheet_row_begin(struct sheet_row *row, long number);
/* Columns may come in any order; what lies between them is empty. */
void sheet_row_put(struct sheet_row *row, size_t column, const struct sheet_value *value);
/* The same value in so many columns; a fill alone fills none. */
void sheet_row_put_many(struct sheet_row *row, size_t column, size_t count, const struct sheet_value *value);
/* All cells are there: covered by merged cells, linked, repaired. Texts that merged cells of several rows need are kept
 * in memory. False over MOST_TALL_RANGES or MOST_COVERED. */
struct arena;
bool sheet_row_settle(struct sheet_row *row, struct sheet_ranges *merged, struct sheet_ranges *links, struct arena *memory);

#endif
