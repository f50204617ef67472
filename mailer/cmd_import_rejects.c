/* The rejected rows of an import as a table: the cells of the file, why, and what to do. Corrected, it is a list. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lists/codes.h"
#include "lists/rejects.h"
#include "mailer/cmd_import.h"

enum { TITLE_WIDTH = 22, REASON_WIDTH = 20, REMEDY_WIDTH = 80, OWN_COLUMNS = 2 };

/* A line of an address list cannot be mended in place by cells: it is shown, beside the cells to fill in. */
static const struct table_column LINE_COLUMNS[] = {{"Ligne d'origine", REMEDY_WIDTH}, {"Commune", TITLE_WIDTH},
                                                   {"Code INSEE", 12},              {"Courriel", 40},
                                                   {OWN_REASON, REASON_WIDTH},      {OWN_REMEDY, REMEDY_WIDTH}};

/* A formula whose value the file does not hold: left empty, the row would pass for one without an address. */
#define NO_VALUE "=?"

struct rejects {
    struct table_out *out;
    size_t width;      /* cells before Relais' own two */
    size_t department; /* the column of departments; NO_CELL = none */
    bool carries;      /* a row written before has a department, which would be carried into an empty cell */
};

static bool blank(const char *text) {
    return !text[strspn(text, " \t")];
}

/* In the list an empty department is that of the rows above, and here other rows are above: what it was carried from is
 * written; where nothing was, "?" keeps anything from being carried. */
static const char *department_of(struct rejects *rejects, const char *text, const struct list_verdict *why) {
    const char *said = !blank(text) ? text : *why->department ? why->department : rejects->carries ? "?" : text;
    rejects->carries |= !blank(said);
    return said;
}

/* What a cell says, its own text or what stands for it in a sheet: the merged cell over it, the address it links to. */
static const char *text_of(const struct cell *cell) {
    if (cell->merged && !cell->length) return cell->merged;
    bool address = cell->link && !strncasecmp(cell->link, "mailto:", strlen("mailto:"));
    return address && !strchr(cell->text, '@') ? cell->link : cell->text;
}

static bool write_row(void *ctx, const struct row *row, const struct list_verdict *why, struct err *err) {
    struct rejects *rejects = ctx;
    (void)err;
    for (size_t i = 0; i < rejects->width; i++) {
        const struct cell *cell = i < row->count ? &row->cells[i] : NULL;
        const char *text = cell ? text_of(cell) : "";
        if (i == why->at && cell && cell->no_value) text = NO_VALUE;
        const char *said = i == rejects->department ? department_of(rejects, text, why) : text;
        table_bytes(rejects->out, said, cell && said == cell->text ? cell->length : strlen(said));
    }
    table_text(rejects->out, why->reason);
    table_text(rejects->out, why->hint ? why->hint : code_sentence(why->reason));
    table_end_row(rejects->out);
    return true;
}

static size_t department_column(const struct list_result *list) {
    for (size_t i = 0; i < list->column_count; i++)
        if (list->columns[i].role && !strcmp(list->columns[i].role, COLUMN_ROLE[COLUMN_DEPARTMENT])) return i;
    return NO_CELL;
}

/* The titles of the list, empty ones over what lies beyond them, and Relais' own two. */
static struct table_column *columns_of(const struct list_result *list, size_t width) {
    struct table_column *columns = mem_new(width + OWN_COLUMNS, sizeof *columns);
    for (size_t i = 0; i < width; i++) {
        bool own = i >= list->column_count;
        columns[i] = (struct table_column){own ? "" : list->columns[i].header, TITLE_WIDTH};
    }
    columns[width] = (struct table_column){OWN_REASON, REASON_WIDTH};
    columns[width + 1] = (struct table_column){OWN_REMEDY, REMEDY_WIDTH};
    return columns;
}

struct table_out *import_rejects(const struct import_answer *answer, const char *path, enum table_form form, struct err *err) {
    const struct list_result *list = &answer->list;
    bool table = list->header_line > 0;
    size_t most = MOST_COLUMNS - OWN_COLUMNS, width = list->rejected_width < most ? list->rejected_width : most;
    AUTO_MEM struct table_column *columns = columns_of(list, width);
    if (!table) width = COUNT(LINE_COLUMNS) - OWN_COLUMNS;
    struct rejects rejects = {.width = width, .department = department_column(list)};
    rejects.out = table_out_open(path, form, table ? columns : LINE_COLUMNS, width + OWN_COLUMNS, err);
    if (rejects.out && list_rejects(list, &answer->source, &answer->limits, write_row, &rejects, err) &&
        source_unchanged(&answer->source, err))
        return rejects.out;
    table_out_close(rejects.out);
    return NULL;
}
