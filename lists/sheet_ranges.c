/* Ranges are met from top to bottom, so that a row looks at those that cover it and no others. */
#include "lists/sheet_ranges.h"

#include <stdlib.h>

#include "lists/arena.h"

/* -- references ---------------------------------------------------------------------------------------- */
size_t sheet_column_parse(const char *at, const char **after) {
    size_t column = 0, letters = 0;
    if (*at == '$') at++;
    for (; letters < 6; at++, letters++) {
        char letter = *at >= 'a' && *at <= 'z' ? (char)(*at - 'a' + 'A') : *at;
        if (letter < 'A' || letter > 'Z') break;
        column = column * 26 + (size_t)(letter - 'A' + 1);
    }
    *after = at;
    return letters && letters < 6 ? column - 1 : SIZE_MAX;
}

static bool corner(const char **at, long *row, size_t *column) {
    *column = sheet_column_parse(*at, at);
    if (**at == '$') (*at)++;
    *row = 0;
    for (; **at >= '0' && **at <= '9'; (*at)++)
        if ((*row = *row * 10 + (**at - '0')) > LAST_SHEET_ROW) return false;
    return *row > 0 && *column < LAST_SHEET_COLUMN;
}

bool sheet_range_parse(const char *at, struct sheet_range *range) {
    *range = (struct sheet_range){0};
    if (!corner(&at, &range->top, &range->left)) return false;
    range->bottom = range->top;
    range->right = range->left;
    if (*at == ':' && (at++, !corner(&at, &range->bottom, &range->right))) return false;
    return !*at && range->bottom >= range->top && range->right >= range->left;
}

/* -- the set ------------------------------------------------------------------------------------------- */
bool sheet_ranges_add(struct sheet_ranges *ranges, const struct sheet_range *range) {
    if (ranges->count == MOST_RANGES) return false;
    ROOM_FOR_ONE(ranges->all, ranges->count);
    ranges->all[ranges->count++] = *range;
    return true;
}

static int by_place(const void *left, const void *right) {
    const struct sheet_range *a = left, *b = right;
    if (a->top != b->top) return a->top < b->top ? -1 : 1;
    return (a->left > b->left) - (a->left < b->left);
}

void sheet_ranges_sort(struct sheet_ranges *ranges) {
    if (ranges->count) qsort(ranges->all, ranges->count, sizeof *ranges->all, by_place);
}

static void activate(struct sheet_ranges *ranges, size_t index) {
    ROOM_FOR_ONE(ranges->active, ranges->active_count);
    ranges->active[ranges->active_count++] = index;
}

bool sheet_ranges_row(struct sheet_ranges *ranges, long row) {
    if (row < ranges->row) ranges->next = ranges->active_count = 0; /* a sheet whose rows are not in order */
    ranges->row = row;
    size_t kept = 0;
    for (size_t i = 0; i < ranges->active_count; i++)
        if (ranges->all[ranges->active[i]].bottom >= row) ranges->active[kept++] = ranges->active[i];
    ranges->active_count = kept;
    for (; ranges->next < ranges->count && ranges->all[ranges->next].top < row; ranges->next++)
        if (ranges->all[ranges->next].bottom >= row) activate(ranges, ranges->next);
    bool good = ranges->active_count <= MOST_TALL_RANGES;
    for (; ranges->next < ranges->count && ranges->all[ranges->next].top == row; ranges->next++)
        activate(ranges, ranges->next);
    return good;
}

void sheet_ranges_clear(struct sheet_ranges *ranges) {
    free(ranges->all);
    free(ranges->active);
    *ranges = (struct sheet_ranges){0};
}
