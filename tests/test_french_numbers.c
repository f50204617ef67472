/* French figures, French cells of a spreadsheet, and text that may not become markup. */
#include "base/common.h"
#include "base/text.h"
#include "mailer/reports/csv_cells.h"
#include "mailer/french_moments.h"
#include "mailer/reports/french_numbers.h"
#include "mailer/reports/html_escape.h"
#include "mailer/reports/text_table.h"
#include "tests/tap.h"

#define N "\u202f"
#define S "\u00a0"

static void integers(void) {
    static const struct {
        int64_t number;
        const char *want;
    } CASES[] = {{0, "0"},
                 {7, "7"},
                 {999, "999"},
                 {1000, "1" N "000"},
                 {12000, "12" N "000"},
                 {36224, "36" N "224"},
                 {1234567, "1" N "234" N "567"},
                 {-1, "\u22121"},
                 {-1234, "\u22121" N "234"},
                 {INT64_MAX, "9" N "223" N "372" N "036" N "854" N "775" N "807"},
                 {INT64_MIN, "\u22129" N "223" N "372" N "036" N "854" N "775" N "808"}};
    for (size_t i = 0; i < COUNT(CASES); i++) {
        char got[FRENCH_NUMBER];
        french_integer(CASES[i].number, got);
        CHECK_TEXT(CASES[i].want, got, CASES[i].want);
    }
}

static void percents(void) {
    static const struct {
        int64_t part, whole;
        const char *want;
    } CASES[] = {{0, 0, "–"},
                 {0, 10, "0,0" S "%"},
                 {1, 3, "33,3" S "%"},
                 {2, 3, "66,7" S "%"},
                 {1, 8, "12,5" S "%"},
                 {1, 2000, "0,1" S "%"},
                 {1, 2001, "0,0" S "%"},
                 {12000, 12000, "100,0" S "%"},
                 {205, 534, "38,4" S "%"},
                 {24690, 2000, "1" N "234,5" S "%"}};
    for (size_t i = 0; i < COUNT(CASES); i++) {
        char got[FRENCH_NUMBER];
        french_percent(CASES[i].part, CASES[i].whole, got);
        CHECK_TEXT(CASES[i].want, got, CASES[i].want);
    }
}

static void counts(void) {
    static const struct {
        int64_t number;
        const char *want;
    } CASES[] = {
        {0, "0" S "réponse"}, {1, "1" S "réponse"}, {2, "2" S "réponses"}, {1500, "1" N "500" S "réponses"}};
    for (size_t i = 0; i < COUNT(CASES); i++) {
        char got[100];
        french_count(CASES[i].number, "réponse", "réponses", got, sizeof got);
        CHECK_TEXT(CASES[i].want, got, CASES[i].want);
    }
}

static void moments(void) {
    int64_t winter_ms, summer_ms;
    char text[FRENCH_MOMENT], instant[INSTANT_TEXT], date[FRENCH_DATE];
    instant_parse("2026-01-15T09:05:00Z", false, &winter_ms);
    instant_parse("2026-07-01T22:30:00Z", false, &summer_ms);
    french_moment(PARIS, winter_ms, text);
    CHECK_TEXT("long, winter", text, "jeudi 15 janvier 2026 à 10" S "h" S "05");
    french_short_moment(PARIS, summer_ms, text);
    CHECK_TEXT("short, the next day in summer", text, "02/07/2026 00:30");
    zoned_instant(PARIS, summer_ms, instant);
    CHECK_TEXT("RFC 3339 with summer's offset", instant, "2026-07-02T00:30:00+02:00");
    zoned_instant("Indian/Reunion", winter_ms, instant);
    CHECK_TEXT("RFC 3339 overseas", instant, "2026-01-15T13:05:00+04:00");
    french_moment(PARIS, -1, text);
    CHECK_TEXT("no instant", text, "");
    french_tiny_date(day_of(2026, 5, 1), date);
    CHECK_TEXT("the first of a month", date, "1er" S "mai");
}

static void cells(void) {
    static const struct {
        const char *label, *text, *want;
    } CASES[] = {{"plain", "Brest", "Brest"},
                 {"empty", "", ""},
                 {"separator", "a;b", "\"a;b\""},
                 {"quotes", "il dit \"non\"", "\"il dit \"\"non\"\"\""},
                 {"formula", "=1+1", "'=1+1"},
                 {"plus", "+33 1", "'+33 1"},
                 {"minus", "-5", "'-5"},
                 {"at", "@x", "'@x"},
                 {"tab", "\tx", "'\tx"},
                 {"carriage return", "\rx", "\"'\rx\""},
                 {"line feed", "a\nb", "\"a\nb\""},
                 {"formula with a separator", "=a;b", "\"'=a;b\""},
                 {"last byte like the mark's", "ÿ", "ÿ"},
                 {"equals sign further on", "a=b", "a=b"}};
    for (size_t i = 0; i < COUNT(CASES); i++) {
        AUTO_BUF out = BUF_INIT(1000), want = BUF_INIT(1000);
        struct csv csv = csv_begin(&out);
        for (int k = 0; k < 2; k++) csv_text(&csv, CASES[i].text);
        csv_tenths(&csv, 384);
        csv_end_row(&csv);
        csv_number(&csv, -1);
        buf_add_format(&want, "\uFEFF%s;%s;38,4\r\n-1", CASES[i].want, CASES[i].want);
        CHECK_TEXT(CASES[i].label, buf_text(&out), buf_text(&want));
    }
}

static void markup(void) {
    AUTO_BUF out = BUF_INIT(1000);
    html_escape(&out, "<script>\"x\" & 'y'</script>\x1b[1m\xE2\x80\xAE");
    CHECK_TEXT("nothing becomes markup or a control", buf_text(&out),
               "&lt;script&gt;&quot;x&quot; &amp; &#39;y&#39;&lt;/script&gt; [1m ");
    buf_clear(&out);
    html_number_cell(&out, 1234);
    html_number_cell(&out, 0);
    CHECK_TEXT("figures in cells", buf_text(&out),
               "<td class=\"n\">1" N "234</td><td class=\"n zero\">0</td>");
}

static void table(void) {
    static const struct text_column COLUMNS[] = {{"Nom", false}, {"Nombre", true}};
    AUTO_BUF out = BUF_INIT(1000);
    AUTO(text_table) all = text_table_new(COLUMNS, COUNT(COLUMNS));
    text_table_add(all, "Île-Molène\n");
    text_table_add_number(all, 1234);
    text_table_add(all, "e\u0301te");
    text_table_add_number(all, 1);
    text_table_write(all, false, false, &out);
    CHECK_TEXT("columns by display width", buf_text(&out),
               "  Nom          Nombre\n  ───────────  ──────\n  Île-Molène    1" N
               "234\n  e\u0301te               1\n");
}

int main(void) {
    integers();
    percents();
    counts();
    moments();
    cells();
    markup();
    table();
    return tap_end();
}
