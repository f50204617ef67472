/* What a report says to do: names of cells, faults of addresses, hints from the reference, nearest words, codes in CSV. */
#include <stdlib.h>

#include "base/clock.h"
#include "lists/address_fault.h"
#include "lists/cell_name.h"
#include "lists/codes.h"
#include "lists/list_import.h"
#include "lists/near.h"
#include "mailer/reports/csv_cells.h"
#include "tests/small_reference.h"
#include "tests/tap.h"

static void cells(void) {
    static const struct { size_t column; long line; const char *want; } CASES[] = {
        {0, 1, "A1"}, {2, 12, "C12"}, {25, 3, "Z3"}, {26, 3, "AA3"}, {51, 1, "AZ1"}, {52, 1, "BA1"}, {701, 9, "ZZ9"},
        {702, 9, "AAA9"}, {16383, 1048576, "XFD1048576"}};
    char name[CELL_NAME];
    for (size_t i = 0; i < COUNT(CASES); i++) CHECK_TEXT(CASES[i].want, cell_name(CASES[i].column, CASES[i].line, name), CASES[i].want);
    cell_name(SIZE_MAX - 1, 1, name); /* whatever it says, it fits */
}

/* want: a part of the sentence. */
static const struct { const char *address, *want; } FAULTS[] = {
    {"secretariat", "il manque l'arobase"},
    {"mairie(at)a.example", "en toutes lettres"},
    {"mairie arobase a.example", "en toutes lettres"},
    {"https://www.a.example", "adresse d'un site"},
    {"www.a.example", "adresse d'un site"},
    {"02 98 00 11 22", "numéro de téléphone"},
    {"a@@b.example", "il y a deux arobases : gardez-en une"},
    {"a@b.example@c.example", "séparez deux adresses"},
    {"mai rie@a.example", "une espace la coupe"},
    {"a@b.example c@", "séparez les adresses"},
    {"@a.example", "avant l'arobase"},
    {"a@", "il manque le domaine"},
    {"a@orange", "il lui manque sa fin"},
    {"a@b..example", "un point de trop dans le domaine"},
    {"a@.example", "un point de trop dans le domaine"},
    {"a..b@c.example", "deux points de suite"},
    {".a@c.example", "le point au bord"},
    {"a.@c.example", "le point au bord"},
    {"-a@c.example", "le tiret au début"},
    {"a@-c.example", "un tiret est de trop"},
    {"a@c.1", "finit par un nombre"},
    {"a!b@c.example", "le caractère « ! » est interdit"},
    {"a@c_d.example", "le caractère « _ » est interdit"},
    {"a\xE2\x80\xAE@c.example", "un caractère invisible (U+202E)"},
    {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@c.example", "dépasse 64 caractères"},
    {"", "il manque l'arobase"},
};

static void faults(void) {
    for (size_t i = 0; i < COUNT(FAULTS); i++) {
        AUTO_BUF out = BUF_INIT(1000);
        address_fault(FAULTS[i].address, strlen(FAULTS[i].address), &out);
        if (!CHECK(FAULTS[i].address, strstr(buf_text(&out), FAULTS[i].want) != NULL)) printf("# %s\n", buf_text(&out));
    }
}

/* A list of one rejected row: which cell, and a part of what to do. */
static const struct { const char *label; enum list_kind kind; const char *text, *reason, *cell, *hint; } ROWS[] = {
    {"a postal code", LIST_AS_FOUND, "insee;mail;statut\n29560;a@a.example;\n", "INSEE_UNKNOWN", "A2", "29560 est un code postal ; mettez le code INSEE, est-ce Argol (29001, Finistère) ?"},
    {"with its name", LIST_AS_FOUND, "insee;nom;mail;statut\n29560;Argol;a@a.example;\n", "INSEE_UNKNOWN", "A2", "est-ce 29001 pour Argol"},
    {"a wrong code with a name", LIST_AS_FOUND, "insee;nom;mail;statut\n29998;Argol;a@a.example;\n", "INSEE_UNKNOWN", "A2", "est-ce Argol (29001, Finistère) ?"},
    {"a code too long", LIST_AS_FOUND, "insee;mail;statut\n290011;a@a.example;\n", "INSEE_UNKNOWN", "A2", "5 caractères, celui-ci en a 6"},
    {"a SIREN in the wrong column", LIST_AS_FOUND, "insee;mail;statut\n212900195;a@a.example;\n", "INSEE_UNKNOWN", "A2", "c'est un numéro SIREN"},
    {"a wrong key", LIST_AS_FOUND, "siren;nom;mail;statut\n212900196;Brest;a@a.example;\n", "SIREN_LUHN", "A2", "Brest a le SIREN 212900195"},
    {"a short SIREN", LIST_AS_FOUND, "siren;mail;statut\n21290019;a@a.example;\n", "SIREN_MALFORMED", "A2", "celui-ci en a 8"},
    {"two collectivities", LIST_AS_FOUND, "insee;siren;mail;statut\n29019;212902324;a@a.example;\n", "ID_CONFLICT", "A2",
     "le code INSEE désigne Brest (29019, Finistère), le SIREN Quimper (29232, Finistère)"},
    {"another's name", LIST_AS_FOUND, "insee;nom;mail;statut\n29019;Quimper;a@a.example;\n", "ID_NAME_CONFLICT", "A2",
     "le code 29019 désigne Brest ; « Quimper » a le code 29232"},
    {"two of that name", LIST_AS_FOUND, "nom;mail;statut\nSaint-Denis;a@a.example;\n", "NAME_AMBIGUOUS", "A2",
     "Saint-Denis (97411, La Réunion) ou Saint-Denis (93066, Seine-Saint-Denis)"},
    {"misspelt", LIST_AS_FOUND, "nom;dep;mail;statut\nQimper;29;a@a.example;\n", "NAME_UNKNOWN", "A2", "est-ce Quimper (29232, Finistère) ?"},
    {"misspelt, without a department", LIST_AS_FOUND, "mail;nom;statut\na@a.example;Mairie de Valserone;\n", "NAME_UNKNOWN", "B2", "est-ce Valserhône (01033, Ain) ?"},
    {"in another department", LIST_AS_FOUND, "nom;dep;mail;statut\nBrest;72;a@a.example;\n", "NAME_UNKNOWN", "A2", "est-ce Brest (29019, Finistère) ? corrigez le département"},
    {"nobody", LIST_AS_FOUND, "nom;dep;mail;statut\nTrifouilly;29;a@a.example;\n", "NAME_UNKNOWN", "A2", "corrigez le nom, ou ajoutez le code INSEE"},
    {"nothing at all: the cell to fill in", LIST_AS_FOUND, "mail;insee;nom;statut\na@a.example;;;\n", "ID_MISSING", "B2", ""},
    {"a comma for a dot", LIST_AS_FOUND, "insee;mail;statut\n29019;mairie@brest,example;\n", "EMAIL_INVALID", "B2", "est-ce mairie@brest.example ?"},
    {"beyond the titles", LIST_AS_FOUND, "insee;mail;statut\n29019;a@a.example;oui;;x;y\n", "COLUMNS_SHIFTED", "E2", "2 valeurs dépassent la dernière colonne titrée (C2)"},
    {"an address list", LIST_AS_FOUND, "Mairie de Qimper (29) <a@a.example>\nBrest (29) <b@b.example>\n", "NAME_UNKNOWN", "", "est-ce Quimper"},
    {"a network", LIST_AS_RELAYS, "sigle;departement;courriel\nAMF 29;29;a@@a.example\n", "EMAIL_INVALID", "C2", "deux arobases"},
};

static void rows(const struct reference *reference) {
    const struct row_limits limits = {.file_bytes = 1 << 20, .columns = 100, .cell_chars = 1000};
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        struct list_result list;
        struct err err = {0};
        char cell[CELL_NAME] = "";
        bool good = list_read(&list, &SOURCE_OF(ROWS[i].text, strlen(ROWS[i].text)), ROWS[i].kind, reference, &limits, 20500, NULL, NULL, &err);
        if (!CHECK(ROWS[i].label, good && list.rejected_count == 1)) {
            printf("# %s\n", err.text);
            continue;
        }
        const struct list_verdict *row = &list.rejected[0];
        CHECK_TEXT("the reason", row->reason, ROWS[i].reason);
        CHECK_TEXT("the cell", row->at == NO_CELL ? "" : cell_name(row->at, row->line, cell), ROWS[i].cell);
        if (!CHECK("what to do", *ROWS[i].hint ? row->hint && strstr(row->hint, ROWS[i].hint) : !row->hint)) printf("# %s\n", row->hint ? row->hint : "(none)");
        list_result_free(&list);
    }
}

static void notes(const struct reference *reference) {
    static const char LIST[] = "insee;nom;mail;statut;date de réponse;Motif Relais;À faire\n29019;Brest;a@a.example;;31/02/2026;X;y\n"
                               "29019;Brest;a@a.example;peut-être;;;\n29001;Argol;b@b.example, c@;;;;\n";
    const struct row_limits limits = {.file_bytes = 1 << 20, .columns = 100, .cell_chars = 1000};
    struct list_result list;
    struct err err = {0};
    AUTO_BUF said = BUF_INIT(10000);
    if (!CHECK("a list", list_read(&list, &SOURCE_OF(LIST, strlen(LIST)), LIST_AS_FOUND, reference, &limits, 20500, NULL, NULL, &err))) return;
    for (size_t i = 0; i < list.note_count; i++) {
        char cell[CELL_NAME] = "-";
        if (list.notes[i].at != NO_CELL) cell_name(list.notes[i].at, list.notes[i].line, cell);
        buf_add_format(&said, "%s %s %s\n", list.notes[i].reason, cell, list.notes[i].hint ? list.notes[i].hint : "");
    }
    CHECK_TEXT("cells that warnings are about", buf_text(&said),
               "DATE_INVALID E2 cette date n'existe pas ou ne peut être lue : écrivez-la 31/01/2026\nSTATUS_UNKNOWN D3 \n"
               "EMAIL_DROPPED C4 « c@ » : il manque le domaine après l'arobase (« @orange.fr »)\nDUPLICATE - comme la ligne 2\n");
    list_result_free(&list);
}

static void headers(void) {
    static const struct { const char *key; enum column_role want; } CASES[] = {
        {"mail 1 bis", COLUMN_EMAIL}, {"couriel", COLUMN_EMAIL}, {"code inse", COLUMN_INSEE}, {"statu", COLUMN_STATUS}, {"commmune", COLUMN_NAME},
        {"telephone", COLUMN_NONE}, {"observations", COLUMN_NONE}, {"population", COLUMN_NONE}, {"nature", COLUMN_NONE}, {"motif relais", COLUMN_NONE},
        {"a faire", COLUMN_NONE}, {"origine", COLUMN_NONE}, {"adresses inutilisables", COLUMN_NONE}, {"", COLUMN_NONE}, {"x", COLUMN_NONE}};
    for (size_t i = 0; i < COUNT(CASES); i++) CHECK_INT(CASES[i].key, near_header(CASES[i].key, false), CASES[i].want);
    CHECK_INT("the same", (int)near_distance("brest", "brest", 2), 0);
    CHECK_INT("one dropped", (int)near_distance("qimper", "quimper", 2), 1);
    CHECK_INT("too far", (int)near_distance("brest", "quimper", 2), 3);
    for (size_t i = 1; i < COLUMN_ROLES; i++) { /* what is proposed must be understood */
        AUTO_BUF key = BUF_INIT(100);
        text_normalise(&key, COLUMN_TITLE[i], strlen(COLUMN_TITLE[i]));
        CHECK_INT(COLUMN_TITLE[i], vocabulary_header(buf_text(&key), i >= COLUMN_RELAY), (int)i);
    }
    static const char *const UNREAD[] = {OWN_REASON, OWN_REMEDY, "Nature", "Population", "Adresses inutilisables", "Origine", "Ligne d'origine"};
    for (size_t i = 0; i < COUNT(UNREAD); i++) {
        AUTO_BUF key = BUF_INIT(100);
        text_normalise(&key, UNREAD[i], strlen(UNREAD[i]));
        CHECK_INT(UNREAD[i], vocabulary_header(buf_text(&key), true), COLUMN_NONE);
    }
}

static void codes(void) {
    static const struct { const char *code, *want; } CASES[] = {
        {"01001", "\"=\"\"01001\"\"\""}, {"29019", "29019"}, {"210100012", "210100012"}, {"2A004", "2A004"}, {"21010001200013", "\"=\"\"21010001200013\"\"\""},
        {"0", "0"}, {"", ""}, {"01 02", "01 02"}, {"=\"01001\"", "\"=\"\"01001\"\"\""}, {"=1+1", "'=1+1"}, {"=\"a\"&B1&\"c\"", "\"'=\"\"a\"\"&B1&\"\"c\"\"\""},
        {"-5", "'-5"}, {"\tx", "'\tx"}, {"a;b", "\"a;b\""}};
    for (size_t i = 0; i < COUNT(CASES); i++) {
        AUTO_BUF out = BUF_INIT(200);
        struct csv csv = {.out = &out};
        csv_code(&csv, CASES[i].code);
        CHECK_TEXT(CASES[i].code, buf_text(&out), CASES[i].want);
    }
}

int main(void) {
    struct reference *reference = small_reference();
    cells();
    faults();
    rows(reference);
    notes(reference);
    headers();
    codes();
    reference_free(reference);
    return tap_end();
}
