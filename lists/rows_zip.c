/* Workbooks as rows: which format, which sheet, and how much of it at most (RULES 1, 4, 19). */
#include <stdlib.h>
#include <string.h>

#include "lists/rows_private.h"
#include "lists/workbook.h"

enum { ROW_COST = 64, CELL_COST = 8 }; /* bytes that a row, and a cell, count for beside its text */

struct zip_rows {
    struct rows base;
    struct row_limits limits;
    struct zip_archive *archive;
    struct workbook *book;
    char *sheet;        /* base.format.sheet */
    size_t other_room;
    size_t sheet_index; /* the one being read */
    long line, repeats; /* of the row being given; repeats still to give */
    size_t given;       /* bytes, of this sheet */
};

static int workbook_bomb(const struct zip_rows *rows, struct err *err) {
    err_set(err, ERR_INPUT, "ZIP_BOMB",
            "une fois dépliée, la feuille « %.100s » dépasserait les %zu Mo permis : copiez la liste seule dans un nouveau "
            "classeur",
            rows->book->sheet_name, rows->limits.inflated_bytes / 1000000);
    return -1;
}

static int too_many_columns(const struct zip_rows *rows, struct err *err) {
    err_set(err, ERR_INPUT, "TOO_MANY_COLUMNS",
            "la ligne %ld de la feuille « %.100s » a plus de %zu colonnes ; supprimez les colonnes inutiles",
            rows->book->row.number, rows->book->sheet_name, rows->limits.columns);
    return -1;
}

/* -- rows ---------------------------------------------------------------------------------------------- */
/* A shared text, a link or merged cell over many rows, a repeated row: a few bytes may stand for many, which count like
 * those that a part inflates to. */
static bool affordable(struct zip_rows *rows, const struct sheet_row *row) {
    size_t cost = ROW_COST + row->count * CELL_COST;
    for (const struct cell *cell = row->cells; cell < row->cells + row->count; cell++)
        cost += cell->length + (cell->link ? strlen(cell->link) : 0) + (cell->merged ? strlen(cell->merged) : 0);
    if (cost > rows->limits.inflated_bytes - rows->given) return false;
    rows->given += cost;
    return true;
}

static int next_row(struct zip_rows *rows, struct row *row, struct err *err) {
    const struct sheet_row *from = &rows->book->row;
    while (!rows->repeats) {
        int got = rows->book->driver->next(rows->book, err);
        if (got <= 0) return got;
        if (from->overflow) return too_many_columns(rows, err);
        if (from->blank) continue;
        if (from->number > LAST_SHEET_ROW) return workbook_crowded(err, "lignes (1 048 576 au plus)");
        rows->line = from->number;
        rows->repeats = from->repeat;
    }
    if (rows->line > LAST_SHEET_ROW) return workbook_crowded(err, "lignes (1 048 576 au plus)");
    if (!affordable(rows, from)) return workbook_bomb(rows, err);
    *row = (struct row){.line = rows->line++, .cells = from->cells, .count = from->count, .mojibake = from->mojibake,
                        .hidden = from->hidden, .fill = from->fill};
    rows->repeats--;
    return 1;
}

static int go_to_sheet(struct zip_rows *rows, size_t index, bool whole, struct err *err) {
    rows->repeats = 0;
    rows->given = 0;
    sheet_row_new_sheet(&rows->book->row);
    int got = rows->book->driver->sheet(rows->book, index, whole, err);
    rows->base.format.date1904 = rows->book->date1904;
    return got;
}

static int zip_next(struct rows *base, struct row *row, struct err *err) {
    return next_row((struct zip_rows *)base, row, err);
}

/* -- sheets -------------------------------------------------------------------------------------------- */
/* Whether the sheet gone to has a header: 1, 0, -1 refused. */
static int has_header(struct zip_rows *rows, rows_is_header *is_header, void *ctx, struct err *err) {
    struct row row;
    int got;
    while ((got = next_row(rows, &row, err)) > 0 && row.line <= HEADER_ROWS) {
        if (is_header && !is_header(&row, ctx)) continue;
        return rows->book->row.too_wide ? too_many_columns(rows, err) : 1;
    }
    return got < 0 ? -1 : 0;
}

static void forget_other_sheets(struct zip_rows *rows) {
    struct rows_format *format = &rows->base.format;
    for (size_t i = 0; i < format->other_sheet_count; i++) free(format->other_sheets[i]);
    format->other_sheet_count = 0;
}

static void add_other_sheet(struct zip_rows *rows) {
    struct rows_format *format = &rows->base.format;
    char **names = (char **)(uintptr_t)format->other_sheets;
    ROOM_FOR_ONE(names, format->other_sheet_count);
    names[format->other_sheet_count++] = text_dup(rows->book->sheet_name);
    format->other_sheets = names;
}

static bool read_sheet(struct zip_rows *rows, size_t index, struct err *err) {
    int got = go_to_sheet(rows, index, true, err);
    if (got < 0) return false;
    free(rows->sheet);
    rows->base.format.sheet = rows->sheet = text_dup(got ? rows->book->sheet_name : "");
    return true;
}

static int zip_seek_header(struct rows *base, rows_is_header *is_header, void *ctx, struct err *err) {
    struct zip_rows *rows = (struct zip_rows *)base;
    size_t found = SIZE_MAX;
    int got;
    forget_other_sheets(rows);
    for (size_t i = 0; (got = go_to_sheet(rows, i, false, err)) > 0; i++) {
        got = has_header(rows, is_header, ctx, err);
        if (got < 0) return -1;
        if (got && found != SIZE_MAX) add_other_sheet(rows);
        if (got && found == SIZE_MAX) found = i;
    }
    if (got < 0) return -1;
    if (found == SIZE_MAX) return 0;
    return read_sheet(rows, found, err) ? 1 : -1;
}

static bool zip_seek_start(struct rows *base, struct err *err) {
    struct zip_rows *rows = (struct zip_rows *)base;
    forget_other_sheets(rows);
    return read_sheet(rows, 0, err);
}

/* -- the driver ---------------------------------------------------------------------------------------- */
static double zip_done(const struct rows *base) {
    const struct zip_rows *rows = (const struct zip_rows *)base;
    return rows->book->driver->done(rows->book);
}

static void zip_close(struct rows *base) {
    struct zip_rows *rows = (struct zip_rows *)base;
    forget_other_sheets(rows);
    free((char **)(uintptr_t)rows->base.format.other_sheets);
    free(rows->sheet);
    if (rows->book) rows->book->driver->close(rows->book);
    zip_archive_close(rows->archive);
    free(rows);
}

static const struct rows_driver SHEETS = {.seek_header = zip_seek_header, .seek_start = zip_seek_start, .next = zip_next, .done = zip_done, .close = zip_close};

static const char *container_of(const struct zip_archive *archive) {
    if (zip_archive_has(archive, "xl/workbook.xml")) return "xlsx";
    return zip_archive_has(archive, "content.xml") ? "ods" : "";
}

struct rows *rows_zip_open(const struct source *source, const struct row_limits *limits, const char **container,
                           struct err *err) {
    struct zip_rows *rows = mem_new(1, sizeof *rows);
    rows->base.driver = &SHEETS;
    rows->limits = *limits;
    rows->archive = zip_archive_open(source, err);
    if (!rows->archive) return zip_close(&rows->base), NULL;
    rows->base.format.container = *container = container_of(rows->archive);
    if (!**container) {
        err_set(err, ERR_INPUT, "UNSUPPORTED_FORMAT",
                "ce fichier est une archive, mais ni un classeur XLSX, ni un classeur ODS : enregistrez la liste au format "
                "« Classeur Excel (.xlsx) » ou « CSV UTF-8 », puis importez ce nouveau fichier");
        return zip_close(&rows->base), NULL;
    }
    if (zip_archive_accept(rows->archive, limits->inflated_bytes, err))
        rows->book = (**container == 'x' ? xlsx_open : ods_open)(rows->archive, &rows->limits, err);
    if (!rows->book) return zip_close(&rows->base), NULL;
    return &rows->base;
}
