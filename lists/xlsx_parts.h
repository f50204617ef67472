/* What an XLSX workbook is made of, part by part (ECMA-376, transitional and strict). Only the xlsx_*.c include this. */
#ifndef LISTS_XLSX_PARTS_H
#define LISTS_XLSX_PARTS_H

#include "lists/number_format.h"
#include "lists/workbook.h"

/* -- names: elements, then attributes ------------------------------------------------------------------ */
enum xlsx_word {
    X_WORKBOOK_PR = 1, X_SHEET, X_RELATIONSHIP, X_SI, X_T, X_RPH, X_NUM_FMT, X_FILL, X_PATTERN_FILL, X_FG_COLOR,
    X_CELL_XFS, X_XF, X_SHEET_DATA, X_ROW, X_C, X_F, X_V, X_MERGE_CELL, X_HYPERLINK,
    X_NAME, X_STATE, X_DATE1904, X_ID, X_TYPE, X_TARGET, X_NUM_FMT_ID, X_FORMAT_CODE, X_PATTERN_TYPE, X_RGB, X_THEME,
    X_INDEXED, X_TINT, X_FILL_ID, X_AT_R, X_AT_S, X_AT_T, X_HIDDEN, X_REF, X_R_ID, X_XML_SPACE
};
extern const struct xml_vocabulary XLSX_WORDS;

/* -- relationships of a part --------------------------------------------------------------------------- */
enum relation_type { RELATION_OTHER, RELATION_SHEET, RELATION_STRINGS, RELATION_STYLES, RELATION_HYPERLINK };
struct relation { const char *id, *target; enum relation_type type; };
struct relations { struct relation *all; size_t count; struct arena memory; }; /* {0} is empty; sorted by id */
/* Those of a part, "xl/workbook.xml"; none when it has no such part. Targets of parts are names in the archive,
 * hyperlinks are as written. */
bool relations_read(struct relations *relations, struct workbook *book, const char *part, struct err *err);
const struct relation *relations_by_id(const struct relations *relations, const char *id); /* NULL = none */
void relations_release(struct relations *relations);

/* -- texts --------------------------------------------------------------------------------------------- */
/* A <t> or <v> that begins at an offset is complete: its ends trimmed unless its space is preserved, _x000D_ decoded. */
void xlsx_text_end(struct buf *text, size_t from, bool preserved);
/* The shared strings. */
struct shared_strings { struct buf texts; uint32_t *starts; size_t count; };
bool shared_strings_read(struct shared_strings *strings, struct workbook *book, const char *part, struct err *err);
/* False when there is none of that number. It lasts as long as the strings. */
bool shared_string(const struct shared_strings *strings, const char *index, struct sheet_value *value);
void shared_strings_release(struct shared_strings *strings);

/* -- styles -------------------------------------------------------------------------------------------- */
struct xlsx_style { enum number_look look; const char *code; uint32_t fill; }; /* code: of NUMBER_PADDED */
struct xlsx_styles { struct xlsx_style *all; size_t count; struct arena memory; };
bool xlsx_styles_read(struct xlsx_styles *styles, struct workbook *book, const char *part, struct err *err);
void xlsx_styles_release(struct xlsx_styles *styles);

/* -- what a sheet says behind its rows ----------------------------------------------------------------- */
struct xlsx_tail {
    struct sheet_ranges merged, links;
    struct relations relations; /* where links point: one target may serve a hundred thousand of them */
    struct arena memory;        /* texts of merged cells */
};
bool xlsx_tail_read(struct xlsx_tail *tail, struct workbook *book, const char *part, struct err *err);
void xlsx_tail_release(struct xlsx_tail *tail);

#endif
