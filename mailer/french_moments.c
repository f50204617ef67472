/* Instants for people: the zone is named by the caller, the words are French. */
#include "mailer/french_moments.h"

#include <stdio.h>

#include "schedules/zones.h"

void french_moment(const char *zone, int64_t at_ms, char out[FRENCH_MOMENT]) {
    out[0] = '\0';
    if (at_ms < 0) return;
    int64_t day;
    int minute;
    char date[FRENCH_DATE];
    zone_local(zone, at_ms, &day, &minute);
    french_date(day, date);
    snprintf(out, FRENCH_MOMENT, "%s à %d\u00a0h\u00a0%02d", date, minute / 60, minute % 60);
}

void french_weekday_moment(const char *zone, int64_t at_ms, char out[FRENCH_MOMENT]) {
    static const char *const DAYS[] = {"lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim."};
    out[0] = '\0';
    if (at_ms < 0) return;
    int64_t day;
    int minute;
    char date[FRENCH_DATE];
    zone_local(zone, at_ms, &day, &minute);
    french_short_date(day, date);
    snprintf(out, FRENCH_MOMENT, "%s %.20s à %02d:%02d", DAYS[day_weekday(day)], date, minute / 60, minute % 60);
}

void french_short_moment(const char *zone, int64_t at_ms, char out[FRENCH_MOMENT]) {
    out[0] = '\0';
    if (at_ms < 0) return;
    int64_t day;
    int minute;
    char date[FRENCH_DATE];
    zone_local(zone, at_ms, &day, &minute);
    french_short_date(day, date);
    snprintf(out, FRENCH_MOMENT, "%s %02d:%02d", date, minute / 60, minute % 60);
}

void zoned_instant(const char *zone, int64_t at_ms, char out[INSTANT_TEXT]) {
    out[0] = '\0';
    if (at_ms < 0) return;
    int offset_minutes = zone_offset_minutes(zone, at_ms);
    instant_format(at_ms, offset_minutes == PARIS_OFFSET_UNKNOWN ? 0 : offset_minutes, out);
}

int64_t local_day(const char *zone, int64_t at_ms) {
    int64_t day;
    int minute;
    zone_local(zone, at_ms, &day, &minute);
    return day;
}

const char *french_tiny_month(int month) {
    static const char *const MONTHS[] = {"janv.", "févr.", "mars",  "avr.", "mai",  "juin",
                                         "juil.", "août",  "sept.", "oct.", "nov.", "déc."};
    return MONTHS[month - 1];
}

void french_tiny_date(int64_t day, char out[FRENCH_DATE]) {
    int year, month, day_of_month;
    day_split(day, &year, &month, &day_of_month);
    snprintf(out, FRENCH_DATE, "%d%s\u00a0%s", day_of_month, day_of_month == 1 ? "er" : "",
             french_tiny_month(month));
}
