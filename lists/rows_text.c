/* Delimited text as rows: RFC 4180 with the separators and accidents of French spreadsheets (RULES 2, 3, 13,
 * 19). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lists/charset.h"
#include "lists/decoder.h"
#include "lists/rows_private.h"

struct text_rows {
    struct rows base;
    struct decoder *decoder;
    struct buf window;   /* decoded text, from the record being read on */
    size_t at;           /* of the next record in window */
    bool ended;          /* nothing comes behind window */
    bool moved;          /* window does not begin at the text's start any more */
    long line;           /* of at */
    char separator;      /* '\0': whole lines */
    size_t header_cells; /* of the header row; 0 = not known */
    size_t recoded;      /* decoder_recoded's cursor */
    size_t columns_limit;
    struct cell *cells;
    size_t *offsets; /* of each cell in scratch, which moves while it grows */
    size_t count, room;
    long inner_lines; /* line ends inside the quotes of the record just read */
    bool too_wide; /* cells beyond the limit were dropped, empty ones */
    struct buf scratch, repaired;
};

static const char CANDIDATES[] = {';', ',', '\t', '|'};

/* -- one record ---------------------------------------------------------------------------------------- */
static void cell_begin(struct text_rows *rows) {
    if (rows->count == rows->room) {
        rows->room = rows->room ? rows->room * 2 : 64;
        rows->cells = mem_grow(rows->cells, rows->room, sizeof *rows->cells);
        rows->offsets = mem_grow(rows->offsets, rows->room, sizeof *rows->offsets);
    }
    rows->offsets[rows->count] = rows->scratch.length;
}

/* False when a cell that says something lies beyond the limit. */
static bool cell_end(struct text_rows *rows) {
    size_t start = rows->offsets[rows->count], length = rows->scratch.length - start;
    if (rows->count >= rows->columns_limit) {
        rows->too_wide = true;
        return !length;
    }
    rows->cells[rows->count++] = (struct cell){.length = length};
    buf_add_char(&rows->scratch, '\0');
    return true;
}

enum quoted { QUOTED_CLOSED, QUOTED_BROKEN, QUOTED_OPEN }; /* OPEN: never closed as far as the text is known */
static long count_line_ends(const char *at, const char *end) {
    long count = 0;
    for (; (at = line_end(at, end)) < end; at = line_next(at, end)) count++;
    return count;
}

/* The inside of a quoted cell; *at behind the opening quote on entry, behind the closing one on return. */
static enum quoted quoted_cell(struct buf *out, const char **at, const char *end, char separator) {
    for (const char *from = *at;;) {
        const char *quote = from < end ? memchr(from, '"', (size_t)(end - from)) : NULL;
        if (!quote) return QUOTED_OPEN;
        buf_add(out, from, (size_t)(quote - from));
        if (quote + 1 < end && quote[1] == '"') {
            buf_add_char(out, '"');
            from = quote + 2;
            continue;
        }
        *at = quote + 1;
        return *at == end || **at == separator || **at == '\n' || **at == '\r' ? QUOTED_CLOSED
                                                                               : QUOTED_BROKEN;
    }
}

enum record { RECORD_GOOD, RECORD_BROKEN, RECORD_OPEN, RECORD_TOO_WIDE };
/* Cells from *at to the end of the record, *at then behind its line end. */
static enum record read_record(struct text_rows *rows, const char **from, const char *end, char separator) {
    const char *at = *from;
    rows->count = 0;
    rows->inner_lines = 0;
    rows->too_wide = false;
    buf_clear(&rows->scratch);
    for (;; at++) {
        cell_begin(rows);
        if (separator && at < end && *at == '"') {
            at++;
            const char *inside = at;
            enum quoted got = quoted_cell(&rows->scratch, &at, end, separator);
            if (got != QUOTED_CLOSED) return got == QUOTED_OPEN ? RECORD_OPEN : RECORD_BROKEN;
            rows->inner_lines += count_line_ends(inside, at);
        } else {
            const char *start = at;
            while (at < end && *at != '\n' && *at != '\r' && (*at != separator || !separator)) at++;
            buf_add(&rows->scratch, start, (size_t)(at - start));
        }
        if (!cell_end(rows)) return RECORD_TOO_WIDE;
        if (at == end || *at == '\n' || *at == '\r') break;
    }
    *from = line_next(at, end);
    return RECORD_GOOD;
}

/* Pointers to the cells, once scratch stands still; twice-encoded cells repaired. */
static void settle_cells(struct text_rows *rows, struct row *row) {
    for (size_t i = 0; i < rows->count; i++) {
        const char *text = rows->scratch.bytes + rows->offsets[i];
        if (!charset_repair_mojibake(text, rows->cells[i].length, &rows->repaired)) continue;
        /* Repaired text is shorter than what it comes from, so it fits in its place. */
        rows->cells[i].length = rows->repaired.length;
        memcpy(rows->scratch.bytes + rows->offsets[i], buf_text(&rows->repaired), rows->repaired.length + 1);
        row->mojibake = true;
    }
    for (size_t i = 0; i < rows->count; i++) rows->cells[i].text = rows->scratch.bytes + rows->offsets[i];
    row->cells = rows->cells;
    row->count = rows->count;
}

/* A record of one cell that holds a whole row in quotes is that row. */
static void split_whole_row(struct text_rows *rows) {
    if (rows->count != 1 || rows->header_cells < 2) return;
    size_t length = rows->cells[0].length;
    if (!memchr(rows->scratch.bytes, rows->separator, length)) return;
    char *inside = mem_copy(rows->scratch.bytes, length + 1);
    const char *at = inside;
    enum record got = read_record(rows, &at, inside + length, rows->separator);
    if (got != RECORD_GOOD || at != inside + length || rows->count < rows->header_cells) {
        rows->count = 0; /* it was one cell after all */
        buf_clear(&rows->scratch);
        cell_begin(rows);
        buf_add(&rows->scratch, inside, length);
        cell_end(rows);
    }
    free(inside);
}

static int too_many_columns(const struct text_rows *rows, struct err *err) {
    err_set(err, ERR_INPUT, "TOO_MANY_COLUMNS",
            "la ligne %ld a plus de %zu colonnes ; supprimez les colonnes inutiles", rows->line,
            rows->columns_limit);
    return -1;
}

/* -- the window over the text ---------------------------------------------------------------------------- */
/* What lies before the record being read goes, more text comes: as much again as is pending, so that a record of any
 * length is read through a few times only. */
static bool more_text(struct text_rows *rows, struct err *err) {
    rows->moved |= rows->at > 0;
    buf_drop(&rows->window, rows->at);
    rows->at = 0;
    int got = decoder_more(rows->decoder, rows->window.length, &rows->window, err);
    rows->ended = got == 0;
    return got >= 0;
}

/* The record at `at`, once all of it is in the window; *start and *stop: the record and what follows it. A broken one:
 * nothing may be swallowed, so that its first line is lost and the next one is read. */
static bool next_record(struct text_rows *rows, const char **start, const char **stop, enum record *got, struct err *err) {
    for (;;) {
        const char *end = rows->window.bytes + rows->window.length;
        *start = *stop = rows->window.bytes + rows->at;
        *got = read_record(rows, stop, end, rows->separator);
        if (*got == RECORD_TOO_WIDE) return true;
        if (*got == RECORD_BROKEN) *stop = line_next(line_end(*start, end), end);
        if (rows->ended || (*got != RECORD_OPEN && *stop < end)) break;
        if (!more_text(rows, err)) return false;
    }
    if (*got == RECORD_OPEN) *stop = line_next(line_end(*start, rows->window.bytes + rows->window.length),
                                               rows->window.bytes + rows->window.length);
    return true;
}

static int text_next(struct rows *base, struct row *row, struct err *err) {
    struct text_rows *rows = (struct text_rows *)base;
    const char *start, *stop;
    enum record got;
    long inner_lines;
    *row = (struct row){.line = rows->line};
    if (rows->at == rows->window.length && !rows->ended && !more_text(rows, err)) return -1;
    if (rows->at == rows->window.length) return 0;
    if (!next_record(rows, &start, &stop, &got, err)) return -1;
    if (got == RECORD_TOO_WIDE) return too_many_columns(rows, err);
    inner_lines = got == RECORD_GOOD ? rows->inner_lines : 0;
    if (got != RECORD_GOOD) {
        const char *line = start;
        read_record(rows, &line, line_end(start, stop), '\0');
        row->bad = "QUOTE_UNBALANCED";
    } else
        split_whole_row(rows);
    settle_cells(rows, row);
    rows->line += inner_lines + 1;
    rows->at = (size_t)(stop - rows->window.bytes);
    row->recoded = decoder_recoded(rows->decoder, &rows->recoded, rows->line);
    return 1;
}

/* -- which separator ----------------------------------------------------------------------------------- */
static void rewind_with(struct text_rows *rows, char separator) {
    if (rows->moved) {
        decoder_rewind(rows->decoder);
        buf_clear(&rows->window);
        rows->ended = rows->moved = false;
    }
    rows->at = rows->recoded = 0;
    rows->line = 1;
    rows->separator = separator;
    rows->header_cells = 0;
}

static size_t cells_without_trailing_empty(const struct row *row) {
    size_t count = row->count;
    while (count && !row->cells[count - 1].length) count--;
    return count;
}

/* 1: this separator yields a header; 0 not; -1 refused. */
static int yields_header(struct text_rows *rows, char separator, rows_is_header *is_header, void *ctx,
                         struct err *err) {
    rewind_with(rows, separator);
    rows->header_cells = 2; /* a header wholly in quotes is split again too */
    for (int i = 0; i < HEADER_ROWS; i++) {
        struct row row;
        int got = text_next(&rows->base, &row, err);
        if (got <= 0) return got;
        if (row.bad || (is_header && !is_header(&row, ctx))) continue;
        if (rows->too_wide) return too_many_columns(rows, err);
        rows->header_cells = cells_without_trailing_empty(&row);
        return 1;
    }
    return 0;
}

/* "sep=;" on the first line, quoted or not; '\0' when it is not there, or no ASCII sign that could separate (the first
 * byte of an "é" would cut every other accent in two). */
static char stated_separator(const char *text, size_t length) {
    if (length && *text == '"') text++, length--;
    if (length < 5 || strncasecmp(text, "sep=", 4)) return '\0';
    return text[4] == '\t' || (text[4] >= ' ' && text[4] <= '~' && text[4] != '"') ? text[4] : '\0';
}

static int text_seek_header(struct rows *base, rows_is_header *is_header, void *ctx, struct err *err) {
    struct text_rows *rows = (struct text_rows *)base;
    rewind_with(rows, '\0');
    if (!rows->window.length && !rows->ended && !more_text(rows, err)) return -1;
    char stated = stated_separator(buf_text(&rows->window), rows->window.length), chosen = '\0';
    for (size_t i = 0; i < (stated ? 1 : COUNT(CANDIDATES)) && !chosen; i++) {
        char candidate = stated ? stated : CANDIDATES[i];
        int got = yields_header(rows, candidate, is_header, ctx, err);
        if (got < 0) return -1;
        if (got) chosen = candidate;
    }
    size_t header_cells = rows->header_cells;
    rewind_with(rows, chosen);
    rows->header_cells = chosen ? header_cells : 0;
    rows->base.format.separator[0] = chosen;
    return chosen != '\0';
}

static bool text_seek_start(struct rows *base, struct err *err) {
    struct text_rows *rows = (struct text_rows *)base;
    (void)err;
    rewind_with(rows, '\0');
    rows->base.format.separator[0] = '\0';
    return true;
}

/* -- the driver ---------------------------------------------------------------------------------------- */
static double text_done(const struct rows *base) {
    return decoder_done(((const struct text_rows *)base)->decoder);
}

static void text_close(struct rows *base) {
    struct text_rows *rows = (struct text_rows *)base;
    decoder_close(rows->decoder);
    buf_release(&rows->window);
    buf_release(&rows->scratch);
    buf_release(&rows->repaired);
    free(rows->cells);
    free(rows->offsets);
    free(rows);
}

static const struct rows_driver TEXT = {.seek_header = text_seek_header, .seek_start = text_seek_start, .next = text_next, .done = text_done, .close = text_close};

struct rows *rows_text_open(const struct source *source, const struct row_limits *limits, struct err *err) {
    size_t length = source->length;
    if (length > limits->file_bytes) {
        err_set(err, ERR_INPUT, "TOO_LARGE",
                "le fichier pèse %zu,%zu Mo, plus que les %zu Mo permis ([lists] max_megabytes) ; partagez-le en plusieurs",
                length / 1000000, length / 100000 % 10, limits->file_bytes / 1000000);
        return NULL;
    }
    struct decoder *decoder = decoder_open(source, err);
    if (!decoder) return NULL;
    struct text_rows *rows = mem_new(1, sizeof *rows);
    *rows = (struct text_rows){.base = {.driver = &TEXT, .format = {.container = "text"}},
                               .decoder = decoder,
                               .columns_limit = limits->columns,
                               .window = BUF_INIT(SIZE_MAX / 2),
                               .scratch = BUF_INIT(SIZE_MAX / 2),
                               .repaired = BUF_INIT(SIZE_MAX / 2)};
    snprintf(rows->base.format.encoding, sizeof rows->base.format.encoding, "%s", decoder_encoding(decoder));
    return &rows->base;
}
