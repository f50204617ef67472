/* The styles of XLSX cells: whether a number is a date or a padded code, and the colour behind it (ECMA-376 part 1,
 * 18.8). */
#include <stdlib.h>
#include <string.h>

#include "lists/xlsx_parts.h"

enum { MOST_FORMAT_ID = 1000000, LONGEST_FORMAT_CODE = 1000 /* Excel stops at 255 */, WHITE = 0xFFFFFF, KIND_RGB = 1 << 24, KIND_THEME = 2 << 24, KIND_INDEXED = 3 << 24 };

struct format { long id; const char *code; };
struct cell_format { long format_id; long fill_id; };
struct styles_reading {
    struct xlsx_styles *styles;
    struct format *formats;
    uint32_t *fills;
    struct cell_format *cells;
    size_t format_count, fill_count, cell_count;
    bool in_cells, solid;
};

/* -- colours ------------------------------------------------------------------------------------------- */
/* Themes are not resolved: their number and tint tell one colour from another, and that is all that is asked. */
static uint32_t theme_colour(const char *theme, const char *tint) {
    long number = xml_number(theme, 255, 255);
    if (!number && (!tint || *tint != '-')) return 0; /* the light one, or lighter */
    uint32_t hash = 0;
    for (; tint && *tint; tint++) hash = hash * 31 + (unsigned char)*tint;
    return KIND_THEME | (uint32_t)number << 16 | (hash & 0xFFFF);
}

static uint32_t indexed_colour(const char *indexed) {
    enum { WHITE_1 = 1, WHITE_2 = 9, WINDOW = 65 };
    long number = xml_number(indexed, 255, WINDOW);
    return number == WHITE_1 || number == WHITE_2 || number == WINDOW ? 0 : KIND_INDEXED | (uint32_t)number;
}

static uint32_t colour(const struct xml_attribute *attributes) {
    enum { RGB_DIGITS = 6, ARGB_DIGITS = 8 };
    const char *rgb = xml_value(attributes, X_RGB), *theme = xml_value(attributes, X_THEME),
               *indexed = xml_value(attributes, X_INDEXED);
    if (theme) return theme_colour(theme, xml_value(attributes, X_TINT));
    if (indexed) return indexed_colour(indexed);
    size_t length = rgb ? strlen(rgb) : 0;
    if (length != RGB_DIGITS && length != ARGB_DIGITS) return 0;
    uint32_t value = (uint32_t)strtoul(rgb + length - RGB_DIGITS, NULL, 16);
    return value == WHITE ? 0 : KIND_RGB | value;
}

/* -- reading ------------------------------------------------------------------------------------------- */
static void add_format(struct styles_reading *reading, const struct xml_attribute *attributes) {
    const char *code = xml_value(attributes, X_FORMAT_CODE);
    long id = xml_number(xml_value(attributes, X_NUM_FMT_ID), MOST_FORMAT_ID, -1);
    if (!code || id < 0 || reading->format_count == MOST_STYLES || strlen(code) > LONGEST_FORMAT_CODE) return;
    ROOM_FOR_ONE(reading->formats, reading->format_count);
    reading->formats[reading->format_count++] = (struct format){id, arena_text(&reading->styles->memory, code, strlen(code))};
}

static void add_fill(struct styles_reading *reading) {
    reading->solid = false;
    if (reading->fill_count == MOST_STYLES) return;
    ROOM_FOR_ONE(reading->fills, reading->fill_count);
    reading->fills[reading->fill_count++] = 0;
}

static void add_cell_format(struct styles_reading *reading, const struct xml_attribute *attributes) {
    if (reading->cell_count == MOST_STYLES) return;
    ROOM_FOR_ONE(reading->cells, reading->cell_count);
    reading->cells[reading->cell_count++] = (struct cell_format){
        .format_id = xml_number(xml_value(attributes, X_NUM_FMT_ID), MOST_FORMAT_ID, 0),
        .fill_id = xml_number(xml_value(attributes, X_FILL_ID), MOST_STYLES, 0)};
}

static void styles_start(void *ctx, int element, const struct xml_attribute *attributes) {
    struct styles_reading *reading = ctx;
    const char *pattern;
    switch (element) {
    case X_NUM_FMT:
        add_format(reading, attributes);
        break;
    case X_FILL:
        add_fill(reading);
        break;
    case X_PATTERN_FILL:
        pattern = xml_value(attributes, X_PATTERN_TYPE);
        reading->solid = pattern && !strcmp(pattern, "solid");
        break;
    case X_FG_COLOR:
        if (reading->solid && reading->fill_count) reading->fills[reading->fill_count - 1] = colour(attributes);
        break;
    case X_CELL_XFS:
        reading->in_cells = true;
        break;
    case X_XF:
        if (reading->in_cells) add_cell_format(reading, attributes);
        break;
    default:
        break;
    }
}

static void styles_end(void *ctx, int element) {
    struct styles_reading *reading = ctx;
    if (element == X_CELL_XFS) reading->in_cells = false;
    if (element == X_PATTERN_FILL) reading->solid = false;
}

/* -- settling ------------------------------------------------------------------------------------------ */
static int by_id(const void *left, const void *right) {
    const struct format *a = left, *b = right;
    return (a->id > b->id) - (a->id < b->id);
}

static struct xlsx_style style_of(const struct styles_reading *reading, const struct cell_format *cell) {
    const struct format key = {cell->format_id, NULL}, *format = NULL;
    struct xlsx_style style = {.look = number_look_builtin(cell->format_id)};
    if (reading->format_count)
        format = bsearch(&key, reading->formats, reading->format_count, sizeof *reading->formats, by_id);
    if (format) {
        style.look = number_look(format->code);
        style.code = format->code;
    }
    if ((size_t)cell->fill_id < reading->fill_count) style.fill = reading->fills[cell->fill_id];
    return style;
}

bool xlsx_styles_read(struct xlsx_styles *styles, struct workbook *book, const char *part, struct err *err) {
    static const struct xml_handler HANDLER = {.start = styles_start, .end = styles_end};
    struct styles_reading reading = {.styles = styles};
    bool good = workbook_read(book, part, &XLSX_WORDS, &HANDLER, &reading, err);
    if (good && reading.cell_count) {
        if (reading.format_count) qsort(reading.formats, reading.format_count, sizeof *reading.formats, by_id);
        styles->all = mem_new(reading.cell_count, sizeof *styles->all);
        for (; styles->count < reading.cell_count; styles->count++)
            styles->all[styles->count] = style_of(&reading, &reading.cells[styles->count]);
    }
    free(reading.formats);
    free(reading.fills);
    free(reading.cells);
    return good;
}

void xlsx_styles_release(struct xlsx_styles *styles) {
    free(styles->all);
    arena_release(&styles->memory);
}
