/* Holidays 2024-2040 against a list made by hand and almanac, working days around them, and where they hold.
 */
#include "schedules/workdays.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "tests/tap.h"

struct month_day {
    int month, day;
};
static const struct {
    int year;
    struct month_day good_friday, easter, easter_monday, ascension, whit_monday;
} MOVABLE[] = {
    {2024, {3, 29}, {3, 31}, {4, 1}, {5, 9}, {5, 20}},   {2025, {4, 18}, {4, 20}, {4, 21}, {5, 29}, {6, 9}},
    {2026, {4, 3}, {4, 5}, {4, 6}, {5, 14}, {5, 25}},    {2027, {3, 26}, {3, 28}, {3, 29}, {5, 6}, {5, 17}},
    {2028, {4, 14}, {4, 16}, {4, 17}, {5, 25}, {6, 5}},  {2029, {3, 30}, {4, 1}, {4, 2}, {5, 10}, {5, 21}},
    {2030, {4, 19}, {4, 21}, {4, 22}, {5, 30}, {6, 10}}, {2031, {4, 11}, {4, 13}, {4, 14}, {5, 22}, {6, 2}},
    {2032, {3, 26}, {3, 28}, {3, 29}, {5, 6}, {5, 17}},  {2033, {4, 15}, {4, 17}, {4, 18}, {5, 26}, {6, 6}},
    {2034, {4, 7}, {4, 9}, {4, 10}, {5, 18}, {5, 29}},   {2035, {3, 23}, {3, 25}, {3, 26}, {5, 3}, {5, 14}},
    {2036, {4, 11}, {4, 13}, {4, 14}, {5, 22}, {6, 2}},  {2037, {4, 3}, {4, 5}, {4, 6}, {5, 14}, {5, 25}},
    {2038, {4, 23}, {4, 25}, {4, 26}, {6, 3}, {6, 14}},  {2039, {4, 8}, {4, 10}, {4, 11}, {5, 19}, {5, 30}},
    {2040, {3, 30}, {4, 1}, {4, 2}, {5, 10}, {5, 21}},
};
static const struct month_day FIXED[] = {{1, 1},  {5, 1},  {5, 8},   {7, 14},
                                         {8, 15}, {11, 1}, {11, 11}, {12, 25}};

/* Another road to Easter: golden number and epact in the tables' terms (Oudin, 1940). */
static int64_t easter_by_oudin(int year) {
    int golden = year % 19, century = year / 100;
    int epact = (century - century / 4 - (8 * century + 13) / 25 + 19 * golden + 15) % 30;
    int full_moon = epact - epact / 28 * (1 - epact / 28 * (29 / (epact + 1)) * ((21 - golden) / 11));
    int weekday = (year + year / 4 + full_moon + 2 - century + century / 4) % 7;
    return day_of(year, 3, 28) + full_moon - weekday;
}

static const char *why(int64_t day, const char *department) {
    const char *name;
    holiday(day, department, &name);
    return name ? name : "";
}

static int count_holidays(int year, const char *department) {
    int count = 0;
    for (int64_t day = day_of(year, 1, 1); day < day_of(year + 1, 1, 1); day++)
        count += holiday(day, department, NULL);
    return count;
}

static void test_years(void) {
    for (size_t i = 0; i < COUNT(MOVABLE); i++) {
        int year = MOVABLE[i].year;
#define DAY(which) day_of(year, MOVABLE[i].which.month, MOVABLE[i].which.day)
        CHECK_INT("Easter Sunday", easter_sunday(year), DAY(easter));
        CHECK_TEXT("Easter Monday", why(DAY(easter_monday), "29"), "lundi de Pâques");
        CHECK_TEXT("Ascension", why(DAY(ascension), "29"), "Ascension");
        CHECK_TEXT("Whit Monday", why(DAY(whit_monday), "29"), "lundi de Pentecôte");
        CHECK_TEXT("Good Friday is none in Brittany", why(DAY(good_friday), "29"), "");
        CHECK_TEXT("but is one in Alsace", why(DAY(good_friday), "67"), "Vendredi saint");
        CHECK_TEXT("and so is 26 December", why(day_of(year, 12, 26), "57"), "lendemain de Noël");
        CHECK("Easter Sunday itself is not in the law", !holiday(DAY(easter), "68", NULL));
#undef DAY
        for (size_t k = 0; k < COUNT(FIXED); k++)
            CHECK("a fixed holiday", holiday(day_of(year, FIXED[k].month, FIXED[k].day), "29", NULL));
        CHECK_INT("eleven in all", count_holidays(year, "29"), 11);
        CHECK_INT("thirteen in Moselle", count_holidays(year, "57"), 13);
    }
    int different = 0;
    for (int year = 1583; year <= 4099; year++) different += easter_sunday(year) != easter_by_oudin(year);
    CHECK_INT("Easter 1583-4099, two computations", different, 0);
    CHECK_INT("early Easter 2285", easter_sunday(2285), day_of(2285, 3, 22));
    CHECK_INT("late Easter 1943", easter_sunday(1943), day_of(1943, 4, 25));
    CHECK_INT("Easter 1583", easter_sunday(1583), day_of(1583, 4, 10));
    CHECK_INT("ten holidays when Ascension is 1 May", count_holidays(2008, "29"), 10);
    CHECK_TEXT("named by the law first", why(day_of(2008, 5, 1), "29"), "fête du Travail");
}

/* -- every day of 2024-2040, every kind of department, against a table and an Easter of the test's own --------- */
static const struct {
    const char *department;
    int since, until;
    const char *more; /* month/day, and "-2" = Good Friday */
} OWN[] = {
    {"29", 2024, 2040, ""},           {"2A", 2024, 2040, ""},       {"75", 2024, 2040, ""},       {"", 2024, 2040, ""},
    {"975", 2024, 2040, ""},          {"57", 2024, 2040, "-2 12/26"}, {"67", 2024, 2040, "-2 12/26"},
    {"68", 2024, 2040, "-2 12/26"},   {"971", 2024, 2040, "5/27"},  {"972", 2024, 2040, "5/22"},  {"973", 2024, 2040, "6/10"},
    {"974", 2024, 2040, "12/20"},     {"976", 2024, 2040, "4/27"},  {"977", 2024, 2040, "10/9"},  {"978", 2024, 2040, "5/28"},
    {"986", 2024, 2040, "4/28 7/29"}, {"987", 2024, 2024, "-2 3/5 6/29"}, {"987", 2025, 2040, "-2 3/5 11/20"},
    {"988", 2024, 2040, "9/24"},
};

static bool listed(const char *list, int64_t day, int64_t easter) {
    char entry[16];
    int year, month, day_of_month, offset;
    day_split(day, &year, &month, &day_of_month);
    for (int used; sscanf(list, " %15s%n", entry, &used) == 1; list += used) {
        int of_month, of_day;
        if (sscanf(entry, "%d/%d", &of_month, &of_day) == 2) {
            if (of_month == month && of_day == day_of_month) return true;
        } else if (sscanf(entry, "%d", &offset) == 1 && easter + offset == day)
            return true;
    }
    return false;
}

static void test_every_day(void) {
    static const char NATIONAL[] = "1/1 5/1 5/8 7/14 8/15 11/1 11/11 12/25 1 39 50";
    for (size_t i = 0; i < COUNT(OWN); i++) {
        int wrong = 0, days = 0;
        for (int year = OWN[i].since; year <= OWN[i].until; year++) {
            int64_t easter = easter_by_oudin(year);
            for (int64_t day = day_of(year, 1, 1); day < day_of(year + 1, 1, 1); day++, days++) {
                bool off = listed(NATIONAL, day, easter) || listed(OWN[i].more, day, easter);
                /* 1970-01-01 was a Thursday. */
                bool weekend = (day + 3) % 7 >= 5;
                wrong += holiday(day, OWN[i].department, NULL) != off || working_day(day, OWN[i].department) != (!off && !weekend);
            }
        }
        CHECK_INT(OWN[i].department, wrong, 0);
        CHECK("all of its days", days >= 366);
    }
}

static const struct {
    const char *department;
    int month, day;
    bool off;
} LOCAL[] = {
    {"976", 4, 27, true},  {"972", 5, 22, true},  {"971", 5, 27, true},  {"978", 5, 28, true},
    {"973", 6, 10, true},  {"977", 10, 9, true},  {"974", 12, 20, true}, {"29", 5, 27, false},
    {"972", 5, 27, false}, {"971", 5, 22, false}, {"974", 5, 27, false}, {"978", 5, 27, false},
    {"975", 5, 27, false}, {"", 5, 27, false},    {"97", 5, 27, false},  {"67", 12, 26, true},
    {"68", 12, 26, true},  {"57", 12, 26, true},  {"54", 12, 26, false}, {"88", 12, 26, false},
    {"", 12, 26, false},   {"6", 12, 26, false},  {"7", 12, 26, false},  {"57 67", 5, 22, false},
    {"988", 7, 14, true},
};

/* Friday 23 January 2026 and the Mondays around holidays. */
static const struct {
    const char *label, *department;
    int year, month, day, before_month, before_day, after_month, after_day;
} MOVES[] = {
    {"a working day stays", "29", 2026, 1, 23, 1, 23, 1, 23},
    {"Saturday", "29", 2026, 1, 24, 1, 23, 1, 26},
    {"Sunday", "29", 2026, 1, 25, 1, 23, 1, 26},
    {"Ascension", "29", 2026, 5, 14, 5, 13, 5, 15},
    {"Friday 1 May and its weekend", "29", 2026, 5, 3, 4, 30, 5, 4},
    {"Easter weekend", "29", 2026, 4, 6, 4, 3, 4, 7},
    {"Easter weekend in Strasbourg", "67", 2026, 4, 6, 4, 2, 4, 7},
    {"26 December in Finistère", "29", 2025, 12, 26, 12, 26, 12, 26},
    {"26 December in Moselle", "57", 2025, 12, 26, 12, 24, 12, 29},
    {"22 May in Martinique", "972", 2026, 5, 22, 5, 21, 5, 26},
};

static void test_places(void) {
    for (size_t i = 0; i < COUNT(LOCAL); i++)
        CHECK_INT(LOCAL[i].department,
                  holiday(day_of(2026, LOCAL[i].month, LOCAL[i].day), LOCAL[i].department, NULL),
                  LOCAL[i].off);
    for (size_t i = 0; i < COUNT(MOVES); i++) {
        int64_t day = day_of(MOVES[i].year, MOVES[i].month, MOVES[i].day);
        CHECK_INT(MOVES[i].label, working_day_at_or_before(day, MOVES[i].department),
                  day_of(MOVES[i].year, MOVES[i].before_month, MOVES[i].before_day));
        CHECK_INT("and forward", working_day_at_or_after(day, MOVES[i].department),
                  day_of(MOVES[i].year, MOVES[i].after_month, MOVES[i].after_day));
        CHECK_INT("a working day or not", working_day(day, MOVES[i].department),
                  working_day_at_or_after(day, MOVES[i].department) == day);
    }
    int64_t friday = day_of(2026, 1, 23), wednesday = day_of(2026, 5, 13);
    CHECK_INT("no working day later", working_days_after(friday, 0, "29"), friday);
    CHECK_INT("one", working_days_after(friday, 1, "29"), day_of(2026, 1, 26));
    CHECK_INT("six", working_days_after(friday, 6, "29"), day_of(2026, 2, 2));
    CHECK_INT("from a Sunday", working_days_after(friday + 2, 1, "29"), day_of(2026, 1, 26));
    CHECK_INT("none from a Sunday", working_days_after(friday + 2, 0, "29"), friday + 2);
    CHECK_INT("over Ascension", working_days_after(wednesday, 2, "29"), day_of(2026, 5, 18));
    CHECK_INT("251 working days from the last of 2025 end 2026",
              working_days_after(day_of(2025, 12, 31), 252, "29"), day_of(2026, 12, 31));
}

int main(void) {
    test_years();
    test_every_day();
    test_places();
    return tap_end();
}
