/* A second walk over the rows, beside the rejected lines, which are in their order. */
#include "lists/rejects.h"

#include <string.h>

/* The very header that was found the first time: its line, its titles. */
static bool same_header(const struct row *row, void *ctx) {
    const struct list_result *list = ctx;
    if (row->line != list->header_line || row->count < list->column_count) return false;
    for (size_t i = 0; i < list->column_count; i++)
        if (strcmp(row->cells[i].text, list->columns[i].header)) return false;
    return true;
}

static bool seek(const struct list_result *list, struct rows *rows, struct err *err) {
    if (!list->header_line) return rows_seek_start(rows, err);
    int found = rows_seek_header(rows, same_header, (void *)(uintptr_t)list, err);
    return found > 0 || (found == 0 && err_set(err, ERR_INPUT, "FILE", "ce fichier a changé pendant qu'il était lu ; recommencez"));
}

bool list_rejects(const struct list_result *list, const struct source *source, const struct row_limits *limits,
                  rejected_row *each, void *ctx, struct err *err) {
    if (!list->rejected_count) return true;
    AUTO(rows) rows = rows_open(source, limits, NULL, err);
    struct row row;
    int got = rows && seek(list, rows, err) ? 1 : -1;
    for (size_t at = 0; at < list->rejected_count && got > 0;) {
        got = rows_next(rows, &row, err);
        if (got <= 0 || row.line != list->rejected[at].line) continue;
        if (!each(ctx, &row, &list->rejected[at], err)) return false;
        at++;
    }
    return got >= 0;
}
