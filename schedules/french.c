/* Dates in French, and the two ways a day is written in files and arguments. */
#include "schedules/french.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"

static const char *const WEEKDAY[] = {"lundi",    "mardi",  "mercredi", "jeudi",
                                      "vendredi", "samedi", "dimanche"};
static const char *const MONTH[] = {"janvier", "février", "mars",      "avril",   "mai",      "juin",
                                    "juillet", "août",    "septembre", "octobre", "novembre", "décembre"};

void french_date(int64_t day, char out[FRENCH_DATE]) {
    int year, month, day_of_month;
    day_split(day, &year, &month, &day_of_month);
    struct buf text = {.bytes = out, .room = FRENCH_DATE, .ceiling = FRENCH_DATE - 1}; /* over the caller's array; no format, for it is in every message */
    buf_add_text(&text, WEEKDAY[day_weekday(day)]);
    buf_add_char(&text, ' ');
    buf_add_number(&text, day_of_month);
    buf_add_text(&text, day_of_month == 1 ? "er " : " ");
    buf_add_text(&text, MONTH[month - 1]);
    buf_add_char(&text, ' ');
    buf_add_number(&text, year);
}

void french_short_date(int64_t day, char out[FRENCH_DATE]) {
    int year, month, day_of_month;
    day_split(day, &year, &month, &day_of_month);
    snprintf(out, FRENCH_DATE, "%02d/%02d/%04d", day_of_month, month, year);
}

/* shape: Y, M and D stand for one digit each, anything else for itself. */
static bool parse_as(const char *shape, const char *text, int64_t *day) {
    static const char PARTS[] = "YMD";
    int parts[3] = {0};
    if (strlen(text) != strlen(shape)) return false;
    for (; *shape; shape++, text++) {
        const char *part = strchr(PARTS, *shape);
        if (!part && *text != *shape) return false;
        if (!part) continue;
        if (*text < '0' || *text > '9') return false;
        int *number = &parts[part - PARTS];
        *number = *number * 10 + (*text - '0');
    }
    if (!day_valid(parts[0], parts[1], parts[2])) return false;
    *day = day_of(parts[0], parts[1], parts[2]);
    return true;
}

bool day_parse(const char *text, int64_t *day) {
    return parse_as("YYYY-MM-DD", text, day) || parse_as("DD/MM/YYYY", text, day);
}

void day_write(int64_t day, char out[11]) {
    int year, month, day_of_month;
    day_split(day, &year, &month, &day_of_month);
    snprintf(out, 11, "%04d-%02d-%02d", year, month, day_of_month);
}
