/* Comma-separated values as RFC 4180 and practice have them: every rule in a table of our own, then the public
 * csv-spectrum cases where ../shared holds them. */
#include <dirent.h>
#include <stdlib.h>

#include "base/js.h"
#include "base/text.h"
#include "lists/rows.h"
#include "tests/tap.h"

/* The separator is the one that splits the first line; lists know theirs by the words of the header. */
static bool first_line_splits(const struct row *row, void *ctx) {
    (void)ctx;
    return row->line == 1 && row->count > 1;
}

static struct rows *csv_open(const char *text, size_t length, struct err *err) {
    static const struct row_limits LIMITS = {.file_bytes = 1 << 20, .columns = 100, .cell_chars = 1000};
    static struct source source; /* borrowed by the reader; one is open at a time */
    source = SOURCE_OF(text, length);
    struct rows *rows = rows_open(&source, &LIMITS, NULL, err);
    if (rows && rows_seek_header(rows, first_line_splits, NULL, err) == 1) return rows;
    rows_close(rows);
    return NULL;
}

/* -- the rules as data --------------------------------------------------------------------------------------- */
/* Rows as "LINE:[cell][cell]…"; CR and LF inside cells as "\r" and "\n", "!" before a row that cannot be read. */
static const struct { const char *label, *text, *want; } CASES[] = {
    {"4180 2.1, 2.2: the last line may lack its end", "ville,nombre\nArgol,1", "1:[ville][nombre] 2:[Argol][1]"},
    {"4180 2.1: CRLF", "ville,nombre\r\nArgol,1\r\n", "1:[ville][nombre] 2:[Argol][1]"},
    {"practice: LF", "ville,nombre\nArgol,1\n", "1:[ville][nombre] 2:[Argol][1]"},
    {"practice: CR, of old Macs", "ville,nombre\rArgol,1\r", "1:[ville][nombre] 2:[Argol][1]"},
    {"practice: kinds of line ends mixed", "a,b\r\n1,2\n3,4\r5,6", "1:[a][b] 2:[1][2] 3:[3][4] 4:[5][6]"},
    {"4180 2.4: blanks belong to the cell", "a,b\n 1 ,\t2 \n", "1:[a][b] 2:[ 1 ][\t2 ]"},
    {"4180 2.5: quotes around a cell are not its text", "a,b\n\"1\",\"2\"\n", "1:[a][b] 2:[1][2]"},
    {"4180 2.5: some quoted, some not", "a,b,c\n1,\"2\",3\n", "1:[a][b][c] 2:[1][2][3]"},
    {"spectrum empty: quoted empty cells, and no line end", "x,y,z\n7,\"\",\"\"\n8,9,10", "1:[x][y][z] 2:[7][][] 3:[8][9][10]"},
    {"spectrum empty, CRLF", "x,y,z\r\n7,\"\",\"\"\r\n8,9,10", "1:[x][y][z] 2:[7][][] 3:[8][9][10]"},
    {"practice: bare empty cells", "x,y,z\n,,\n,9,\n", "1:[x][y][z] 2:[][][] 3:[][9][]"},
    {"practice: fewer cells than the header", "x,y,z\n7\n", "1:[x][y][z] 2:[7]"},
    {"practice: more cells than the header", "x,y\n7,8,9\n", "1:[x][y] 2:[7][8][9]"},
    {"practice: an empty line is a row of one empty cell", "x,y\n\n7,8\n", "1:[x][y] 2:[] 3:[7][8]"},
    {"practice: a separator behind the last cell", "x,y,\n7,8,\n", "1:[x][y][] 2:[7][8][]"},
    {"4180 2.6, spectrum comma_in_quotes", "rue,lieu,code\n2 place du Bourg,\"Argol, Finistère\",29560\n",
     "1:[rue][lieu][code] 2:[2 place du Bourg][Argol, Finistère][29560]"},
    {"practice: other separators in a cell are text", "x,y\n7;8|9,10\n", "1:[x][y] 2:[7;8|9][10]"},
    {"4180 2.6, spectrum newlines: a line counts where its record starts", "x,y\n\"il était \nune fois\",8\n9,10\n",
     "1:[x][y] 2:[il était \\nune fois][8] 4:[9][10]"},
    {"4180 2.6, spectrum newlines, CRLF: kept as they are", "x,y\r\n\"il était \r\nune fois\",8\r\n9,10\r\n",
     "1:[x][y] 2:[il était \\r\\nune fois][8] 4:[9][10]"},
    {"4180 2.6: a cell that is only a line end", "x,y\n\"\n\",8\n", "1:[x][y] 2:[\\n][8]"},
    {"4180 2.7, spectrum escaped_quotes", "x,y\n7,\"dit \"\"oui\"\" bas\"\n8,9\n", "1:[x][y] 2:[7][dit \"oui\" bas] 3:[8][9]"},
    {"4180 2.7: a cell that is one quote", "x,y\n\"\"\"\",8\n", "1:[x][y] 2:[\"][8]"},
    {"4180 2.7: quotes at both ends", "x,y\n\"\"\"oui\"\"\",8\n", "1:[x][y] 2:[\"oui\"][8]"},
    {"4180 2.6 and 2.7, spectrum quotes_and_newlines", "x,y\n7,\"oui \n\"\"non\"\" \npeut-être\"\n8,9\n",
     "1:[x][y] 2:[7][oui \\n\"non\" \\npeut-être] 5:[8][9]"},
    {"4180 2.7, spectrum json", "clé,valeur\n7,\"{\"\"lieu\"\": \"\"Argol\"\", \"\"point\"\": [48.2, -4.3]}\"\n",
     "1:[clé][valeur] 2:[7][{\"lieu\": \"Argol\", \"point\": [48.2, -4.3]}]"},
    {"spectrum utf8: letters beyond Latin", "x,y\n7,ʤ\n8,日本\n", "1:[x][y] 2:[7][ʤ] 3:[8][日本]"},
    {"practice: a byte order mark is no part of the first header", "\xEF\xBB\xBFx,y\n7,8\n", "1:[x][y] 2:[7][8]"},
    {"practice: a byte order mark before a quote", "\xEF\xBB\xBF\"x\",y\n7,8\n", "1:[x][y] 2:[7][8]"},
    {"rule 3: a quote that is not first is literal", "x,y\nL\"Haÿ,5\" de haut\n", "1:[x][y] 2:[L\"Haÿ][5\" de haut]"},
    {"rule 3: a blank before the quote makes it literal", "x,y\n \"7\", \"8\"\n", "1:[x][y] 2:[ \"7\"][ \"8\"]"},
    {"rule 3: never closed", "x,y\n7,\"huit\n9,10\n", "1:[x][y] !2:[7,\"huit] 3:[9][10]"},
    {"rule 3: never closed on the last line", "x,y\n7,\"huit", "1:[x][y] !2:[7,\"huit]"},
    {"rule 13: closed before the cell ends", "x,y\n\"sept\"x,8\n9,10\n", "1:[x][y] !2:[\"sept\"x,8] 3:[9][10]"},
    {"rule 13: a blank behind the closing quote", "x,y\n\"sept\" ,8\n9,10\n", "1:[x][y] !2:[\"sept\" ,8] 3:[9][10]"},
    {"rule 3: a whole row in quotes is that row", "x,y\n\"7,\"\"huit, neuf\"\"\"\n", "1:[x][y] 2:[7][huit, neuf]"},
    {"rule 3: one cell with a comma, narrower than the header, stays one", "x,y,z\n\"7,8\"\n", "1:[x][y][z] 2:[7,8]"},
};

static void written(struct rows *rows, struct buf *out) {
    struct row row;
    struct err err;
    while (rows_next(rows, &row, &err) > 0) {
        buf_add_format(out, "%s%s%ld:", out->length ? " " : "", row.bad ? "!" : "", row.line);
        for (size_t i = 0; i < row.count; i++) {
            buf_add_char(out, '[');
            for (const char *at = row.cells[i].text; *at; at++)
                if (*at == '\n' || *at == '\r') buf_add_text(out, *at == '\n' ? "\\n" : "\\r");
                else buf_add_char(out, *at);
            buf_add_char(out, ']');
        }
    }
}

/* -- csv-spectrum -------------------------------------------------------------------------------------------- */
static bool file_read(const char *folder, const char *name, const char *extension, struct buf *out) {
    char path[512];
    snprintf(path, sizeof path, "../shared/csv-spectrum/%s/%s.%s", folder, name, extension);
    FILE *file = fopen(path, "rb");
    bool read = file && buf_add_file(out, file);
    if (file) fclose(file);
    return read;
}

/* A copy of a CRLF case may have lost its CRs on the way; the expected text still has them. */
static void with_crlf(struct buf *text) {
    if (!text->length || memchr(text->bytes, '\r', text->length)) return;
    AUTO_BUF crlf = BUF_INIT(1 << 20);
    for (size_t i = 0; i < text->length; i++) {
        if (text->bytes[i] == '\n') buf_add_char(&crlf, '\r');
        buf_add_char(&crlf, text->bytes[i]);
    }
    buf_clear(text);
    buf_add(text, crlf.bytes, crlf.length);
}

/* What csv-spectrum expects: an object a row, its keys those of the first row. */
static bool as_expected(struct rows *rows, const struct js *want) {
    struct row row;
    struct err err;
    char *keys[16];
    size_t count = 0, key_count = 0;
    bool good = rows_next(rows, &row, &err) == 1 && row.count <= COUNT(keys);
    for (; good && key_count < row.count; key_count++) keys[key_count] = text_dup(row.cells[key_count].text);
    for (; good && rows_next(rows, &row, &err) == 1; count++) {
        good = row.count == key_count && !row.bad && count < js_count(want);
        for (size_t i = 0; good && i < key_count; i++)
            good = text_equal(js_text(js_get(js_at(want, count), keys[i])), row.cells[i].text);
    }
    for (size_t i = 0; i < key_count; i++) free(keys[i]);
    return good && count == js_count(want);
}

static void check_spectrum_case(const char *name) {
    AUTO_BUF csv = BUF_INIT(1 << 20), json = BUF_INIT(1 << 20);
    struct err err = {0};
    bool read = file_read("csvs", name, "csv", &csv) && file_read("json", name, "json", &json);
    if (strstr(name, "crlf")) with_crlf(&csv);
    AUTO(js) want = read ? js_parse(buf_text(&json), json.length, &err) : NULL;
    AUTO(rows) rows = read ? csv_open(buf_text(&csv), csv.length, &err) : NULL;
    CHECK(name, want && rows && as_expected(rows, want));
}

static int is_csv(const struct dirent *entry) {
    size_t length = strlen(entry->d_name);
    return length > 4 && !strcmp(entry->d_name + length - 4, ".csv");
}

static void check_spectrum(void) {
    struct dirent **names;
    int count = scandir("../shared/csv-spectrum/csvs", &names, is_csv, alphasort);
    if (count < 0) {
        printf("ok %d # SKIP ../shared/csv-spectrum is not there\n", ++tap_count);
        return;
    }
    for (int i = 0; i < count; i++) {
        names[i]->d_name[strlen(names[i]->d_name) - 4] = '\0';
        check_spectrum_case(names[i]->d_name);
        free(names[i]);
    }
    free(names);
}

int main(void) {
    for (size_t i = 0; i < COUNT(CASES); i++) {
        AUTO_BUF out = BUF_INIT(1 << 16);
        struct err err = {0};
        AUTO(rows) rows = csv_open(CASES[i].text, strlen(CASES[i].text), &err);
        if (CHECK(CASES[i].label, rows)) written(rows, &out);
        CHECK_TEXT(CASES[i].label, buf_text(&out), CASES[i].want);
    }
    check_spectrum();
    return tap_end();
}
