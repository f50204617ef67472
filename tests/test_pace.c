/* How long mailings take, beside figures worked out by hand. */
#include "schedules/pace.h"

#include <stdlib.h>

#include "base/clock.h"
#include "schedules/zones.h"
#include "tests/tap.h"

static int64_t instant(const char *text) {
    int64_t instant_ms;
    if (!instant_parse(text, false, &instant_ms)) abort();
    return instant_ms;
}

static struct send_window window;
static const char *done(const struct pace_job *job) {
    static char text[INSTANT_TEXT];
    instant_format(job->done_ms, zone_offset_minutes("Europe/Paris", job->done_ms), text);
    return text;
}

/* 16 January 2026 is a Friday; the window is MO-FR 08:30-17:30. */
static const struct {
    const char *label;
    int64_t a_minute, a_day, count;
    const char *department, *at, *deadline, *done;
    int64_t unsent;
} CASES[] = {
    {"no limit: at once", 0, 0, 36224, "29", "2026-01-16T09:30:00+01:00", "2026-01-30T23:00:00Z", "2026-01-16T09:30:00+01:00", 0},
    {"60 a minute, an hour's worth", 60, 0, 3600, "29", "2026-01-16T09:30:00+01:00", "2026-01-30T23:00:00Z", "2026-01-16T10:30:00+01:00", 0},
    {"eight hours fill the Friday", 60, 0, 28800, "29", "2026-01-16T09:30:00+01:00", "2026-01-30T23:00:00Z", "2026-01-16T17:30:00+01:00", 0},
    {"one more goes on Monday", 60, 0, 28801, "29", "2026-01-16T09:30:00+01:00", "2026-01-30T23:00:00Z", "2026-01-19T08:30:01+01:00", 0},
    {"into the next week", 60, 0, 36224, "29", "2026-01-16T09:30:00+01:00", "2026-01-30T23:00:00Z", "2026-01-19T10:33:44+01:00", 0},
    {"the deadline cuts off", 60, 0, 36224, "29", "2026-01-16T09:30:00+01:00", "2026-01-16T23:00:00Z", "2026-01-16T17:30:00+01:00", 7424},
    {"a deadline inside the window", 60, 0, 5000, "29", "2026-01-16T09:30:00+01:00", "2026-01-16T09:30:00Z", "2026-01-16T10:30:00+01:00", 1400},
    {"due on a Saturday", 60, 0, 60, "29", "2026-01-17T09:30:00+01:00", "2026-01-30T23:00:00Z", "2026-01-19T08:31:00+01:00", 0},
    {"due behind the deadline", 60, 0, 60, "29", "2026-02-02T09:30:00+01:00", "2026-01-30T23:00:00Z", "2026-02-02T09:30:00+01:00", 60},
    {"1000 a day", 0, 1000, 2500, "29", "2026-01-15T09:30:00+01:00", "2026-01-30T23:00:00Z", "2026-01-19T08:30:00+01:00", 0},
    {"1000 a day until the deadline", 0, 1000, 2500, "29", "2026-01-15T09:30:00+01:00", "2026-01-16T23:00:00Z", "2026-01-16T08:30:00+01:00", 500},
    {"both limits", 10, 1000, 2500, "29", "2026-01-15T09:30:00+01:00", "2026-01-30T23:00:00Z", "2026-01-19T09:20:00+01:00", 0},
    {"La Réunion's window closes at half past two in Paris", 60, 0, 36000, "974", "2026-01-16T09:30:00+04:00", "2026-01-30T23:00:00Z",
     "2026-01-19T07:30:00+01:00", 0},
    {"slower than one a day", 1, 0, 600, "29", "2026-01-16T16:30:00+01:00", "2026-01-30T23:00:00Z", "2026-01-19T17:30:00+01:00", 0},
    {"nobody", 60, 0, 0, "29", "2026-01-17T09:30:00+01:00", "2026-01-30T23:00:00Z", "2026-01-17T09:30:00+01:00", 0},
};

static void test_one(void) {
    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct pace pace = {.a_minute = CASES[i].a_minute, .a_day = CASES[i].a_day};
        struct pace_job job = {.window = &window, .department = CASES[i].department, .at_ms = instant(CASES[i].at),
                               .deadline_ms = instant(CASES[i].deadline), .count = CASES[i].count};
        struct err err = {0};
        CHECK(CASES[i].label, pace_run(&pace, &job, 1, &err));
        CHECK_TEXT("the last one leaves", done(&job), CASES[i].done);
        CHECK_INT("left behind", job.unsent, CASES[i].unsent);
    }
}

static void test_several(void) {
    int64_t deadline = instant("2026-01-30T23:00:00Z");
    struct pace pace = {.a_minute = 60};
    struct err err = {0};
    struct pace_job jobs[] = {
        {.window = &window, .department = "29", .at_ms = instant("2026-01-16T10:00:00+01:00"), .deadline_ms = deadline, .count = 600},
        {.window = &window, .department = "75", .at_ms = instant("2026-01-16T09:30:00+01:00"), .deadline_ms = deadline, .count = 3600},
        {.window = &window, .department = "987", .at_ms = instant("2026-01-16T09:30:00-10:00"), .deadline_ms = deadline, .count = 60},
    };
    CHECK("three at once", pace_run(&pace, jobs, COUNT(jobs), &err));
    CHECK_TEXT("first come", done(&jobs[1]), "2026-01-16T10:30:00+01:00");
    CHECK_TEXT("first served", done(&jobs[0]), "2026-01-16T10:40:00+01:00");
    CHECK_TEXT("Tahiti in its own morning", done(&jobs[2]), "2026-01-16T20:31:00+01:00");
    /* The line is free while a department's window is shut. */
    struct pace_job shut[] = {
        {.window = &window, .department = "29", .at_ms = instant("2026-01-16T17:00:00+01:00"), .deadline_ms = deadline, .count = 3600},
        {.window = &window, .department = "972", .at_ms = instant("2026-01-16T17:10:00+01:00"), .deadline_ms = deadline, .count = 60},
    };
    CHECK("one shut", pace_run(&pace, shut, COUNT(shut), &err));
    CHECK_TEXT("Martinique goes when Paris sleeps", done(&shut[1]), "2026-01-16T17:31:00+01:00");
    CHECK_TEXT("Finistère on Monday", done(&shut[0]), "2026-01-19T09:00:00+01:00");
}

/* Two groups with a rate of their own, and those with none; all due on Friday at half past nine. */
static const struct {
    const char *label;
    int64_t a_minute, a_day, rates[2], counts[3]; /* of none, of the first, of the second */
    const char *deadline, *done[3];
    int64_t unsent;
} GROUPS[] = {
    {"400 of 1,000 at 10 a minute: forty minutes, the others at once", 0, 0, {10, 0}, {600, 400, 0}, "2026-01-30T23:00:00Z",
     {"2026-01-16T09:30:00+01:00", "2026-01-16T10:10:00+01:00", "2026-01-16T09:30:00+01:00"}, 0},
    {"the others are not kept waiting: 50 of 60 a minute are theirs", 60, 0, {10, 0}, {600, 400, 0}, "2026-01-30T23:00:00Z",
     {"2026-01-16T09:42:00+01:00", "2026-01-16T10:10:00+01:00", "2026-01-16T09:30:00+01:00"}, 0},
    {"a group faster than the relay bounds nothing", 60, 0, {1000, 0}, {600, 600, 0}, "2026-01-30T23:00:00Z",
     {"2026-01-16T09:50:00+01:00", "2026-01-16T09:40:00+01:00", "2026-01-16T09:30:00+01:00"}, 0},
    {"two groups side by side", 0, 0, {10, 20}, {0, 400, 400}, "2026-01-30T23:00:00Z",
     {"2026-01-16T09:30:00+01:00", "2026-01-16T10:10:00+01:00", "2026-01-16T09:50:00+01:00"}, 0},
    {"two groups share what the relay takes: the second has what the first leaves", 30, 0, {20, 20}, {0, 400, 400}, "2026-01-30T23:00:00Z",
     {"2026-01-16T09:30:00+01:00", "2026-01-16T09:50:00+01:00", "2026-01-16T10:00:00+01:00"}, 0},
    {"a slow group over the weekend", 60, 0, {1, 0}, {600, 500, 0}, "2026-01-30T23:00:00Z",
     {"2026-01-16T09:40:10+01:00", "2026-01-19T08:50:00+01:00", "2026-01-16T09:30:00+01:00"}, 0},
    {"and the deadline", 60, 0, {1, 0}, {600, 500, 0}, "2026-01-16T23:00:00Z",
     {"2026-01-16T09:40:10+01:00", "2026-01-16T17:30:00+01:00", "2026-01-16T09:30:00+01:00"}, 20},
    {"a day's messages too", 0, 500, {10, 0}, {300, 400, 0}, "2026-01-30T23:00:00Z",
     {"2026-01-19T08:30:00+01:00", "2026-01-16T10:10:00+01:00", "2026-01-16T09:30:00+01:00"}, 0},
};

static void test_groups(void) {
    for (size_t i = 0; i < COUNT(GROUPS); i++) {
        struct pace pace = {.a_minute = GROUPS[i].a_minute, .a_day = GROUPS[i].a_day, .groups = GROUPS[i].rates, .group_count = 2};
        struct pace_job jobs[3];
        struct err err = {0};
        int64_t unsent = 0;
        for (size_t k = 0; k < 3; k++)
            jobs[k] = (struct pace_job){.window = &window, .department = "29", .at_ms = instant("2026-01-16T09:30:00+01:00"),
                                        .deadline_ms = instant(GROUPS[i].deadline), .count = GROUPS[i].counts[k], .group = k};
        CHECK(GROUPS[i].label, pace_run(&pace, jobs, 3, &err));
        for (size_t k = 0; k < 3; k++) {
            CHECK_TEXT("the last one leaves", done(&jobs[k]), GROUPS[i].done[k]);
            unsent += jobs[k].unsent;
        }
        CHECK_INT("left behind", unsent, GROUPS[i].unsent);
    }
}

int main(void) {
    window_parse("MO-FR 08:30-17:30", &window);
    test_one();
    test_several();
    test_groups();
    return tap_end();
}
