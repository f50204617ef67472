/* The holidays as tables: fixed days, days counted from Easter, and where they hold. */
#include "schedules/workdays.h"

#include <string.h>

#include "base/clock.h"

/* The anonymous Gregorian computus (Meeus, Astronomical Algorithms, chapter 8). */
int64_t easter_sunday(int year) {
    int golden = year % 19, century = year / 100, in_century = year % 100;
    int correction = (century - (century + 8) / 25 + 1) / 3;
    int epact = (19 * golden + century - century / 4 - correction + 15) % 30;
    int weekday = (32 + 2 * (century % 4) + 2 * (in_century / 4) - epact - in_century % 4) % 7;
    int late = (golden + 11 * epact + 22 * weekday) / 451;
    int days = epact + weekday - 7 * late + 114;
    return day_of(year, days / 31, days % 31 + 1);
}

#define EVERYWHERE     NULL
#define ALSACE_MOSELLE "57 67 68"

static const struct {
    int month, day;
    const char *departments, *name;
    int since, until; /* years; 0 = always */
} FIXED[] = {
    {1, 1, EVERYWHERE, "jour de l'an", 0, 0},
    {5, 1, EVERYWHERE, "fête du Travail", 0, 0},
    {5, 8, EVERYWHERE, "victoire de 1945", 0, 0},
    {7, 14, EVERYWHERE, "fête nationale", 0, 0},
    {8, 15, EVERYWHERE, "Assomption", 0, 0},
    {11, 1, EVERYWHERE, "Toussaint", 0, 0},
    {11, 11, EVERYWHERE, "armistice de 1918", 0, 0},
    {12, 25, EVERYWHERE, "Noël", 0, 0},
    {12, 26, ALSACE_MOSELLE, "lendemain de Noël", 0, 0},
    /* Décret 83-1003, and loi 2017-256 for Saint-Martin. */
    {4, 27, "976", "abolition de l'esclavage", 0, 0},
    {5, 22, "972", "abolition de l'esclavage", 0, 0},
    {5, 27, "971", "abolition de l'esclavage", 0, 0},
    {5, 28, "978", "abolition de l'esclavage", 0, 0},
    {6, 10, "973", "abolition de l'esclavage", 0, 0},
    {10, 9, "977", "abolition de l'esclavage", 0, 0},
    {12, 20, "974", "abolition de l'esclavage", 0, 0},
    /* Laws of the Pacific territories themselves. */
    {4, 28, "986", "Saint Pierre Chanel", 0, 0},
    {7, 29, "986", "fête du Territoire", 0, 0},
    {3, 5, "987", "arrivée de l'Évangile", 0, 0},
    {6, 29, "987", "fête de l'autonomie", 0, 2024},
    {11, 20, "987", "Matari'i i ni'a", 2025, 0},
    {9, 24, "988", "fête de la citoyenneté", 0, 0},
};

static const struct {
    int after_easter;
    const char *departments, *name;
} MOVABLE[] = {
    {-2, ALSACE_MOSELLE " 987", "Vendredi saint"},
    {1, EVERYWHERE, "lundi de Pâques"},
    {39, EVERYWHERE, "Ascension"},
    {50, EVERYWHERE, "lundi de Pentecôte"},
};

static bool holds_in(const char *departments, const char *department) {
    if (departments == EVERYWHERE) return true;
    size_t length = strlen(department);
    for (const char *at = departments; length && (at = strstr(at, department)); at += length)
        if ((at == departments || at[-1] == ' ') && (at[length] == ' ' || !at[length])) return true;
    return false;
}

static const struct closures *closed_too;

void workdays_close(const struct closures *closures) { closed_too = closures; }

static const char *holiday_name(int64_t day, const char *department) {
    int year, month, day_of_month;
    day_split(day, &year, &month, &day_of_month);
    for (size_t i = 0; i < COUNT(FIXED); i++)
        if (FIXED[i].month == month && FIXED[i].day == day_of_month &&
            (!FIXED[i].since || year >= FIXED[i].since) && (!FIXED[i].until || year <= FIXED[i].until) &&
            holds_in(FIXED[i].departments, department))
            return FIXED[i].name;
    int64_t easter = easter_sunday(year);
    for (size_t i = 0; i < COUNT(MOVABLE); i++)
        if (easter + MOVABLE[i].after_easter == day && holds_in(MOVABLE[i].departments, department))
            return MOVABLE[i].name;
    const char *name = NULL;
    if (closed_too) closures_closed(closed_too, day, department, &name);
    return name;
}

bool holiday(int64_t day, const char *department, const char **name) {
    const char *found = holiday_name(day, department);
    if (name) *name = found;
    return found != NULL;
}

enum { SATURDAY = 5 };

bool working_day(int64_t day, const char *department) {
    return day_weekday(day) < SATURDAY && !holiday_name(day, department);
}

int64_t working_day_at_or_before(int64_t day, const char *department) {
    while (!working_day(day, department)) day--;
    return day;
}

int64_t working_day_at_or_after(int64_t day, const char *department) {
    while (!working_day(day, department)) day++;
    return day;
}

int64_t working_days_after(int64_t day, int count, const char *department) {
    for (; count > 0; count--) day = working_day_at_or_after(day + 1, department);
    return day;
}
