/* Text read a piece at a time is the text read at once: lines longer than a piece, line ends and pairs cut in two. */
#include "lists/decoder.h"

#include "base/text.h"
#include "lists/rows.h"
#include "tests/tap.h"

enum { TEXT_BYTES = 3 << 20, LONG_CELL = 700000 };

static struct err err;

/* Rows of every length, with accents, all three line ends, an astral sign, and one cell longer than any piece. */
static void make_text(struct buf *text, bool latin_only) {
    static const char *const ENDS[] = {"\r\n", "\n", "\r"};
    buf_add_text(text, "code;nom;note\r\n");
    for (size_t i = 1; text->length < TEXT_BYTES; i++) {
        buf_add_format(text, "%zu;\"Élan %s de Saint-Égrève\";", i, latin_only ? "ç" : "🌲");
        for (size_t k = 0; k < i * 7919 % 97; k++) buf_add_text(text, k % 5 ? "x" : "é");
        if (i == 3000) {
            buf_add_char(text, '"');
            for (size_t k = 0; k < LONG_CELL; k++) buf_add_text(text, k % 1000 ? "à" : "\r\n");
            buf_add_char(text, '"');
        }
        buf_add_text(text, ENDS[i % 3]);
    }
}

static void to_cp1252(const struct buf *utf8, struct buf *out) {
    for (const char *at = utf8->bytes, *end = at + utf8->length; at < end;) buf_add_char(out, (char)utf8_next(&at, end));
}

static void add_unit(struct buf *out, unsigned unit, bool big_endian) {
    buf_add_char(out, (char)(big_endian ? unit >> 8 : unit));
    buf_add_char(out, (char)(big_endian ? unit : unit >> 8));
}

static void to_utf16(const struct buf *utf8, bool big_endian, struct buf *out) {
    add_unit(out, 0xFEFF, big_endian);
    for (const char *at = utf8->bytes, *end = at + utf8->length; at < end;) {
        uint32_t c = utf8_next(&at, end);
        if (c >= 0x10000) add_unit(out, 0xD800 + ((c - 0x10000) >> 10), big_endian);
        add_unit(out, c >= 0x10000 ? 0xDC00 + ((c - 0x10000) & 0x3FF) : c, big_endian);
    }
}

/* A mark every so often, which must vanish, and another line end in front of it. */
static void check_decoded(const char *label, const char *encoding, const struct buf *bytes, const struct buf *want) {
    const struct source source = SOURCE_OF(bytes->bytes, bytes->length);
    AUTO(decoder) decoder = decoder_open(&source, &err);
    CHECK_TEXT(label, decoder ? decoder_encoding(decoder) : "none", encoding);
    for (int round = 0; round < 2; round++) { /* the second time after a rewind in the middle */
        AUTO_BUF got = BUF_INIT(SIZE_MAX / 2);
        size_t pieces = 0;
        decoder_rewind(decoder);
        if (round && decoder_more(decoder, 0, &got, &err) > 0) decoder_rewind(decoder), buf_clear(&got);
        while (decoder_more(decoder, round ? 1 << 20 : 0, &got, &err) > 0) pieces++;
        CHECK("in several pieces", pieces > 2);
        CHECK("the same text", got.length == want->length && !memcmp(got.bytes, want->bytes, want->length));
    }
    CHECK("all of it", decoder_done(decoder) == 1);
}

static bool first_row(const struct row *row, void *ctx) {
    (void)ctx;
    return !strcmp(row->cells[0].text, "code");
}

/* A digest of all rows: how many, the line of the last, all cells. */
static void digest(const struct buf *bytes, char out[120]) {
    static const struct row_limits LIMITS = {.file_bytes = 1 << 28, .columns = 10, .cell_chars = 1 << 30};
    const struct source source = SOURCE_OF(bytes->bytes, bytes->length);
    AUTO(rows) rows = rows_open(&source, &LIMITS, NULL, &err);
    struct row row;
    size_t count = 0, bad = 0;
    uint64_t hash = 5381;
    long line = 0;
    int got = rows && rows_seek_header(rows, first_row, NULL, &err) > 0 ? 1 : -1;
    while (got > 0 && (got = rows_next(rows, &row, &err)) > 0) {
        count++;
        bad += row.bad != NULL;
        line = row.line;
        for (size_t i = 0; i < row.count; i++)
            for (size_t k = 0; k <= row.cells[i].length; k++) hash = hash * 33 + (unsigned char)row.cells[i].text[k];
    }
    snprintf(out, 120, "%d %zu rows %zu bad, last line %ld, %016" PRIx64, got, count, bad, line, hash);
}

static void check_rows(const struct buf *utf8, const struct buf *cp1252, const struct buf *utf16) {
    char want[120], got[120];
    digest(utf8, want);
    CHECK("thousands of rows", strstr(want, " rows 0 bad") && *want == '0');
    digest(cp1252, got);
    CHECK_TEXT("windows-1252: the same rows", got, want);
    digest(utf16, got);
    CHECK_TEXT("UTF-16: the same rows", got, want);
}

/* An opening quote never closed, early in a long text: its line is lost, no other. */
static void check_open_quote(const struct buf *utf8) {
    AUTO_BUF text = BUF_INIT(SIZE_MAX / 2);
    buf_add_text(&text, "code;nom;note\n");
    for (int i = 0; i < 200000; i++) buf_add_format(&text, "%d;nom %d;%s\n", i, i, i == 100 ? "\"jamais" : "");
    char got[120];
    digest(&text, got);
    CHECK("one bad row, all others read", strstr(got, "0 200001 rows 1 bad, last line 200001") != NULL);
    buf_clear(&text);
    buf_add(&text, utf8->bytes, utf8->length);
    buf_add_text(&text, "9;\"jamais");
    digest(&text, got);
    CHECK("the last one", strstr(got, " rows 1 bad") != NULL);
}

static void check_recoded(void) {
    AUTO_BUF text = BUF_INIT(SIZE_MAX / 2), all = BUF_INIT(SIZE_MAX / 2);
    for (int i = 1; i <= 60000; i++) buf_add_text(&text, i % 10000 ? "Évian\n" : "\xC9vian\n");
    const struct source source = SOURCE_OF(text.bytes, text.length);
    AUTO(decoder) decoder = decoder_open(&source, &err);
    size_t cursor = 0;
    CHECK_TEXT("two kinds of lines", decoder_encoding(decoder), "utf-8+cp1252");
    while (decoder_more(decoder, 0, &all, &err) > 0) continue;
    CHECK("not before line 10000", !decoder_recoded(decoder, &cursor, 10000));
    CHECK("line 10000", decoder_recoded(decoder, &cursor, 10001));
    CHECK("once", !decoder_recoded(decoder, &cursor, 10002));
    CHECK("the others", decoder_recoded(decoder, &cursor, 60001) && cursor == 6);
}

int main(void) {
    AUTO_BUF utf8 = BUF_INIT(SIZE_MAX / 2), latin = BUF_INIT(SIZE_MAX / 2), other = BUF_INIT(SIZE_MAX / 2),
             marked = BUF_INIT(SIZE_MAX / 2), utf16 = BUF_INIT(SIZE_MAX / 2);
    make_text(&utf8, false);
    make_text(&latin, true);
    check_decoded("UTF-8", "utf-8", &utf8, &utf8);
    buf_add_text(&marked, "\xEF\xBB\xBF");
    for (const char *at = utf8.bytes, *end = at + utf8.length; at < end; at++) {
        if (*at == '\n') buf_add_text(&marked, "\xEF\xBB\xBF");
        buf_add_char(&marked, *at);
    }
    check_decoded("UTF-8 with marks", "utf-8-bom", &marked, &utf8);
    to_cp1252(&latin, &other);
    check_decoded("windows-1252", "cp1252", &other, &latin);
    buf_clear(&marked);
    to_utf16(&latin, false, &utf16);
    check_rows(&latin, &other, &utf16);
    to_utf16(&utf8, true, &marked);
    check_decoded("UTF-16, pairs", "utf-16be", &marked, &utf8);
    check_open_quote(&utf8);
    check_recoded();
    return tap_end();
}
