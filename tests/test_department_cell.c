/* What people write where a network's departments are asked for. */
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "lists/department_cell.h"
#include "tests/tap.h"

static struct reference *reference_of_departments(void) {
    static const struct { const char *code, *name, *region; } ALL[] = {
        {"01", "Ain", "Auvergne-Rhône-Alpes"}, {"22", "Côtes-d'Armor", "Bretagne"}, {"27", "Eure", "Normandie"},
        {"28", "Eure-et-Loir", "Centre-Val de Loire"}, {"29", "Finistère", "Bretagne"}, {"2A", "Corse-du-Sud", "Corse"},
        {"2B", "Haute-Corse", "Corse"}, {"35", "Ille-et-Vilaine", "Bretagne"}, {"36", "Indre", "Centre-Val de Loire"},
        {"37", "Indre-et-Loire", "Centre-Val de Loire"}, {"41", "Loir-et-Cher", "Centre-Val de Loire"}, {"42", "Loire", "Auvergne-Rhône-Alpes"},
        {"44", "Loire-Atlantique", "Pays de la Loire"}, {"56", "Morbihan", "Bretagne"}, {"95", "Val-d'Oise", "Île-de-France"},
        {"972", "Martinique", "Martinique"}, {"974", "La Réunion", "La Réunion"}};
    struct reference *reference = reference_new();
    struct err err;
    for (size_t i = 0; i < COUNT(ALL); i++) {
        AUTO_BUF key = BUF_INIT(200);
        text_normalise(&key, ALL[i].name, strlen(ALL[i].name));
        reference_add_department(reference, &(struct department){ALL[i].code, ALL[i].name, buf_text(&key), "", ALL[i].region, "metro"});
    }
    reference_add(reference, &(struct collectivity){"29019", "commune", "29019", "", "Brest", "brest", "29", "", "", 0});
    return reference_ready(reference, &err) ? reference : NULL;
}

static const struct { const char *text, *want; } CASES[] = {
    {"29", "29"}, {"", ""}, {"  ", ""}, {"1", "01"}, {"01", "01"}, {"001", "01"}, {"2a", "2A"}, {"974", "974"}, {"0974", "?"},
    {"35, 56", "35 56"}, {"22 et 29", "22 29"}, {"22 29 35", "22 29 35"}, {"22/29", "22 29"}, {"22;29;22", "22 29"}, {"22 - 29", "22 29"},
    {"22 & 29", "22 29"}, {"22\t29", "22 29"}, {"22 | 29 + 35", "22 29 35"}, {"22 – 29", "22 29"},
    {"Ille-et-Vilaine", "35"}, {"ILLE ET VILAINE", "35"}, {"Finistère (29)", "29"}, {"29 - Finistère", "29"}, {"29 Finistère", "29"},
    {"Finistère, Morbihan", "29 56"}, {"Finistère et Morbihan", "29 56"}, {"Finistère (29) / Morbihan (56)", "29 56"},
    {"Côtes d'Armor", "22"}, {"les Côtes-d'Armor et le Finistère", "22 29"}, {"Départements : 22, 29, 35 et 56", "22 29 35 56"},
    {"Eure et Loir", "28"}, {"Eure et Ain", "27 01"}, {"Eure et Loir-et-Cher", "27 41"}, {"Eure, Loir-et-Cher", "27 41"},
    {"Eure, et Loir", "?"}, {"Indre et Loire", "37"}, {"Indre, Loire", "36 42"}, {"Loire Atlantique", "44"}, {"Loire", "42"},
    {"Bretagne", "22 29 35 56"}, {"Région Bretagne", "22 29 35 56"}, {"Corse", "2A 2B"}, {"Bretagne et Loire-Atlantique", "22 29 35 56 44"},
    {"Centre-Val de Loire", "28 36 37 41"}, {"La Réunion", "974"}, {"Martinique, La Réunion", "972 974"}, {"Martinique", "972"},
    {"29, 96", "?"}, {"96", "?"}, {"Finistere sud", "?"}, {"29 à 35", "?"}, {"tous", "?"}, {"2930", "?"}, {"Loire-Machin", "?"}, {"=29", "29"},
    {"'29", "29"}, {"29.", "29"}, {"départements", ""}};

static void read_one(const struct reference *reference, const char *text, struct buf *out) {
    struct departments found = {0};
    if (!department_cell_read(reference, text, &found)) buf_add_text(out, found.count ? "? with some" : "?");
    for (size_t i = 0; i < found.count; i++) buf_add_format(out, "%s%s", i ? " " : "", found.all[i]->code);
    departments_release(&found);
}

int main(void) {
    AUTO(reference) reference = reference_of_departments();
    for (size_t i = 0; i < COUNT(CASES); i++) {
        AUTO_BUF got = BUF_INIT(4000);
        read_one(reference, CASES[i].text, &got);
        CHECK_TEXT(CASES[i].text, buf_text(&got), CASES[i].want);
    }
    AUTO_BUF long_cell = BUF_INIT(1 << 20);
    AUTO_BUF got = BUF_INIT(4000);
    for (int i = 0; i < 20000; i++) buf_add_text(&long_cell, "29, ");
    read_one(reference, buf_text(&long_cell), &got);
    CHECK_TEXT("a cell without end is no department", buf_text(&got), "?");
    return tap_end();
}
