/* Workbooks to rows: small XLSX and ODS made of strings, in tables; then what must be refused, and how. */
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "base/common.h"
#include "lists/rows.h"
#include "tests/sheet_parts.h"
#include "tests/tap.h"
#include "tests/tiny_zip.h"

#ifdef __SANITIZE_ADDRESS__
enum { INSTRUMENTED = 1 };
#else
enum { INSTRUMENTED = 0 };
#endif

static const struct row_limits LIMITS = {.file_bytes = 1 << 20, .inflated_bytes = 1 << 20, .columns = 30, .cell_chars = 100};

static const struct row_limits REAL = {.file_bytes = 25000000, .inflated_bytes = MOST_INFLATED_BYTES, .columns = MOST_COLUMNS, .cell_chars = LONGEST_CELL_CHARS};

static void add_cell(struct buf *out, const struct cell *cell) {
    for (size_t k = 0; k < cell->length; k++) buf_add_char(out, strchr("\r\n", cell->text[k]) ? '~' : cell->text[k]);
    if (cell->no_value) buf_add_text(out, "!");
    if (cell->merged) buf_add_format(out, "^%s", cell->merged);
    if (cell->link) buf_add_format(out, "<%s>", cell->link);
}

/* Rows as "LINE:cell|cell|…" and what else they say, LF after each; CR, LF and NUL inside cells shown as "~". */
static void write_rows(struct rows *rows, struct buf *out, struct err *err) {
    struct row row;
    int got;
    while ((got = rows_next(rows, &row, err)) > 0) {
        buf_add_format(out, "%ld:", row.line);
        for (size_t i = 0; i < row.count; i++) {
            if (i) buf_add_char(out, '|');
            add_cell(out, &row.cells[i]);
        }
        if (row.hidden) buf_add_text(out, " (hidden)");
        if (row.mojibake) buf_add_text(out, " (mojibake)");
        if (row.fill) buf_add_format(out, " (%X)", row.fill);
        buf_add_char(out, '\n');
    }
    if (got < 0) buf_add_text(out, err->code);
}

static bool has_code(const struct row *row, void *ctx) {
    (void)ctx;
    for (size_t i = 0; i < row->count; i++)
        if (!strcmp(row->cells[i].text, "code")) return true;
    return false;
}

/* "SHEET other,other\n", then the rows; or the code of a refusal. is_header NULL: from the start of the first sheet. */
static void read_bytes(const char *bytes, size_t length, const struct row_limits *limits, rows_is_header *is_header, struct buf *out) {
    struct err err = {0};
    const struct source source = SOURCE_OF(bytes, length);
    AUTO(rows) rows = rows_open(&source, limits, NULL, &err);
    if (!rows) {
        buf_add_text(out, err.code);
        return;
    }
    int found = is_header ? rows_seek_header(rows, is_header, NULL, &err) : rows_seek_start(rows, &err) ? 1 : -1;
    if (found <= 0) {
        buf_add_text(out, found ? err.code : "not found");
        return;
    }
    const struct rows_format *format = rows_format(rows);
    if (is_header) buf_add_text(out, format->sheet);
    for (size_t i = 0; i < format->other_sheet_count; i++) buf_add_format(out, "%c%s", i ? ',' : ' ', format->other_sheets[i]);
    if (is_header) buf_add_char(out, '\n');
    write_rows(rows, out, &err);
}

struct part { const char *name, *text; };

static void pack(struct tiny_zip *zip, const struct part *parts, size_t count) {
    for (size_t i = 0; i < count && parts[i].name; i++) zip_add(zip, parts[i].name, parts[i].text, strlen(parts[i].text));
    zip_finish(zip);
}

static void read_parts(const struct part *parts, size_t count, rows_is_header *is_header, struct buf *out) {
    struct tiny_zip zip = TINY_ZIP;
    pack(&zip, parts, count);
    read_bytes(zip.bytes.bytes, zip.bytes.length, &LIMITS, is_header, out);
    zip_release(&zip);
}

/* -- one XLSX sheet ------------------------------------------------------------------------------------ */
#define C(reference, type, value) "<c r=\"" reference "\" t=\"" type "\"><v>" value "</v></c>"
#define N(style, value) "<c s=\"" style "\"><v>" value "</v></c>"
#define T(text) "<c t=\"inlineStr\"><is><t>" text "</t></is></c>"
static const struct { const char *label, *sheet, *want; } XLSX[] = {
    {"shared strings, rich and phonetic", SHEET("<row r=\"1\">" C("A1", "s", "0") C("B1", "s", "1") "</row>"), "1:Commune|Brest \n"},
    {"escapes", SHEET("<row>" C("A1", "s", "2") C("B1", "s", "3") C("C1", "str", "_xD83D__xDE00_ _x00E9_ _x1_ _xD800_") "</row>"), "1:a@x.example~~b@x.example|_x000D_|😀 é _x1_ \xEF\xBF\xBD\n"},
    {"an escaped NUL is a NUL", SHEET("<row>" T("a_x0000_b") "</row>"), "1:a~b\n"},
    {"empty strings", SHEET("<row>" C("A1", "s", "4") C("B1", "s", "5") T("x") "</row>"), "1:||x\n"},
    {"mojibake", SHEET("<row>" C("A1", "s", "6") "</row><row>" T("Ã©tÃ©") "</row>"), "1:Sélection (mojibake)\n2:été (mojibake)\n"},
    {"inline, spaces trimmed unless preserved", SHEET("<row>" T(" a ") "<c t=\"inlineStr\"><is><t xml:space=\"preserve\"> b </t></is></c></row>"), "1:a| b \n"},
    {"inline runs", SHEET("<row><c t=\"inlineStr\"><is><r><t>a</t></r><rPh><t>PH</t></rPh><r><t>b</t></r></is></c></row>"), "1:ab\n"},
    {"no references", SHEET("<row>" T("a") T("b") "</row><row>" T("c") "</row>"), "1:a|b\n2:c\n"},
    {"sparse", SHEET("<row r=\"2\">" C("C2", "n", "1") "</row><row r=\"5\">" C("B5", "n", "2") T("x") "</row>"), "2:||1\n5:|2|x\n"},
    {"references without row numbers", SHEET("<row r=\"1\">" C("A", "n", "1") C("C", "n", "2") "</row>"), "1:1||2\n"},
    {"cells out of order", SHEET("<row>" C("B1", "n", "2") C("A1", "n", "1") "</row>"), "1:1|2\n"},
    {"blank rows are none", SHEET("<row/><row><c/></row><row><c s=\"4\"/></row><row>" T("x") "</row><row r=\"9\"/>"), "4:x\n"},
    {"numbers", SHEET("<row>" N("0", "1034") N("1", "1034") N("8", "21034") N("0", "2.1974003200012E13") N("0", "0.5") "</row>"), "1:1034|01034|000 021 034|21974003200012|0.5\n"},
    {"dates", SHEET("<row>" N("2", "46034") N("3", "46034.5") N("9", "46034") N("0", "46034") "</row>"), "1:2026-01-12|2026-01-12 12:00:00|2026-01-12|46034\n"},
    {"ISO dates", SHEET("<row>" C("A1", "d", "2026-01-12T00:00:00Z") "</row>"), "1:2026-01-12\n"},
    {"booleans and errors", SHEET("<row>" C("A1", "b", "1") C("B1", "b", "0") C("C1", "b", "true") C("D1", "e", "#N/A") "</row>"), "1:VRAI|FAUX|VRAI|#N/A\n"},
    {"formulas", SHEET("<row><c t=\"str\"><f>A1</f><v>x</v></c><c><f>B1</f><v>7</v></c></row>"), "1:x|7\n"},
    {"formulas without value", SHEET("<row>" T("x") "<c><f>A1</f></c><c><f>A1</f><v></v></c><c t=\"str\"><f>A1</f><v></v></c><c t=\"str\"><f>A1</f></c></row>"), "1:x|!|!||!\n"},
    {"a HYPERLINK formula", SHEET("<row><c t=\"str\"><f>HYPERLINK(\"mailto:a@x.example\",\"Écrire\")</f><v>Écrire</v></c></row>"), "1:Écrire<mailto:a@x.example>\n"},
    {"hidden rows", SHEET("<row hidden=\"1\">" T("a") "</row><row hidden=\"true\">" T("b") "</row><row hidden=\"0\">" T("c") "</row>"), "1:a (hidden)\n2:b (hidden)\n3:c\n"},
    {"fills", SHEET("<row>" N("4", "1") "</row><row>" N("5", "1") N("4", "2") "</row><row>" N("6", "1") "</row><row>" N("7", "1") "</row><row><c s=\"4\"/>" N("5", "1") "</row>"),
     "1:1 (192D050)\n2:1|2 (1FFFF00)\n3:1 (204B9F6)\n4:1\n5:|1 (1FFFF00)\n"},
    {"hyperlinks", SHEET_AND("<row>" T("a") T("b") "</row><row>" T("c") "</row>", "<hyperlinks><hyperlink ref=\"B1\" r:id=\"rId1\"/><hyperlink ref=\"A2:B2\" r:id=\"rId2\"/><hyperlink ref=\"A1\" location=\"Liste!A1\"/></hyperlinks>"),
     "1:a|b<mailto:b@x.example>\n2:c<mailto:c@x.example?subject=%C3%A9>|<mailto:c@x.example?subject=%C3%A9>\n"},
    {"merged down", SHEET_AND("<row>" T("29") T("a") "</row><row><c r=\"B2\"><v>2</v></c></row><row/><row r=\"4\">" T("") T("d") "</row>", "<mergeCells><mergeCell ref=\"A1:A3\"/></mergeCells>"), "1:29|a\n2:^29|2\n4:|d\n"},
    {"merged across", SHEET_AND("<row>" T("a") T("b") T("c") "</row><row>" T("titre") "</row>", "<mergeCells><mergeCell ref=\"A2:XFD2\"/></mergeCells>"), "1:a|b|c\n2:titre|^titre|^titre\n"},
    {"merged without its first row", SHEET_AND("<row r=\"3\">" C("B3", "n", "1") "</row>", "<mergeCells><mergeCell ref=\"A1:A9\"/></mergeCells>"), "3:^|1\n"},
    {"what a covered cell holds stays", SHEET_AND("<row>" T("a") "</row><row>" T("b") "</row>", "<mergeCells><mergeCell ref=\"A1:A2\"/></mergeCells>"), "1:a\n2:b\n"},
    {"references that are none", SHEET_AND("<row>" T("a") "</row>", "<mergeCells><mergeCell ref=\"A0:A2\"/><mergeCell ref=\"\"/><mergeCell ref=\"A1:\"/><mergeCell ref=\"B9:A1\"/><mergeCell ref=\"AAAAAAAAA1\"/><mergeCell ref=\"A99999999999999999999\"/></mergeCells>"), "1:a\n"},
    {"prefixed elements", "<x:worksheet xmlns:x=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><x:sheetData><x:row r=\"3\"><x:c><x:v>1</x:v></x:c></x:row></x:sheetData><x:mergeCells/></x:worksheet>", "3:1\n"},
    {"strict namespaces", "<worksheet xmlns=\"http://purl.oclc.org/ooxml/spreadsheetml/main\"><sheetData><row r=\"2\">" T("a") "</row></sheetData></worksheet>", "2:a\n"},
    {"foreign elements of the same names", SHEET("<row><c><v>1</v><x:v xmlns:x=\"urn:x\">2</x:v></c><x:c xmlns:x=\"urn:x\"><v>3</v></x:c></row><x:row xmlns:x=\"urn:x\"><c><v>4</v></c></x:row>"), "1:1\n"},
    {"no rows", "<worksheet " MAIN_NS "><sheetData/><mergeCells/></worksheet>", ""},
    {"no sheetData", "<worksheet " MAIN_NS "/>", ""},
    {"the end of rows in CDATA", SHEET_AND("<row>" T("<![CDATA[</sheetData>]]>") "</row>", "<hyperlinks><hyperlink ref=\"A1\" r:id=\"rId1\"/></hyperlinks>"), "1:</sheetData><mailto:b@x.example>\n"},
    {"sheetData in a comment", "<worksheet " MAIN_NS " " REL_NS "><!-- <sheetData> --><sheetData><row>" T("a") "</row></sheetData><hyperlinks><hyperlink ref=\"A1\" r:id=\"rId1\"/></hyperlinks></worksheet>", "1:a<mailto:b@x.example>\n"},
    {"rows in another order", SHEET_AND("<row r=\"5\">" T("a") "</row><row r=\"2\">" T("b") "</row>", "<mergeCells><mergeCell ref=\"A2:B2\"/></mergeCells>"), "5:a\n2:b\n"},
    {"a row number that is none", SHEET("<row r=\"0\">" T("a") "</row>"), "1:a\n"},
    {"a row far away", SHEET("<row r=\"1048576\">" T("a") "</row>"), "1048576:a\n"},
    {"a row too far away", SHEET("<row r=\"1048577\">" T("a") "</row>"), "TOO_LARGE"},
    {"a row number beyond all numbers", SHEET("<row r=\"99999999999999999999\">" T("a") "</row>"), "TOO_LARGE"},
    {"a row number below all numbers", SHEET("<row r=\"-1\">" T("a") "</row>"), "TOO_LARGE"},
    {"the last column", SHEET("<row>" C("AD1", "n", "1") "</row>"), "1:|||||||||||||||||||||||||||||1\n"},
    {"a column too many", SHEET("<row>" C("AE1", "n", "1") "</row>"), "TOO_MANY_COLUMNS"},
    {"a column beyond all columns", SHEET("<row>" C("ZZZZZZZZZZZZZZ1", "n", "1") "</row>"), "TOO_MANY_COLUMNS"},
    {"empty ones beyond are nothing", SHEET("<row>" T("a") "<c r=\"AE1\" s=\"1\"/><c r=\"ZZZ1\"/></row>"), "1:a\n"},
    {"a string that is not there", SHEET("<row>" C("A1", "s", "7") "</row>"), "ZIP_INVALID"},
    {"a string below zero", SHEET("<row>" C("A1", "s", "-1") "</row>"), "ZIP_INVALID"},
    {"a string beyond all numbers", SHEET("<row>" C("A1", "s", "4294967296") "</row>"), "ZIP_INVALID"},
    {"a style that is not there", SHEET("<row>" N("99", "1") N("-1", "2") "</row>"), "1:1|2\n"},
    {"half a sheet", "<worksheet " MAIN_NS "><sheetData><row>" T("a") "</row>", "ZIP_INVALID"},
    {"no XML", "PK\3\4", "ZIP_INVALID"},
    {"an undeclared prefix", "<worksheet " MAIN_NS "><sheetData><x:row/></sheetData></worksheet>", "ZIP_INVALID"},
    {"a DOCTYPE", "<!DOCTYPE worksheet [<!ENTITY a \"b\">]><worksheet " MAIN_NS "/>", "ZIP_INVALID"},
    {"a row in a row", SHEET("<row>" T("a") "<row>" T("b") "</row>" T("c") "</row>"), "1:a|b\n"},
    {"a cell in a cell", SHEET("<row><c><v>1</v><c><v>2</v></c></c></row>"), "1:12\n"},
};

static void test_xlsx(void) {
    for (size_t i = 0; i < COUNT(XLSX); i++) {
        const struct part parts[] = {
            {"xl/workbook.xml", ONE_SHEET}, {"xl/_rels/workbook.xml.rels", ONE_SHEET_RELATIONS}, {"xl/sharedStrings.xml", STRINGS}, {"xl/styles.xml", STYLES},
            {"xl/worksheets/sheet1.xml", XLSX[i].sheet},
            {"xl/worksheets/_rels/sheet1.xml.rels", RELATIONS(RELATION("rId1", "hyperlink", "mailto:b@x.example") RELATION("rId2", "hyperlink", "mailto:c@x.example?subject=%C3%A9"))}};
        AUTO_BUF out = BUF_INIT(1 << 16);
        read_parts(parts, COUNT(parts), NULL, &out);
        for (size_t k = 0; k < out.length; k++)
            if (!out.bytes[k]) out.bytes[k] = '~';
        CHECK_TEXT(XLSX[i].label, buf_text(&out), XLSX[i].want);
    }
}

/* -- one ODS sheet ------------------------------------------------------------------------------------- */
#define CELL(attributes, inside) "<table:table-cell " attributes ">" inside "</table:table-cell>"
#define P(text) "<text:p>" text "</text:p>"
#define TYPED(type, value, shown) CELL("office:value-type=\"" type "\" office:value=\"" value "\"", P(shown))
static const struct { const char *label, *rows, *want; } ODS[] = {
    {"texts", ODS_ROW(ODS_TEXT_CELL("a") CELL("", P("b")) CELL("office:value-type=\"string\" office:string-value=\"c\"", "")), "1:a|b|c\n"},
    {"paragraphs, spans, spaces", ODS_ROW(CELL("", P("a<text:span>b</text:span> <text:s text:c=\"2\"/>c") P("\n  d \n e<text:line-break/>f<text:tab/>g  "))), "1:ab   c~d e~f\tg \n"},
    {"annotations and shapes are not the text", ODS_ROW(CELL("", "<office:annotation><text:p>x</text:p></office:annotation><draw:frame><text:p>y</text:p></draw:frame>" P("a<text:note><text:p>z</text:p></text:note><text:ruby><text:ruby-base>b</text:ruby-base><text:ruby-text>PH</text:ruby-text></text:ruby>"))), "1:ab\n"},
    {"links", ODS_ROW(CELL("", P("<text:a xlink:href=\"mailto:a@x.example\">Écrire</text:a> <text:a xlink:href=\"mailto:b@x.example\">x</text:a>"))), "1:Écrire x<mailto:a@x.example>\n"},
    {"numbers", ODS_ROW(TYPED("float", "1034", "1 034") TYPED("float", "2.1974003200012E13", "2,2E+13") TYPED("percentage", "0.5", "50 %") TYPED("currency", "12", "12 €")), "1:1034|21974003200012|0.5|12\n"},
    {"zeros as shown", ODS_ROW(TYPED("float", "1034", "01034") TYPED("float", "21034", "000 021 034") TYPED("float", "0", "0") TYPED("float", "5", "0,5")), "1:01034|000 021 034|0|5\n"},
    {"zeros by style", ODS_ROW(CELL("table:style-name=\"c3\" office:value-type=\"float\" office:value=\"1034\"", "")), "1:01034\n"},
    {"zeros by a column's style", "<table:table-column/><table:table-column table:number-columns-repeated=\"2\" table:default-cell-style-name=\"c3\"/>" ODS_ROW(TYPED("float", "1", "1") TYPED("float", "2", "2") TYPED("float", "3", "3") TYPED("float", "4", "4")), "1:1|00002|00003|4\n"},
    {"dates", ODS_ROW(CELL("office:value-type=\"date\" office:date-value=\"2026-01-12\"", P("12/01/26")) CELL("office:value-type=\"date\" office:date-value=\"2026-01-12T00:00:00\"", "") CELL("office:value-type=\"date\" office:date-value=\"2026-01-12T10:30:00\"", "")), "1:2026-01-12|2026-01-12|2026-01-12 10:30:00\n"},
    {"booleans and times", ODS_ROW(CELL("office:value-type=\"boolean\" office:boolean-value=\"true\"", P("WAHR")) CELL("office:value-type=\"boolean\" office:boolean-value=\"false\"", "") CELL("office:value-type=\"time\" office:time-value=\"PT10H30M00S\"", P("10:30"))), "1:VRAI|FAUX|10:30\n"},
    {"errors", ODS_ROW(CELL("table:formula=\"of:=NA()\" office:value-type=\"string\" office:string-value=\"\" calcext:value-type=\"error\"", P("#N/A"))), "1:#N/A\n"},
    {"formulas", ODS_ROW(CELL("table:formula=\"of:=1+1\" office:value-type=\"float\" office:value=\"2\"", P("2")) CELL("table:formula=\"of:=A1\"", "") CELL("table:formula=\"of:=A1\" office:value-type=\"string\" office:string-value=\"\"", "") CELL("table:formula=\"of:=HYPERLINK(&quot;mailto:a@x.example&quot;;&quot;x&quot;)\" office:value-type=\"string\"", P("x"))), "1:2|!||x<mailto:a@x.example>\n"},
    {"repeated cells", ODS_ROW(CELL("table:number-columns-repeated=\"2\"", P("a")) CELL("table:number-columns-repeated=\"2\"", "") ODS_TEXT_CELL("b") CELL("table:number-columns-repeated=\"16379\"", "")), "1:a|a|||b\n"},
    {"repeated rows", "<table:table-row table:number-rows-repeated=\"2\">" ODS_TEXT_CELL("a") "</table:table-row><table:table-row table:number-rows-repeated=\"1000000\"><table:table-cell table:number-columns-repeated=\"16384\"/></table:table-row>" ODS_ROW(ODS_TEXT_CELL("b")), "1:a\n2:a\n1000003:b\n"},
    {"rows in groups", "<table:table-header-rows>" ODS_ROW(ODS_TEXT_CELL("a")) "</table:table-header-rows><table:table-row-group>" ODS_ROW(ODS_TEXT_CELL("b")) "</table:table-row-group>", "1:a\n2:b\n"},
    {"merged down", ODS_ROW(CELL("table:number-rows-spanned=\"2\"", P("29")) ODS_TEXT_CELL("a")) ODS_ROW("<table:covered-table-cell><text:p>x</text:p></table:covered-table-cell>" ODS_TEXT_CELL("b")) ODS_ROW(ODS_TEXT_CELL("") ODS_TEXT_CELL("c")), "1:29|a\n2:^29|b\n3:|c\n"},
    {"merged across", ODS_ROW(ODS_TEXT_CELL("a") ODS_TEXT_CELL("b") ODS_TEXT_CELL("c")) ODS_ROW(CELL("table:number-columns-spanned=\"2\"", P("t")) "<table:covered-table-cell/>" ODS_TEXT_CELL("d")), "1:a|b|c\n2:t|^t|d\n"},
    {"rows that are not shown", "<table:table-row table:visibility=\"collapse\">" ODS_TEXT_CELL("a") "</table:table-row><table:table-row table:visibility=\"filter\">" ODS_TEXT_CELL("b") "</table:table-row>", "1:a (hidden)\n2:b (hidden)\n"},
    {"fills", ODS_ROW(CELL("table:style-name=\"c1\"", P("a"))) ODS_ROW(CELL("table:style-name=\"c2\"", P("a"))) ODS_ROW(CELL("table:style-name=\"absent\"", P("a"))), "1:a (1FF0000)\n2:a (1FF0000)\n3:a\n"},
    {"mojibake", ODS_ROW(CELL("table:number-columns-repeated=\"2\"", P("SÃ©lection"))), "1:Sélection|Sélection (mojibake)\n"},
    {"a table in a cell", ODS_ROW(CELL("", "<table:table>" ODS_ROW(ODS_TEXT_CELL("x")) "</table:table>" P("a"))), "1:a\n"},
    {"too many columns", ODS_ROW(CELL("table:number-columns-repeated=\"31\"", P("a"))), "TOO_MANY_COLUMNS"},
    {"a million columns", ODS_ROW(CELL("table:number-columns-repeated=\"1000000000\"", P("a"))), "TOO_MANY_COLUMNS"},
    {"more than numbers can say", ODS_ROW(CELL("table:number-columns-repeated=\"99999999999999999999\"", "") ODS_TEXT_CELL("a")), "TOO_MANY_COLUMNS"},
    {"as many empty columns as can be said", ODS_ROW(ODS_TEXT_CELL("a") CELL("table:number-columns-repeated=\"99999999999999999999\"", "")), "1:a\n"},
    {"repeated no times", ODS_ROW(CELL("table:number-columns-repeated=\"0\"", P("a"))), "1:a\n"},
    {"a row repeated beyond any sheet", "<table:table-row table:number-rows-repeated=\"1048576\"><table:table-cell/></table:table-row>" ODS_ROW(ODS_TEXT_CELL("a")), "TOO_LARGE"},
    {"spaces without end", ODS_ROW(CELL("", P("a<text:s text:c=\"1000000000000\"/>")) ), NULL},
};

static void test_ods(void) {
    for (size_t i = 0; i < COUNT(ODS); i++) {
        AUTO_BUF content = BUF_INIT(1 << 20), out = BUF_INIT(1 << 20);
        buf_add_format(&content, CONTENT("<table:table table:name=\"Liste\">%s</table:table>"), ODS[i].rows);
        const struct part parts[] = {{"mimetype", "application/vnd.oasis.opendocument.spreadsheet"}, {"content.xml", buf_text(&content)}};
        read_parts(parts, COUNT(parts), NULL, &out);
        if (ODS[i].want)
            CHECK_TEXT(ODS[i].label, buf_text(&out), ODS[i].want);
        else
            CHECK(ODS[i].label, out.length > LONGEST_CELL_CHARS && out.length < 2 * LONGEST_CELL_CHARS);
    }
}

/* -- whole workbooks ----------------------------------------------------------------------------------- */
#define LIST(code) SHEET("<row>" T(code) "</row>")
#define SHEETS_OF(attributes)                                                                                                  \
    WORKBOOK("<workbookPr " attributes "/><sheets><sheet name=\"A\" sheetId=\"1\" r:id=\"rId1\"/><sheet name=\"B\" sheetId=\"2\" state=\"hidden\" r:id=\"rId2\"/>" \
             "<sheet name=\"C\" sheetId=\"3\" r:id=\"rId3\"/><sheet name=\"D\" sheetId=\"4\" r:id=\"rId4\"/></sheets>")
#define FOUR_RELATIONS                                                                                                         \
    RELATIONS(RELATION("rId1", "worksheet", "worksheets/feuille un.xml") RELATION("rId2", "worksheet", "/xl/b.xml")            \
                  RELATION("rId3", "worksheet", "../autre/./c.xml") RELATION("rId4", "worksheet", "d.xml"))
static const struct { const char *label; struct part parts[8]; const char *want; } BOOKS[] = {
    {"sheets by their relationships, hidden ones skipped, others named",
     {{"xl/workbook.xml", SHEETS_OF("")}, {"xl/_rels/workbook.xml.rels", FOUR_RELATIONS}, {"xl/worksheets/feuille un.xml", LIST("rien")}, {"xl/b.xml", LIST("code")}, {"autre/c.xml", LIST("code")}, {"xl/d.xml", LIST("code")}}, "C D\n1:code\n"},
    {"no header anywhere", {{"xl/workbook.xml", SHEETS_OF("")}, {"xl/_rels/workbook.xml.rels", FOUR_RELATIONS}, {"xl/worksheets/feuille un.xml", LIST("a")}, {"xl/b.xml", LIST("code")}, {"autre/c.xml", LIST("b")}, {"xl/d.xml", LIST("c")}}, "not found"},
    {"rows above the header, and its row", {{"xl/workbook.xml", ONE_SHEET}, {"xl/_rels/workbook.xml.rels", ONE_SHEET_RELATIONS}, {"xl/styles.xml", STYLES}, {"xl/sharedStrings.xml", STRINGS}, {"xl/worksheets/sheet1.xml", SHEET("<row r=\"2\">" T("titre") "</row><row r=\"20\">" T("code") "</row><row>" T("1") "</row>")}}, "Liste\n2:titre\n20:code\n21:1\n"},
    {"a header too far down", {{"xl/workbook.xml", ONE_SHEET}, {"xl/_rels/workbook.xml.rels", ONE_SHEET_RELATIONS}, {"xl/styles.xml", STYLES}, {"xl/sharedStrings.xml", STRINGS}, {"xl/worksheets/sheet1.xml", SHEET("<row r=\"21\">" T("code") "</row>")}}, "not found"},
    {"a header row with empty cells beyond the limit", {{"xl/workbook.xml", ONE_SHEET}, {"xl/_rels/workbook.xml.rels", ONE_SHEET_RELATIONS}, {"xl/styles.xml", STYLES}, {"xl/sharedStrings.xml", STRINGS}, {"xl/worksheets/sheet1.xml", SHEET("<row>" T("code") "<c r=\"AE1\"/></row>")}}, "TOO_MANY_COLUMNS"},
    {"days count from 1904", {{"xl/workbook.xml", WORKBOOK("<workbookPr date1904=\"1\"/><sheets><sheet name=\"L\" sheetId=\"1\" r:id=\"rId1\"/></sheets>")}, {"xl/_rels/workbook.xml.rels", ONE_SHEET_RELATIONS}, {"xl/styles.xml", STYLES}, {"xl/sharedStrings.xml", STRINGS}, {"xl/worksheets/sheet1.xml", SHEET("<row>" T("code") N("2", "44572") "</row>")}}, "L\n1:code|2026-01-12\n"},
    {"strings and styles without a relationship", {{"xl/workbook.xml", ONE_SHEET}, {"xl/_rels/workbook.xml.rels", RELATIONS(RELATION("rId1", "worksheet", "s.xml"))}, {"xl/sharedStrings.xml", STRINGS}, {"xl/styles.xml", STYLES}, {"xl/s.xml", SHEET("<row>" T("code") C("B1", "s", "0") N("1", "1034") "</row>")}}, "Liste\n1:code|Commune|01034\n"},
    {"a chart among the sheets", {{"xl/workbook.xml", WORKBOOK("<sheets><sheet name=\"G\" sheetId=\"1\" r:id=\"rId1\"/><sheet name=\"L\" sheetId=\"2\" r:id=\"rId2\"/></sheets>")}, {"xl/_rels/workbook.xml.rels", RELATIONS(RELATION("rId1", "chartsheet", "g.xml") RELATION("rId2", "worksheet", "l.xml"))}, {"xl/l.xml", LIST("code")}}, "L\n1:code\n"},
    {"a sheet without relationship", {{"xl/workbook.xml", ONE_SHEET}, {"xl/_rels/workbook.xml.rels", RELATIONS("")}}, "ZIP_INVALID"},
    {"no relationships", {{"xl/workbook.xml", ONE_SHEET}}, "ZIP_INVALID"},
    {"a sheet that is not there", {{"xl/workbook.xml", ONE_SHEET}, {"xl/_rels/workbook.xml.rels", RELATIONS(RELATION("rId1", "worksheet", "s.xml"))}}, "ZIP_INVALID"},
    {"strings that are not there", {{"xl/workbook.xml", ONE_SHEET}, {"xl/_rels/workbook.xml.rels", ONE_SHEET_RELATIONS}}, "ZIP_INVALID"},
    {"a target that climbs out", {{"xl/workbook.xml", ONE_SHEET}, {"xl/_rels/workbook.xml.rels", RELATIONS(RELATION("rId1", "worksheet", "../../../../etc/passwd"))}}, "ZIP_INVALID"},
    {"a workbook without sheets", {{"xl/workbook.xml", WORKBOOK("")}}, "not found"},
    {"ODS: hidden sheets, others, shapes and changes", {{"content.xml", CONTENT("<table:tracked-changes><table:table table:name=\"X\">" ODS_ROW(ODS_TEXT_CELL("code")) "</table:table></table:tracked-changes>"
        "<table:table table:name=\"A\"><table:shapes><draw:frame><table:table>" ODS_ROW(ODS_TEXT_CELL("code")) "</table:table></draw:frame></table:shapes>" ODS_ROW(ODS_TEXT_CELL("rien")) "</table:table>"
        "<table:table table:name=\"B\" table:style-name=\"t1\">" ODS_ROW(ODS_TEXT_CELL("code")) "</table:table><table:table table:name=\"C\">" ODS_ROW(ODS_TEXT_CELL("code")) ODS_ROW(ODS_TEXT_CELL("1")) "</table:table>"
        "<table:table table:name=\"D\">" ODS_ROW(ODS_TEXT_CELL("code")) "</table:table>")}}, "C D\n1:code\n2:1\n"},
    {"ODS: styles of their own part", {{"content.xml", CONTENT(ODS_SHEET(ODS_ROW(ODS_TEXT_CELL("code") CELL("table:style-name=\"Bon\"", P("x"))) ODS_ROW(CELL("table:style-name=\"Bon\"", P("x")))))}, {"styles.xml", "<office:document-styles " ODS_NS "><office:styles><style:style style:name=\"Bon\" style:family=\"table-cell\"><style:table-cell-properties fo:background-color=\"#00ff00\"/></style:style></office:styles></office:document-styles>"}}, "Liste\n1:code|x (100FF00)\n2:x (100FF00)\n"},
    {"ODS: protected by a password", {{"content.xml", "\1\2\3"}, {"META-INF/manifest.xml", "<m:manifest xmlns:m=\"urn:oasis:names:tc:opendocument:xmlns:manifest:1.0\"><m:file-entry m:full-path=\"content.xml\"><m:encryption-data/></m:file-entry></m:manifest>"}}, "UNSUPPORTED_FORMAT"},
    {"ODS: no XML", {{"content.xml", "x"}}, "ZIP_INVALID"},
    {"ODS: half", {{"content.xml", "<office:document-content " ODS_NS ">"}}, "ZIP_INVALID"},
    {"another archive", {{"word/document.xml", "<x/>"}}, "UNSUPPORTED_FORMAT"},
    {"an archive in an archive", {{"liste.xlsx", "PK\3\4"}}, "UNSUPPORTED_FORMAT"},
};

static void test_books(void) {
    for (size_t i = 0; i < COUNT(BOOKS); i++) {
        AUTO_BUF out = BUF_INIT(1 << 16);
        read_parts(BOOKS[i].parts, COUNT(BOOKS[i].parts), has_code, &out);
        CHECK_TEXT(BOOKS[i].label, buf_text(&out), BOOKS[i].want);
    }
}

/* -- workbooks as other programs write them ------------------------------------------------------------ */
static bool has_insee_code(const struct row *row, void *ctx) {
    (void)ctx;
    return !strcmp(row->cells[0].text, "Code INSEE");
}

static bool read_file(const char *path, struct buf *out) {
    FILE *file = fopen(path, "rb");
    bool good = file && buf_add_file(out, file);
    if (file) fclose(file);
    return good;
}

static void test_corpus(void) {
    static const char *const NAMES[] = {"openpyxl.xlsx", "libreoffice.xlsx", "libreoffice.ods"};
    for (size_t i = 0; i < COUNT(NAMES); i++) {
        AUTO_BUF bytes = BUF_INIT(1 << 20), want = BUF_INIT(1 << 16), out = BUF_INIT(1 << 16), path = BUF_INIT(200);
        buf_add_format(&path, "tests/corpus/sheets/%s", NAMES[i]);
        CHECK(NAMES[i], read_file(buf_text(&path), &bytes));
        buf_add_text(&path, ".rows");
        CHECK(NAMES[i], read_file(buf_text(&path), &want));
        read_bytes(bytes.bytes, bytes.length, &REAL, has_insee_code, &out);
        CHECK_TEXT(NAMES[i], buf_text(&out), buf_text(&want));
    }
}

/* -- asking again -------------------------------------------------------------------------------------- */
static bool is_word(const struct row *row, void *ctx) {
    return !strcmp(row->cells[0].text, ctx);
}

static void ask_again(const char *label, const struct part *parts, size_t count) {
    struct tiny_zip zip = TINY_ZIP;
    struct err err = {0};
    AUTO_BUF out = BUF_INIT(1 << 16);
    pack(&zip, parts, count);
    const struct source source = SOURCE_OF(zip.bytes.bytes, zip.bytes.length);
    AUTO(rows) rows = rows_open(&source, &LIMITS, NULL, &err);
    static const char *const WORDS[] = {"absent", "x", "y", "y", "x"};
    for (size_t i = 0; rows && i < COUNT(WORDS); i++) {
        int found = rows_seek_header(rows, is_word, (void *)(uintptr_t)WORDS[i], &err);
        buf_add_format(&out, "%d%s:", found, found > 0 ? rows_format(rows)->sheet : "");
        if (found > 0 && i != 2) write_rows(rows, &out, &err); /* the third is left in the middle */
    }
    if (rows && rows_seek_start(rows, &err)) write_rows(rows, &out, &err);
    CHECK_TEXT(label, buf_text(&out), "0:1A:1:x\n2:u\n1B:1B:1:y\n2:v\n1A:1:x\n2:u\n1:x\n2:u\n");
    zip_release(&zip);
}

static void test_asking_again(void) {
    static const struct part OF_XLSX[] = {
        {"xl/workbook.xml", WORKBOOK("<sheets><sheet name=\"A\" sheetId=\"1\" r:id=\"rId1\"/><sheet name=\"B\" sheetId=\"2\" r:id=\"rId2\"/></sheets>")},
        {"xl/_rels/workbook.xml.rels", RELATIONS(RELATION("rId1", "worksheet", "a.xml") RELATION("rId2", "worksheet", "b.xml"))},
        {"xl/a.xml", SHEET("<row>" T("x") "</row><row>" T("u") "</row>")}, {"xl/b.xml", SHEET("<row>" T("y") "</row><row>" T("v") "</row>")}};
    static const struct part OF_ODS[] = {{"content.xml", CONTENT("<table:table table:name=\"A\">" ODS_ROW(ODS_TEXT_CELL("x")) ODS_ROW(ODS_TEXT_CELL("u")) "</table:table>"
                                                                 "<table:table table:name=\"B\">" ODS_ROW(ODS_TEXT_CELL("y")) ODS_ROW(ODS_TEXT_CELL("v")) "</table:table>")}};
    ask_again("XLSX: headers asked for again", OF_XLSX, COUNT(OF_XLSX));
    ask_again("ODS: headers asked for again", OF_ODS, COUNT(OF_ODS));
}

/* -- archives that lie --------------------------------------------------------------------------------- */
static const struct { const char *label; struct zip_lies lies; const char *want; } LIES[] = {
    {"the truth", {0}, "1:a\n"},
    {"a wrong checksum", {.crc = 1}, "ZIP_INVALID"},
    {"a size too small", {.size = (uint32_t)-5}, "ZIP_INVALID"},
    {"a size too large", {.size = 5}, "ZIP_INVALID"},
    {"a size beyond the limit", {.size = 2000000}, "ZIP_BOMB"},
    {"a size beyond all archives", {.size = 0xFFFF0000}, "ZIP_BOMB"},
    {"an encrypted part", {.flags = 1}, "UNSUPPORTED_FORMAT"},
    {"an unknown method", {.method = 77}, "ZIP_INVALID"},
    {"bytes that do not inflate", {.method = 8}, "ZIP_INVALID"},
};

static void lying(const struct zip_lies *lies, struct tiny_zip *zip) {
    zip_add(zip, "xl/workbook.xml", ONE_SHEET, strlen(ONE_SHEET));
    zip_add(zip, "xl/_rels/workbook.xml.rels", RELATIONS(RELATION("rId1", "worksheet", "s.xml")), strlen(RELATIONS(RELATION("rId1", "worksheet", "s.xml"))));
    zip->lies = *lies;
    zip_add(zip, "xl/s.xml", SHEET("<row>" T("a") "</row>"), strlen(SHEET("<row>" T("a") "</row>")));
    zip_finish(zip);
}

/* Cut anywhere, an archive is refused: it ends by its table of contents. */
static void test_cut(void) {
    struct tiny_zip zip = TINY_ZIP;
    size_t wrong = 0;
    lying(&LIES[0].lies, &zip);
    for (size_t length = 2; length < zip.bytes.length; length++) {
        AUTO_BUF out = BUF_INIT(1 << 16);
        char *exact = mem_copy(zip.bytes.bytes, length);
        read_bytes(exact, length, &LIMITS, NULL, &out);
        free(exact);
        wrong += strcmp(buf_text(&out), "ZIP_INVALID") != 0;
    }
    CHECK_INT("cut anywhere", (intmax_t)wrong, 0);
    zip_release(&zip);
}

static void test_lies(void) {
    for (size_t i = 0; i < COUNT(LIES); i++) {
        struct tiny_zip zip = TINY_ZIP;
        AUTO_BUF out = BUF_INIT(1 << 16);
        lying(&LIES[i].lies, &zip);
        read_bytes(zip.bytes.bytes, zip.bytes.length, &LIMITS, NULL, &out);
        CHECK_TEXT(LIES[i].label, buf_text(&out), LIES[i].want);
        zip_release(&zip);
    }
}

/* -- much out of little -------------------------------------------------------------------------------- */
enum { MOST_SECONDS = 5, HUGE_BYTES = 20000000, MOST_MEMORY_KB = 256000 }; /* a fifth of what a workbook may hold, in a workbook's 5 s, on a machine that is busy */

struct flood { const char *label, *before, *again, *after, *want; size_t bytes; bool ods, strings; }; /* want NULL: any end will do */
#define ODS_BEFORE "<office:document-content " ODS_NS "><office:body><office:spreadsheet>"
#define ODS_AFTER "</office:spreadsheet></office:body></office:document-content>"
#define SHEET_BEFORE "<worksheet " MAIN_NS " " REL_NS "><sheetData>"
#define SHEET_AFTER "</sheetData></worksheet>"
static const struct flood FLOODS[] = {
    {"elements in elements", SHEET_BEFORE, "<a>", SHEET_AFTER, "ZIP_INVALID", HUGE_BYTES, false, false},
    {"elements without end", "<worksheet " MAIN_NS ">", "<a/>", "<sheetData/></worksheet>", NULL, HUGE_BYTES, false, false},
    {"a tag without end", SHEET_BEFORE "<row ", "x                ", SHEET_AFTER, "ZIP_INVALID", HUGE_BYTES, false, false},
    {"a comment without end", SHEET_BEFORE "<!--", "                 ", "-->" SHEET_AFTER, "ZIP_INVALID", HUGE_BYTES, false, false},
    {"a cell without end", SHEET_BEFORE "<row><c t=\"inlineStr\"><is><t>", "long ", "</t></is></c></row>" SHEET_AFTER, NULL, HUGE_BYTES, false, false},
    {"cells without end", SHEET_BEFORE "<row>", "<c/>", "</row>" SHEET_AFTER, "TOO_MANY_COLUMNS", HUGE_BYTES, false, false},
    {"empty rows without end", SHEET_BEFORE, "<row/>", SHEET_AFTER, NULL, HUGE_BYTES, false, false},
    {"rows without end", SHEET_BEFORE, "<row><c><v>1</v></c></row>", SHEET_AFTER, NULL, HUGE_BYTES, false, false},
    {"wide rows without end", SHEET_BEFORE, "<row><c r=\"XFD1\"><v>1</v></c></row>", SHEET_AFTER, "ZIP_BOMB", HUGE_BYTES, false, false},
    {"one long string again and again", SHEET_BEFORE, "<row><c t=\"s\"><v>0</v></c></row>", SHEET_AFTER, "ZIP_BOMB", 10000000, false, true},
    {"merged cells without end", SHEET_BEFORE "<row><c><v>1</v></c></row></sheetData><mergeCells>", "<mergeCell ref=\"A1:XFD1048576\"/>", "</mergeCells></worksheet>", "TOO_LARGE", HUGE_BYTES, false, false},
    {"one long link again and again", SHEET_BEFORE "<row><c><v>1</v></c></row></sheetData><hyperlinks>", "<hyperlink ref=\"A1:XFD9\" r:id=\"x\"/>", "</hyperlinks></worksheet>", "TOO_LARGE", HUGE_BYTES, false, false},
    {"ODS: a row repeated", ODS_BEFORE "<table:table><table:table-row table:number-rows-repeated=\"1048576\">", "<table:table-cell table:number-columns-repeated=\"1000\"><text:p>x</text:p></table:table-cell>", "</table:table-row></table:table>" ODS_AFTER, "ZIP_BOMB", 1000, true, false},
    {"ODS: paragraphs without end", ODS_BEFORE "<table:table><table:table-row><table:table-cell>", "<text:p>x</text:p>", "</table:table-cell></table:table-row></table:table>" ODS_AFTER, NULL, HUGE_BYTES, true, false},
    {"ODS: sheets without end", ODS_BEFORE, "<table:table/>", ODS_AFTER, "TOO_LARGE", HUGE_BYTES, true, false},
    {"ODS: spaces without end", ODS_BEFORE "<table:table><table:table-row><table:table-cell><text:p>", "<text:s text:c=\"99999\"/>", "</text:p></table:table-cell></table:table-row></table:table>" ODS_AFTER, NULL, HUGE_BYTES, true, false},
};

static void fill(struct buf *out, const struct flood *flood) {
    size_t step = strlen(flood->again);
    buf_add_text(out, flood->before);
    for (size_t bytes = 0; bytes < flood->bytes; bytes += step) buf_add(out, flood->again, step);
    buf_add_text(out, flood->after);
}

static void test_floods(void) {
    for (size_t i = 0; i < COUNT(FLOODS); i++) {
        struct tiny_zip zip = TINY_ZIP;
        AUTO_BUF part = BUF_INIT(SIZE_MAX / 2), out = BUF_INIT(SIZE_MAX / 2), strings = BUF_INIT(SIZE_MAX / 2), links = BUF_INIT(SIZE_MAX / 2);
        struct flood of_strings = {.before = "<sst " MAIN_NS "><si><t>", .again = "long ", .after = "</t></si></sst>", .bytes = 1000000};
        struct flood of_links = {.before = "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"x\" Type=\"http://x/hyperlink\" Target=\"mailto:",
                                 .again = "long ", .after = "\"/></Relationships>", .bytes = 100000};
        fill(&part, &FLOODS[i]);
        fill(&links, &of_links);
        fill(&strings, &of_strings);
        zip_add(&zip, FLOODS[i].ods ? "content.xml" : "xl/s.xml", part.bytes, part.length);
        if (!FLOODS[i].ods) {
            zip_add(&zip, "xl/workbook.xml", ONE_SHEET, strlen(ONE_SHEET));
            zip_add(&zip, "xl/_rels/workbook.xml.rels", RELATIONS(RELATION("rId1", "worksheet", "s.xml")), strlen(RELATIONS(RELATION("rId1", "worksheet", "s.xml"))));
        }
        if (!FLOODS[i].ods) zip_add(&zip, "xl/_rels/s.xml.rels", links.bytes, links.length);
        if (FLOODS[i].strings) zip_add(&zip, "xl/sharedStrings.xml", strings.bytes, strings.length);
        zip_finish(&zip);
        buf_release(&part);
        struct timespec from, to;
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
        read_bytes(zip.bytes.bytes, zip.bytes.length, &REAL, has_code, &out);
        if (!strcmp(buf_text(&out), "not found")) {
            buf_clear(&out);
            read_bytes(zip.bytes.bytes, zip.bytes.length, &REAL, NULL, &out);
        }
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
        double seconds = (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9;
        CHECK(FLOODS[i].label, seconds < MOST_SECONDS * (INSTRUMENTED ? 20 : 1));
        size_t tail = FLOODS[i].want ? strlen(FLOODS[i].want) : 0;
        if (FLOODS[i].want) CHECK_TEXT(FLOODS[i].label, out.length >= tail ? out.bytes + out.length - tail : "", FLOODS[i].want);
        printf("# %.2f s\n", seconds);
        zip_release(&zip);
    }
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    CHECK("memory", INSTRUMENTED || usage.ru_maxrss < MOST_MEMORY_KB);
    printf("# %ld kB\n", usage.ru_maxrss);
}

int main(void) {
    test_xlsx();
    test_ods();
    test_books();
    test_corpus();
    test_asking_again();
    test_lies();
    test_cut();
    test_floods();
    return tap_end();
}
