/* Damaged calendars of closures: refused with a remedy that is fit to show, or closures that end and leave days to work. */
#include "schedules/closures.h"

#include "base/text.h"
#include "schedules/workdays.h"
#include "tests/mutate.h"

enum { SHOWN_BYTES = 1 << 12 };

static bool sound_refusal(const struct err *err) {
    AUTO_BUF shown = BUF_INIT(SHOWN_BYTES);
    text_printable(&shown, err->text, strlen(err->text));
    MUST_HOLD("a refusal is the user's to mend", err->kind == ERR_INPUT && *err->code);
    MUST_HOLD("it names a line", err->line >= 1 || !strcmp(err->code, "CLOSURES_ENDLESS"));
    MUST_HOLD("and a remedy", strchr(err->text, ';') != NULL);
    MUST_HOLD("without control characters", utf8_valid(err->text, strlen(err->text)) && !strcmp(buf_text(&shown), err->text));
    return true;
}

static bool sound_closures(const struct closures *closures) {
    static const char *const DEPARTMENTS[] = {"29", "75", "69", "2A", "974", "988", ""};
    struct closure_counts counts = closures_count(closures);
    const char *name = NULL;
    if (!counts.everywhere && !counts.somewhere) return true;
    MUST_HOLD("days are in order", counts.first_day >= 0 && counts.first_day <= counts.last_day);
    MUST_HOLD("nothing is closed before the first", !closures_closed(closures, counts.first_day - 1, "29", NULL));
    MUST_HOLD("nor after the last", !closures_closed(closures, counts.last_day + 1, "29", NULL));
    for (size_t i = 0; i < COUNT(DEPARTMENTS); i++) {
        if (closures_closed(closures, counts.first_day, DEPARTMENTS[i], &name)) MUST_HOLD("a closure has a name", name && *name && utf8_valid(name, strlen(name)));
        MUST_HOLD("work is found again", working_day_at_or_after(counts.first_day, DEPARTMENTS[i]) <= counts.first_day + 150);
        MUST_HOLD("before too", working_day_at_or_before(counts.last_day, DEPARTMENTS[i]) >= counts.last_day - 150);
    }
    return true;
}

static bool holds(const char *bytes, size_t length) {
    struct err err = {0};
    AUTO(closures) closures = closures_new();
    if (!closures_add(closures, bytes, length, &err) || !closures_settle(closures, &err)) return sound_refusal(&err);
    workdays_close(closures);
    bool good = sound_closures(closures);
    workdays_close(NULL);
    return good;
}

#define EVENT(from, to, more)                                                                                \
    "BEGIN:VEVENT\r\nUID:a\r\nDTSTART;VALUE=DATE:" from "\r\nDTEND;VALUE=DATE:" to "\r\n" more "END:VEVENT\r\n"
static const struct fuzz_seed SEEDS[] = {
    SEED("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nX-WR-CALNAME:Calendrier scolaire - Zone A\r\n" EVENT("20260207", "20260223", "SUMMARY:Vacances d'Hiver\r\n")
         EVENT("20260404", "20260420", "SUMMARY:Printemps - Zones A/B et Corse\r\nLOCATION:Zone A\\, Corse\r\n") "END:VCALENDAR\r\n"),
    SEED("BEGIN:VCALENDAR\r\nBEGIN:VTIMEZONE\r\nTZID:Europe/Paris\r\nEND:VTIMEZONE\r\n" EVENT("20260515", "20260516", "X-RELAIS-DEPARTMENTS:29,2A,zone C\r\n"
         "BEGIN:VALARM\r\nTRIGGER:-PT15M\r\nEND:VALARM\r\nSTATUS:CONFIRMED\r\n") "END:VCALENDAR\r\n"),
    SEED("begin:vcalendar\nbegin:vevent\ndtstart;value=date:20260101\ndtend;value=date:20260401\nend:vevent\nbegin:vevent\n"
         "dtstart;value=date:20260406\nsummary:Rentr\xC3\xA9" "e\nend:vevent\nend:vcalendar"),
};
static const char *const PIECES[] = {
    "\r\n", "\n", "\r\n ", ":", ";", ",", "\\,", "\\", "\"", "=", "0", "9", "A", "B", "C", "Corse", "zone ", "Zones A/B/C", " et ", "29", "2A", "974", "999",
    "BEGIN:VEVENT\r\n", "END:VEVENT\r\n", "BEGIN:VCALENDAR\r\n", "END:VCALENDAR\r\n", "BEGIN:VALARM\r\n", "END:VALARM\r\n", "LOCATION:", "SUMMARY:",
    "X-RELAIS-DEPARTMENTS:", "RRULE:FREQ=SECONDLY\r\n", "RDATE;VALUE=DATE:20260101\r\n", "20260230", "21991231", "19700101", "STATUS:CANCELLED\r\n",
    "X-LIC-ERROR:x\r\n", "\xC3", "\xE9", "\xEF\xBB\xBF", "\x1B[2J", "DTEND;VALUE=DATE:20260510\r\n", ";TZID=Europe/Paris", "T080000Z"};

static const struct fuzz FUZZ = {"closures", SEEDS, COUNT(SEEDS), PIECES, COUNT(PIECES), 2000, holds};
FUZZ_MAIN(FUZZ)
