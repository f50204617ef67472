/* Hostile bytes for the whole list reader: whatever comes in, it ends, every row that says something is accounted for,
 * and what is let through is canonical. The length chooses what kind of list it is said to be. */
#include "base/text.h"
#include "lists/address.h"
#include "lists/charset.h"
#include "lists/columns.h"
#include "lists/list_import.h"
#include "lists/list_reading.h"
#include "tests/mutate.h"
#include "tests/small_reference.h"

static const struct row_limits LIMITS = {.file_bytes = 1 << 20, .columns = 50, .cell_chars = 300};
static struct reference *REFERENCE;

static bool canonical_is_stable(const char *address) {
    char again[ADDRESS_TEXT];
    return address_canonical(address, strlen(address), again) && text_equal(again, address) &&
           !strpbrk(address, " \r\n<>\"\t;,");
}

/* -- every row that says something is in one of four heaps ---------------------------------------------- */
static bool is_header(const struct row *row, void *ctx) {
    struct columns columns;
    return columns_read(row, *(const enum header_kind *)ctx, NULL, &columns);
}

static int seek(struct rows *rows, enum list_kind kind) {
    static const enum header_kind KINDS[] = {HEADER_CONTACTS, HEADER_STATUS, HEADER_BARE};
    bool says = kind == LIST_AS_INFORMED || kind == LIST_AS_SELECTED || kind == LIST_AS_ANSWERED || kind == LIST_AS_OBJECTED;
    enum header_kind relays = HEADER_RELAYS;
    struct err err;
    if (kind == LIST_AS_RELAYS) return rows_seek_header(rows, is_header, &relays, &err);
    int found = 0;
    for (size_t i = 0; i < (says ? 3 : 2) && !found; i++) {
        enum header_kind tried = KINDS[i];
        found = rows_seek_header(rows, is_header, &tried, &err);
    }
    return found;
}

static bool says_something(const struct row *row) {
    for (size_t i = 0; i < row->count; i++)
        if (!charset_all_blank(row->cells[i].text, row->cells[i].length)) return true;
    return false;
}

/* Rows of the file that are neither blank nor the header; of an address list, lines that hold an entry. */
static size_t rows_that_say(const struct source *source, enum list_kind kind, long header_line) {
    struct err err;
    struct row row;
    size_t count = 0;
    AUTO(rows) rows = rows_open(source, &LIMITS, NULL, &err);
    bool table = seek(rows, kind) > 0;
    if (!table && !rows_seek_start(rows, &err)) return SIZE_MAX;
    while (rows_next(rows, &row, &err) > 0) {
        size_t with_at = 0;
        bool says = table ? says_something(&row) || row.bad
                          : list_plain_entries(row.cells[0].text, row.cells[0].length, &with_at) > 0;
        count += says && !(table && row.line == header_line);
    }
    return count;
}

/* -- what a result must be --------------------------------------------------------------------------------- */
static bool verdicts_hold(const struct list_verdict *verdicts, size_t count) {
    long line = 0;
    for (size_t i = 0; i < count; i++) {
        MUST_HOLD("verdicts in the order of the file", verdicts[i].line > line);
        line = verdicts[i].line;
        MUST_HOLD("a verdict has a sentence", !text_equal(code_sentence(verdicts[i].reason), verdicts[i].reason));
        MUST_HOLD("a verdict quotes UTF-8", !verdicts[i].text || utf8_valid(verdicts[i].text, strlen(verdicts[i].text)));
    }
    return true;
}

static bool lines_hold(const struct list_result *result, enum list_kind kind) {
    AUTO_BUF line = BUF_INIT(MUTATE_LONGEST), before = BUF_INIT(MUTATE_LONGEST);
    for (size_t i = 0; i < result->line_count; i++) {
        const struct list_line *at = &result->lines[i];
        MUST_HOLD("ids are in the reference", kind == LIST_AS_RELAYS || reference_by_id(REFERENCE, at->id));
        MUST_HOLD("addresses are canonical", !*at->email || canonical_is_stable(at->email));
        MUST_HOLD("addresses are ranked from 1, none is 0", *at->email ? at->rank >= 1 : at->rank >= 0);
        buf_clear(&line);
        list_line_write(at, &line);
        /* The name a network goes by may hold a ";", which the end of an id counts as. */
        MUST_HOLD("lines ascend bytewise, each once",
                  kind == LIST_AS_RELAYS || strcmp(buf_text(&before), buf_text(&line)) < 0);
        buf_clear(&before);
        buf_add(&before, line.bytes, line.length);
    }
    for (size_t i = 0; i < result->date_count; i++) {
        MUST_HOLD("dates are of the reference", reference_by_id(REFERENCE, result->dates[i].id));
        MUST_HOLD("dates are of this century", text_starts(result->dates[i].day, "20"));
    }
    for (size_t i = 0; i < result->spread_count; i++)
        MUST_HOLD("who an opposition reaches is in the reference", reference_by_id(REFERENCE, result->spread[i]));
    return true;
}

/* An opposition belongs to the address: it holds for everybody who uses it (rule 10). */
static bool oppositions_hold(const struct list_result *result) {
    for (size_t i = 0; i < result->line_count; i++)
        for (size_t k = 0; k < result->line_count; k++) {
            const struct list_line *a = &result->lines[i], *b = &result->lines[k];
            MUST_HOLD("an opposition is the address's", !*a->email || !text_equal(a->email, b->email) ||
                                                            (a->status == LIST_OPPOSITION) == (b->status == LIST_OPPOSITION));
        }
    return true;
}

static bool try_kind(const char *bytes, size_t length, enum list_kind kind) {
    struct list_result result;
    struct err err = {0};
    const struct source source = SOURCE_OF(bytes, length);
    if (!list_read(&result, &source, kind, REFERENCE, &LIMITS, 20000, NULL, NULL, &err)) {
        MUST_HOLD("a refusal has a code and a sentence", *err.code && *err.text);
        return true;
    }
    size_t heaps = result.accepted + result.merged + result.rejected_count + result.ignored_count,
           rows = rows_that_say(&source, kind, result.header_line);
    if (kind == LIST_AS_RELAYS) rows = heaps; /* networks are counted by list_relays.c alone */
    bool good = verdicts_hold(result.rejected, result.rejected_count) && verdicts_hold(result.ignored, result.ignored_count) &&
                lines_hold(&result, kind) && oppositions_hold(&result);
    list_result_free(&result);
    if (good && heaps != rows) printf("# kind %d: %zu rows say something, %zu are accounted for\n", (int)kind, rows, heaps);
    MUST_HOLD("every row is accepted, merged, rejected or ignored", !good || heaps == rows);
    return good;
}

static bool holds(const char *bytes, size_t length) {
    if (!REFERENCE) REFERENCE = small_reference();
    if (length >= 2 && !memcmp(bytes, "PK", 2)) return true; /* workbooks have a fuzzer of their own */
    return try_kind(bytes, length, (enum list_kind)(length % (LIST_AS_RELAYS + 1)));
}

static const struct fuzz_seed SEEDS[] = {
    SEED("code insee;commune;courriel;statut;répondu le\r\n29001;Argol;mairie@argol.example;oui;12/01/2026\r\n\"29019\";"
         "\"Br\"\"est\";\"a@a.example; b@b.example\";non;\r\n"),
    SEED("sep=,\nSIREN,Raison sociale,Mél\n200 067 627,CC Billom Communauté,\"Mairie <a@allériot.example>\"\n2,00E+08,x,=1+1\n"),
    SEED("\"Mairie de Brest (29)\" <a@a.example>; 29001 - Argol <b@b.example>;\nSaint-Denis [974] <mailto:c@c.example?x>\n"),
    SEED("id\tnom\tstatut\n01262\tMontluel\tRépondu le 1er décembre 2025\nTotal\t\t3\n"),
    SEED("departement;sigle;courriel\n29;AMF 29;x@xn--allriot-dya.example / y@y.example\n"),
    SEED("\xFF\xFEi\0n\0s\0e\0e\0;\0m\0a\0i\0l\0\n\0" "2\0" "9\0"),
    SEED("D\xE9partement;Nom;Courriel\nFinist\xE8re;Argol;\"a@a.example\nBcc: x@y.example\"\n"),
    SEED("insee,mail,ne plus contacter\n29001,a@a.example,x\n29019,a@a.example,\n29232,,oui\n29232,b@b.example,\n"),
    SEED("département;commune;courriel\n29;Argol;a@a.example\n;Brest;b@b.example\nSarthe\n;Le Mans;c@c.example\n\nTotal;3;\n"),
    SEED("pivot,nom,code_insee_commune,siren,adresse_courriel\n\"[{\"\"type_service_local\"\": \"\"mairie\"\"}]\",Mairie - Argol,29001,,a@a.example\n"),
};
static const char *const PIECES[] = {"\"", "\"\"", ";", ",", "\n", "\r", "\r\n", "@", "<", ">", "(", ")", "\xC3", "\xE9", "Ã©", "\xEF\xBB\xBF",
                                     "=\"", "'", " et ", "mailto:", "2,00E+04", "xn--", "..", "\xE2\x80\xAE", "\xF0\x9F\x92\xA9", "#N/A", "/", "|", "sep=",
                                     "29001", "29019", "200067627", "Argol", "a@a.example", "b@b.example", "stop", "oui", "répondu le 12/01/2026", "total",
                                     "courriel", "insee", "statut", "opposition", "commune", "29001;", ";a@a.example\n", "\n29019;", "\0"};

static const struct fuzz FUZZ = {"lists", SEEDS, COUNT(SEEDS), PIECES, COUNT(PIECES), 2500, holds};
FUZZ_MAIN(FUZZ)
