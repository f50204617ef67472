/* Whole lists: verdicts about rows, merging, oppositions, status lists, address lists, networks. */
#include <stdlib.h>

#include "base/clock.h"
#include "lists/codes.h"
#include "lists/list_import.h"
#include "tests/small_reference.h"
#include "tests/tap.h"

/* want: final lines, then "R line reason", "I line reason", "W code …", "D id day", "S id" (spread), each with LF. */
static const struct { const char *label; enum list_kind kind; const char *text, *want; } CASES[] = {
    {"plain", LIST_AS_FOUND, "insee;nom;mail;statut\n29001;Argol;a@a.example;oui\n29019;Brest;;non\n",
     "29001;a@a.example;selectionnee\n29019;;informee\nW NO_EMAIL 3\n"},
    {"no status column", LIST_AS_FOUND, "insee;mail\n29001;a@a.example\n", "29001;a@a.example;informee\nW NO_STATUS_COLUMN\n"},
    {"--as selected", LIST_AS_SELECTED, "insee;mail\n29001;a@a.example\n", "29001;a@a.example;selectionnee\n"},
    {"--as never weakens", LIST_AS_INFORMED, "insee;mail;statut\n29001;a@a.example;répondu\n", "29001;a@a.example;repondu\n"},
    {"ignored rows", LIST_AS_FOUND,
     "Liste du 12\n;;\ninsee;nom;mail;statut\n29001;Argol;a@a.example;\ninsee;nom;mail;statut\nTotal;;;1\nFinistère\n;;;\n",
     "29001;a@a.example;informee\nI 1 BEFORE_HEADER\nI 5 HEADER_REPEATED\nI 6 TOTAL\nI 7 NOTE\n"},
    {"a code alone is a row", LIST_AS_FOUND, "insee;mail;statut\n29001;;\n", "29001;;informee\nW NO_EMAIL 2\n"},
    {"a heading carries its department", LIST_AS_FOUND, "nom;mail;statut\nLa Réunion;;\nSaint-Denis;a@a.example;\n",
     "97411;a@a.example;informee\nI 2 NOTE\nW DEPARTMENT_CARRIED 3\n"},
    {"a heading that is a commune's name too", LIST_AS_FOUND, "nom;statut\nParis;\nBrest;oui\nArgol;\n",
     "29001;;informee\n29019;;selectionnee\nI 2 NOTE\n"},
    {"rejected rows", LIST_AS_FOUND,
     "insee;mail;statut\n29999;a@a.example;\n;a@a.example;\n29001;a@a;\n29001;=1+1;\n29001;Bcc: x@y.example;\n29001;a@a.example;;x\n29001;\"a;\n",
     "R 2 INSEE_UNKNOWN\nR 3 ID_MISSING\nR 4 EMAIL_INVALID\nR 5 FORMULA\nR 6 HEADER_INJECTION\nR 7 COLUMNS_SHIFTED\n"
     "R 8 QUOTE_UNBALANCED\n"},
    {"a cell too large", LIST_AS_FOUND, "insee;mail;statut\n29001;a@a.example;01234567890123456789012345678901234567890\n", "R 2 CELL_TOO_LARGE\n"},
    {"duplicates merge", LIST_AS_FOUND, "insee;mail;statut\n29001;a@a.example;\n29001;A@A.example;\n29001;b@b.example;\n29001;;\n",
     "29001;a@a.example;informee\n29001;b@b.example;informee\nW DUPLICATE 3 5\nW NO_EMAIL 5\n"},
    {"the strongest status", LIST_AS_FOUND, "insee;mail;statut\n29001;a@a.example;non\n29001;b@b.example;oui\n",
     "29001;a@a.example;selectionnee\n29001;b@b.example;selectionnee\nW STATUS_CONFLICT 29001\n"},
    {"opposition belongs to the address", LIST_AS_FOUND,
     "insee;mail;statut\n29001;a@a.example;oui\n29001;b@b.example;refus\n29019;b@b.example;oui\n",
     "29001;a@a.example;selectionnee\n29001;b@b.example;opposition\n29019;b@b.example;opposition\nW SHARED_MAILBOX b@b.example\nS 29019\n"},
    {"opposition without address stays", LIST_AS_FOUND, "insee;mail;statut\n29001;a@a.example;oui\n29001;;refus\n",
     "29001;;opposition\n29001;a@a.example;selectionnee\nW NO_EMAIL 3\n"},
    {"an answer is not lost with its address", LIST_AS_FOUND, "insee;mail;statut\n29001;a@a;répondu le 12/01/2026\n",
     "29001;;repondu\nW EMAIL_DROPPED 2\nD 29001 2026-01-12\n"},
    {"sorted as bytes", LIST_AS_FOUND, "insee;siren;mail;statut\n;200067627;a@a.example;\n29001;;b.a@b.example,b@b.example;\n01262;;c@c.example;\n",
     "01262;c@c.example;informee\n200067627;a@a.example;informee\n29001;b.a@b.example;informee\n29001;b@b.example;informee\n"},
    {"an accented local part", LIST_AS_FOUND, "insee;mail;statut\n29001;é@a.example;\n", "29001;é@a.example;informee\nW LOCAL_NON_ASCII 2\n"},
    {"a directory export", LIST_AS_DIRECTORY,
     "nom;mail;pivot;code_insee_commune;siren\nMairie - Argol;a@a.example;\"[{\"\"type_service_local\"\": \"\"mairie\"\"}]\";29001;\n"
     "Gendarmerie;b@b.example;gendarmerie;29001;\nMairie annexe de Brest;c@c.example;mairie;29019;\nCC;d@d.example;epci;29019;200067627\n",
     "200067627;d@d.example;informee\n29001;a@a.example;informee\nI 3 OUT_OF_SCOPE\nI 4 ANNEXE\n"},
    {"a status list", LIST_AS_FOUND, "id;nom;statut\n29001;Argol;selectionnee\n200067627;;informee\n", "200067627;;informee\n29001;;selectionnee\n"},
    {"answers", LIST_AS_ANSWERED, "id;date_reponse\n29001;2026-01-12\n29019;\n29001;2025-12-01\n",
     "29001;;repondu\n29019;;repondu\nW DUPLICATE 4\nD 29001 2025-12-01\n"},
    {"bare codes", LIST_AS_SELECTED, "code insee\n29001\n29998\n", "29001;;selectionnee\nR 3 INSEE_UNKNOWN\n"},
    {"bare names", LIST_AS_SELECTED, "Commune\nArgol\nNulle-Part\n", "29001;;selectionnee\nR 3 NAME_UNKNOWN\n"},
    {"an address list", LIST_AS_FOUND,
     "\"Mairie de Brest (29)\" <a@a.example>; 29001 - Argol <b@b.example>;\nx@y.example;\n\nbonjour\nMairie Nulle-Part [29] <c@c.example>\n"
     "Saint-Denis (La Réunion) <d@@d.example>\n",
     "29001;b@b.example;informee\n29019;a@a.example;informee\nR 2 ID_MISSING\nR 5 NAME_UNKNOWN\nR 6 EMAIL_INVALID\nI 4 NOTE\nW NO_STATUS_COLUMN\n"},
    {"no header", LIST_AS_FOUND, "couleur;taille\nrouge;12\n", "NO_HEADER"},
    {"nothing", LIST_AS_FOUND, "", "NO_HEADER"},
    {"e-mails alone do not make a table", LIST_AS_FOUND, "mail;tel\na@a.example;1\nb;2\nc;3\nd;4\n", "NO_HEADER"},
    {"networks", LIST_AS_RELAYS,
     "departement;sigle;nom_fictif;courriel;courriel_reponse\n29;AMF 29;Maires du Finistère;a@a.example;b@b.example\n99;AMF 99;X;c@c.example;\n"
     "01;;;d@d.example;\n72;29001;X;e@e.example;\n72;AMF 72;X;e@e;\n",
     "AMF 29;a@a.example;informee\nR 3 DEPARTMENT_UNKNOWN\nR 4 ID_MISSING\nR 5 ID_CONFLICT\nR 6 EMAIL_INVALID\n"},
    {"address list in two encodings", LIST_AS_FOUND, "\"Mairie de Valserh\xF4ne (01)\" <a@a.example>\n\"L'Ha\xC3\xBF-les-Roses\" <b@b.example>\n",
     "01033;a@a.example;informee\n94038;b@b.example;informee\nW ENCODING_MIXED 1\nW NO_STATUS_COLUMN\n"},
    {"address list, an entry too large", LIST_AS_FOUND, "Argol <a@a.example>; Brest <b@b.example>; Quimper <c@c.example>; Montluel                      <d@d.example>\n",
     "29001;a@a.example;informee\n29019;b@b.example;informee\n29232;c@c.example;informee\nW EMAIL_DROPPED 1\nW NO_STATUS_COLUMN\n"},
};

static void write_result(const struct list_result *result, struct buf *out) {
    for (size_t i = 0; i < result->line_count; i++) {
        list_line_write(&result->lines[i], out);
        buf_add_char(out, '\n');
    }
    for (size_t i = 0; i < result->rejected_count; i++)
        buf_add_format(out, "R %ld %s\n", result->rejected[i].line, result->rejected[i].reason);
    for (size_t i = 0; i < result->ignored_count; i++)
        buf_add_format(out, "I %ld %s\n", result->ignored[i].line, result->ignored[i].reason);
    for (size_t i = 0; i < result->warning_count; i++) {
        buf_add_format(out, "W %s", result->warnings[i].code);
        for (size_t k = 0; k < result->warnings[i].line_count; k++) buf_add_format(out, " %ld", result->warnings[i].lines[k]);
        for (size_t k = 0; k < result->warnings[i].word_count; k++) buf_add_format(out, " %s", result->warnings[i].words[k]);
        buf_add_char(out, '\n');
    }
    for (size_t i = 0; i < result->date_count; i++) buf_add_format(out, "D %s %s\n", result->dates[i].id, result->dates[i].day);
    for (size_t i = 0; i < result->spread_count; i++) buf_add_format(out, "S %s\n", result->spread[i]);
}

static void check_ranks(const struct reference *reference, const struct row_limits *limits) {
    static const char LIST[] = "insee;mail;mail 2\n29001;z@z.example,a@a.example;m@m.example\n";
    struct list_result result;
    struct err err = {0};
    list_read(&result, &SOURCE_OF(LIST, strlen(LIST)), LIST_AS_FOUND, reference, limits, 0, NULL, NULL, &err);
    CHECK_INT("three addresses", (int)result.line_count, 3);
    CHECK_INT("the first of the cell ranks first", result.line_count == 3 ? result.lines[2].rank : 0, 1);
    CHECK_INT("the second, second", result.line_count == 3 ? result.lines[0].rank : 0, 2);
    CHECK_INT("the next column, third", result.line_count == 3 ? result.lines[1].rank : 0, 3);
    list_result_free(&result);
}

/* What the result holds is its own: the reference and the bytes may go first. */
static void check_ownership(void) {
    struct row_limits limits = {.file_bytes = 1 << 20, .columns = 100, .cell_chars = 400};
    struct list_result result;
    struct err err = {0};
    AUTO_BUF out = BUF_INIT(1 << 12);
    struct reference *reference = small_reference();
    char *bytes = text_dup("insee;mail;repondu le\n29001;a@a.example;12/01/2026\n2A004;b@b.example;\n");
    list_read(&result, &SOURCE_OF(bytes, strlen(bytes)), LIST_AS_FOUND, reference, &limits, day_of(2026, 1, 16), NULL, NULL, &err);
    memset(bytes, 'x', strlen(bytes));
    free(bytes);
    reference_free(reference);
    write_result(&result, &out);
    CHECK_TEXT("a result outlives what it was read from", buf_text(&out),
               "29001;a@a.example;repondu\n2A004;b@b.example;informee\nD 29001 2026-01-12\n");
    list_result_free(&result);
}

int main(void) {
    AUTO(reference) reference = small_reference();
    struct row_limits limits = {.file_bytes = 1 << 20, .columns = 100, .cell_chars = 40};
    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct list_result result;
        struct err err = {0};
        AUTO_BUF out = BUF_INIT(1 << 16);
        struct row_limits wide = {.file_bytes = 1 << 20, .columns = 100, .cell_chars = 400};
        bool large = strstr(CASES[i].label, " too large") != NULL;
        if (list_read(&result, &SOURCE_OF(CASES[i].text, strlen(CASES[i].text)), CASES[i].kind, reference, large ? &limits : &wide,
                      day_of(2026, 1, 16), NULL, NULL, &err))
            write_result(&result, &out);
        else buf_add_text(&out, err.code);
        CHECK_TEXT(CASES[i].label, buf_text(&out), CASES[i].want);
        list_result_free(&result);
    }
    check_ranks(reference, &limits);
    check_ownership();
    CHECK("every code has its sentence", strcmp(code_sentence("NAME_UNKNOWN"), "NAME_UNKNOWN") != 0);
    for (int code = 0; code < WARN_CODES; code++)
        CHECK(WARNING_CODE[code], strcmp(code_sentence(WARNING_CODE[code]), WARNING_CODE[code]) != 0);
    return tap_end();
}
