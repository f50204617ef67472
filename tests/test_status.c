/* Status cells and answer dates. */
#include "base/clock.h"
#include "lists/status.h"
#include "tests/tap.h"

/* Each with the rule it comes from: 9 and 17 are those of docs/lists.md. want NULL: no date. */
static const struct { const char *label, *text, *want; } DATES[] = {
    /* d/m/y */
    {"9: d/m/y", "12/01/2026", "2026-01-12"},
    {"9: without leading zeros, 2-digit year", "12/1/26", "2026-01-12"},
    {"9: a 2-digit year is 20yy, 00 too", "1/1/00", "2000-01-01"},
    {"9: 99 is 2099, never 1999", "31/12/99", "2099-12-31"},
    {"9: hyphens", "12-01-2026", "2026-01-12"},
    {"9: dots", "12.01.2026", "2026-01-12"},
    {"9: dots, 2-digit year", "5.1.26", "2026-01-05"},
    {"9: blanks alone", "12 01 2026", "2026-01-12"},
    {"9: blanks around strokes", "12 / 01 / 2026", "2026-01-12"},
    {"9: no-break blanks", "12\xE2\x80\xAF/\xE2\x80\xAF" "01/2026\xC2\xA0", "2026-01-12"},
    {"9: day before month, always", "03/04/2026", "2026-04-03"},
    {"9: month 13 is no month, not turned round", "01/13/2026", NULL},
    {"9: a 3-digit year is none", "12/01/126", NULL},
    {"9: a leading hyphen is punctuation", "-1/1/2026", "2026-01-01"},
    /* y-m-d */
    {"9: y-m-d", "2026-01-12", "2026-01-12"},
    {"9: y-m-d without leading zeros", "2026-1-5", "2026-01-05"},
    {"9: y/m/d", "2026/01/12", "2026-01-12"},
    {"9: y-m-d, day and month not turned round", "2026-13-01", NULL},
    {"9: 8 digits are no date of the rule", "20260112", NULL},
    /* months in words */
    {"9: short month with its dot", "14 janv. 2026", "2026-01-14"},
    {"9: the first", "1er décembre 2025", "2025-12-01"},
    {"9: the first, superscript", "1\xE1\xB5\x89\xCA\xB3 décembre 2025", "2025-12-01"},
    {"9: only the first is -er", "2er mars 2026", NULL},
    {"9: nor -e", "2e mars 2026", NULL},
    {"9: capitals", "12 JANVIER 2026", "2026-01-12"},
    {"9: accents decomposed", "5 fe\xCC\x81vr. 2026", "2026-02-05"},
    {"9: févr.", "5 févr. 2026", "2026-02-05"},
    {"9: mars in three letters", "5 mar 2026", "2026-03-05"},
    {"9: avr.", "5 avr. 2026", "2026-04-05"},
    {"9: mai", "5 mai 2026", "2026-05-05"},
    {"9: juin", "1 juin 2025", "2025-06-01"},
    {"9: juil.", "1 juil. 2025", "2025-07-01"},
    {"9: jui could be either", "1 jui 2025", NULL},
    {"9: août", "3 août 2025", "2025-08-03"},
    {"9: aout without accent", "3 aout 2025", "2025-08-03"},
    {"9: sept.", "3 sept. 2025", "2025-09-03"},
    {"9: oct.", "3 oct. 2025", "2025-10-03"},
    {"9: nov.", "3 nov. 2025", "2025-11-03"},
    {"9: two letters are no month", "3 ma 2025", NULL},
    {"9: a longer word is no month", "3 marsouin 2025", NULL},
    {"9: months are French", "3 feb 2026", NULL},
    {"17: 30-janv-26", "30-janv-26", "2026-01-30"},
    {"17: 30/janv/2026", "30/janv/2026", "2026-01-30"},
    /* weekday before, time behind */
    {"9: weekday", "lundi 12 janvier 2026", "2026-01-12"},
    {"9: weekday, shortened", "lun. 12/01/2026", "2026-01-12"},
    {"9: a wrong weekday changes nothing", "mardi 12/01/2026", "2026-01-12"},
    {"9: le", "le 12/01/2026", "2026-01-12"},
    {"9: le and a weekday", "Le lundi 12 janvier 2026", "2026-01-12"},
    {"9: time", "12/01/2026 10:32", "2026-01-12"},
    {"9: time with seconds", "2026-01-12 10:32:00", "2026-01-12"},
    {"9: French time", "12/01/2026 à 10h32", "2026-01-12"},
    {"9: weekday and a long time", "lundi 12 janvier 2026 à 10 h 32 min 05 s", "2026-01-12"},
    {"9: twelve-hour time", "12/01/2026 10:32:00 PM", "2026-01-12"},
    {"9: ISO 8601 with Z", "2026-01-12T10:32:00Z", "2026-01-12"},
    {"9: ISO 8601, fraction and offset", "2026-01-12T10:32:00.000+01:00", "2026-01-12"},
    {"9: words behind are no time", "12/01/2026 hier", NULL},
    /* day numbers of spreadsheets */
    {"9: day number, 1900 system", "46034", "2026-01-12"},
    {"17: day number as text with its time", "46034,5", "2026-01-12"},
    {"17: day number with a dot", "46034.75", "2026-01-12"},
    {"9: the first day of 2000", "36526", "2000-01-01"},
    {"9: the day before", "36525", NULL},
    {"9: the last day of 2100", "73415", "2100-12-31"},
    {"9: the day behind", "73416", NULL},
    {"9: six digits are no day number", "999999", NULL},
    {"9: four digits are a year, no day number", "2026", NULL},
    {"9: a grouped number", "46 034", NULL},
    /* days that exist, years 2000-2100 */
    {"9: a leap day", "29/02/2024", "2024-02-29"},
    {"9: 2000 was a leap year", "29/02/2000", "2000-02-29"},
    {"9: no leap day", "29/02/2026", NULL},
    {"9: 2100 is none", "29/02/2100", NULL},
    {"9: April has 30 days", "31/04/2026", NULL},
    {"9: day 0", "0/1/2026", NULL},
    {"9: month 0", "1/0/2026", NULL},
    {"9: day 32", "32/01/2026", NULL},
    {"9: 1999", "31/12/1999", NULL},
    {"9: the last day", "31/12/2100", "2100-12-31"},
    {"9: 2101", "01/01/2101", NULL},
    /* no dates */
    {"9: nothing", "", NULL},
    {"9: a word", "oui", NULL},
    {"9: month and year", "12/2026", NULL},
    {"9: month and year in words", "janvier 2026", NULL},
    {"9: day and month", "12 janvier", NULL},
    {"9: a weekday alone", "lundi", NULL},
    {"9: letter O for zero", "O1/02/2026", NULL},
    {"9: full-width digits are not read", "\xEF\xBC\x91\xEF\xBC\x92/01/2026", NULL},
    {"9: the #### of a narrow column", "########", NULL},
};

enum { SEL = COLUMN_SELECTION, STA = COLUMN_STATUS, ANS = COLUMN_ANSWERED, DAT = COLUMN_ANSWER_DATE, OPP = COLUMN_OPPOSED };
#define TWO_HUNDRED "a rappeler quand la mairie rouvre, "  "a rappeler quand la mairie rouvre, " "a rappeler quand la mairie rouvre, " \
                    "a rappeler quand la mairie rouvre, "  "a rappeler quand la mairie rouvre, " "a rappeler quand la mairie rouvre, "
static const struct { const char *label; int role; const char *text; enum list_status want; const char *day; bool unknown, bad; } CELLS[] = {
    /* yes and no of each column */
    {"17: yes of a selection", SEL, "oui", LIST_SELECTED, NULL, 0, 0},
    {"17: a cross", SEL, "X", LIST_SELECTED, NULL, 0, 0},
    {"17: ok", SEL, "OK", LIST_SELECTED, NULL, 0, 0},
    {"17: a spreadsheet's TRUE", SEL, "VRAI", LIST_SELECTED, NULL, 0, 0},
    {"17: 1", SEL, "1", LIST_SELECTED, NULL, 0, 0},
    {"17: no", SEL, "non", LIST_INFORMED, NULL, 0, 0},
    {"17: 0", SEL, "0", LIST_INFORMED, NULL, 0, 0},
    {"17: a spreadsheet's FALSE", SEL, "FAUX", LIST_INFORMED, NULL, 0, 0},
    {"17: nc", SEL, "NC", LIST_INFORMED, NULL, 0, 0},
    {"17: sans objet", SEL, "sans objet", LIST_INFORMED, NULL, 0, 0},
    {"17: nothing", SEL, "", LIST_INFORMED, NULL, 0, 0},
    {"17: a dash is nothing", SEL, "-", LIST_INFORMED, NULL, 0, 0},
    {"9: a status word in a selection column counts", SEL, "répondu", LIST_ANSWERED, NULL, 0, 0},
    {"9: unknown", SEL, "peut-être", LIST_INFORMED, NULL, 1, 0},
    {"17: an opposition in a selection column", SEL, "refus", LIST_OPPOSITION, NULL, 0, 0},
    {"17: yes of an answered column", ANS, "oui", LIST_ANSWERED, NULL, 0, 0},
    {"17: no of an answered column", ANS, "non", LIST_INFORMED, NULL, 0, 0},
    {"17: a cross in an answered column", ANS, "x", LIST_ANSWERED, NULL, 0, 0},
    {"9: a date in an answered column", ANS, "12/01/2026", LIST_ANSWERED, "2026-01-12", 0, 0},
    {"17: one of the future", ANS, "12/02/2026", LIST_INFORMED, NULL, 0, 1},
    {"9: words and a date in an answered column", ANS, "Répondu le 5/1/26", LIST_ANSWERED, "2026-01-05", 0, 0},
    {"17: an opposition in an answered column", ANS, "ne plus écrire", LIST_OPPOSITION, NULL, 0, 0},
    {"17: yes of an opposed column", OPP, "oui", LIST_OPPOSITION, NULL, 0, 0},
    {"17: a cross there", OPP, "x", LIST_OPPOSITION, NULL, 0, 0},
    {"17: no there", OPP, "non", LIST_INFORMED, NULL, 0, 0},
    {"17: its own word there", OPP, "Stop", LIST_OPPOSITION, NULL, 0, 0},
    {"17: a remark with the word there", OPP, "refus par téléphone", LIST_OPPOSITION, NULL, 0, 0},
    /* status words */
    {"9: selected", STA, "Sélectionnée", LIST_SELECTED, NULL, 0, 0},
    {"9: selected, masculine", STA, "sélectionné", LIST_SELECTED, NULL, 0, 0},
    {"9: accents decomposed", STA, "Se\xCC\x81lectionne\xCC\x81" "e", LIST_SELECTED, NULL, 0, 0},
    {"9: drawn", STA, "tirée au sort", LIST_SELECTED, NULL, 0, 0},
    {"9: kept", STA, "retenue", LIST_SELECTED, NULL, 0, 0},
    {"9: informed", STA, "Informée", LIST_INFORMED, NULL, 0, 0},
    {"9: for information", STA, "Pour information", LIST_INFORMED, NULL, 0, 0},
    {"9: to be reminded", STA, "À relancer", LIST_SELECTED, NULL, 0, 0},
    {"9: waiting", STA, "en attente", LIST_SELECTED, NULL, 0, 0},
    {"9: no answer yet", STA, "pas de réponse", LIST_SELECTED, NULL, 0, 0},
    {"9: not answered is not answered", STA, "Non répondu", LIST_SELECTED, NULL, 0, 0},
    {"9: not in the sample", STA, "hors échantillon", LIST_INFORMED, NULL, 0, 0},
    {"9: not selected", STA, "Non sélectionnée", LIST_INFORMED, NULL, 0, 0},
    {"9: answered", STA, "A répondu", LIST_ANSWERED, NULL, 0, 0},
    {"9: received", STA, "Questionnaire reçu", LIST_ANSWERED, NULL, 0, 0},
    {"9: done", STA, "terminé", LIST_ANSWERED, NULL, 0, 0},
    {"9: yes in a status column", STA, "oui", LIST_SELECTED, NULL, 0, 0},
    {"9: ok is no status", STA, "ok", LIST_INFORMED, NULL, 1, 0},
    {"9: unknown", STA, "NPAI", LIST_INFORMED, NULL, 1, 0},
    {"9: nothing", STA, "", LIST_INFORMED, NULL, 0, 0},
    /* prefixes */
    {"9: answered, with its date", STA, "Répondu le 12/01/2026", LIST_ANSWERED, "2026-01-12", 0, 0},
    {"9: with a date in words", STA, "répondu le 1er décembre 2025", LIST_ANSWERED, "2025-12-01", 0, 0},
    {"17: with a date in brackets", STA, "a répondu (05/12/2025)", LIST_ANSWERED, "2025-12-05", 0, 0},
    {"9: with a date that does not exist", STA, "répondu le 31/02/2026", LIST_ANSWERED, NULL, 0, 1},
    {"17: with one of the future", STA, "répondu le 17/01/2026", LIST_ANSWERED, NULL, 0, 1},
    {"9: with words", STA, "répondu par téléphone", LIST_ANSWERED, NULL, 0, 0},
    {"9: a reminder's number is no date", STA, "relance 2", LIST_SELECTED, NULL, 0, 0},
    {"9: a reminder's date is no answer", STA, "Relancée le 05/12/2025", LIST_SELECTED, NULL, 0, 0},
    {"9: a reminder without a blank", STA, "Relance2", LIST_SELECTED, NULL, 0, 0},
    {"9: a prefix is at the front", STA, "la mairie a répondu hier", LIST_INFORMED, NULL, 1, 0},
    /* oppositions */
    {"9: an opposition word", STA, "Ne plus contacter", LIST_OPPOSITION, NULL, 0, 0},
    {"9: refused", STA, "refusé", LIST_OPPOSITION, NULL, 0, 0},
    {"9: unsubscribed", STA, "Désinscrite", LIST_OPPOSITION, NULL, 0, 0},
    {"9: to be taken off", STA, "à retirer de la liste", LIST_OPPOSITION, NULL, 0, 0},
    {"9: not to be contacted", STA, "Ne pas contacter", LIST_OPPOSITION, NULL, 0, 0},
    {"9: not to be contacted, with words behind", STA, "Ne pas contacter : la mairie est fermée", LIST_OPPOSITION, NULL, 0, 0},
    {"9: unsubscription, with a date behind", STA, "Désabonnement demandé le 12/01/2026", LIST_OPPOSITION, NULL, 0, 0},
    {"17: anywhere, before any prefix", STA, "Relance - refus", LIST_OPPOSITION, NULL, 0, 0},
    {"17: anywhere, behind an answer", STA, "Répondu : ne plus contacter", LIST_OPPOSITION, NULL, 0, 0},
    {"17: anywhere, in the middle", STA, "la maire s'oppose (refus oral), à confirmer", LIST_OPPOSITION, NULL, 0, 0},
    {"17: with punctuation", STA, "STOP !!!", LIST_OPPOSITION, NULL, 0, 0},
    {"17: over two lines", STA, "ne plus\nrelancer", LIST_OPPOSITION, NULL, 0, 0},
    {"17: at the end of a long remark", STA, TWO_HUNDRED "ne plus contacter", LIST_OPPOSITION, NULL, 0, 0},
    {"17: a long remark without it", STA, TWO_HUNDRED, LIST_INFORMED, NULL, 1, 0},
    {"17: as whole words only", STA, "imprimé non stoppé", LIST_INFORMED, NULL, 1, 0},
    {"17: opposant is not opposé", STA, "groupe des opposants", LIST_INFORMED, NULL, 1, 0},
    /* dates of answers */
    {"9: a valid date is an answer", DAT, "12/01/2026", LIST_ANSWERED, "2026-01-12", 0, 0},
    {"17: today is not the future", DAT, "16/01/2026", LIST_ANSWERED, "2026-01-16", 0, 0},
    {"17: tomorrow is", DAT, "17/01/2026", LIST_INFORMED, NULL, 0, 1},
    {"17: a day number as text", DAT, "46034", LIST_ANSWERED, "2026-01-12", 0, 0},
    {"9: nothing", DAT, "", LIST_INFORMED, NULL, 0, 0},
    {"9: no is no date", DAT, "non", LIST_INFORMED, NULL, 0, 0},
    {"9: unreadable", DAT, "bientôt", LIST_INFORMED, NULL, 0, 1},
    {"9: unreadable, with digits", DAT, "31/02/2026", LIST_INFORMED, NULL, 0, 1},
    {"17: an opposition in the date column", DAT, "refus", LIST_OPPOSITION, NULL, 0, 0},
    {"17: an opposition and a date there", DAT, "refus le 12/01/2026", LIST_OPPOSITION, NULL, 0, 0},
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
    for (size_t i = 0; i < COUNT(DATES); i++) check_day(DATES[i].label, date_read(DATES[i].text, strlen(DATES[i].text)), DATES[i].want);
    for (size_t i = 0; i < COUNT(CELLS); i++) {
        struct status_said said = STATUS_NOTHING;
        status_cell(&said, (enum column_role)CELLS[i].role, CELLS[i].text, strlen(CELLS[i].text), today);
        CHECK_TEXT(CELLS[i].label, LIST_STATUS[said.status], LIST_STATUS[CELLS[i].want]);
        CHECK_INT(CELLS[i].label, said.unknown, CELLS[i].unknown);
        CHECK_INT(CELLS[i].label, said.bad_date, CELLS[i].bad);
        check_day(CELLS[i].label, said.answered_day, CELLS[i].day);
    }
    struct status_said said = STATUS_NOTHING;
    status_cell(&said, COLUMN_ANSWER_DATE, "12/01/2026", 10, today);
    status_cell(&said, COLUMN_ANSWER_DATE, "05/12/2025", 10, today);
    status_cell(&said, COLUMN_SELECTION, "non", 3, today);
    check_day("the earliest date stands", said.answered_day, "2025-12-05");
    CHECK_TEXT("the strongest status stands", LIST_STATUS[said.status], "repondu");
    return tap_end();
}
