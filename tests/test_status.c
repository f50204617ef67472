/* Status cells and answer dates. */
#include "base/clock.h"
#include "lists/status.h"
#include "tests/tap.h"

static const struct { const char *text, *want; } DATES[] = {
    {"12/01/2026", "2026-01-12"}, {"12/1/26", "2026-01-12"}, {"12-01-2026", "2026-01-12"}, {"12.01.2026", "2026-01-12"},
    {"2026-01-12", "2026-01-12"}, {"2026/01/12", "2026-01-12"}, {"14 janv. 2026", "2026-01-14"},
    {"1er décembre 2025", "2025-12-01"}, {"30-janv-26", "2026-01-30"}, {"5 févr. 2026", "2026-02-05"},
    {"lundi 12 janvier 2026", "2026-01-12"}, {"le 12/01/2026", "2026-01-12"}, {"lun. 12/01/2026", "2026-01-12"},
    {"12/01/2026 10:32", "2026-01-12"}, {"12/01/2026 à 10h32", "2026-01-12"}, {"2026-01-12T10:32:00Z", "2026-01-12"},
    {"2026-01-12 10:32:00", "2026-01-12"}, {"46034", "2026-01-12"}, {"46034,5", "2026-01-12"}, {"3 août 2025", "2025-08-03"},
    {"1 juin 2025", "2025-06-01"}, {"1 juil. 2025", "2025-07-01"}, {"29/02/2024", "2024-02-29"},
    {"29/02/2026", NULL}, {"31/04/2026", NULL}, {"13/13/2026", NULL}, {"1 jui 2025", NULL}, {"", NULL}, {"oui", NULL},
    {"2026", NULL}, {"12/2026", NULL}, {"12/01/1999", NULL}, {"12/01/2101", NULL}, {"2er mars 2026", NULL},
    {"12/01/2026 hier", NULL}, {"999999", NULL}, {"36525", NULL}, {"36526", "2000-01-01"}, {"-1/1/2026", "2026-01-01"},
};

enum { SEL = COLUMN_SELECTION, STA = COLUMN_STATUS, ANS = COLUMN_ANSWERED, DAT = COLUMN_ANSWER_DATE, OPP = COLUMN_OPPOSED };
static const struct { int role; const char *text; enum list_status want; const char *day; bool unknown, bad; } CELLS[] = {
    {SEL, "oui", LIST_SELECTED, NULL, 0, 0}, {SEL, "X", LIST_SELECTED, NULL, 0, 0}, {SEL, "non", LIST_INFORMED, NULL, 0, 0},
    {SEL, "", LIST_INFORMED, NULL, 0, 0}, {SEL, "0", LIST_INFORMED, NULL, 0, 0}, {SEL, "Vrai", LIST_SELECTED, NULL, 0, 0},
    {SEL, "répondu", LIST_ANSWERED, NULL, 0, 0}, {SEL, "peut-être", LIST_INFORMED, NULL, 1, 0},
    {STA, "Sélectionnée", LIST_SELECTED, NULL, 0, 0}, {STA, "Informée", LIST_INFORMED, NULL, 0, 0},
    {STA, "À relancer", LIST_SELECTED, NULL, 0, 0}, {STA, "hors échantillon", LIST_INFORMED, NULL, 0, 0},
    {STA, "A répondu", LIST_ANSWERED, NULL, 0, 0}, {STA, "NPAI", LIST_INFORMED, NULL, 1, 0},
    {STA, "Répondu le 12/01/2026", LIST_ANSWERED, "2026-01-12", 0, 0},
    {STA, "a répondu (05/12/2025)", LIST_ANSWERED, "2025-12-05", 0, 0},
    {STA, "répondu le 31/02/2026", LIST_ANSWERED, NULL, 0, 1}, {STA, "répondu par téléphone", LIST_ANSWERED, NULL, 0, 0},
    {STA, "Ne plus contacter", LIST_OPPOSITION, NULL, 0, 0}, {STA, "Relance - refus", LIST_OPPOSITION, NULL, 0, 0},
    {STA, "Répondu : ne plus contacter", LIST_OPPOSITION, NULL, 0, 0}, {STA, "relance 2", LIST_SELECTED, NULL, 0, 0},
    {STA, "refusé", LIST_OPPOSITION, NULL, 0, 0}, {STA, "oui", LIST_SELECTED, NULL, 0, 0},
    {STA, "imprimé non stoppé", LIST_INFORMED, NULL, 1, 0},
    {ANS, "oui", LIST_ANSWERED, NULL, 0, 0}, {ANS, "non", LIST_INFORMED, NULL, 0, 0},
    {ANS, "12/01/2026", LIST_ANSWERED, "2026-01-12", 0, 0}, {ANS, "12/02/2026", LIST_INFORMED, NULL, 0, 1},
    {DAT, "12/01/2026", LIST_ANSWERED, "2026-01-12", 0, 0}, {DAT, "", LIST_INFORMED, NULL, 0, 0},
    {DAT, "bientôt", LIST_INFORMED, NULL, 0, 1}, {DAT, "17/01/2026", LIST_INFORMED, NULL, 0, 1},
    {DAT, "16/01/2026", LIST_ANSWERED, "2026-01-16", 0, 0}, {DAT, "refus", LIST_OPPOSITION, NULL, 0, 0},
    {OPP, "oui", LIST_OPPOSITION, NULL, 0, 0}, {OPP, "x", LIST_OPPOSITION, NULL, 0, 0}, {OPP, "non", LIST_INFORMED, NULL, 0, 0},
    {OPP, "Stop", LIST_OPPOSITION, NULL, 0, 0},
};

static void check_day(const char *label, int64_t day, const char *want) {
    char text[INSTANT_TEXT] = "none";
    if (day != NO_DAY) {
        instant_format(day * DAY_MS, 0, text);
        text[10] = '\0';
    }
    CHECK_TEXT(label, text, want ? want : "none");
}

int main(void) {
    int64_t today = day_of(2026, 1, 16);
    for (size_t i = 0; i < COUNT(DATES); i++) check_day(DATES[i].text, date_read(DATES[i].text, strlen(DATES[i].text)), DATES[i].want);
    for (size_t i = 0; i < COUNT(CELLS); i++) {
        struct status_said said = STATUS_NOTHING;
        status_cell(&said, (enum column_role)CELLS[i].role, CELLS[i].text, strlen(CELLS[i].text), today);
        CHECK_TEXT(CELLS[i].text, LIST_STATUS[said.status], LIST_STATUS[CELLS[i].want]);
        CHECK_INT(CELLS[i].text, said.unknown, CELLS[i].unknown);
        CHECK_INT(CELLS[i].text, said.bad_date, CELLS[i].bad);
        check_day(CELLS[i].text, said.answered_day, CELLS[i].day);
    }
    struct status_said said = STATUS_NOTHING;
    status_cell(&said, COLUMN_ANSWER_DATE, "12/01/2026", 10, today);
    status_cell(&said, COLUMN_ANSWER_DATE, "05/12/2025", 10, today);
    status_cell(&said, COLUMN_SELECTION, "non", 3, today);
    check_day("the earliest date stands", said.answered_day, "2025-12-05");
    CHECK_TEXT("the strongest status stands", LIST_STATUS[said.status], "repondu");
    return tap_end();
}
