/* XLSX: the sheets of a workbook and the rows of one, as its XML streams by (ECMA-376 part 1, 18.3). */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "lists/xlsx_parts.h"

enum { LONGEST_FORMULA = 1000, CELLS_PER_COLUMN = 4 };
static const char WORKBOOK[] = "xl/workbook.xml";

struct sheet { const char *name, *part; };

struct xlsx {
    struct workbook base;
    struct sheet *sheets; /* the visible ones */
    size_t sheet_count;
    struct arena memory;
    struct shared_strings strings;
    struct xlsx_styles styles;
    /* of the sheet being read */
    struct xlsx_tail tail;
    struct part_stream stream;
    bool in_rows, in_row;
    long last_row;
    size_t cells; /* elements of this row, whatever their columns */
    /* of the cell being read */
    bool in_cell, in_reading, preserved, has_formula, has_value;
    struct buf *collects; /* where text goes; NULL = nowhere */
    size_t text_from;
    size_t column;
    enum cell_type { TYPE_NUMBER, TYPE_SHARED, TYPE_TEXT, TYPE_INLINE, TYPE_BOOLEAN, TYPE_DATE } type;
    long style;
    struct buf value, formula, shown;
};

/* -- the cell ------------------------------------------------------------------------------------------ */
static const struct xlsx_style *style_of(const struct xlsx *book) {
    static const struct xlsx_style PLAIN = {.look = NUMBER_PLAIN};
    return (size_t)book->style < book->styles.count ? &book->styles.all[book->style] : &PLAIN;
}

static void show_number(struct xlsx *book, const struct xlsx_style *style) {
    const char *value = buf_text(&book->value);
    size_t length = book->value.length;
    switch (style->look) {
    case NUMBER_PLAIN:
        number_plain(&book->shown, value, length);
        break;
    case NUMBER_DATE:
        number_date(&book->shown, value, length, book->base.date1904);
        break;
    case NUMBER_PADDED:
        number_padded(&book->shown, value, length, style->code);
        break;
    }
}

/* What the attribute t says; an error's text (e) is text, as is what a later version may invent. */
static enum cell_type type_of(const char *name) {
    static const struct { const char *name; enum cell_type type; } TYPES[] = {
        {"s", TYPE_SHARED}, {"n", TYPE_NUMBER}, {"b", TYPE_BOOLEAN}, {"str", TYPE_TEXT}, {"inlineStr", TYPE_INLINE}, {"d", TYPE_DATE}};
    for (size_t i = 0; i < COUNT(TYPES); i++)
        if (*TYPES[i].name == *name && !strcmp(TYPES[i].name, name)) return TYPES[i].type;
    return TYPE_INLINE;
}

/* HYPERLINK("mailto:a@b.example","text"): its address, NUL-terminated in the formula itself; NULL = another formula. */
static const char *formula_link(struct buf *formula) {
    static const char FUNCTION[] = "HYPERLINK(\"";
    const char *call = text_find_nocase(buf_text(formula), FUNCTION);
    if (call != buf_text(formula) || formula->overflow) return NULL;
    char *address = formula->bytes + strlen(FUNCTION), *quote = strchr(address, '"');
    if (!quote) return NULL;
    *quote = '\0';
    return address;
}

/* What the cell shows, into *value; false when it says what cannot be. */
static bool cell_value(struct xlsx *book, struct sheet_value *value) {
    const struct xlsx_style *style = style_of(book);
    value->fill = style->fill;
    if (!book->value.length) return true;
    if (book->type == TYPE_SHARED) return shared_string(&book->strings, book->value.bytes, value);
    buf_clear(&book->shown);
    if (book->type == TYPE_NUMBER)
        show_number(book, style);
    else if (book->type == TYPE_BOOLEAN)
        buf_add_text(&book->shown, xml_true(book->value.bytes) ? "VRAI" : "FAUX");
    else if (book->type == TYPE_DATE)
        number_iso_date(&book->shown, book->value.bytes, book->value.length);
    const struct buf *text = book->shown.length ? &book->shown : &book->value;
    value->text = text->bytes;
    value->length = text->length;
    return true;
}

static void cell_complete(struct xlsx *book) {
    struct sheet_value value = {.text = ""};
    if (!cell_value(book, &value)) {
        workbook_damaged(xml_reader_refuse(book->stream.reader), "une cellule renvoie à un texte qui manque");
        return;
    }
    value.no_value = book->has_formula && !value.length && !(book->has_value && book->type == TYPE_TEXT);
    if (book->has_formula) value.link = formula_link(&book->formula);
    sheet_row_put(&book->base.row, book->column, &value);
}

static void cell_begin(struct xlsx *book, const struct xml_attribute *attributes) {
    book->in_cell = true;
    book->has_formula = book->has_value = book->in_reading = false;
    book->type = TYPE_NUMBER;
    book->style = 0;
    book->column++; /* SIZE_MAX before the first one */
    buf_clear(&book->value);
    buf_clear(&book->formula);
    for (; attributes->word; attributes++) {
        const char *after, *value = attributes->value;
        if (attributes->word == X_AT_R && (*value < '0' || *value > '9'))
            book->column = sheet_column_parse(value, &after);
        else if (attributes->word == X_AT_S)
            book->style = xml_number(value, MOST_STYLES, MOST_STYLES);
        else if (attributes->word == X_AT_T)
            book->type = type_of(value);
    }
    /* Beyond what a row can hold, repeated columns or empty cells are no data. */
    if (++book->cells > book->base.limits->columns * CELLS_PER_COLUMN) book->base.row.overflow = true;
}

/* -- the row ------------------------------------------------------------------------------------------- */
static void row_begin(struct xlsx *book, const struct xml_attribute *attributes) {
    enum { NO_ROW = LAST_SHEET_ROW + 1 };
    const char *number = xml_value(attributes, X_AT_R);
    long row = number ? xml_number(number, LAST_SHEET_ROW, NO_ROW) : book->last_row + 1;
    if (!row) row = book->last_row + 1;
    sheet_row_begin(&book->base.row, row);
    book->base.row.hidden = xml_true(xml_value(attributes, X_HIDDEN));
    book->last_row = row;
    book->column = SIZE_MAX;
    book->cells = 0;
    book->in_row = true;
}

static void row_complete(struct xlsx *book) {
    struct sheet_row *row = &book->base.row;
    book->in_row = false;
    if (!sheet_row_settle(row, &book->tail.merged, &book->tail.links, &book->tail.memory)) {
        workbook_crowded(xml_reader_refuse(book->stream.reader), "cellules fusionnées");
        return;
    }
    if (!row->blank || row->overflow) xml_reader_pause(book->stream.reader);
}

/* -- events -------------------------------------------------------------------------------------------- */
static void collect(struct xlsx *book, struct buf *into, bool preserved) {
    book->collects = into;
    book->text_from = into->length;
    book->preserved = preserved;
}

static void in_cell_start(struct xlsx *book, int element, const struct xml_attribute *attributes) {
    const char *space;
    switch (element) {
    case X_V:
        book->has_value = true;
        collect(book, &book->value, true);
        break;
    case X_F:
        book->has_formula = true;
        collect(book, &book->formula, true);
        break;
    case X_RPH:
        book->in_reading = true;
        break;
    case X_T:
        space = xml_value(attributes, X_XML_SPACE);
        if (!book->in_reading) collect(book, &book->value, space && !strcmp(space, "preserve"));
        break;
    default:
        break;
    }
}

static void sheet_start(void *ctx, int element, const struct xml_attribute *attributes) {
    struct xlsx *book = ctx;
    if (book->in_cell)
        in_cell_start(book, element, attributes);
    else if (element == X_C && book->in_row)
        cell_begin(book, attributes);
    else if (element == X_ROW && book->in_rows && !book->in_row)
        row_begin(book, attributes);
    else if (element == X_SHEET_DATA)
        book->in_rows = true;
}

static void sheet_end(void *ctx, int element) {
    struct xlsx *book = ctx;
    switch (element) {
    case X_V:
    case X_T:
        if (book->collects == &book->value && (element == X_T || book->type == TYPE_TEXT)) xlsx_text_end(&book->value, book->text_from, book->preserved);
        book->collects = NULL;
        break;
    case X_F:
        book->collects = NULL;
        break;
    case X_RPH:
        book->in_reading = false;
        break;
    case X_C:
        if (book->in_cell) cell_complete(book);
        book->in_cell = false;
        break;
    case X_ROW:
        if (book->in_row) row_complete(book);
        break;
    case X_SHEET_DATA:
        book->in_rows = false;
        break;
    default:
        break;
    }
}

static void sheet_text(void *ctx, const char *text, size_t length) {
    struct xlsx *book = ctx;
    if (book->collects) buf_add(book->collects, text, length);
}

/* -- sheets -------------------------------------------------------------------------------------------- */
static int xlsx_sheet(struct workbook *base, size_t index, bool whole, struct err *err) {
    static const struct xml_handler HANDLER = {sheet_start, sheet_end, sheet_text};
    struct xlsx *book = (struct xlsx *)base;
    part_stream_close(&book->stream);
    xlsx_tail_release(&book->tail);
    book->in_rows = book->in_row = book->in_cell = false;
    book->collects = NULL;
    book->last_row = 0;
    if (index >= book->sheet_count) return 0;
    const struct sheet *sheet = &book->sheets[index];
    base->sheet_name = sheet->name;
    if (whole && !xlsx_tail_read(&book->tail, base, sheet->part, err)) return -1;
    return part_stream_open(&book->stream, base, sheet->part, &XLSX_WORDS, &HANDLER, book, err) ? 1 : -1;
}

static int xlsx_next(struct workbook *base, struct err *err) {
    struct xlsx *book = (struct xlsx *)base;
    return book->stream.reader ? part_stream_next(&book->stream, err) : 0;
}

static double xlsx_done(const struct workbook *base) {
    const struct xlsx *book = (const struct xlsx *)base;
    return book->stream.part ? zip_part_done(book->stream.part) : 1;
}

static void xlsx_close(struct workbook *base) {
    struct xlsx *book = (struct xlsx *)base;
    part_stream_close(&book->stream);
    xlsx_tail_release(&book->tail);
    shared_strings_release(&book->strings);
    xlsx_styles_release(&book->styles);
    arena_release(&book->memory);
    sheet_row_release(&base->row);
    buf_release(&book->value);
    buf_release(&book->formula);
    buf_release(&book->shown);
    free(book->sheets);
    free(book);
}

/* -- the workbook -------------------------------------------------------------------------------------- */
struct workbook_reading {
    struct xlsx *book;
    const struct relations *relations;
    bool too_many, lost;
};

static void workbook_start(void *ctx, int element, const struct xml_attribute *attributes) {
    struct workbook_reading *reading = ctx;
    struct xlsx *book = reading->book;
    if (element == X_WORKBOOK_PR) book->base.date1904 = xml_true(xml_value(attributes, X_DATE1904));
    if (element != X_SHEET) return;
    const char *name = xml_value(attributes, X_NAME), *state = xml_value(attributes, X_STATE);
    if (state && (!strcmp(state, "hidden") || !strcmp(state, "veryHidden"))) return;
    const struct relation *relation = relations_by_id(reading->relations, xml_value(attributes, X_R_ID));
    if (!relation)
        reading->lost = true;
    else if (relation->type != RELATION_SHEET) /* a chart */
        return;
    else if (book->sheet_count == MOST_SHEETS)
        reading->too_many = true;
    else {
        if (!name) name = "";
        ROOM_FOR_ONE(book->sheets, book->sheet_count);
        book->sheets[book->sheet_count++] = (struct sheet){arena_text(&book->memory, name, strlen(name)),
                                                           arena_text(&book->memory, relation->target, strlen(relation->target))};
    }
}

static bool read_workbook(struct xlsx *book, const struct relations *relations, struct err *err) {
    static const struct xml_handler HANDLER = {.start = workbook_start};
    struct workbook_reading reading = {.book = book, .relations = relations};
    if (!workbook_read(&book->base, WORKBOOK, &XLSX_WORDS, &HANDLER, &reading, err)) return false;
    if (reading.too_many) return workbook_crowded(err, "feuilles") == 0;
    if (reading.lost) return workbook_damaged(err, "une feuille annoncée n'est reliée à rien") == 0;
    return true;
}

/* A part by its relationship, or by the name that every program gives it; NULL = the workbook has none. */
static const char *part_of(const struct xlsx *book, const struct relations *relations, enum relation_type type, const char *usual) {
    for (size_t i = 0; i < relations->count; i++)
        if (relations->all[i].type == type) return relations->all[i].target;
    return zip_archive_has(book->base.archive, usual) ? usual : NULL;
}

static bool read_parts(struct xlsx *book, const struct relations *relations, struct err *err) {
    const char *strings = part_of(book, relations, RELATION_STRINGS, "xl/sharedStrings.xml"),
               *styles = part_of(book, relations, RELATION_STYLES, "xl/styles.xml");
    return (!strings || shared_strings_read(&book->strings, &book->base, strings, err)) &&
           (!styles || xlsx_styles_read(&book->styles, &book->base, styles, err));
}

struct workbook *xlsx_open(struct zip_archive *archive, const struct row_limits *limits, struct err *err) {
    static const struct workbook_driver DRIVER = {xlsx_sheet, xlsx_next, xlsx_done, xlsx_close};
    struct xlsx *book = mem_new(1, sizeof *book);
    book->base = (struct workbook){.driver = &DRIVER, .archive = archive, .limits = limits, .elements_left = MOST_XML_ELEMENTS, .sheet_name = ""};
    book->value = book->shown = (struct buf)BUF_INIT(SIZE_MAX / 2);
    book->formula = (struct buf)BUF_INIT(LONGEST_FORMULA);
    sheet_row_init(&book->base.row, limits->columns);
    struct relations relations = {0};
    bool good = relations_read(&relations, &book->base, WORKBOOK, err) && read_workbook(book, &relations, err) && read_parts(book, &relations, err);
    relations_release(&relations);
    if (good) return &book->base;
    xlsx_close(&book->base);
    return NULL;
}
