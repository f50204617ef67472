/* Delimited text to rows: RFC 4180, separators, line numbers, encodings, and what must not be swallowed. */
#include "base/buf.h"
#include "lists/rows.h"
#include "tests/tap.h"

static bool first_is_code(const struct row *row, void *ctx) {
    (void)ctx;
    return row->count > 1 && !strcmp(row->cells[0].text, "code");
}

/* Rows as "LINE:cell|cell|…" with "!" before a bad one, LF after each; CR and LF inside cells shown as "~". */
static void written(const char *bytes, size_t length, rows_is_header *is_header, struct buf *out, struct rows_format *format) {
    struct row_limits limits = {.file_bytes = 1 << 20, .columns = 8, .cell_chars = 100};
    struct err err = {0};
    struct row row;
    int got = 0;
    const struct source source = SOURCE_OF(bytes, length);
    AUTO(rows) rows = rows_open(&source, &limits, NULL, &err);
    int found = rows ? rows_seek_header(rows, is_header, NULL, &err) : -1;
    if (found == 0 && !rows_seek_start(rows, &err)) found = -1;
    if (found < 0) got = -1;
    while (found >= 0 && (got = rows_next(rows, &row, &err)) > 0) {
        buf_add_format(out, "%s%ld:", row.bad ? "!" : "", row.line);
        for (size_t i = 0; i < row.count; i++) {
            if (i) buf_add_char(out, '|');
            for (size_t k = 0; k < row.cells[i].length; k++)
                buf_add_char(out, strchr("\r\n", row.cells[i].text[k]) ? '~' : row.cells[i].text[k]);
        }
        buf_add_text(out, row.mojibake ? " (mojibake)\n" : row.recoded ? " (recoded)\n" : "\n");
    }
    if (!rows || got < 0) buf_add_text(out, err.code);
    if (rows) *format = *rows_format(rows);
}

static const struct { const char *label, *text, *want; } PLAIN[] = { /* the first row is the header */
    {"simple", "a;b;c\n1;2;3\n", "1:a|b|c\n2:1|2|3\n"},
    {"no final line end", "a;b\n1;2", "1:a|b\n2:1|2\n"},
    {"CRLF", "a;b\r\n1;2\r\n", "1:a|b\n2:1|2\n"},
    {"CR alone", "a;b\r1;2\r3;4", "1:a|b\n2:1|2\n3:3|4\n"},
    {"empty cells", "a;b;c\n;;\n1;\"\";\n", "1:a|b|c\n2:||\n3:1||\n"},
    {"blank lines count", "a;b\n\n\n1;2\n", "1:a|b\n2:\n3:\n4:1|2\n"},
    {"separator in quotes", "a;b\n\"1;2\";3\n", "1:a|b\n2:1;2|3\n"},
    {"doubled quotes", "a;b\n\"ha \"\"ha\"\" ha\";1\n", "1:a|b\n2:ha \"ha\" ha|1\n"},
    {"a cell over lines", "a;b\n\"x\ny\";1\n2;3\n", "1:a|b\n2:x~y|1\n4:2|3\n"},
    {"a cell over CRLF lines", "a;b\r\n\"x\r\n\r\ny\";1\r\n2;3\r\n", "1:a|b\n2:x~~~~y|1\n5:2|3\n"},
    {"JSON in a cell", "k;v\n1;\"{\"\"t\"\": [1, 2]}\"\n", "1:k|v\n2:1|{\"t\": [1, 2]}\n"},
    {"a quote inside is literal", "a;b\nx \"y\" z;5\" x\n", "1:a|b\n2:x \"y\" z|5\" x\n"},
    {"a quote behind a space is literal", "a;b\n \"x\" ;1\n", "1:a|b\n2: \"x\" |1\n"},
    {"never closed", "a;b\n1;\"x\n2;y\n", "1:a|b\n!2:1;\"x\n3:2|y\n"},
    {"closed in the middle", "a;b\n\"x\"y;1\n2;3\n", "1:a|b\n!2:\"x\"y;1\n3:2|3\n"},
    {"a neighbour is not swallowed", "a;b\n1;\"x;a@b.example\n2;\"y\";c@d.example\n", "1:a|b\n!2:1;\"x;a@b.example\n3:2|y|c@d.example\n"},
    {"a whole row in quotes", "a;b\n\"1;\"\"x;y\"\"\"\n", "1:a|b\n2:1|x;y\n"},
    {"one cell too few stays one cell", "a;b;c\n\"1;2\"\n", "1:a|b|c\n2:1;2\n"},
    {"BOM", "\xEF\xBB\xBF" "a;b\n1;2\n", "1:a|b\n2:1|2\n"},
    {"BOM inside is dropped", "a;b\n\xEF\xBB\xBF" "1;2\n", "1:a|b\n2:1|2\n"},
    {"other line ends are text", "a;b\n1\xE2\x80\xA8" "2;\x0B\n", "1:a|b\n2:1\xE2\x80\xA8" "2|\x0B\n"},
    {"mojibake", "a;b\nSÃ©lection;Ã  la\nSÃƒÂ©;\n", "1:a|b\n2:Sélection|à la (mojibake)\n3:Sé| (mojibake)\n"},
    {"accents are not mojibake", "a;b\nThœneï;é\n", "1:a|b\n2:Thœneï|é\n"},
    {"too many columns", "a;b\n1;2;3;4;5;6;7;8;9\n", "1:a|b\nTOO_MANY_COLUMNS"},
    {"empty ones beyond are nothing", "a;b\n1;2;3;4;5;6;7;8;;;;\n", "1:a|b\n2:1|2|3|4|5|6|7|8\n"},
    {"empty", "", ""},
    {"half a workbook", "PK\x03\x04", "ZIP_INVALID"},
    {"xls", "\xD0\xCF\x11\xE0\xA1", "UNSUPPORTED_FORMAT"},
};

static const struct { const char *label, *text, *separator, *want; } SEPARATORS[] = {
    {"semicolon", "x\ncode;nom\n1;2\n", ";", "1:x\n2:code|nom\n3:1|2\n"},
    {"comma", "code,nom\n1,2;3\n", ",", "1:code|nom\n2:1|2;3\n"},
    {"tab", "code\tnom\n1\t2\n", "\t", "1:code|nom\n2:1|2\n"},
    {"bar", "code|nom\n1|2\n", "|", "1:code|nom\n2:1|2\n"},
    {"stated", "sep=/\ncode/nom\n1/2\n", "/", "1:sep=|\n2:code|nom\n3:1|2\n"},
    {"stated, a letter with an accent: no separator", "sep=\xC3\xA9\ncode;nom\n1;\xC3\xA8\n", ";", "1:sep=\xC3\xA9\n2:code|nom\n3:1|\xC3\xA8\n"},
    {"stated, a quote: no separator", "sep=\"\ncode;nom\n", ";", "1:sep=\"\n2:code|nom\n"},
    {"none", "des mots\n1;\"2\n", "", "1:des mots\n2:1;\"2\n"},
    {"the header counts the columns", "code;nom\n\"1;x\"\n", ";", "1:code|nom\n2:1|x\n"},
};

static const struct { const char *label, *text; size_t length; const char *encoding, *want; } ENCODINGS[] = { /* length 0: up to the NUL */
    {"ascii", "a;b\n", 0, "utf-8", "1:a|b\n"},
    {"utf-8", "é;b\n", 0, "utf-8", "1:é|b\n"},
    {"utf-8 with BOM", "\xEF\xBB\xBFé;b\n", 0, "utf-8-bom", "1:é|b\n"},
    {"utf-16le", "\xFF\xFE\xE9\0;\0b\0\n\0", 10, "utf-16le", "1:é|b\n"},
    {"utf-16be", "\xFE\xFF\0\xE9\0;\0b\0\n", 10, "utf-16be", "1:é|b\n"},
    {"utf-16le without BOM", "a\0;\0b\0\n\0", 8, "utf-16le", "1:a|b\n"},
    {"windows-1252", "D\xE9partement;H\xF4tel \x96 \x80\n", 0, "cp1252", "1:Département|Hôtel – €\n"},
    {"cp850", "D\x82partement;\x85 c\x93t\x82\n", 0, "cp850", "1:Département|à côté\n"},
    {"MacRoman", "D\x8Epartement;\x88 c\x99t\x8E\r", 0, "mac_roman", "1:Département|à côté\n"},
    {"mixed", "D\xE9j\xE0;x\nDéjà;y\n", 0, "utf-8+cp1252", "1:Déjà|x (recoded)\n2:Déjà|y\n"},
};

/* -- long files, which are read a piece at a time ------------------------------------------------------------ */
enum { PIECE = 1 << 18 }; /* of lists/decoder.c; any other size makes these cases easier, none wrong */

static void add_utf16(struct buf *out, const char *ascii, size_t length) {
    for (size_t i = 0; i < length; i++) buf_add(out, (const char[]){ascii[i], 0}, 2);
}

/* A header, a row that fills the file up to `before` bytes, then the sample: its rows, as written() has them. */
static void written_behind(size_t before, const char *sample, size_t length, bool utf16, struct buf *out) {
    static const struct row_limits LIMITS = {.file_bytes = 4 << 20, .columns = 8, .cell_chars = 100};
    struct err err = {0};
    struct row row;
    AUTO_BUF bytes = BUF_INIT(4 << 20), filler = BUF_INIT(4 << 20);
    buf_add_text(&filler, "code;nom\n");
    while (filler.length + 1 < before / (utf16 ? 2 : 1)) buf_add_char(&filler, 'x');
    buf_add_char(&filler, '\n');
    if (utf16) add_utf16(&bytes, filler.bytes, filler.length);
    else buf_add(&bytes, filler.bytes, filler.length);
    buf_add(&bytes, sample, length);
    const struct source source = SOURCE_OF(bytes.bytes, bytes.length);
    AUTO(rows) rows = rows_open(&source, &LIMITS, NULL, &err);
    if (!rows || rows_seek_header(rows, first_is_code, NULL, &err) != 1) return;
    for (int i = 0; rows_next(rows, &row, &err) > 0; i++) {
        if (i < 2) continue;
        buf_add_format(out, "%s%ld:", row.bad ? "!" : "", row.line);
        for (size_t k = 0; k < row.count; k++) buf_add_format(out, "[%s]", row.cells[k].text);
        buf_add_text(out, row.recoded ? "r\n" : "\n");
    }
}

#define SAMPLE(text) text, sizeof(text) - 1
static const struct { const char *label, *sample; size_t length; bool utf16; } LONG[] = {
    {"a piece ends inside quotes, CRLF, two quotes", SAMPLE("1;\"un \"\"a\"\"\r\nb\"\r\n2;deux\r\n\r\n3;\"trois\"\n"), 0},
    {"a piece ends between CR and LF, or at CR alone", SAMPLE("1;un\r\n2;deux\r3;trois\r\r\n4;\r"), 0},
    {"a piece ends behind a quote never closed", SAMPLE("1;un\n2;\"deux\n3;trois\n4;quatre"), 0},
    {"a piece ends inside a letter, or between two encodings", SAMPLE("1;é\xC3\xA8\n2;d\xE9j\xE0\n3;ça\n4;\xEF\xBB\xBF" "fin\n"), 0},
    {"a piece ends inside a UTF-16 unit or a pair of them", SAMPLE("1\0;\0\x3D\xD8\xA9\xDC\n\0" "2\0;\0\"\0\r\0\n\0\"\0\r\0\n\0" "3\0;\0\xFF\xFE\xE9\0"), 1},
};

static void check_pieces(size_t i) {
    size_t length = LONG[i].length, different = 0;
    AUTO_BUF whole = BUF_INIT(1 << 16);
    written_behind(100, LONG[i].sample, length, LONG[i].utf16, &whole);
    for (size_t cut = 0; cut <= length + 2; cut++) {
        AUTO_BUF pieces = BUF_INIT(1 << 16);
        written_behind(PIECE - cut, LONG[i].sample, length, LONG[i].utf16, &pieces);
        if (strcmp(buf_text(&pieces), buf_text(&whole)) && !different++)
            printf("# cut at %zu\n# got  «%s»\n# want «%s»\n", cut, buf_text(&pieces), buf_text(&whole));
    }
    CHECK("  holds rows", whole.length > 0);
    CHECK_INT(LONG[i].label, different, 0);
}

int main(void) {
    struct rows_format format = {0};
    for (size_t i = 0; i < COUNT(LONG); i++) check_pieces(i);
    for (size_t i = 0; i < COUNT(PLAIN); i++) {
        AUTO_BUF out = BUF_INIT(1 << 16);
        written(PLAIN[i].text, strlen(PLAIN[i].text), NULL, &out, &format);
        CHECK_TEXT(PLAIN[i].label, buf_text(&out), PLAIN[i].want);
    }
    for (size_t i = 0; i < COUNT(SEPARATORS); i++) {
        AUTO_BUF out = BUF_INIT(1 << 16);
        written(SEPARATORS[i].text, strlen(SEPARATORS[i].text), first_is_code, &out, &format);
        CHECK_TEXT(SEPARATORS[i].label, buf_text(&out), SEPARATORS[i].want);
        CHECK_TEXT(SEPARATORS[i].label, format.separator, SEPARATORS[i].separator);
    }
    for (size_t i = 0; i < COUNT(ENCODINGS); i++) {
        AUTO_BUF out = BUF_INIT(1 << 16);
        written(ENCODINGS[i].text, ENCODINGS[i].length ? ENCODINGS[i].length : strlen(ENCODINGS[i].text), NULL, &out, &format);
        CHECK_TEXT(ENCODINGS[i].label, buf_text(&out), ENCODINGS[i].want);
        CHECK_TEXT(ENCODINGS[i].label, format.encoding, ENCODINGS[i].encoding);
    }
    struct row_limits small = {.file_bytes = 3, .columns = 8, .cell_chars = 100};
    struct err err = {0};
    const struct source four = SOURCE_OF("a;b\n", 4);
    CHECK("over the limit", !rows_open(&four, &small, NULL, &err));
    CHECK_TEXT("says so", err.code, "TOO_LARGE");
    return tap_end();
}
