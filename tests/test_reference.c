/* A year's reference read and compared with the one before: small years in tables, chains of codes, and files that are not
 * what they should be. */
#include <stdlib.h>

#include "base/buf.h"
#include "lists/reference_change.h"
#include "lists/reference_read.h"
#include "tests/tap.h"

#define DEPARTMENTS "code;nom;region;region_nom;zone\n29;Finistère;53;Bretagne;metro\n35;Ille-et-Vilaine;53;Bretagne;metro\n"
#define COLUMNS "id;type;code_insee;siren;nom;departement;epci_siren;population;codes_postaux\n"
#define FORMER "code_ancien;nom_ancien;nature;code_actuel\n"
#define COMMUNE(code, name, grouping) code ";commune;" code ";;" name ";29;" grouping ";10;29000\n"
#define GROUPING(code, name) code ";CC;;" code ";" name ";;" code ";10;29000\n"
/* Two SIREN whose keys are right. */
#define G1 "242900629"
#define G2 "242900645"

static struct reference *read_year(const char *communes, const char *former, const struct reference *before, struct err *err) {
    const char *const texts[REFERENCE_PARTS] = {DEPARTMENTS, communes, former};
    struct reference_file files[REFERENCE_PARTS];
    struct remarks remarks = {0};
    for (size_t i = 0; i < REFERENCE_PARTS; i++)
        files[i] = (struct reference_file){REFERENCE_FILE[i], SOURCE_OF(texts[i] ? texts[i] : "", texts[i] ? strlen(texts[i]) : 0), texts[i] != NULL};
    struct reference *read = reference_read(files, before, &remarks, err);
    remarks_release(&remarks);
    return read;
}

/* -- reading ------------------------------------------------------------------------------------------- */
static const struct { const char *label, *rows, *former, *code; long line; } READINGS[] = {
    {"a commune", COMMUNE("29001", "Argol", ""), NULL, "", 0},
    {"a commune and its grouping, whose department is its member's", COMMUNE("29001", "Argol", G1) GROUPING(G1, "CC"), NULL, "", 0},
    {"a grouping nobody is in, without a department", GROUPING(G1, "CC"), NULL, "REFERENCE_DEPARTMENT", 2},
    {"a grouping that is not in the file is let pass", COMMUNE("29001", "Argol", G1), NULL, "", 0},
    {"a blank line", COMMUNE("29001", "Argol", "") "\n" COMMUNE("29002", "Arzano", ""), NULL, "", 0},
    {"a code in small letters", COMMUNE("2a004", "Ajaccio", ""), NULL, "REFERENCE_ID", 2},
    {"Corsica", COMMUNE("2A004", "Ajaccio", ""), NULL, "", 0},
    {"twice", COMMUNE("29001", "Argol", "") COMMUNE("29002", "Arzano", "") COMMUNE("29001", "Argol", ""), NULL, "REFERENCE_DUPLICATE", 4},
    {"a grouping's key", "242900628;CC;;242900628;CC;29;242900628;1;\n", NULL, "REFERENCE_SIREN", 2},
    {"a type that is missing", "242900629;;;242900629;CC;29;242900629;1;\n", NULL, "REFERENCE_ROW", 2},
    {"another code in the second column", "29001;commune;29002;;Argol;29;;1;\n", NULL, "REFERENCE_ID", 2},
    {"a grouping with an INSEE code", "242900629;CC;29001;242900629;CC;29;242900629;1;\n", NULL, "REFERENCE_ID", 2},
    {"a negative population", "29001;commune;29001;;Argol;29;;-1;\n", NULL, "REFERENCE_NUMBER", 2},
    {"no population", "29001;commune;29001;;Argol;29;;;\n", NULL, "", 0},
    {"an unknown department", "29001;commune;29001;;Argol;30;;1;\n", NULL, "REFERENCE_DEPARTMENT", 2},
    {"no collectivity at all", "", NULL, "REFERENCE_MISSING", 0},
    {"a quote never closed", COMMUNE("29001", "Argol", "") "29002;commune;29002;;\"Arzano;29;;1;\n", NULL, "REFERENCE_ROW", 3},
    {"a former code", COMMUNE("29001", "Argol", ""), "29009;Beg;commune-deleguee;29001\n", "", 0},
    {"a chain within the file", COMMUNE("29001", "Argol", ""), "29009;A;ancien-code;29010\n29010;B;ancien-code;29001\n", "", 0},
    {"a former code that leads nowhere", COMMUNE("29001", "Argol", ""), "29009;Beg;commune-deleguee;29099\n", "REFERENCE_FORMER", 2},
    {"a former code that is none", COMMUNE("29001", "Argol", ""), "Beg;Beg;commune-deleguee;29001\n", "REFERENCE_FORMER", 2},
    {"a former code that leads to an empty cell", COMMUNE("29001", "Argol", ""), "29009;Beg;commune-deleguee;\n", "REFERENCE_FORMER", 2},
};

static void check_readings(void) {
    for (size_t i = 0; i < COUNT(READINGS); i++) {
        struct err err = {0};
        AUTO_BUF rows = BUF_INIT(4000), former = BUF_INIT(4000);
        buf_add_format(&rows, "%s%s", COLUMNS, READINGS[i].rows);
        buf_add_format(&former, "%s%s", FORMER, READINGS[i].former ? READINGS[i].former : "");
        AUTO(reference) read = read_year(buf_text(&rows), READINGS[i].former ? buf_text(&former) : NULL, NULL, &err);
        CHECK_TEXT(READINGS[i].label, read ? "" : err.code, READINGS[i].code);
        if (!read) CHECK_INT("… its line", err.line, READINGS[i].line);
    }
    static const struct { const char *path; int year; } YEARS[] = {
        {"collectivites-2027.csv", 2027}, {"/a/b/collectivites-2027.csv", 2027}, {"collectivites-27.csv", 0}, {"collectivites-20277.csv", 0},
        {"collectivites.csv", 0}, {"2027.csv", 0}, {"", 0}, {"collectivites-2027/", 0}};
    for (size_t i = 0; i < COUNT(YEARS); i++) CHECK_INT(YEARS[i].path, reference_year_of(YEARS[i].path), YEARS[i].year);
}

/* -- comparing ----------------------------------------------------------------------------------------- */
/* "+29003 ~29001 29002>29001 29004>?": who came (with where from), was renamed, went into whom; then the former codes. */
static void say(const struct reference_change *change, struct buf *out) {
    for (size_t i = 0; i < change->added_count; i++)
        buf_add_format(out, "+%s%s%s ", change->added[i].who->id, change->added[i].from ? "<" : "", change->added[i].from ? change->added[i].from : "");
    for (size_t i = 0; i < change->altered_count; i++)
        buf_add_format(out, "%s%s ", reference_renamed(&change->altered[i]) ? "~" : "=", change->altered[i].now->id);
    for (size_t i = 0; i < change->vanished_count; i++)
        buf_add_format(out, "%s>%s%s ", change->vanished[i].who->id, change->vanished[i].into ? change->vanished[i].into->id : "?",
                       change->vanished[i].members_now);
    buf_add_text(out, "|");
    for (size_t i = 0; i < change->former_count; i++) buf_add_format(out, " %s>%s", change->former[i].code, change->former[i].current_id);
}

static const struct { const char *label, *was, *was_former, *now, *now_former, *want; } CHANGES[] = {
    {"nothing", COMMUNE("29001", "A", ""), "", COMMUNE("29001", "A", ""), "", "|"},
    {"a merger", COMMUNE("29001", "A", "") COMMUNE("29002", "B", ""), "", COMMUNE("29001", "A", ""), "29002;B;commune-deleguee;29001\n",
     "29002>29001 | 29002>29001"},
    {"a merger nobody explains", COMMUNE("29001", "A", "") COMMUNE("29002", "B", ""), "", COMMUNE("29001", "A", ""), "", "29002>? | 29002>29002"},
    {"another name, which the old one still finds", COMMUNE("29001", "A", ""), "", COMMUNE("29001", "B", ""), "", "~29001 | 29001>29001"},
    {"a chain over two years", COMMUNE("29002", "B", "") COMMUNE("29003", "C", ""), "29001;A;commune-deleguee;29002\n", COMMUNE("29003", "C", ""),
     "29002;B;commune-deleguee;29003\n", "29002>29003 | 29001>29003 29002>29003"},
    {"this year's word goes before last year's", COMMUNE("29002", "B", "") COMMUNE("29003", "C", ""), "29001;A;commune-deleguee;29002\n",
     COMMUNE("29002", "B", "") COMMUNE("29003", "C", ""), "29001;A;commune-deleguee;29003\n", "| 29001>29003"},
    {"a circle ends", COMMUNE("29001", "A", "") COMMUNE("29002", "B", "") COMMUNE("29003", "C", ""), "", COMMUNE("29003", "C", ""),
     "29001;A;x;29002\n29002;B;x;29001\n", "29001>? 29002>? | 29001>29002 29002>29001"},
    {"re-established", COMMUNE("29001", "A", ""), "29002;B;commune-deleguee;29001\n", COMMUNE("29001", "A", "") COMMUNE("29002", "B", ""), "",
     "+29002<29001 |"},
    {"new", COMMUNE("29001", "A", ""), "", COMMUNE("29001", "A", "") COMMUNE("29002", "B", ""), "", "+29002 |"},
    {"a grouping absorbed", COMMUNE("29001", "A", G1) COMMUNE("29002", "B", G2) GROUPING(G1, "X") GROUPING(G2, "Y"), "",
     COMMUNE("29001", "A", G1) COMMUNE("29002", "B", G1) GROUPING(G1, "X"), "", "=29002 " G2 ">" G1 " | " G2 ">" G1},
    {"… though its member merged too", COMMUNE("29001", "A", G1) COMMUNE("29002", "B", G2) GROUPING(G1, "X") GROUPING(G2, "Y"), "",
     COMMUNE("29001", "A", G1) GROUPING(G1, "X"), "29002;B;commune-deleguee;29001\n", "29002>29001 " G2 ">" G1 " | " G2 ">" G1 " 29002>29001"},
    {"a grouping that is gone, its members alone", COMMUNE("29001", "A", G1) GROUPING(G1, "X"), "", COMMUNE("29001", "A", ""), "",
     "=29001 " G1 ">?— ×1 | " G1 ">" G1},
    {"a seat keeps its code", COMMUNE("29001", "A", ""), "29001;A;commune-deleguee-chef-lieu;29001\n", COMMUNE("29001", "A", ""), "", "| 29001>29001"},
};

static struct reference *year_of(const char *rows, const char *former, const struct reference *before, struct err *err) {
    AUTO_BUF all = BUF_INIT(4000), codes = BUF_INIT(4000);
    buf_add_format(&all, "%s%s", COLUMNS, rows);
    buf_add_format(&codes, "%s%s", FORMER, former);
    return read_year(buf_text(&all), buf_text(&codes), before, err);
}

static void check_changes(void) {
    for (size_t i = 0; i < COUNT(CHANGES); i++) {
        struct err err = {0};
        struct reference_change change, again;
        AUTO_BUF got = BUF_INIT(4000);
        AUTO(reference) was = year_of(CHANGES[i].was, CHANGES[i].was_former, NULL, &err);
        AUTO(reference) now = was ? year_of(CHANGES[i].now, CHANGES[i].now_former, was, &err) : NULL;
        CHECK_TEXT(CHANGES[i].label, now ? "" : err.text, "");
        if (!now) continue;
        reference_compare(was, NULL, now, &change);
        say(&change, &got);
        CHECK_TEXT("… what changed", buf_text(&got), CHANGES[i].want);
        /* Loaded, and read again: the former codes as they are now. */
        for (size_t k = 0; k < change.former_count; k++) reference_add_former(now, &change.former[k]);
        reference_compare(now, NULL, now, &again);
        CHECK("… and once it is in force nothing does", !again.added_count && !again.altered_count && !again.vanished_count);
        reference_change_release(&again);
        reference_change_release(&change);
    }
}

/* -- files that are not what they should be ------------------------------------------------------------ */
static uint32_t seed = 20270101;
static uint32_t any(uint32_t below) {
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % below;
}

static void check_mutations(void) {
    static const char GOOD[] = COLUMNS COMMUNE("29001", "Argol", G1) COMMUNE("29002", "\"Ar\"\"zano\"", G1) GROUPING(G1, "CC");
    static const char PIECES[] = ";\"\n\r\0é29A,\t";
    int said = 0, rounds = 20000;
    for (int i = 0; i < rounds; i++) {
        char text[sizeof GOOD + 1];
        struct err err = {0};
        size_t length = sizeof GOOD - 1;
        memcpy(text, GOOD, sizeof GOOD);
        for (uint32_t k = any(4); k + 1; k--) text[any((uint32_t)length)] = PIECES[any(sizeof PIECES - 1)];
        if (any(4) == 0) length = any((uint32_t)length);
        struct reference_file files[REFERENCE_PARTS] = {
            [REFERENCE_DEPARTMENTS] = {"d", SOURCE_OF(DEPARTMENTS, sizeof DEPARTMENTS - 1), true},
            [REFERENCE_COLLECTIVITIES] = {"c", SOURCE_OF(text, length), true}};
        struct remarks remarks = {0};
        AUTO(reference) read = reference_read(files, NULL, &remarks, &err);
        said += read || (err.kind == ERR_INPUT && err.code[0] && err.text[0]);
        remarks_release(&remarks);
    }
    CHECK_INT("20 000 damaged files: each is read or refused with its reason", said, rounds);
}

int main(void) {
    check_readings();
    check_changes();
    check_mutations();
    return tap_end();
}
