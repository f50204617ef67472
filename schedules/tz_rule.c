/* The POSIX TZ rule at the end of a TZif file: parsing it, and the offset it gives at an instant. */
#include "schedules/tzif.h"

#include <ctype.h>
#include <string.h>

#include "base/clock.h"

enum { DAY_S = 86400, HOUR_S = 3600, LONGEST_HOURS = 167, DEFAULT_CHANGE_S = 2 * HOUR_S };

static bool read_number(const char **at, int least, int most, int *out) {
    if (!isdigit((unsigned char)**at)) return false;
    for (*out = 0; isdigit((unsigned char)**at); ++*at) {
        *out = *out * 10 + (**at - '0');
        if (*out > most) return false;
    }
    return *out >= least;
}

/* [+-]hh[:mm[:ss]] */
static bool read_time(const char **at, int *seconds) {
    int sign = **at == '-' ? -1 : 1, hours, minutes = 0, rest = 0;
    *at += **at == '-' || **at == '+';
    if (!read_number(at, 0, LONGEST_HOURS, &hours)) return false;
    if (**at == ':' && (++*at, !read_number(at, 0, 59, &minutes))) return false;
    if (**at == ':' && (++*at, !read_number(at, 0, 59, &rest))) return false;
    *seconds = sign * (hours * HOUR_S + minutes * 60 + rest);
    return true;
}

/* CET or <+04>; names are not kept. */
static bool read_name(const char **at) {
    const char *start = *at;
    if (*start == '<') {
        const char *close = strchr(start, '>');
        if (!close || close == start + 1) return false;
        *at = close + 1;
        return true;
    }
    while (isalpha((unsigned char)**at)) ++*at;
    return *at - start >= 3;
}

static bool read_day(const char **at, struct tz_day *day) {
    *day = (struct tz_day){.seconds = DEFAULT_CHANGE_S};
    if (*(*at)++ != ',') return false;
    if (**at == 'M') {
        ++*at;
        day->kind = TZ_WEEKDAY;
        if (!read_number(at, 1, 12, &day->month) || *(*at)++ != '.' || !read_number(at, 1, 5, &day->week) ||
            *(*at)++ != '.' || !read_number(at, 0, 6, &day->day))
            return false;
    } else {
        day->kind = **at == 'J' ? TZ_JULIAN : TZ_YEAR_DAY;
        *at += **at == 'J';
        if (!read_number(at, day->kind == TZ_JULIAN, 365, &day->day)) return false;
    }
    return **at != '/' || (++*at, read_time(at, &day->seconds));
}

bool tz_rule_parse(struct tz_rule *rule, const char *text) {
    int west;
    *rule = (struct tz_rule){.given = true};
    if (!read_name(&text) || !read_time(&text, &west)) return false;
    rule->standard_s = -west; /* POSIX counts west of Greenwich */
    if (!*text) return true;
    rule->saving = true;
    rule->daylight_s = rule->standard_s + HOUR_S;
    if (!read_name(&text)) return false;
    if (*text != ',') {
        if (!read_time(&text, &west)) return false;
        rule->daylight_s = -west;
    }
    return read_day(&text, &rule->begins) && read_day(&text, &rule->ends) && !*text;
}

/* Local seconds since 1970 at which the change happens that year. */
static int64_t change_s(const struct tz_day *change, int year) {
    int64_t day = day_of(year, 1, 1);
    if (change->kind == TZ_YEAR_DAY)
        day += change->day;
    else if (change->kind == TZ_JULIAN) {
        bool leap = day_valid(year, 2, 29);
        day += change->day - 1 + (leap && change->day >= 60);
    } else {
        int64_t first = day_of(year, change->month, 1);
        int64_t next = change->month == 12 ? day_of(year + 1, 1, 1) : day_of(year, change->month + 1, 1);
        int wanted = (change->day + 6) % 7; /* POSIX: 0 = Sunday; day_weekday: 0 = Monday */
        day = first + (wanted - day_weekday(first) + 7) % 7 + 7 * (change->week - 1);
        while (day >= next) day -= 7; /* week 5 is the last one */
    }
    return day * DAY_S + change->seconds;
}

int tz_rule_offset_s(const struct tz_rule *rule, int64_t unix_s) {
    if (!rule->saving) return rule->standard_s;
    int year, month, day_of_month;
    int64_t local_s = unix_s + rule->standard_s;
    day_split(local_s / DAY_S - (local_s % DAY_S < 0), &year, &month, &day_of_month);
    int64_t begins_s = change_s(&rule->begins, year) - rule->standard_s;
    int64_t ends_s = change_s(&rule->ends, year) - rule->daylight_s;
    bool saving =
        begins_s < ends_s ? unix_s >= begins_s && unix_s < ends_s : unix_s < ends_s || unix_s >= begins_s;
    return saving ? rule->daylight_s : rule->standard_s;
}
