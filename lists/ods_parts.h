/* What an ODS workbook is made of (OpenDocument 1.2 part 1). Only the ods_*.c and sheet_ods.c include this. */
#ifndef LISTS_ODS_PARTS_H
#define LISTS_ODS_PARTS_H

#include "lists/workbook.h"

/* -- names: elements, then attributes ------------------------------------------------------------------ */
enum ods_word {
    O_BODY = 1, O_SPREADSHEET, O_ANNOTATION, O_STYLE, O_CELL_PROPERTIES, O_TABLE_PROPERTIES, O_NUMBER_STYLE, O_NUMBER,
    O_NULL_DATE, O_TRACKED_CHANGES, O_DDE_LINKS, O_SHAPES, O_TABLE, O_COLUMN, O_ROW, O_CELL, O_COVERED_CELL,
    O_P, O_S, O_TAB, O_LINE_BREAK, O_A, O_NOTE, O_RUBY_TEXT, O_FRAME, O_CUSTOM_SHAPE, O_ENCRYPTION_DATA,
    O_STYLE_NAME, O_FAMILY, O_PARENT, O_DATA_STYLE, O_BACKGROUND, O_DISPLAY, O_LEAST_DIGITS, O_DECIMALS, O_DATE_VALUE_NULL,
    O_NAME, O_USES_STYLE, O_DEFAULT_STYLE, O_COLUMNS_REPEATED, O_ROWS_REPEATED, O_COLUMNS_SPANNED, O_ROWS_SPANNED,
    O_VISIBILITY, O_FORMULA, O_VALUE_TYPE, O_VALUE, O_DATE_VALUE, O_BOOLEAN_VALUE, O_STRING_VALUE, O_COUNT, O_HREF
};
extern const struct xml_vocabulary ODS_WORDS;

/* -- styles: gathered while XML streams by, then settled, then asked for ------------------------------- */
struct ods_look { uint32_t fill; int least_digits; }; /* as sheet_value; digits a whole number has at least, 0 or 1: as many as it takes */
struct ods_style;
struct ods_styles {
    struct ods_style *all;
    size_t count;
    struct arena memory;
    struct ods_style *open; /* the one being read */
    bool settled;
};
void ods_styles_start(struct ods_styles *styles, int element, const struct xml_attribute *attributes);
void ods_styles_end(struct ods_styles *styles, int element);
void ods_styles_settle(struct ods_styles *styles);
struct ods_look ods_cell_look(const struct ods_styles *styles, const char *name); /* name NULL: plain */
bool ods_table_hidden(const struct ods_styles *styles, const char *name);
void ods_styles_release(struct ods_styles *styles);

/* -- one cell ------------------------------------------------------------------------------------------ */
enum ods_type { ODS_TEXT, ODS_NUMBER, ODS_DATE, ODS_BOOLEAN };
struct ods_cell {
    enum ods_type type;
    bool has_type, has_formula;
    struct buf value;      /* of the attribute that its type has */
    struct buf text;       /* paragraphs, LF between them */
    struct buf link;       /* "" = none */
    struct buf shown;
    size_t paragraphs;
    bool starts, space;    /* of the paragraph: nothing written yet; a space to come before the next character */
};
void ods_cell_init(struct ods_cell *cell);
void ods_cell_release(struct ods_cell *cell);
void ods_cell_begin(struct ods_cell *cell, const struct xml_attribute *attributes);
void ods_paragraph_begin(struct ods_cell *cell);
void ods_paragraph_end(struct ods_cell *cell);
void ods_cell_text(struct ods_cell *cell, const char *text, size_t length); /* white space collapsed */
void ods_cell_exact(struct ods_cell *cell, char character, size_t count);   /* <text:s>, <text:tab> … */
void ods_cell_link(struct ods_cell *cell, const char *link);                /* the first one counts */
/* What it shows; texts are valid until the next cell. */
void ods_cell_value(struct ods_cell *cell, struct ods_look look, struct sheet_value *value);

#endif
