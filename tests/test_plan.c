/* Waves to instants: the example's plan before and after an extension, overseas, holidays, windows, lateness.
 */
#include "schedules/french.h"
#include "schedules/plan.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/embedded.h"
#include "schedules/zones.h"
#include "tests/tap.h"

/* An instant as the department's clock shows it. */
static const char *local_text(const char *department, int64_t instant_ms) {
    static char text[INSTANT_TEXT];
    instant_format(instant_ms, zone_offset_minutes(zone_of_department(department), instant_ms), text);
    return text;
}

static int64_t instant(const char *text) {
    int64_t instant_ms;
    if (!instant_parse(text, false, &instant_ms)) abort();
    return instant_ms;
}

static bool load_example(struct schedule *schedule) {
    const struct embedded_file *file = embedded_find("schedules/examples/asco-2025.ics");
    struct err err = {0};
    return file && schedule_parse(schedule, file->bytes, file->length, &err);
}

/* -- the campaign of the example ----------------------------------------------------------------------- */
static const struct {
    const char *department;
    int due_day;
    const char *at[5];
} PLANS[] = {
    {"29",
     23,
     {"2025-12-08T09:30:00+01:00", "2026-01-09T09:30:00+01:00", "2026-01-16T09:30:00+01:00",
      "2026-01-21T09:30:00+01:00", "2026-01-23T09:30:00+01:00"}},
    {"29",
     30,
     {"2025-12-08T09:30:00+01:00", "2026-01-16T09:30:00+01:00", "2026-01-23T09:30:00+01:00",
      "2026-01-28T09:30:00+01:00", "2026-01-30T09:30:00+01:00"}},
    /* Sunday the 25th: the last day is Friday the 23rd, and so is two days before */
    {"29",
     25,
     {"2025-12-08T09:30:00+01:00", "2026-01-09T09:30:00+01:00", "2026-01-16T09:30:00+01:00",
      "2026-01-23T09:30:00+01:00", "2026-01-23T09:30:00+01:00"}},
    /* fourteen days before the 15th is New Year's Day */
    {"29",
     15,
     {"2025-12-08T09:30:00+01:00", "2025-12-31T09:30:00+01:00", "2026-01-08T09:30:00+01:00",
      "2026-01-13T09:30:00+01:00", "2026-01-15T09:30:00+01:00"}},
    {"974",
     23,
     {"2025-12-08T12:30:00+04:00", "2026-01-09T09:30:00+04:00", "2026-01-16T09:30:00+04:00",
      "2026-01-21T09:30:00+04:00", "2026-01-23T09:30:00+04:00"}},
    /* 08:30 UTC is before Martinique's window, and after Nouméa's and Tahiti's */
    {"972",
     23,
     {"2025-12-08T08:30:00-04:00", "2026-01-09T09:30:00-04:00", "2026-01-16T09:30:00-04:00",
      "2026-01-21T09:30:00-04:00", "2026-01-23T09:30:00-04:00"}},
    {"988",
     23,
     {"2025-12-09T08:30:00+11:00", "2026-01-09T09:30:00+11:00", "2026-01-16T09:30:00+11:00",
      "2026-01-21T09:30:00+11:00", "2026-01-23T09:30:00+11:00"}},
    {"987",
     23,
     {"2025-12-08T08:30:00-10:00", "2026-01-09T09:30:00-10:00", "2026-01-16T09:30:00-10:00",
      "2026-01-21T09:30:00-10:00", "2026-01-23T09:30:00-10:00"}},
};

static void test_example(struct schedule *schedule) {
    for (size_t i = 0; i < COUNT(PLANS); i++) {
        schedule->due_day = day_of(2026, 1, PLANS[i].due_day);
        for (size_t wave = 0; wave < 5; wave++) {
            int64_t at_ms = 0;
            struct err err = {0};
            bool good = plan_instant_ms(schedule, &schedule->waves[wave], PLANS[i].department, &at_ms, &err);
            CHECK_TEXT(PLANS[i].department, good ? local_text(PLANS[i].department, at_ms) : err.text,
                       PLANS[i].at[wave]);
        }
    }
}

static const struct {
    int year, month, day;
    const char *want;
} DEADLINES[] = {
    {2026, 1, 23, "2026-01-23T23:00:00Z"},  {2026, 1, 30, "2026-01-30T23:00:00Z"},
    {2026, 7, 31, "2026-07-31T22:00:00Z"},  {2026, 3, 28, "2026-03-28T23:00:00Z"},
    {2026, 3, 29, "2026-03-29T22:00:00Z"},  {2026, 10, 25, "2026-10-25T23:00:00Z"},
    {2025, 12, 31, "2025-12-31T23:00:00Z"},
};

static void test_deadlines(void) {
    for (size_t i = 0; i < COUNT(DEADLINES); i++) {
        int64_t deadline_ms = 0;
        struct err err = {0};
        bool good = plan_deadline_ms(day_of(DEADLINES[i].year, DEADLINES[i].month, DEADLINES[i].day),
                                     &deadline_ms, &err);
        CHECK_INT(DEADLINES[i].want, good ? deadline_ms : -1, instant(DEADLINES[i].want));
    }
}

/* The send hour stays the send hour when the clocks change in between. */
static void test_daylight(struct schedule *schedule) {
    struct schedule_wave wave = {.relative = true, .offset_days = -14};
    int64_t at_ms;
    struct err err = {0};
    schedule->due_day = day_of(2026, 4, 3);
    CHECK("summer deadline, winter reminder", plan_instant_ms(schedule, &wave, "29", &at_ms, &err));
    CHECK_TEXT("at the same hour", local_text("29", at_ms), "2026-03-20T09:30:00+01:00");
    wave.offset_days = 0;
    CHECK("Good Friday works in Brittany", plan_instant_ms(schedule, &wave, "29", &at_ms, &err));
    CHECK_TEXT("in summer time", local_text("29", at_ms), "2026-04-03T09:30:00+02:00");
    CHECK("not in Alsace", plan_instant_ms(schedule, &wave, "67", &at_ms, &err));
    CHECK_TEXT("the day before", local_text("67", at_ms), "2026-04-02T09:30:00+02:00");
    schedule->due_day = day_of(2026, 5, 27);
    CHECK("abolition day in Guadeloupe", plan_instant_ms(schedule, &wave, "971", &at_ms, &err));
    CHECK_TEXT("moves there", local_text("971", at_ms), "2026-05-26T09:30:00-04:00");
    CHECK("and only there", plan_instant_ms(schedule, &wave, "972", &at_ms, &err));
    CHECK_TEXT("not in Martinique", local_text("972", at_ms), "2026-05-27T09:30:00-04:00");
    struct schedule few = *schedule;
    window_parse("TU,TH 08:30-17:30", &few.window);
    CHECK("a window of two days", plan_instant_ms(&few, &wave, "29", &at_ms, &err));
    CHECK_TEXT("takes the one before", local_text("29", at_ms), "2026-05-26T09:30:00+02:00");
}

static const struct {
    const char *label, *department, *window, *at, *want;
} WINDOWS[] = {
    {"inside", "29", "MO-FR 08:30-17:30", "2026-01-23T10:00:00+01:00", "2026-01-23T10:00:00+01:00"},
    {"as it opens", "29", "MO-FR 08:30-17:30", "2026-01-23T08:30:00+01:00", "2026-01-23T08:30:00+01:00"},
    {"a second before it opens", "29", "MO-FR 08:30-17:30", "2026-01-23T08:29:59+01:00",
     "2026-01-23T08:30:00+01:00"},
    {"a second before it closes", "29", "MO-FR 08:30-17:30", "2026-01-23T17:29:59+01:00",
     "2026-01-23T17:29:59+01:00"},
    {"as it closes", "29", "MO-FR 08:30-17:30", "2026-01-23T17:30:00+01:00", "2026-01-26T08:30:00+01:00"},
    {"Saturday", "29", "MO-FR 08:30-17:30", "2026-01-24T10:00:00+01:00", "2026-01-26T08:30:00+01:00"},
    {"Saturday in a window of every day", "29", "MO-SU 08:30-17:30", "2026-01-24T10:00:00+01:00",
     "2026-01-26T08:30:00+01:00"},
    {"evening before a holiday", "29", "MO-FR 08:30-17:30", "2026-05-13T18:00:00+02:00",
     "2026-05-15T08:30:00+02:00"},
    {"on a holiday", "29", "MO-FR 08:30-17:30", "2026-05-14T10:00:00+02:00", "2026-05-15T08:30:00+02:00"},
    {"night, all-day window", "29", "MO-FR 00:00-24:00", "2026-01-23T23:59:59+01:00",
     "2026-01-23T23:59:59+01:00"},
    {"weekend, all-day window", "29", "MO-FR 00:00-24:00", "2026-01-24T00:00:00+01:00",
     "2026-01-26T00:00:00+01:00"},
    {"Mondays only", "29", "MO 09:00-12:00", "2026-04-03T10:00:00+02:00", "2026-04-13T09:00:00+02:00"},
    {"over the change of clocks", "29", "MO-FR 08:30-17:30", "2026-03-27T18:00:00+01:00",
     "2026-03-30T08:30:00+02:00"},
    {"Tahiti sleeps", "987", "MO-FR 08:30-17:30", "2026-01-23T10:00:00+01:00", "2026-01-23T08:30:00-10:00"},
    {"already Saturday in Nouméa", "988", "MO-FR 08:30-17:30", "2026-01-23T15:00:00+01:00",
     "2026-01-26T08:30:00+11:00"},
};

static void test_windows(void) {
    for (size_t i = 0; i < COUNT(WINDOWS); i++) {
        struct send_window window;
        int64_t open_ms = 0;
        struct err err = {0};
        bool good = window_parse(WINDOWS[i].window, &window) &&
                    plan_window_ms(&window, WINDOWS[i].department, instant(WINDOWS[i].at), &open_ms, &err);
        CHECK_TEXT(WINDOWS[i].label, good ? local_text(WINDOWS[i].department, open_ms) : "", WINDOWS[i].want);
    }
    /* Whatever the hour: never before it was asked for, always inside, and asking again changes nothing. */
    static const char *const DEPARTMENTS[] = {"29", "57", "971", "974", "975", "987", "988"};
    struct send_window window;
    int wrong = 0;
    if (!window_parse("MO-WE,FR 07:15-18:45", &window)) abort();
    for (size_t i = 0; i < COUNT(DEPARTMENTS); i++)
        for (int64_t at_ms = instant("2026-01-01T00:00:00Z"); at_ms < instant("2027-01-02T00:00:00Z");
             at_ms += 37 * MINUTE_MS) {
            int64_t open_ms = 0, again_ms = 0, day;
            int minute;
            wrong += !plan_window_ms(&window, DEPARTMENTS[i], at_ms, &open_ms, NULL) || open_ms < at_ms;
            wrong +=
                !plan_window_ms(&window, DEPARTMENTS[i], open_ms, &again_ms, NULL) || open_ms != again_ms;
            zone_local(zone_of_department(DEPARTMENTS[i]), open_ms, &day, &minute);
            wrong += minute < window.opens_minute || minute >= window.closes_minute || day_weekday(day) > 4 ||
                     day_weekday(day) == 3;
        }
    CHECK_INT("a year of windows in seven departments", wrong, 0);
}

static const struct { const char *label, *department, *window, *from, *to; int closed_days; } CLOSED[] = {
    {"two days of the week", "29", "MO-FR 08:30-17:30", "2025-12-16T10:00:00+01:00", "2025-12-18T10:00:00+01:00", 0},
    {"Friday evening", "29", "MO-FR 08:30-17:30", "2025-12-19T17:00:00+01:00", "2025-12-21T17:00:00+01:00", 1},
    {"Thursday: Friday counts, Saturday comes too late to", "29", "MO-FR 08:30-17:30", "2025-12-18T16:50:00+01:00", "2025-12-20T16:50:00+01:00", 0},
    {"Ascension and what lies behind it", "29", "MO-FR 08:30-17:30", "2026-05-13T17:30:00+02:00", "2026-05-15T17:30:00+02:00", 3},
    {"Mondays only", "29", "MO 09:00-12:00", "2026-01-19T10:00:00+01:00", "2026-01-21T10:00:00+01:00", 5},
    {"all days of the week: no Saturday, no Sunday", "29", "MO-SU 00:00-24:00", "2026-01-23T10:00:00+01:00", "2026-01-25T10:00:00+01:00", 1},
};

static void test_closed(void) {
    for (size_t i = 0; i < COUNT(CLOSED); i++) {
        struct send_window window;
        int64_t closed_ms = -1;
        struct err err = {0};
        bool good = window_parse(CLOSED[i].window, &window) &&
                    plan_closed_ms(&window, CLOSED[i].department, instant(CLOSED[i].from), instant(CLOSED[i].to), &closed_ms, &err);
        CHECK_INT(CLOSED[i].label, good ? closed_ms / DAY_MS : -1, CLOSED[i].closed_days);
    }
}

static const struct {
    const char *label, *department;
    int late;
    const char *at, *want;
} LATEST[] = {
    {"the same day", "29", 0, "2026-01-21T09:30:00+01:00", "2026-01-21T17:30:00+01:00"},
    {"a working day later", "29", 1, "2026-01-21T09:30:00+01:00", "2026-01-22T17:30:00+01:00"},
    {"over the weekend", "29", 1, "2026-01-23T09:30:00+01:00", "2026-01-26T17:30:00+01:00"},
    {"three over the weekend", "29", 3, "2026-01-22T09:30:00+01:00", "2026-01-27T17:30:00+01:00"},
    {"over Ascension", "29", 1, "2026-05-13T09:30:00+02:00", "2026-05-15T17:30:00+02:00"},
    {"over Good Friday and Easter in Moselle", "57", 1, "2026-04-02T09:30:00+02:00",
     "2026-04-07T17:30:00+02:00"},
    {"in Réunion", "974", 1, "2026-01-21T09:30:00+04:00", "2026-01-22T17:30:00+04:00"},
    {"in Tahiti", "987", 1, "2026-01-21T09:30:00-10:00", "2026-01-22T17:30:00-10:00"},
    {"over the change of clocks", "29", 1, "2026-03-27T09:30:00+01:00", "2026-03-30T17:30:00+02:00"},
};

static const struct {
    const char *label, *department, *after, *want;
} NEXT[] = {
    {"the next day", "29", "2026-01-20T14:00:00+01:00", "2026-01-21T09:30:00+01:00"},
    {"the next day, even early", "29", "2026-01-20T00:00:00+01:00", "2026-01-21T09:30:00+01:00"},
    {"over the weekend", "29", "2026-01-23T14:00:00+01:00", "2026-01-26T09:30:00+01:00"},
    {"over a holiday", "29", "2026-05-13T14:00:00+02:00", "2026-05-15T09:30:00+02:00"},
    {"not on Good Friday in Alsace", "68", "2026-04-02T14:00:00+02:00", "2026-04-07T09:30:00+02:00"},
    {"counted from the local day", "988", "2026-01-20T14:00:00+01:00", "2026-01-22T09:30:00+11:00"},
    {"in Tahiti", "987", "2026-01-20T10:00:00+01:00", "2026-01-20T09:30:00-10:00"},
};

/* The deadline of the example is Friday 23 January 2026. */
static const struct {
    const char *label, *department, *back, *want;
} ABSENCES[] = {
    {"the working day after", "29", "2026-01-12", "2026-01-13T09:30:00+01:00"},
    {"over a weekend", "29", "2026-01-16", "2026-01-19T09:30:00+01:00"},
    {"back on a Saturday", "29", "2026-01-17", "2026-01-19T09:30:00+01:00"},
    {"Alsace's own", "67", "2025-12-25", "2025-12-29T09:30:00+01:00"},
    {"elsewhere it is none", "29", "2025-12-25", "2025-12-26T09:30:00+01:00"},
    {"on the eve of the deadline", "29", "2026-01-22", "2026-01-23T09:30:00+01:00"},
    {"never past the last useful day", "29", "2026-01-23", "2026-01-23T09:30:00+01:00"},
    {"however long it is", "29", "2199-12-31", "2026-01-23T09:30:00+01:00"},
    {"in Tahiti while Paris's day lasts", "987", "2026-03-01", "2026-01-23T09:30:00-10:00"},
    {"in Nouméa", "988", "2026-03-01", "2026-01-23T09:30:00+11:00"},
};

static void test_absences(const struct schedule *schedule) {
    for (size_t i = 0; i < COUNT(ABSENCES); i++) {
        int64_t at_ms = 0, day = 0;
        struct err err = {0};
        bool good = day_parse(ABSENCES[i].back, &day) && plan_after_absence_ms(schedule, ABSENCES[i].department, day, &at_ms, &err);
        CHECK_TEXT(ABSENCES[i].label, good ? local_text(ABSENCES[i].department, at_ms) : err.text, ABSENCES[i].want);
    }
}

static void test_limits(struct schedule *schedule) {
    for (size_t i = 0; i < COUNT(LATEST); i++) {
        int64_t latest_ms = 0;
        struct err err = {0};
        schedule->late_working_days = LATEST[i].late;
        bool good = plan_latest_ms(schedule, LATEST[i].department, instant(LATEST[i].at), &latest_ms, &err);
        CHECK_TEXT(LATEST[i].label, good ? local_text(LATEST[i].department, latest_ms) : err.text,
                   LATEST[i].want);
    }
    for (size_t i = 0; i < COUNT(NEXT); i++) {
        int64_t at_ms = 0;
        struct err err = {0};
        bool good = plan_next_working_ms(schedule, NEXT[i].department, instant(NEXT[i].after), &at_ms, &err);
        CHECK_TEXT(NEXT[i].label, good ? local_text(NEXT[i].department, at_ms) : err.text, NEXT[i].want);
    }
}

int main(void) {
    struct schedule schedule;
    if (!CHECK("the example is read", load_example(&schedule))) return tap_end();
    test_example(&schedule);
    test_absences(&schedule);
    test_deadlines();
    test_daylight(&schedule);
    test_windows();
    test_closed();
    test_limits(&schedule);
    schedule_release(&schedule);
    return tap_end();
}
