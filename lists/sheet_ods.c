/* ODS: all sheets stand in one part, content.xml, which streams by until the one asked for (OpenDocument 1.2 part 1, 9). */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "lists/ods_parts.h"

enum { MOST_REPEATED = 1 << 30, MOST_COLUMN_STYLES = LAST_SHEET_COLUMN };

struct column_style { size_t end; struct ods_look look; }; /* of the columns before end and behind the one before */

struct ods {
    struct workbook base;
    struct ods_styles styles;
    struct part_stream stream;
    enum { NO_EVENT, SHEET_BEGINS, ROW_READ, SHEET_ENDS } event;
    size_t sheets; /* visible ones begun, of this reading */
    struct buf name;
    bool reading;  /* the rows of the sheet begun */
    /* where in the document */
    bool in_spreadsheet, in_table, in_row, in_cell, in_paragraph;
    size_t skipped; /* depth within something that is no cell's text */
    /* of the sheet being read */
    struct sheet_ranges merged, no_links;
    struct arena memory; /* texts of merged cells */
    struct column_style *columns;
    size_t column_count;
    long next_row;
    /* of the row, of the cell */
    struct ods_look row_look;
    bool row_has_look, covered;
    size_t column, repeated;
    struct ods_look look;
    struct ods_cell cell;
};

static size_t times(const struct xml_attribute *attributes, int word) {
    const char *value = xml_value(attributes, word);
    long number = value ? xml_number(value, MOST_REPEATED, MOST_REPEATED) : 1;
    return number ? (size_t)number : 1;
}

/* -- the sheet ----------------------------------------------------------------------------------------- */
static void table_begin(struct ods *book, const struct xml_attribute *attributes) {
    book->in_table = true;
    book->reading = false;
    if (ods_table_hidden(&book->styles, xml_value(attributes, O_USES_STYLE))) return;
    buf_clear(&book->name);
    buf_add_text(&book->name, xml_value(attributes, O_NAME));
    if (book->sheets++ == MOST_SHEETS) {
        workbook_crowded(xml_reader_refuse(book->stream.reader), "feuilles");
        return;
    }
    book->reading = true;
    book->next_row = 1;
    book->column_count = 0;
    sheet_ranges_clear(&book->merged);
    book->event = SHEET_BEGINS;
    xml_reader_pause(book->stream.reader);
}

static void table_end(struct ods *book) {
    book->in_table = false;
    if (!book->reading) return;
    book->reading = false;
    book->event = SHEET_ENDS;
    xml_reader_pause(book->stream.reader);
}

static void add_column(struct ods *book, const struct xml_attribute *attributes) {
    if (book->column_count == MOST_COLUMN_STYLES) return;
    size_t begin = book->column_count ? book->columns[book->column_count - 1].end : 0;
    ROOM_FOR_ONE(book->columns, book->column_count);
    book->columns[book->column_count++] = (struct column_style){
        .end = begin + times(attributes, O_COLUMNS_REPEATED),
        .look = ods_cell_look(&book->styles, xml_value(attributes, O_DEFAULT_STYLE))};
}

static struct ods_look column_look(const struct ods *book, size_t column) {
    size_t low = 0, high = book->column_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (book->columns[middle].end <= column)
            low = middle + 1;
        else
            high = middle;
    }
    return low < book->column_count ? book->columns[low].look : (struct ods_look){0};
}

/* -- the row ------------------------------------------------------------------------------------------- */
static void row_begin(struct ods *book, const struct xml_attribute *attributes) {
    const char *visibility = xml_value(attributes, O_VISIBILITY), *style = xml_value(attributes, O_DEFAULT_STYLE);
    sheet_row_begin(&book->base.row, book->next_row);
    book->base.row.repeat = (long)times(attributes, O_ROWS_REPEATED);
    book->base.row.hidden = visibility && (!strcmp(visibility, "collapse") || !strcmp(visibility, "filter"));
    book->next_row += book->base.row.repeat;
    if (book->next_row > MOST_REPEATED) book->next_row = MOST_REPEATED;
    book->row_has_look = style != NULL;
    book->row_look = ods_cell_look(&book->styles, style);
    book->column = 0;
    book->in_row = true;
}

static void row_end(struct ods *book) {
    struct sheet_row *row = &book->base.row;
    book->in_row = false;
    if (!sheet_row_settle(row, &book->merged, &book->no_links, &book->memory)) {
        workbook_crowded(xml_reader_refuse(book->stream.reader), "cellules fusionnées");
        return;
    }
    if (row->blank && !row->overflow) return;
    book->event = ROW_READ;
    xml_reader_pause(book->stream.reader);
}

/* -- the cell ------------------------------------------------------------------------------------------ */
static void add_merged(struct ods *book, const struct xml_attribute *attributes) {
    long rows = (long)times(attributes, O_ROWS_SPANNED);
    size_t columns = times(attributes, O_COLUMNS_SPANNED);
    if (rows == 1 && columns == 1) return;
    struct sheet_range range = {.top = book->base.row.number, .bottom = book->base.row.number + rows - 1,
                                .left = book->column, .right = book->column + columns - 1};
    if (!sheet_ranges_add(&book->merged, &range))
        workbook_crowded(xml_reader_refuse(book->stream.reader), "cellules fusionnées");
}

static void cell_begin(struct ods *book, int element, const struct xml_attribute *attributes) {
    const char *style = xml_value(attributes, O_USES_STYLE);
    book->in_cell = true;
    book->covered = element == O_COVERED_CELL;
    book->repeated = times(attributes, O_COLUMNS_REPEATED);
    book->look = style ? ods_cell_look(&book->styles, style) : book->row_has_look ? book->row_look : column_look(book, book->column);
    if (!book->covered) add_merged(book, attributes);
    ods_cell_begin(&book->cell, attributes);
}

static void cell_end(struct ods *book) {
    struct sheet_value value = {.text = ""};
    book->in_cell = book->in_paragraph = false;
    if (!book->covered) ods_cell_value(&book->cell, book->look, &value); /* what lies under a merged cell is not shown */
    sheet_row_put_many(&book->base.row, book->column, book->repeated, &value);
    book->column += book->repeated;
}

/* Within a cell: only its own paragraphs are its text. */
static void in_cell_start(struct ods *book, int element, const struct xml_attribute *attributes) {
    const char *link;
    if (!book->in_paragraph) {
        if (element != O_P) {
            book->skipped = 1;
            return;
        }
        ods_paragraph_begin(&book->cell);
        book->in_paragraph = true;
        return;
    }
    switch (element) {
    case O_S:
        ods_cell_exact(&book->cell, ' ', times(attributes, O_COUNT));
        break;
    case O_TAB:
        ods_cell_exact(&book->cell, '\t', 1);
        break;
    case O_LINE_BREAK:
        ods_cell_exact(&book->cell, '\n', 1);
        break;
    case O_A:
        link = xml_value(attributes, O_HREF);
        if (link) ods_cell_link(&book->cell, link);
        break;
    case O_ANNOTATION:
    case O_NOTE:
    case O_RUBY_TEXT:
    case O_FRAME:
    case O_CUSTOM_SHAPE:
        book->skipped = 1;
        break;
    default: /* spans and fields */
        break;
    }
}

/* -- events -------------------------------------------------------------------------------------------- */
static void in_table_start(struct ods *book, int element, const struct xml_attribute *attributes) {
    if (element == O_SHAPES || element == O_TABLE)
        book->skipped = 1;
    else if (element == O_COLUMN && book->reading)
        add_column(book, attributes);
    else if (element == O_ROW && book->reading)
        row_begin(book, attributes);
    else if ((element == O_CELL || element == O_COVERED_CELL) && book->in_row)
        cell_begin(book, element, attributes);
}

static void in_spreadsheet_start(struct ods *book, int element, const struct xml_attribute *attributes) {
    if (element == O_TABLE)
        table_begin(book, attributes);
    else if (element == O_NULL_DATE) {
        const char *day = xml_value(attributes, O_DATE_VALUE_NULL);
        book->base.date1904 = day && text_starts(day, "1904-01-01");
    } else if (element == O_TRACKED_CHANGES || element == O_DDE_LINKS)
        book->skipped = 1;
}

static void content_start(void *ctx, int element, const struct xml_attribute *attributes) {
    struct ods *book = ctx;
    if (book->skipped)
        book->skipped++;
    else if (book->in_cell)
        in_cell_start(book, element, attributes);
    else if (book->in_table)
        in_table_start(book, element, attributes);
    else if (book->in_spreadsheet)
        in_spreadsheet_start(book, element, attributes);
    else if (element == O_SPREADSHEET) {
        if (!book->styles.settled) ods_styles_settle(&book->styles);
        book->in_spreadsheet = true;
    } else if (!book->styles.settled)
        ods_styles_start(&book->styles, element, attributes);
}

static void content_end(void *ctx, int element) {
    struct ods *book = ctx;
    if (book->skipped) {
        book->skipped--;
        return;
    }
    switch (element) {
    case O_P:
        if (book->in_paragraph) ods_paragraph_end(&book->cell);
        book->in_paragraph = false;
        break;
    case O_CELL:
    case O_COVERED_CELL:
        if (book->in_cell) cell_end(book);
        break;
    case O_ROW:
        if (book->in_row) row_end(book);
        break;
    case O_TABLE:
        if (book->in_table) table_end(book);
        break;
    case O_SPREADSHEET:
        book->in_spreadsheet = false;
        break;
    default:
        ods_styles_end(&book->styles, element);
    }
}

static void content_text(void *ctx, const char *text, size_t length) {
    struct ods *book = ctx;
    if (book->in_paragraph && !book->skipped && !book->covered) ods_cell_text(&book->cell, text, length);
}

/* -- sheets -------------------------------------------------------------------------------------------- */
static bool restart(struct ods *book, struct err *err) {
    static const struct xml_handler HANDLER = {content_start, content_end, content_text};
    part_stream_close(&book->stream);
    book->in_spreadsheet = book->in_table = book->in_row = book->in_cell = book->in_paragraph = book->reading = false;
    book->skipped = book->sheets = 0;
    return part_stream_open(&book->stream, &book->base, "content.xml", &ODS_WORDS, &HANDLER, book, err);
}

static int ods_sheet(struct workbook *base, size_t index, bool whole, struct err *err) {
    struct ods *book = (struct ods *)base;
    if ((!book->stream.reader || whole || index < book->sheets) && !restart(book, err)) return -1;
    for (;;) {
        book->reading = false;
        book->in_row = book->in_cell = book->in_paragraph = false;
        int got = part_stream_next(&book->stream, err);
        if (got <= 0) return got;
        if (book->event != SHEET_BEGINS || book->sheets != index + 1) continue;
        base->sheet_name = buf_text(&book->name);
        return 1;
    }
}

static int ods_next(struct workbook *base, struct err *err) {
    struct ods *book = (struct ods *)base;
    if (!book->reading) return 0;
    int got = part_stream_next(&book->stream, err);
    return got > 0 && book->event != ROW_READ ? 0 : got;
}

static double ods_done(const struct workbook *base) {
    const struct ods *book = (const struct ods *)base;
    return book->stream.part ? zip_part_done(book->stream.part) : 1;
}

static void ods_close(struct workbook *base) {
    struct ods *book = (struct ods *)base;
    part_stream_close(&book->stream);
    ods_styles_release(&book->styles);
    sheet_ranges_clear(&book->merged);
    arena_release(&book->memory);
    ods_cell_release(&book->cell);
    sheet_row_release(&base->row);
    buf_release(&book->name);
    free(book->columns);
    free(book);
}

/* -- the workbook -------------------------------------------------------------------------------------- */
static void manifest_start(void *ctx, int element, const struct xml_attribute *attributes) {
    (void)attributes;
    if (element == O_ENCRYPTION_DATA) *(bool *)ctx = true;
}

static bool refuse_encrypted(struct ods *book, struct err *err) {
    static const struct xml_handler HANDLER = {.start = manifest_start};
    static const char MANIFEST[] = "META-INF/manifest.xml";
    bool encrypted = false;
    if (!zip_archive_has(book->base.archive, MANIFEST)) return true;
    if (!workbook_read(&book->base, MANIFEST, &ODS_WORDS, &HANDLER, &encrypted, err)) return false;
    return !encrypted || err_set(err, ERR_INPUT, "UNSUPPORTED_FORMAT",
                                 "ce classeur est protégé par un mot de passe : enregistrez-le sans mot de passe, puis importez "
                                 "ce nouveau fichier");
}

static void common_style_start(void *ctx, int element, const struct xml_attribute *attributes) {
    ods_styles_start(ctx, element, attributes);
}

static void common_style_end(void *ctx, int element) {
    ods_styles_end(ctx, element);
}

static bool read_common_styles(struct ods *book, struct err *err) {
    static const struct xml_handler HANDLER = {.start = common_style_start, .end = common_style_end};
    static const char STYLES[] = "styles.xml";
    return !zip_archive_has(book->base.archive, STYLES) || workbook_read(&book->base, STYLES, &ODS_WORDS, &HANDLER, &book->styles, err);
}

struct workbook *ods_open(struct zip_archive *archive, const struct row_limits *limits, struct err *err) {
    static const struct workbook_driver DRIVER = {ods_sheet, ods_next, ods_done, ods_close};
    struct ods *book = mem_new(1, sizeof *book);
    book->base = (struct workbook){.driver = &DRIVER, .archive = archive, .limits = limits, .elements_left = MOST_XML_ELEMENTS, .sheet_name = ""};
    book->name = (struct buf)BUF_INIT(LONGEST_CELL_CHARS);
    ods_cell_init(&book->cell);
    sheet_row_init(&book->base.row, limits->columns);
    if (refuse_encrypted(book, err) && read_common_styles(book, err)) return &book->base;
    ods_close(&book->base);
    return NULL;
}
