/* Cells by column, their texts in one buffer that moves while it grows. */
#include "lists/sheet_row.h"

#include <stdlib.h>
#include <string.h>

#include "lists/arena.h"
#include "lists/charset.h"

void sheet_row_init(struct sheet_row *row, size_t columns_limit) {
    *row = (struct sheet_row){.limit = columns_limit, .texts = BUF_INIT(SIZE_MAX / 2), .repaired = BUF_INIT(SIZE_MAX / 2)};
}

void sheet_row_release(struct sheet_row *row) {
    free(row->cells);
    free(row->places);
    free(row->fills);
    buf_release(&row->texts);
    buf_release(&row->repaired);
}

void sheet_row_new_sheet(struct sheet_row *row) {
    row->widest = 0;
}

void sheet_row_begin(struct sheet_row *row, long number) {
    row->number = number;
    row->repeat = 1;
    row->hidden = row->too_wide = row->overflow = row->mojibake = false;
    row->count = 0;
    row->fill = 0;
    buf_clear(&row->texts);
}

/* -- cells --------------------------------------------------------------------------------------------- */
static const struct sheet_place STANDING = {SIZE_MAX, SIZE_MAX, true};

static void widen(struct sheet_row *row, size_t count) {
    if (count > row->room) {
        row->room = count * 2 + 16;
        row->cells = mem_grow(row->cells, row->room, sizeof *row->cells);
        row->places = mem_grow(row->places, row->room, sizeof *row->places);
        row->fills = mem_grow(row->fills, row->room, sizeof *row->fills);
    }
    for (; row->count < count; row->count++) {
        row->cells[row->count] = (struct cell){.text = ""};
        row->places[row->count] = STANDING;
        row->fills[row->count] = 0;
    }
}

static size_t keep(struct sheet_row *row, const char *text, size_t length) {
    size_t at = row->texts.length;
    buf_add(&row->texts, text, length + 1); /* its NUL too */
    return at;
}

void sheet_row_put_many(struct sheet_row *row, size_t column, size_t count, const struct sheet_value *value) {
    bool says = value->length || value->link || value->no_value;
    if (column >= row->limit || count > row->limit - column) {
        row->too_wide = true;
        if (value->length) row->overflow = true;
        count = column < row->limit ? row->limit - column : 0;
    }
    if (!says || row->overflow) return;
    struct sheet_place place = STANDING;
    place.lasting = value->lasting;
    if (!value->lasting) place.text = keep(row, value->text, value->length);
    if (value->link && !value->link_lasting) place.link = keep(row, value->link, strlen(value->link));
    if (column + count > row->count) widen(row, column + count);
    for (size_t i = column; i < column + count; i++) {
        row->cells[i] = (struct cell){.text = value->text, .length = value->length, .link = value->link, .no_value = value->no_value};
        row->places[i] = place;
        row->fills[i] = value->fill;
    }
    row->mojibake |= value->mojibake;
}

void sheet_row_put(struct sheet_row *row, size_t column, const struct sheet_value *value) {
    sheet_row_put_many(row, column, 1, value);
}

/* -- settling ------------------------------------------------------------------------------------------ */
static bool ascii(const char *text, size_t length) {
    unsigned char all = 0;
    for (size_t i = 0; i < length; i++) all |= (unsigned char)text[i];
    return all < 0x80;
}

/* A twice-encoded cell; what is repaired is shorter, so it fits in its place. */
static void repair(struct sheet_row *row, size_t offset, struct cell *cell) {
    char *text = row->texts.bytes + offset;
    if (ascii(text, cell->length) || !charset_repair_mojibake(text, cell->length, &row->repaired)) return;
    if (row->repaired.length > cell->length) return;
    memcpy(text, buf_text(&row->repaired), row->repaired.length + 1);
    cell->length = row->repaired.length;
    row->mojibake = true;
}

static void settle_texts(struct sheet_row *row) {
    for (size_t i = 0; i < row->count; i++) {
        struct cell *cell = &row->cells[i];
        const struct sheet_place *place = &row->places[i];
        if (place->link != SIZE_MAX) cell->link = row->texts.bytes + place->link;
        if (place->text == SIZE_MAX) continue;
        cell->text = row->texts.bytes + place->text;
        bool same_as_before = i && row->places[i - 1].text == place->text;
        if (same_as_before)
            cell->length = row->cells[i - 1].length;
        else
            repair(row, place->text, cell);
    }
}

static const char *anchor_text(const struct sheet_row *row, const struct sheet_range *range, struct arena *memory) {
    if (range->left >= row->count) return "";
    const struct cell *cell = &row->cells[range->left];
    if (range->bottom == range->top || row->places[range->left].lasting) return cell->text;
    return arena_text(memory, cell->text, cell->length);
}

/* The columns of a range that matter: no row so far holds more. */
static size_t range_end(const struct sheet_row *row, const struct sheet_range *range) {
    size_t most = row->count > row->widest ? row->count : row->widest;
    return range->right < most ? range->right + 1 : most;
}

/* A covered cell that still holds something of its own is no empty cell (RULES 7). */
static size_t cover(struct sheet_row *row, const struct sheet_range *range) {
    size_t end = range_end(row, range), covered = 0;
    if (end > row->count) widen(row, end);
    for (size_t i = range->left; i < end; i++, covered++) {
        if (!row->cells[i].length && (i != range->left || range->top != row->number)) row->cells[i].merged = range->text;
    }
    return covered;
}

static bool settle_merged(struct sheet_row *row, struct sheet_ranges *merged, struct arena *memory) {
    if (!sheet_ranges_row(merged, row->number)) return false;
    size_t covered = 0;
    for (size_t i = 0; i < merged->active_count && covered <= MOST_COVERED; i++) {
        struct sheet_range *range = &merged->all[merged->active[i]];
        if (range->top == row->number)
            range->text = anchor_text(row, range, memory);
        else if (!range->text) /* its first row holds nothing */
            range->text = "";
        covered += cover(row, range);
    }
    return covered <= MOST_COVERED;
}

static bool settle_links(struct sheet_row *row, struct sheet_ranges *links) {
    if (!sheet_ranges_row(links, row->number)) return false;
    size_t linked = 0;
    for (size_t i = 0; i < links->active_count && linked <= MOST_COVERED; i++) {
        const struct sheet_range *range = &links->all[links->active[i]];
        size_t end = range_end(row, range);
        if (end > row->count) widen(row, end);
        for (size_t k = range->left; k < end; k++, linked++) row->cells[k].link = range->text;
    }
    return linked <= MOST_COVERED;
}

static void settle_look(struct sheet_row *row) {
    size_t last = 0;
    row->blank = true;
    row->fill = 0;
    for (size_t i = 0; i < row->count; i++) {
        if (!row->cells[i].length) continue;
        row->blank = false;
        last = i + 1;
        if (!row->fill) row->fill = row->fills[i];
    }
    if (last > row->widest) row->widest = last;
}

bool sheet_row_settle(struct sheet_row *row, struct sheet_ranges *merged, struct sheet_ranges *links, struct arena *memory) {
    settle_texts(row);
    settle_look(row);
    if (row->blank) return true;
    if (merged->count && !settle_merged(row, merged, memory)) return false;
    return !links->count || settle_links(row, links);
}
