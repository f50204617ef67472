/* Numbers as spreadsheets show them, in a table: dates of both systems, codes with zeros, digits never lost. */
#include "lists/number_format.h"
#include "tests/tap.h"

static const struct { const char *format; enum number_look want; } LOOKS[] = {
    {"General", NUMBER_PLAIN},
    {"Standard", NUMBER_PLAIN},
    {"0", NUMBER_PLAIN},
    {"0.00", NUMBER_PLAIN},
    {"#,##0", NUMBER_PLAIN},
    {"#,##0.00\\ \"€\"", NUMBER_PLAIN},
    {"_-* #,##0.00\\ [$€-40C]_-", NUMBER_PLAIN},
    {"0.00E+00", NUMBER_PLAIN},
    {"0%", NUMBER_PLAIN},
    {"00.00", NUMBER_PLAIN},
    {"@", NUMBER_PLAIN},
    {"", NUMBER_PLAIN},
    {"\"jours\" 0", NUMBER_PLAIN},
    {"\\d\\a\\y0", NUMBER_PLAIN},
    {"[Red]0", NUMBER_PLAIN},
    {"\"never closed d", NUMBER_PLAIN},
    {"[never closed d", NUMBER_PLAIN},
    {"00000", NUMBER_PADDED},
    {"000000000", NUMBER_PADDED},
    {"000\" \"000\" \"000", NUMBER_PADDED},
    {"000\\ 000\\ 000", NUMBER_PADDED},
    {"0#\" \"##\" \"##\" \"##\" \"##", NUMBER_PLAIN}, /* one zero: as many digits as the number has */
    {"00#", NUMBER_PADDED},
    {"00000;-00000;0;@", NUMBER_PADDED},
    {"dd/mm/yyyy", NUMBER_DATE},
    {"jj/mm/aaaa", NUMBER_DATE},
    {"[$-40C]d\\ mmmm\\ yyyy;@", NUMBER_DATE},
    {"yyyy-mm-dd\\Thh:mm:ss", NUMBER_DATE},
    {"aaaa", NUMBER_DATE},
    {"h:mm", NUMBER_DATE},
    {"[h]:mm:ss", NUMBER_DATE},
    {"DD.MM.YY", NUMBER_DATE},
    {"\"le \"dd/mm", NUMBER_DATE},
};

static const struct { long id; enum number_look want; } BUILTINS[] = {
    {0, NUMBER_PLAIN}, {1, NUMBER_PLAIN}, {13, NUMBER_PLAIN}, {14, NUMBER_DATE}, {22, NUMBER_DATE}, {23, NUMBER_PLAIN}, {26, NUMBER_PLAIN},
    {27, NUMBER_DATE}, {36, NUMBER_DATE}, {37, NUMBER_PLAIN}, {44, NUMBER_PLAIN}, {45, NUMBER_DATE}, {47, NUMBER_DATE}, {48, NUMBER_PLAIN},
    {49, NUMBER_PLAIN}, {50, NUMBER_DATE}, {58, NUMBER_DATE}, {59, NUMBER_PLAIN}, {-1, NUMBER_PLAIN}, {1000000, NUMBER_PLAIN}};

static const struct { const char *value, *want; } PLAIN[] = {
    {"1034", "1034"},
    {"0", "0"},
    {"-0", "0"},
    {"01034", "1034"},
    {"1034.0", "1034"},
    {"1.034E3", "1034"},
    {"21974003200012", "21974003200012"},
    {"2.1974003200012E13", "21974003200012"},
    {"2.1974003200012E+13", "21974003200012"},
    {"200067627", "200067627"},
    {"123456789012345678", "123456789012345680"},
    {"1E+20", "100000000000000000000"},
    {"1E+21", "1e+21"},
    {"0.1", "0.1"},
    {"0.30000000000000004", "0.3"},
    {"46028.5", "46028.5"},
    {"-12.50", "-12.5"},
    {" 12 ", "12"},
    {"", ""},
    {"nan", "nan"},
    {"inf", "inf"},
    {"0x10", "0x10"},
    {"1e999", "1e999"},
    {"12abc", "12abc"},
    {"1,5", "1,5"},
};

static const struct { const char *value, *format, *want; } PADDED[] = {
    {"1034", "00000", "01034"},
    {"97401", "00000", "97401"},
    {"0", "00000", "00000"},
    {"123456", "00000", "123456"},
    {"21034", "000\" \"000\" \"000", "000 021 034"},
    {"219740032", "000\" \"000\" \"000", "219 740 032"},
    {"219740032", "000\\ 000\\ 000", "219 740 032"},
    {"1219740032", "000\\ 000\\ 000", "1219 740 032"},
    {"1034.6", "00000", "01035"},
    {"1.034E3", "00000", "01034"},
    {"-5", "00000", "-5"},
    {"1034", "\"n° \"00000", "n° 01034"},
    {"1034", "00000_)", "01034"},
    {"1034", "00000;-00000", "01034"},
    {"5", "00#", "005"},
    {"texte", "00000", "texte"},
    {"1E+20", "00000", "100000000000000000000"},
    {"7", "00000000000000000000000000000000000000000000000000", "7"}, /* fifty places: nobody's code */
};

static const struct { const char *value; bool date1904; const char *want; } DATES[] = {
    {"46034", false, "2026-01-12"},
    {"44572", true, "2026-01-12"},
    {"46034.5", false, "2026-01-12 12:00:00"},
    {"46034.999999999", false, "2026-01-13"},
    {"46034.000001", false, "2026-01-12"},
    {"1", false, "1900-01-01"},
    {"59", false, "1900-02-28"},
    {"60", false, "1900-02-29"},
    {"61", false, "1900-03-01"},
    {"0", true, "1904-01-01"},
    {"60", true, "1904-03-01"},
    {"0.5", false, "12:00:00"},
    {"0", false, "00:00:00"},
    {"2958465", false, "9999-12-31"},
    {"2958466", false, "2958466"},
    {"-1", false, "-1"},
    {"1e300", false, "1e+300"},
    {"texte", false, "texte"},
};

static const struct { const char *value, *want; } ISO[] = {
    {"2026-01-12", "2026-01-12"},
    {"2026-01-12T00:00:00", "2026-01-12"},
    {"2026-01-12T00:00:00.000Z", "2026-01-12"},
    {"2026-01-12T14:30:00", "2026-01-12 14:30:00"},
    {"2026-01-12T14:30:00.123", "2026-01-12 14:30:00"},
    {"2026-01-12T14", "2026-01-12 14"},
    {"", ""},
    {"hier", "hier"},
};

int main(void) {
    AUTO_BUF out = BUF_INIT(1000);
    for (size_t i = 0; i < COUNT(LOOKS); i++) CHECK_INT(LOOKS[i].format, number_look(LOOKS[i].format), LOOKS[i].want);
    for (size_t i = 0; i < COUNT(BUILTINS); i++) CHECK_INT("built-in format", number_look_builtin(BUILTINS[i].id), BUILTINS[i].want);
    for (size_t i = 0; i < COUNT(PLAIN); i++) {
        buf_clear(&out);
        number_plain(&out, PLAIN[i].value, strlen(PLAIN[i].value));
        CHECK_TEXT(PLAIN[i].value, buf_text(&out), PLAIN[i].want);
    }
    for (size_t i = 0; i < COUNT(PADDED); i++) {
        buf_clear(&out);
        number_padded(&out, PADDED[i].value, strlen(PADDED[i].value), PADDED[i].format);
        CHECK_TEXT(PADDED[i].format, buf_text(&out), PADDED[i].want);
    }
    for (size_t i = 0; i < COUNT(DATES); i++) {
        buf_clear(&out);
        number_date(&out, DATES[i].value, strlen(DATES[i].value), DATES[i].date1904);
        CHECK_TEXT(DATES[i].value, buf_text(&out), DATES[i].want);
    }
    for (size_t i = 0; i < COUNT(ISO); i++) {
        buf_clear(&out);
        number_iso_date(&out, ISO[i].value, strlen(ISO[i].value));
        CHECK_TEXT(ISO[i].value, buf_text(&out), ISO[i].want);
    }
    return tap_end();
}
