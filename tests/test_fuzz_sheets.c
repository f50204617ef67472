/* Hostile workbooks: whatever their parts hold, reading ends, row numbers are a sheet's, cells are valid UTF-8 with a NUL
 * behind. An input is the parts themselves, "NAME LF TEXT", RS between them, packed here with true checksums; one that
 * begins with PK is taken as it is. */
#include "base/text.h"
#include "lists/rows.h"
#include "tests/mutate.h"
#include "tests/sheet_parts.h"
#include "tests/tiny_zip.h"

enum { MOST_ROW_COLUMNS = 40, INFLATED = 1 << 20, LAST_ROW = 1048576 };
#define RS "\x1E"

static bool is_codes(const struct row *row, void *ctx) {
    return row->cells[0].length > *(const size_t *)ctx;
}

static bool text_holds(const char *text, size_t length) {
    MUST_HOLD("texts end with a NUL", text && text[length] == '\0');
    MUST_HOLD("texts are UTF-8", utf8_valid(text, length));
    return true;
}

static bool row_holds(const struct row *row) {
    MUST_HOLD("a row number is a sheet's", row->line >= 1 && row->line <= LAST_ROW);
    MUST_HOLD("a row has a cell", row->count >= 1 && row->count <= MOST_ROW_COLUMNS);
    bool blank = true;
    for (size_t i = 0; i < row->count; i++) {
        const struct cell *cell = &row->cells[i];
        if (!text_holds(cell->text, cell->length)) return false;
        if (cell->link && !text_holds(cell->link, strlen(cell->link))) return false;
        if (cell->merged && !text_holds(cell->merged, strlen(cell->merged))) return false;
        MUST_HOLD("a covered cell is empty", !cell->merged || !cell->length);
        MUST_HOLD("a formula without value is empty", !cell->no_value || !cell->length);
        blank &= !cell->length;
    }
    MUST_HOLD("blank rows are none", !blank);
    return true;
}

static bool walk(struct rows *rows) {
    struct row row;
    struct err err = {0};
    int got;
    while ((got = rows_next(rows, &row, &err)) > 0) {
        MUST_HOLD("progress", rows_done(rows) >= 0 && rows_done(rows) <= 1);
        if (!row_holds(&row)) return false;
    }
    MUST_HOLD("a refusal has a code", got == 0 || *err.code);
    MUST_HOLD("the end stays the end", got < 0 || rows_next(rows, &row, &err) == 0);
    return true;
}

static bool archive_holds(const char *bytes, size_t length) {
    static const struct row_limits LIMITS = {.file_bytes = 1 << 20, .inflated_bytes = INFLATED, .columns = MOST_ROW_COLUMNS, .cell_chars = 300};
    struct err err = {0};
    const char *container = "";
    const struct source source = SOURCE_OF(bytes, length);
    AUTO(rows) rows = rows_open(&source, &LIMITS, &container, &err);
    MUST_HOLD("opened, or refused with a code", rows || *err.code);
    if (!rows) return true;
    MUST_HOLD("a container", text_equal(container, "xlsx") || text_equal(container, "ods"));
    for (size_t least = 0; least < 8; least += 3) {
        int found = rows_seek_header(rows, is_codes, &least, &err);
        MUST_HOLD("a refusal has a code", found >= 0 || *err.code);
        if (found > 0 && !walk(rows)) return false;
    }
    if (!rows_seek_start(rows, &err)) return true;
    return walk(rows);
}

static bool holds(const char *bytes, size_t length) {
    if (length >= 2 && !memcmp(bytes, "PK", 2)) return archive_holds(bytes, length);
    struct tiny_zip zip = TINY_ZIP;
    for (const char *at = bytes, *end = bytes + length; at < end;) {
        const char *stop = memchr(at, *RS, (size_t)(end - at)), *line = memchr(at, '\n', (size_t)(end - at));
        if (!stop) stop = end;
        if (line && line < stop) {
            AUTO_TEXT name = text_dup_n(at, (size_t)(line - at));
            zip_add(&zip, name, line + 1, (size_t)(stop - line - 1));
        }
        at = stop + (stop < end);
    }
    zip_finish(&zip);
    char *exact = mem_copy(zip.bytes.bytes, zip.bytes.length);
    bool good = archive_holds(exact, zip.bytes.length);
    free(exact);
    zip_release(&zip);
    return good;
}

#define AROUND                                                                                                                 \
    "xl/workbook.xml\n" ONE_SHEET RS "xl/_rels/workbook.xml.rels\n" ONE_SHEET_RELATIONS RS "xl/worksheets/_rels/sheet1.xml.rels\n" \
    RELATIONS(RELATION("rId1", "hyperlink", "mailto:b@x.example")) RS "xl/worksheets/sheet1.xml\n"
static const struct fuzz_seed SEEDS[] = {
    SEED(AROUND SHEET_AND("<row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c><c t=\"inlineStr\"><is><t xml:space=\"preserve\"> a_x000D_ </t></is></c></row>"
                          "<row hidden=\"1\"><c s=\"1\"><v>1034</v></c><c s=\"3\"><v>46034.5</v></c><c t=\"b\"><v>1</v></c><c><f>A1</f></c></row>"
                          "<row r=\"9\"><c r=\"C9\" s=\"5\" t=\"str\"><f>HYPERLINK(\"mailto:a@x.example\",\"x\")</f><v>x</v></c></row>",
                          "<mergeCells><mergeCell ref=\"A1:B3\"/></mergeCells><hyperlinks><hyperlink ref=\"B1\" r:id=\"rId1\"/></hyperlinks>")
         RS "xl/sharedStrings.xml\n" "<sst " MAIN_NS "><si><t>Code</t></si></sst>" RS "xl/styles.xml\n"
         "<styleSheet " MAIN_NS "><numFmts><numFmt numFmtId=\"164\" formatCode=\"00000\"/></numFmts><cellXfs><xf/><xf numFmtId=\"164\"/><xf/><xf numFmtId=\"14\"/></cellXfs></styleSheet>"),
    SEED(AROUND SHEET("<row><c t=\"s\"><v>1</v></c><c t=\"s\"><v>2</v></c><c t=\"s\"><v>6</v></c></row>") RS "xl/sharedStrings.xml\n" STRINGS RS "xl/styles.xml\n<styleSheet/>"),
    SEED("content.xml\n" CONTENT(ODS_SHEET(ODS_ROW("<table:table-cell table:number-columns-repeated=\"2\" table:number-rows-spanned=\"2\"><text:p>a<text:s text:c=\"2\"/><text:a xlink:href=\"mailto:a@x.example\">b</text:a></text:p></table:table-cell>")
         "<table:table-row table:number-rows-repeated=\"3\"><table:covered-table-cell/><table:table-cell table:style-name=\"c3\" office:value-type=\"float\" office:value=\"1034\"><text:p>01034</text:p></table:table-cell></table:table-row>"))),
    SEED("content.xml\n" CONTENT("<table:table table:name=\"A\" table:style-name=\"t1\">" ODS_ROW(ODS_TEXT_CELL("code")) "</table:table>" ODS_SHEET("<table:table-column table:default-cell-style-name=\"c1\"/>"
         ODS_ROW("<table:table-cell office:value-type=\"date\" office:date-value=\"2026-01-12T10:00:00\"/><table:table-cell office:value-type=\"boolean\" office:boolean-value=\"true\"/><table:table-cell table:formula=\"of:=A1\"/>")))
         RS "META-INF/manifest.xml\n<manifest/>" RS "styles.xml\n<styles/>"),
};
static const char *const PIECES[] = {
    "<row>", "</row>", "<row r=\"1048576\">", "<row r=\"-1\">", "<c>", "</c>", "<c r=\"AN1\">", "<c r=\"ZZZZZZ1\"/>", "<c t=\"s\"><v>9999999999</v></c>", "<v>1</v>", "<f>A1</f>", "<is><t>",
    "</t></is>", "</sheetData>", "<sheetData>", "<sheetData/>", "<mergeCell ref=\"A1:XFD1048576\"/>", "<hyperlink ref=\"A1:B9\" r:id=\"rId1\"/>", "<![CDATA[</sheetData>]]>", "<!--", "-->", "&amp;",
    "<!DOCTYPE a [<!ENTITY b \"c\">]>", "&b;", " t=\"str\"", " s=\"3\"", " r=\"A1\"", "1e999", "-0", "46034.999999", "_x0000_", "_xD83D__xDE00_", "\xC3\x83\xC2\xA9", "\xFF", "\x1E", "\n", "x:", " xmlns=\"\"",
    "<text:p>", "</text:p>", "<table:table-row table:number-rows-repeated=\"1048576\">", "<table:table-cell table:number-columns-repeated=\"41\">", "</table:table-row>", "<table:table>", "</table:table>",
    " table:number-columns-spanned=\"40\" table:number-rows-spanned=\"9\"", "<office:annotation>", "</office:annotation>", "<text:s text:c=\"99999999\"/>", "PK"};

static const struct fuzz FUZZ = {"sheets", SEEDS, COUNT(SEEDS), PIECES, COUNT(PIECES), 4000, holds};
FUZZ_MAIN(FUZZ)
