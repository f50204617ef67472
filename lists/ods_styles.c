/* Names of ODS, and its styles: colours, hidden sheets, numbers with leading zeros (OpenDocument 1.2 part 1, 16). */
#include <stdlib.h>
#include <string.h>

#include "lists/ods_parts.h"

enum { DEEPEST_PARENT = 16, MOST_DIGITS = 40, KIND_RGB = 1 << 24, WHITE = 0xFFFFFF };

/* -- names --------------------------------------------------------------------------------------------- */
enum { PLAIN, OFFICE, STYLE, TABLE, TEXT, NUMBER, FO, XLINK, DRAW, MANIFEST };
#define OASIS "urn:oasis:names:tc:opendocument:xmlns:"
static const struct xml_space SPACES[] = {
    {OASIS "table:1.0", TABLE},
    {OASIS "office:1.0", OFFICE},
    {OASIS "text:1.0", TEXT},
    {OASIS "style:1.0", STYLE},
    {OASIS "datastyle:1.0", NUMBER},
    {OASIS "xsl-fo-compatible:1.0", FO},
    {OASIS "drawing:1.0", DRAW},
    {OASIS "manifest:1.0", MANIFEST},
    {"http://www.w3.org/1999/xlink", XLINK},
    {NULL, 0}};
static const struct xml_word WORDS[] = {
    {"body", OFFICE, O_BODY},
    {"spreadsheet", OFFICE, O_SPREADSHEET},
    {"annotation", OFFICE, O_ANNOTATION},
    {"style", STYLE, O_STYLE},
    {"table-cell-properties", STYLE, O_CELL_PROPERTIES},
    {"table-properties", STYLE, O_TABLE_PROPERTIES},
    {"number-style", NUMBER, O_NUMBER_STYLE},
    {"number", NUMBER, O_NUMBER},
    {"null-date", TABLE, O_NULL_DATE},
    {"tracked-changes", TABLE, O_TRACKED_CHANGES},
    {"dde-links", TABLE, O_DDE_LINKS},
    {"shapes", TABLE, O_SHAPES},
    {"table", TABLE, O_TABLE},
    {"table-column", TABLE, O_COLUMN},
    {"table-row", TABLE, O_ROW},
    {"table-cell", TABLE, O_CELL},
    {"covered-table-cell", TABLE, O_COVERED_CELL},
    {"p", TEXT, O_P},
    {"s", TEXT, O_S},
    {"tab", TEXT, O_TAB},
    {"line-break", TEXT, O_LINE_BREAK},
    {"a", TEXT, O_A},
    {"note", TEXT, O_NOTE},
    {"ruby-text", TEXT, O_RUBY_TEXT},
    {"frame", DRAW, O_FRAME},
    {"custom-shape", DRAW, O_CUSTOM_SHAPE},
    {"encryption-data", MANIFEST, O_ENCRYPTION_DATA},
    {"name", STYLE, O_STYLE_NAME},
    {"family", STYLE, O_FAMILY},
    {"parent-style-name", STYLE, O_PARENT},
    {"data-style-name", STYLE, O_DATA_STYLE},
    {"background-color", FO, O_BACKGROUND},
    {"display", TABLE, O_DISPLAY},
    {"min-integer-digits", NUMBER, O_LEAST_DIGITS},
    {"decimal-places", NUMBER, O_DECIMALS},
    {"date-value", TABLE, O_DATE_VALUE_NULL},
    {"name", TABLE, O_NAME},
    {"style-name", TABLE, O_USES_STYLE},
    {"default-cell-style-name", TABLE, O_DEFAULT_STYLE},
    {"number-columns-repeated", TABLE, O_COLUMNS_REPEATED},
    {"number-rows-repeated", TABLE, O_ROWS_REPEATED},
    {"number-columns-spanned", TABLE, O_COLUMNS_SPANNED},
    {"number-rows-spanned", TABLE, O_ROWS_SPANNED},
    {"visibility", TABLE, O_VISIBILITY},
    {"formula", TABLE, O_FORMULA},
    {"value-type", OFFICE, O_VALUE_TYPE},
    {"value", OFFICE, O_VALUE},
    {"date-value", OFFICE, O_DATE_VALUE},
    {"boolean-value", OFFICE, O_BOOLEAN_VALUE},
    {"string-value", OFFICE, O_STRING_VALUE},
    {"c", TEXT, O_COUNT},
    {"href", XLINK, O_HREF},
    {NULL, 0, 0}};
const struct xml_vocabulary ODS_WORDS = {SPACES, WORDS};

/* -- styles -------------------------------------------------------------------------------------------- */
enum family { FAMILY_CELL, FAMILY_TABLE, FAMILY_NUMBER, FAMILY_OTHER };
struct ods_style {
    enum family family;
    const char *name, *parent, *data_style; /* NULL = none */
    bool has_fill, hidden;
    uint32_t fill;
    int least_digits;
    size_t order; /* of two styles of one name, the later one holds */
};

static uint32_t colour(const char *text) {
    uint32_t value = *text == '#' && strlen(text) == 7 ? (uint32_t)strtoul(text + 1, NULL, 16) : WHITE;
    return value == WHITE ? 0 : KIND_RGB | value; /* "transparent" too */
}

static const char *keep(struct ods_styles *styles, const char *text) {
    return text ? arena_text(&styles->memory, text, strlen(text)) : NULL;
}

static void style_begin(struct ods_styles *styles, enum family family, const struct xml_attribute *attributes) {
    const char *name = xml_value(attributes, O_STYLE_NAME);
    styles->open = NULL;
    if (!name || family == FAMILY_OTHER || styles->count == MOST_STYLES) return;
    ROOM_FOR_ONE(styles->all, styles->count);
    styles->open = &styles->all[styles->count];
    *styles->open = (struct ods_style){.family = family,
                                       .name = keep(styles, name),
                                       .parent = keep(styles, xml_value(attributes, O_PARENT)),
                                       .data_style = keep(styles, xml_value(attributes, O_DATA_STYLE)),
                                       .order = styles->count++};
}

static enum family family_of(const char *family) {
    if (family && !strcmp(family, "table-cell")) return FAMILY_CELL;
    return family && !strcmp(family, "table") ? FAMILY_TABLE : FAMILY_OTHER;
}

static void number_digits(struct ods_style *style, const struct xml_attribute *attributes) {
    if (xml_number(xml_value(attributes, O_DECIMALS), MOST_DIGITS, 0)) return;
    style->least_digits = (int)xml_number(xml_value(attributes, O_LEAST_DIGITS), MOST_DIGITS, 0);
}

void ods_styles_start(struct ods_styles *styles, int element, const struct xml_attribute *attributes) {
    const char *background, *display;
    switch (element) {
    case O_STYLE:
        style_begin(styles, family_of(xml_value(attributes, O_FAMILY)), attributes);
        break;
    case O_NUMBER_STYLE:
        style_begin(styles, FAMILY_NUMBER, attributes);
        break;
    case O_NUMBER:
        if (styles->open && styles->open->family == FAMILY_NUMBER) number_digits(styles->open, attributes);
        break;
    case O_CELL_PROPERTIES:
        background = xml_value(attributes, O_BACKGROUND);
        if (!styles->open || !background) break;
        styles->open->has_fill = true;
        styles->open->fill = colour(background);
        break;
    case O_TABLE_PROPERTIES:
        display = xml_value(attributes, O_DISPLAY);
        if (styles->open && display) styles->open->hidden = !strcmp(display, "false");
        break;
    default:
        break;
    }
}

void ods_styles_end(struct ods_styles *styles, int element) {
    if (element == O_STYLE || element == O_NUMBER_STYLE) styles->open = NULL;
}

/* -- asking -------------------------------------------------------------------------------------------- */
static int by_name(const void *left, const void *right) {
    const struct ods_style *a = left, *b = right;
    if (a->family != b->family) return a->family < b->family ? -1 : 1;
    return strcmp(a->name, b->name);
}

static int by_name_order(const void *left, const void *right) {
    const struct ods_style *a = left, *b = right;
    int order = by_name(a, b);
    return order ? order : (a->order < b->order) - (a->order > b->order);
}

void ods_styles_settle(struct ods_styles *styles) {
    size_t kept = 0;
    styles->open = NULL;
    styles->settled = true;
    if (styles->count) qsort(styles->all, styles->count, sizeof *styles->all, by_name_order);
    for (size_t i = 0; i < styles->count; i++)
        if (!kept || by_name(&styles->all[kept - 1], &styles->all[i])) styles->all[kept++] = styles->all[i];
    styles->count = kept;
}

static const struct ods_style *style_named(const struct ods_styles *styles, enum family family, const char *name) {
    const struct ods_style key = {.family = family, .name = name};
    return name && styles->count ? bsearch(&key, styles->all, styles->count, sizeof *styles->all, by_name) : NULL;
}

struct ods_look ods_cell_look(const struct ods_styles *styles, const char *name) {
    struct ods_look look = {0};
    bool fill = false, number = false;
    const struct ods_style *style = style_named(styles, FAMILY_CELL, name);
    for (int depth = 0; style && depth < DEEPEST_PARENT; depth++) {
        if (style->has_fill && !fill) {
            fill = true;
            look.fill = style->fill;
        }
        if (style->data_style && !number) {
            const struct ods_style *format = style_named(styles, FAMILY_NUMBER, style->data_style);
            number = true;
            look.least_digits = format ? format->least_digits : 0;
        }
        style = style_named(styles, FAMILY_CELL, style->parent);
    }
    return look;
}

bool ods_table_hidden(const struct ods_styles *styles, const char *name) {
    const struct ods_style *style = style_named(styles, FAMILY_TABLE, name);
    return style && style->hidden;
}

void ods_styles_release(struct ods_styles *styles) {
    free(styles->all);
    arena_release(&styles->memory);
}
