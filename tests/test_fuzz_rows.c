/* Hostile text for the row reader: it ends, its lines ascend, its cells are valid UTF-8 with a NUL behind, and it makes
 * nothing out of nothing. (Workbooks, which begin with PK, have a fuzzer of their own.) */
#include "base/text.h"
#include "lists/rows.h"
#include "tests/mutate.h"

/* UTF-16 gives at most 3 bytes for 2, a single-byte charset 3 for 1; half a unit at the end counts as one. */
enum { MOST_GROWTH = 3 };
enum { MOST_ROW_COLUMNS = 40 };

static bool is_codes(const struct row *row, void *ctx) {
    (void)ctx;
    return row->count > 1 && row->cells[0].length && row->cells[row->count - 1].length;
}

static bool cells_hold(const struct row *row, size_t *bytes) {
    MUST_HOLD("a row has a cell", row->count >= 1 && row->count <= MOST_ROW_COLUMNS);
    for (size_t i = 0; i < row->count; i++) {
        const struct cell *cell = &row->cells[i];
        MUST_HOLD("cells end with a NUL", cell->text && cell->text[cell->length] == '\0');
        MUST_HOLD("cells are UTF-8", utf8_valid(cell->text, cell->length));
        MUST_HOLD("no byte order mark in a cell", row->mojibake || !memmem(cell->text, cell->length, "\xEF\xBB\xBF", 3));
        MUST_HOLD("text has no links or merged cells", !cell->link && !cell->merged && !cell->no_value);
        *bytes += cell->length;
    }
    return true;
}

/* From where a seek left the reader, to the end. */
static bool walk(struct rows *rows, bool whole_lines, size_t length, size_t line_ends) {
    struct row row;
    struct err err = {0};
    long line = 0;
    size_t bytes = 0;
    double done = 0;
    int got;
    while ((got = rows_next(rows, &row, &err)) > 0) {
        MUST_HOLD("lines ascend", row.line > line);
        line = row.line;
        MUST_HOLD("lines are in the file", (size_t)line <= line_ends + 1);
        MUST_HOLD("a whole line is one cell", !whole_lines || row.count == 1);
        MUST_HOLD("progress goes on", rows_done(rows) >= done && rows_done(rows) <= 1);
        done = rows_done(rows);
        if (!cells_hold(&row, &bytes)) return false;
    }
    MUST_HOLD("nothing out of nothing", bytes <= MOST_GROWTH * (length + 1));
    MUST_HOLD("a refusal has a code", got == 0 || *err.code);
    MUST_HOLD("the end stays the end", got < 0 || rows_next(rows, &row, &err) == 0);
    return true;
}

static bool holds(const char *bytes, size_t length) {
    static const struct row_limits LIMITS = {.file_bytes = 1 << 20, .columns = MOST_ROW_COLUMNS, .cell_chars = 300};
    struct err err = {0};
    const char *container;
    const struct source source = SOURCE_OF(bytes, length);
    size_t line_ends = 0;
    if (length >= 2 && !memcmp(bytes, "PK", 2)) return true;
    for (size_t i = 0; i < length; i++) line_ends += bytes[i] == '\n' || bytes[i] == '\r';
    AUTO(rows) rows = rows_open(&source, &LIMITS, &container, &err);
    MUST_HOLD("text is opened, or refused with a code", rows ? text_equal(container, "text") : *err.code != '\0');
    if (!rows) return true;
    MUST_HOLD("an encoding is named", *rows_format(rows)->encoding);
    int found = rows_seek_header(rows, is_codes, NULL, &err);
    if (found > 0 && !walk(rows, false, length, line_ends)) return false;
    MUST_HOLD("a refusal has a code", found >= 0 || *err.code);
    MUST_HOLD("a separator is named when there is a header", found < 0 || (found > 0) == (*rows_format(rows)->separator != '\0'));
    found = rows_seek_header(rows, NULL, NULL, &err);
    if (found > 0 && !walk(rows, false, length, line_ends)) return false;
    MUST_HOLD("text can always be read line by line", rows_seek_start(rows, &err));
    return walk(rows, true, length, line_ends);
}

static const struct fuzz_seed SEEDS[] = {
    SEED("code;nom;courriel\r\n29001;Argol;\"a@a.example\r\nb@b.example\"\r\n\r\n\"29019;\"\"Br;est\"\";x\"\r\n"),
    SEED("sep=,\ncode,nom\n1,\"deux \"\"mots\"\"\"\n2,\"jamais ferm\xC3\xA9\n3,x\n"),
    SEED("titre\ncode\tnom\n1\t\"x\"y\t\n"),
    SEED("\xEF\xBB\xBF" "code|nom\r1|\xC3\x83\xC2\xA9\r2|\xC3\x83 \xEF\xBB\xBF\r"),
    SEED("\xFF\xFE" "c\0;\0n\0\r\0\n\0" "1\0;\0\xE9\0\x3D\xD8\xA9\xDC\n\0"),
    SEED("\xFE\xFF\0c\0;\0n\0\n\0" "1\0;\0\xE9"),
    SEED("c\0;\0n\0\n\0" "1\0;\0x\0\n\0"),
    SEED("D\xE9partement;nom\nD\xC3\xA9j\xC3\xA0;x\n\x82\x85;\x8E\n"),
};
static const char *const PIECES[] = {
    "\"", "\"\"", "\"\"\"", ";", ",", "\t", "|", "\n", "\r", "\r\n", "\r\r\n", "\xEF\xBB\xBF", "\xFF\xFE", "\xFE\xFF", "\xC3", "\xA9", "\xE9", "\x82", "\x8E",
    "\xC3\x83\xC2\xA9", "\xC3\x83 ", "\xC3\x83\xC6\x92\xC3\x82\xC2\xA9", "\xE2\x80\xA8", "\xC2\x85", "\x0B", "\x0C", "sep=", "\"sep=;\"\n", "code;nom\n",
    ";;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xD0\xCF\x11\xE0", "x", " "};

static const struct fuzz FUZZ = {"rows", SEEDS, COUNT(SEEDS), PIECES, COUNT(PIECES), 2500, holds};
FUZZ_MAIN(FUZZ)
