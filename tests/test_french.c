/* French dates, and days read from files and arguments. */
#include "schedules/french.h"

#include "base/clock.h"
#include "tests/tap.h"

static const struct {
    int year, month, day;
    const char *full, *brief, *iso;
} DATES[] = {
    {2026, 5, 1, "vendredi 1er mai 2026", "01/05/2026", "2026-05-01"},
    {2026, 1, 30, "vendredi 30 janvier 2026", "30/01/2026", "2026-01-30"},
    {2026, 1, 23, "vendredi 23 janvier 2026", "23/01/2026", "2026-01-23"},
    {2026, 2, 28, "samedi 28 février 2026", "28/02/2026", "2026-02-28"},
    {2026, 3, 1, "dimanche 1er mars 2026", "01/03/2026", "2026-03-01"},
    {2026, 4, 6, "lundi 6 avril 2026", "06/04/2026", "2026-04-06"},
    {2026, 6, 11, "jeudi 11 juin 2026", "11/06/2026", "2026-06-11"},
    {2026, 7, 14, "mardi 14 juillet 2026", "14/07/2026", "2026-07-14"},
    {2026, 8, 21, "vendredi 21 août 2026", "21/08/2026", "2026-08-21"},
    {2026, 9, 2, "mercredi 2 septembre 2026", "02/09/2026", "2026-09-02"},
    {2026, 10, 31, "samedi 31 octobre 2026", "31/10/2026", "2026-10-31"},
    {2026, 11, 11, "mercredi 11 novembre 2026", "11/11/2026", "2026-11-11"},
    {2025, 12, 8, "lundi 8 décembre 2025", "08/12/2025", "2025-12-08"},
    {2024, 2, 29, "jeudi 29 février 2024", "29/02/2024", "2024-02-29"},
    {1970, 1, 1, "jeudi 1er janvier 1970", "01/01/1970", "1970-01-01"},
    {1969, 12, 31, "mercredi 31 décembre 1969", "31/12/1969", "1969-12-31"},
};

static const char *const REFUSED[] = {
    "",           "2026",        "2026-01",     "2026-1-30",        "2026-02-30",
    "2026-02-29", "2026-13-01",  "2026-00-10",  "2026-01-00",       "2026-01-32",
    "0000-01-01", "2026-01-30 ", " 2026-01-30", "2026-01-30T00:00", "2026/01/30",
    "30-01-2026", "30/01/26",    "31/04/2026",  "30.01.2026",       "3O/01/2026",
    "2026-01-3x", "+026-01-30",  "YYYY-MM-DD",  "DD/MM/YYYY",       "30 janvier 2026"};

int main(void) {
    for (size_t i = 0; i < COUNT(DATES); i++) {
        char text[FRENCH_DATE], iso[11];
        int64_t want = day_of(DATES[i].year, DATES[i].month, DATES[i].day), day = -1;
        french_date(want, text);
        CHECK_TEXT("in words", text, DATES[i].full);
        french_short_date(want, text);
        CHECK_TEXT("in figures", text, DATES[i].brief);
        day_write(want, iso);
        CHECK_TEXT("ISO 8601", iso, DATES[i].iso);
        CHECK("read from ISO 8601", day_parse(DATES[i].iso, &day) && day == want);
        CHECK("read from figures", day_parse(DATES[i].brief, &day) && day == want);
    }
    for (size_t i = 0; i < COUNT(REFUSED); i++) {
        int64_t day = 12345;
        CHECK(REFUSED[i], !day_parse(REFUSED[i], &day) && day == 12345);
    }
    return tap_end();
}
