/* Lists in workbooks: what the rules make of hyperlinks, formulas, colours, hidden rows, merged cells, day numbers. */
#include "base/clock.h"
#include "lists/codes.h"
#include "lists/list_import.h"
#include "tests/sheet_parts.h"
#include "tests/small_reference.h"
#include "tests/tap.h"
#include "tests/tiny_zip.h"

#define T(text) "<c t=\"inlineStr\"><is><t>" text "</t></is></c>"
#define S(style, text) "<c s=\"" style "\" t=\"inlineStr\"><is><t>" text "</t></is></c>"
#define N(style, value) "<c s=\"" style "\"><v>" value "</v></c>"
#define NO_VALUE "<c><f>A1</f></c>"
#define ROW(cells) "<row>" cells "</row>"
#define LINK(place, id) "<hyperlink ref=\"" place "\" r:id=\"" id "\"/>"
#define HEADER ROW(T("insee") T("nom") T("mail") T("statut"))

/* want: final lines, then "R line reason", "I line reason", "W code …", "D id day"; or the code of a refusal. */
static const struct { const char *label; enum list_kind kind; bool date1904; const char *rows, *tail, *want; } CASES[] = {
    {"numbers and booleans", LIST_AS_FOUND, false, HEADER ROW(N("0", "1262") T("") T("a@a.example") "<c t=\"b\"><v>1</v></c>") ROW(N("1", "1033") T("") T("b@b.example") "<c t=\"b\"><v>0</v></c>"), "",
     "01033;b@b.example;informee\n01262;a@a.example;selectionnee\nW INSEE_PADDED 2\n"},
    {"a link gives the address", LIST_AS_FOUND, false, HEADER ROW(T("29001") T("Argol") T("Écrire") T("")) ROW(T("29019") T("Brest")) ROW(T("29232") T("Quimper") T("néant")), "<hyperlinks>" LINK("C2", "a") LINK("C3", "b") LINK("C4", "encoded") "</hyperlinks>",
     "29001;a@a.example;informee\n29019;b@b.example;informee\n29232;é@c.example;informee\nW LOCAL_NON_ASCII 4\n"},
    {"the text wins", LIST_AS_FOUND, false, HEADER ROW(T("29001") T("") T("x@x.example") T("")) ROW(T("29019") T("") T("B@b.example; y@y.example") T("")), "<hyperlinks>" LINK("C2", "a") LINK("C3", "b") "</hyperlinks>",
     "29001;x@x.example;informee\n29019;b@b.example;informee\n29019;y@y.example;informee\nW HYPERLINK_MISMATCH 2\n"},
    {"a link that leads elsewhere", LIST_AS_FOUND, false, HEADER ROW(T("29001") T("") T("notre site") T("")) ROW(T("29019") T("") T("b@b.example") T("")), "<hyperlinks>" LINK("C2", "site") LINK("C3", "site") "</hyperlinks>",
     "29019;b@b.example;informee\nR 2 EMAIL_INVALID\n"},
    {"a link with a header inside", LIST_AS_FOUND, false, HEADER ROW(T("29001") T("") T("Écrire") T("")) ROW(T("29019") T("") T("b@b.example") T("")), "<hyperlinks>" LINK("C2", "bcc") LINK("C3", "bcc") "</hyperlinks>",
     "29019;b@b.example;informee\nR 2 EMAIL_INVALID\n"},
    {"a link of two addresses", LIST_AS_FOUND, false, HEADER ROW(T("29001") T("") T("") T("oui")), "<hyperlinks>" LINK("C2", "two") "</hyperlinks>",
     "29001;a@a.example;selectionnee\n29001;b@b.example;selectionnee\n"},
    {"a formula without value", LIST_AS_FOUND, false, HEADER ROW(T("29001") NO_VALUE T("a@a.example") NO_VALUE) ROW(T("29019") T("Brest") NO_VALUE T("")) ROW(T("") T("Quimper") NO_VALUE) ROW(NO_VALUE NO_VALUE NO_VALUE), "",
     "29001;a@a.example;informee\nR 3 FORMULA_NO_VALUE\nR 4 FORMULA_NO_VALUE\n"},
    {"hidden rows", LIST_AS_FOUND, false, HEADER "<row hidden=\"1\">" T("29001") T("") T("a@a.example") T("") "</row>", "", "29001;a@a.example;informee\nW HIDDEN_ROWS\n"},
    {"a hidden row that is ignored", LIST_AS_FOUND, false, HEADER ROW(T("29001") T("") T("a@a.example") T("")) "<row hidden=\"1\">" T("Total") T("1") "</row>", "", "29001;a@a.example;informee\nI 3 TOTAL\n"},
    {"two colours and no status", LIST_AS_FOUND, false, ROW(T("insee") T("mail")) ROW(S("4", "29001") T("a@a.example")) ROW(S("5", "29019") T("b@b.example")), "",
     "29001;a@a.example;informee\n29019;b@b.example;informee\nW NO_STATUS_COLUMN\nW STATUS_BY_COLOUR\n"},
    {"two colours and answers", LIST_AS_FOUND, false, ROW(T("insee") T("mail") T("répondu")) ROW(S("4", "29001") T("a@a.example")) ROW(S("5", "29019") T("b@b.example")), "",
     "29001;a@a.example;informee\n29019;b@b.example;informee\nW STATUS_BY_COLOUR\n"},
    {"two colours and a status", LIST_AS_FOUND, false, HEADER ROW(S("4", "29001") T("") T("a@a.example")) ROW(S("5", "29019") T("") T("b@b.example")), "", "29001;a@a.example;informee\n29019;b@b.example;informee\n"},
    {"two colours of a list whose status is said", LIST_AS_SELECTED, false, ROW(T("insee") T("mail")) ROW(S("4", "29001") T("a@a.example")) ROW(S("5", "29019") T("b@b.example")), "",
     "29001;a@a.example;selectionnee\n29019;b@b.example;selectionnee\n"},
    {"one colour", LIST_AS_FOUND, false, ROW(T("insee") T("mail")) ROW(S("4", "29001") T("a@a.example")) ROW(S("4", "29019") S("7", "b@b.example")), "", "29001;a@a.example;informee\n29019;b@b.example;informee\nW NO_STATUS_COLUMN\n"},
    {"a merged department", LIST_AS_FOUND, false, ROW(T("département") T("nom") T("mail") T("statut")) ROW(T("974") T("Saint-Denis") T("a@a.example")) ROW(T("") T("Saint-Denis") T("b@b.example")) ROW(T("") T("Saint-Denis") T("c@c.example")), "<mergeCells><mergeCell ref=\"A2:A3\"/></mergeCells>",
     "97411;a@a.example;informee\n97411;b@b.example;informee\n97411;c@c.example;informee\nW DEPARTMENT_CARRIED 4\n"},
    {"a merged department is not strict", LIST_AS_FOUND, false, ROW(T("département") T("nom") T("mail") T("statut")) ROW(T("974") T("Saint-Denis") T("a@a.example")) ROW(T("") T("Argol") T("b@b.example")), "<mergeCells><mergeCell ref=\"A2:A3\"/></mergeCells>",
     "29001;b@b.example;informee\n97411;a@a.example;informee\n"},
    {"day numbers of 1900", LIST_AS_FOUND, false, ROW(T("insee") T("mail") T("répondu le")) ROW(T("29001") T("a@a.example") N("0", "46034")) ROW(T("29019") T("b@b.example") N("2", "46034")), "",
     "29001;a@a.example;repondu\n29019;b@b.example;repondu\nD 29001 2026-01-12\nD 29019 2026-01-12\n"},
    {"day numbers of 1904", LIST_AS_FOUND, true, ROW(T("insee") T("mail") T("répondu le")) ROW(T("29001") T("a@a.example") N("0", "44572")) ROW(T("29019") T("b@b.example") N("2", "44572")), "",
     "29001;a@a.example;repondu\n29019;b@b.example;repondu\nD 29001 2026-01-12\nD 29019 2026-01-12\n"},
    {"mojibake", LIST_AS_FOUND, false, HEADER ROW(T("29001") T("") T("a@a.example") T("SÃ©lectionnÃ©e")), "", "29001;a@a.example;selectionnee\nW MOJIBAKE 2\n"},
    {"a status list", LIST_AS_FOUND, false, ROW(T("id") T("statut")) ROW(T("29001") T("oui")), "", "29001;;selectionnee\n"},
    {"no header", LIST_AS_FOUND, false, ROW(T("a@a.example")) ROW(T("b@b.example")), "", "NO_HEADER"},
};

static void write_verdicts(const struct list_verdict *verdicts, size_t count, char letter, struct buf *out) {
    for (size_t i = 0; i < count; i++) buf_add_format(out, "%c %ld %s\n", letter, verdicts[i].line, verdicts[i].reason);
}

static void write_result(const struct list_result *result, struct buf *out) {
    for (size_t i = 0; i < result->line_count; i++) {
        list_line_write(&result->lines[i], out);
        buf_add_char(out, '\n');
    }
    write_verdicts(result->rejected, result->rejected_count, 'R', out);
    write_verdicts(result->ignored, result->ignored_count, 'I', out);
    for (size_t i = 0; i < result->warning_count; i++) {
        buf_add_format(out, "W %s", result->warnings[i].code);
        for (size_t k = 0; k < result->warnings[i].line_count; k++) buf_add_format(out, " %ld", result->warnings[i].lines[k]);
        buf_add_char(out, '\n');
    }
    for (size_t i = 0; i < result->date_count; i++) buf_add_format(out, "D %s %s\n", result->dates[i].id, result->dates[i].day);
}

static void pack(struct tiny_zip *zip, const char *rows, const char *tail, bool date1904) {
    AUTO_BUF book = BUF_INIT(1 << 16), sheet = BUF_INIT(1 << 16);
    buf_add_format(&book, WORKBOOK("<workbookPr date1904=\"%d\"/><sheets><sheet name=\"Liste\" sheetId=\"1\" r:id=\"rId1\"/></sheets>"), date1904);
    buf_add_format(&sheet, SHEET_AND("%s", "%s"), rows, tail);
    const struct { const char *name, *text; } parts[] = {
        {"xl/workbook.xml", buf_text(&book)}, {"xl/_rels/workbook.xml.rels", RELATIONS(RELATION("rId1", "worksheet", "s.xml") RELATION("rId3", "styles", "styles.xml"))},
        {"xl/styles.xml", STYLES}, {"xl/s.xml", buf_text(&sheet)},
        {"xl/_rels/s.xml.rels", RELATIONS(RELATION("a", "hyperlink", "mailto:a@a.example?subject=Enqu%C3%AAte") RELATION("b", "hyperlink", "MAILTO:b@b.example")
             RELATION("encoded", "hyperlink", "mailto:%C3%A9%40c.example") RELATION("site", "hyperlink", "https://a@a.example/") RELATION("bcc", "hyperlink", "mailto:a@a.example%0ABcc:z@z.example")
             RELATION("two", "hyperlink", "mailto:a@a.example,b@b.example"))}};
    for (size_t i = 0; i < COUNT(parts); i++) zip_add(zip, parts[i].name, parts[i].text, strlen(parts[i].text));
    zip_finish(zip);
}

int main(void) {
    static const struct row_limits LIMITS = {.file_bytes = 1 << 20, .inflated_bytes = 1 << 20, .columns = 100, .cell_chars = 400};
    AUTO(reference) reference = small_reference();
    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct list_result result;
        struct err err = {0};
        struct tiny_zip zip = TINY_ZIP;
        AUTO_BUF out = BUF_INIT(1 << 16);
        pack(&zip, CASES[i].rows, CASES[i].tail, CASES[i].date1904);
        const struct source source = SOURCE_OF(zip.bytes.bytes, zip.bytes.length);
        if (list_read(&result, &source, CASES[i].kind, reference, &LIMITS, day_of(2026, 1, 16), NULL, NULL, &err))
            write_result(&result, &out);
        else
            buf_add_text(&out, err.code);
        CHECK_TEXT(CASES[i].label, buf_text(&out), CASES[i].want);
        CHECK_TEXT("its container", result.format.container, "xlsx");
        if (!strcmp(err.code, "NO_HEADER")) CHECK("the refusal names what is there", strstr(err.text, "a@a.example"));
        list_result_free(&result);
        zip_release(&zip);
    }
    return tap_end();
}
