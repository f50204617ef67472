/* Calendars of closures: where and when they hold, what is refused at which line, and what they do to a plan. */
#include "schedules/closures.h"

#include <stdlib.h>

#include "base/clock.h"
#include "schedules/french.h"
#include "schedules/plan.h"
#include "schedules/workdays.h"
#include "schedules/zones.h"
#include "tests/tap.h"

#define CALENDAR(events) "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//FR\r\n" events "END:VCALENDAR\r\n"
#define EVENT(properties) "BEGIN:VEVENT\r\nUID:a\r\nDTSTAMP:20250114T124531Z\r\n" properties "END:VEVENT\r\n"
#define DAYS(from, to) "DTSTART;VALUE=DATE:" from "\r\nDTEND;VALUE=DATE:" to "\r\n"

static struct closures *read_closures(const char *text, struct err *err) {
    struct closures *closures = closures_new();
    if (closures_add(closures, text, strlen(text), err) && closures_settle(closures, err)) return closures;
    closures_free(closures);
    return NULL;
}

static int64_t day(const char *text) {
    int64_t value;
    if (!day_parse(text, &value)) abort();
    return value;
}

/* closed and open: departments, space separated, on the day. */
static const struct {
    const char *label, *text, *day, *closed, *open;
} WHERE[] = {
    {"everywhere when nothing is said", CALENDAR(EVENT(DAYS("20260515", "20260516") "SUMMARY:Pont\r\n")), "2026-05-15", "29 75 974 2A 988", NULL},
    {"the day before", CALENDAR(EVENT(DAYS("20260515", "20260516"))), "2026-05-14", NULL, "29"},
    {"DTEND is not closed any more", CALENDAR(EVENT(DAYS("20260515", "20260516"))), "2026-05-16", NULL, "29"},
    {"one day without DTEND", CALENDAR(EVENT("DTSTART;VALUE=DATE:20260515\r\n")), "2026-05-15", "29", NULL},
    {"codes", CALENDAR(EVENT(DAYS("20260515", "20260516") "X-RELAIS-DEPARTMENTS:29, 2A,974\r\n")), "2026-05-15", "29 2A 974", "35 2B 973"},
    {"a zone among codes", CALENDAR(EVENT(DAYS("20260515", "20260516") "X-RELAIS-DEPARTMENTS:75,zone B\r\n")), "2026-05-15", "75 29 67", "77 69 974"},
    {"the ministry's zone A", CALENDAR(EVENT(DAYS("20260207", "20260223") "SUMMARY:Vacances d'Hiver - Zone A\r\nLOCATION:Zone A\r\n")), "2026-02-10",
     "69 33 38 86 25", "29 75 2A 971"},
    {"by its title alone", CALENDAR(EVENT(DAYS("20260214", "20260302") "SUMMARY:Vacances d'Hiver - Zone B\r\nLOCATION:Aix-Marseille\\, Amiens\r\n")),
     "2026-02-20", "29 59 13 67 61", "69 75 974"},
    {"three zones with strokes", CALENDAR(EVENT(DAYS("20251220", "20260105") "SUMMARY:Vacances de Noël - Zones A/B/C\r\n")), "2025-12-29", "69 29 75",
     "2A 974"},
    {"three zones with spaces", CALENDAR(EVENT(DAYS("20251220", "20260105") "SUMMARY:Vacances - Zones A B C\r\n")), "2025-12-29", "69 29 75", "2A"},
    {"zones in words", CALENDAR(EVENT(DAYS("20251220", "20260105") "SUMMARY:Zones A\\, B et Corse\r\n")), "2025-12-29", "69 29 2A", "75"},
    {"the calendar's name", CALENDAR("X-WR-CALNAME:Calendrier scolaire - Zone C\r\n" EVENT(DAYS("20260221", "20260309") "SUMMARY:Vacances d'Hiver\r\n")),
     "2026-02-25", "75 34 31", "29 69"},
    {"territories", CALENDAR(EVENT(DAYS("20260221", "20260309") "LOCATION:Guadeloupe\\, Corse\r\n")), "2026-02-25", "971 2A 2B", "972 29"},
    {"a meeting of mayors is not on an island", CALENDAR(EVENT(DAYS("20260221", "20260222") "SUMMARY:Réunion des maires\r\n")), "2026-02-21", "29 974", NULL},
    {"an ozone layer is no zone", CALENDAR(EVENT(DAYS("20260221", "20260222") "SUMMARY:Ozone A\r\n")), "2026-02-21", "29 69", NULL},
    {"zone Atlantique is no zone A", CALENDAR(EVENT(DAYS("20260221", "20260222") "SUMMARY:Zone Atlantique\r\n")), "2026-02-21", "29 69", NULL},
    {"school begins again", CALENDAR(EVENT(DAYS("20250901", "20250902") "SUMMARY:Rentrée scolaire des élèves - Zones A B C\r\n")), "2025-09-01", NULL, "29"},
    {"cancelled", CALENDAR(EVENT(DAYS("20260515", "20260516") "STATUS:CANCELLED\r\n")), "2026-05-15", NULL, "29"},
    {"alarms and zones around it", CALENDAR("BEGIN:VTIMEZONE\r\nTZID:Europe/Paris\r\nBEGIN:STANDARD\r\nDTSTART:19701025T030000\r\n"
     "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
     EVENT(DAYS("20260515", "20260516") "BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT15M\r\nDURATION:PT1M\r\nEND:VALARM\r\n")), "2026-05-15", "29", NULL},
    {"an empty calendar", CALENDAR(""), "2026-05-15", NULL, "29"},
};

static void check_places(const char *label, const struct closures *closures, int64_t at, const char *departments, bool want) {
    char department[8];
    for (int used; departments && sscanf(departments, " %7s%n", department, &used) == 1; departments += used)
        if (!tap_ok(closures && closures_closed(closures, at, department, NULL) == want, label)) printf("# department %s\n", department);
}

static void test_where(void) {
    for (size_t i = 0; i < COUNT(WHERE); i++) {
        struct err err = {0};
        AUTO(closures) closures = read_closures(WHERE[i].text, &err);
        if (!closures) printf("# line %ld: %s\n", err.line, err.text);
        check_places(WHERE[i].label, closures, day(WHERE[i].day), WHERE[i].closed, true);
        check_places(WHERE[i].label, closures, day(WHERE[i].day), WHERE[i].open, false);
    }
}

/* Lines count in CALENDAR(EVENT(...)): the event's own begin at 7. */
static const struct {
    const char *label, *text, *code;
    long line;
} REFUSED[] = {
    {"RRULE", CALENDAR(EVENT("DTSTART;VALUE=DATE:20260515\r\nRRULE:FREQ=SECONDLY\r\n")), "CLOSURES_RECURRENCE", 8},
    {"RRULE that never returns", CALENDAR(EVENT("RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30\r\n")), "CLOSURES_RECURRENCE", 7},
    {"RDATE", CALENDAR(EVENT("RDATE;VALUE=DATE:20260515\r\n")), "CLOSURES_RECURRENCE", 7},
    {"EXDATE", CALENDAR(EVENT("EXDATE;VALUE=DATE:20260515\r\n")), "CLOSURES_RECURRENCE", 7},
    {"a duration that overflows", CALENDAR(EVENT("DTSTART;VALUE=DATE:20260515\r\nDURATION:P99999999999D\r\n")), "CLOSURES_PROPERTY", 8},
    {"X-LIC-ERROR", CALENDAR(EVENT("X-LIC-ERROR;X-LIC-ERRORTYPE=VALUE-PARSE-ERROR:x\r\n")), "CLOSURES_PROPERTY", 7},
    {"misspelt property of ours", CALENDAR(EVENT("X-RELAIS-DEPARTEMENTS:29\r\n")), "CLOSURES_PROPERTY", 7},
    {"30 February", CALENDAR(EVENT("DTSTART;VALUE=DATE:20260230\r\n")), "CLOSURES_DATE", 7},
    {"month 13", CALENDAR(EVENT("DTSTART;VALUE=DATE:20261301\r\n")), "CLOSURES_DATE", 7},
    {"hours", CALENDAR(EVENT("DTSTART:20260515T080000Z\r\n")), "CLOSURES_DATE", 7},
    {"an unknown zone", CALENDAR(EVENT("DTSTART;TZID=\"Romance Standard Time\":20260515T080000\r\n")), "CLOSURES_DATE", 7},
    {"a day with a zone", CALENDAR(EVENT("DTSTART;VALUE=DATE;TZID=Europe/Paris:20260515\r\n")), "CLOSURES_DATE", 7},
    {"hours behind the day", CALENDAR(EVENT("DTSTART;VALUE=DATE:20260515T080000\r\n")), "CLOSURES_DATE", 7},
    {"ends before it begins", CALENDAR(EVENT(DAYS("20260515", "20260515"))), "CLOSURES_DATE", 8},
    {"half a year", CALENDAR(EVENT(DAYS("20260101", "20260701"))), "CLOSURES_LONG", 8},
    {"no first day", CALENDAR(EVENT("SUMMARY:x\r\n")), "CLOSURES_MISSING", 4},
    {"two first days", CALENDAR(EVENT("DTSTART;VALUE=DATE:20260515\r\nDTSTART;VALUE=DATE:20260516\r\n")), "CLOSURES_DUPLICATE", 8},
    {"an unknown department", CALENDAR(EVENT("DTSTART;VALUE=DATE:20260515\r\nX-RELAIS-DEPARTMENTS:29,20\r\n")), "CLOSURES_DEPARTMENT", 8},
    {"an empty list", CALENDAR(EVENT("DTSTART;VALUE=DATE:20260515\r\nX-RELAIS-DEPARTMENTS:\r\n")), "CLOSURES_DEPARTMENT", 8},
    {"a task", CALENDAR("BEGIN:VTODO\r\nEND:VTODO\r\n"), "CLOSURES_COMPONENT", 4},
    {"an event in an event", CALENDAR(EVENT("BEGIN:VEVENT\r\nEND:VEVENT\r\n")), "CLOSURES_COMPONENT", 7},
    {"two calendars", CALENDAR("") CALENDAR(""), "CLOSURES_SECOND", 5},
    {"no calendar", EVENT("DTSTART;VALUE=DATE:20260515\r\n"), "CLOSURES_NOT_CALENDAR", 1},
    {"text behind it", CALENDAR("") "VERSION:2.0\r\n", "CLOSURES_NOT_CALENDAR", 5},
    {"cut", "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20260515\r\n", "CLOSURES_STRUCTURE", 3},
    {"empty", "", "CLOSURES_STRUCTURE", 1},
    {"crossed", "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nEND:VCALENDAR\r\n", "CLOSURES_STRUCTURE", 3},
    {"Latin-1", CALENDAR(EVENT("SUMMARY:Fermeture d'\xE9t\xE9\r\n")), "SCHEDULE_ENCODING", 7},
    {"a control character", CALENDAR(EVENT("SUMMARY:\x1B[2J\r\n")), "SCHEDULE_SYNTAX", 7},
    {"closed for ever", CALENDAR(EVENT(DAYS("20260101", "20260401")) EVENT(DAYS("20260403", "20260601"))), "CLOSURES_ENDLESS", 0},
};

static void test_refused(void) {
    for (size_t i = 0; i < COUNT(REFUSED); i++) {
        struct err err = {0};
        AUTO(closures) closures = read_closures(REFUSED[i].text, &err);
        bool good = !closures && err.kind == ERR_INPUT && !strcmp(err.code, REFUSED[i].code) && err.line == REFUSED[i].line && strchr(err.text, ';');
        if (!tap_ok(good, REFUSED[i].label)) printf("# %s line %ld, want %s line %ld: %s\n", err.code, err.line, REFUSED[i].code, REFUSED[i].line, err.text);
    }
}

/* A closed fortnight in zone B moves a reminder, opens a window later and makes a working day's delay longer. */
static void test_plan(void) {
    static const char HOLIDAYS[] = CALENDAR(EVENT(DAYS("20260214", "20260302") "SUMMARY:Vacances d'hiver - Zone B\r\n"));
    struct schedule schedule = {.due_day = day("2026-03-06"), .send_minute = 570, .late_working_days = 1};
    struct schedule_wave wave = {.relative = true, .offset_days = -7};
    struct err err = {0};
    int64_t at_ms;
    char text[INSTANT_TEXT];
    const char *name = NULL;
    window_parse("MO-FR 08:30-17:30", &schedule.window);
    AUTO(closures) closures = read_closures(HOLIDAYS, &err);
    workdays_close(closures);
    static const struct {
        const char *department, *instant, *latest;
    } WANT[] = {{"29", "2026-02-13T09:30:00+01:00", "2026-03-02T17:30:00+01:00"}, {"75", "2026-02-27T09:30:00+01:00", "2026-03-02T17:30:00+01:00"},
                {"974", "2026-02-27T09:30:00+04:00", "2026-03-02T17:30:00+04:00"}};
    for (size_t i = 0; i < COUNT(WANT); i++) {
        const char *zone = zone_of_department(WANT[i].department);
        CHECK("planned", plan_instant_ms(&schedule, &wave, WANT[i].department, &at_ms, &err));
        instant_format(at_ms, zone_offset_minutes(zone, at_ms), text);
        CHECK_TEXT(WANT[i].department, text, WANT[i].instant);
        CHECK("limited", plan_latest_ms(&schedule, WANT[i].department, at_ms, &at_ms, &err));
        instant_format(at_ms, zone_offset_minutes(zone, at_ms), text);
        CHECK_TEXT("at the latest", text, WANT[i].latest);
    }
    CHECK("the closure is said", holiday(day("2026-02-16"), "29", &name));
    CHECK_TEXT("by its name", name ? name : "", "Vacances d'hiver - Zone B");
    struct closure_counts counts = closures_count(closures);
    CHECK("and counted", counts.somewhere == 1 && !counts.everywhere && counts.first_day == day("2026-02-14") && counts.last_day == day("2026-03-01"));
    workdays_close(NULL);
    CHECK("and forgotten", working_day(day("2026-02-16"), "29"));
}

/* Every metropolitan department is in one zone, Corsica in none. */
static void test_zones(void) {
    static const char *const ZONE[] = {
        CALENDAR(EVENT(DAYS("20260515", "20260516") "X-RELAIS-DEPARTMENTS:Zone A\r\n")),
        CALENDAR(EVENT(DAYS("20260515", "20260516") "X-RELAIS-DEPARTMENTS:Zone B\r\n")),
        CALENDAR(EVENT(DAYS("20260515", "20260516") "X-RELAIS-DEPARTMENTS:Zone C\r\n"))};
    static const int WANT[] = {32, 41, 21};
    int zones[96] = {0};
    for (size_t i = 0; i < COUNT(ZONE); i++) {
        struct err err = {0};
        AUTO(closures) closures = read_closures(ZONE[i], &err);
        int count = 0;
        for (int number = 1; number <= 95; number++) {
            char code[4];
            snprintf(code, sizeof code, "%02d", number);
            bool in = closures && closures_closed(closures, day("2026-05-15"), code, NULL);
            zones[number] += in;
            count += in;
        }
        CHECK_INT("departments of a zone", count, WANT[i]);
    }
    int wrong = 0;
    for (int number = 1; number <= 95; number++) wrong += zones[number] != (number != 20);
    CHECK_INT("each in exactly one", wrong, 0);
}

int main(void) {
    test_where();
    test_refused();
    test_plan();
    test_zones();
    return tap_end();
}
