/* Instants, days, and clocks: what RFC 3339 allows and what it does not. */
#include "base/clock.h"
#include "tests/tap.h"

static const struct { const char *label, *text; int64_t want_ms; } INSTANTS[] = {
    {"UTC", "2026-01-30T08:30:00Z", 1769761800000}, {"offset", "2026-01-30T09:30:00+01:00", 1769761800000},
    {"negative offset", "2026-01-30T04:30:00-04:00", 1769761800000}, {"fraction", "2026-01-30T08:30:00.250Z", 1769761800250},
    {"no seconds", "2026-01-30T08:30Z", 1769761800000}, {"leap day", "2024-02-29T00:00:00Z", 1709164800000},
    {"epoch", "1970-01-01T00:00:00Z", 0}, {"before it", "1969-12-31T23:59:59Z", -1000},
    {"no 30 February", "2026-02-30T00:00:00Z", -7}, {"no 29 February", "2026-02-29T00:00:00Z", -7},
    {"no month 13", "2026-13-01T00:00:00Z", -7}, {"no hour 24", "2026-01-30T24:00:00Z", -7},
    {"no offset", "2026-01-30T08:30:00", -7}, {"rubbish behind", "2026-01-30T08:30:00Zx", -7},
    {"empty", "", -7}, {"date alone", "2026-01-30", -7}, {"short year", "26-01-30T08:30:00Z", -7}};

static const struct { const char *spec; bool good; enum clock_mode mode; } CLOCKS[] = {
    {"2026-01-12T09:00:00+01:00", true, CLOCK_SPEED}, {"2026-01-12T09:00:00+01:00x86400", true, CLOCK_SPEED},
    {"2026-01-12T09:00:00+01:00xauto", true, CLOCK_AUTO}, {"2026-01-12T09:00:00+01:00x", false, CLOCK_REAL},
    {"2026-01-12T09:00:00+01:00x-3", false, CLOCK_REAL}, {"tomorrow", false, CLOCK_REAL}, {"", false, CLOCK_REAL}};

int main(void) {
    for (size_t i = 0; i < COUNT(INSTANTS); i++) {
        int64_t got_ms = -7;
        instant_parse(INSTANTS[i].text, false, &got_ms);
        CHECK_INT(INSTANTS[i].label, got_ms, INSTANTS[i].want_ms);
    }
    int64_t day_ms = 0;
    CHECK("a date where one is allowed", instant_parse("2026-01-30", true, &day_ms) && day_ms == 1769731200000);
    char text[INSTANT_TEXT];
    instant_format(1769761800000, 60, text);
    CHECK_TEXT("written with an offset", text, "2026-01-30T09:30:00+01:00");
    instant_format(-1000, 0, text);
    CHECK_TEXT("before 1970", text, "1969-12-31T23:59:59Z");
    bool same = true;
    for (int64_t day = -800000; day < 800000; day += 7) {
        int year, month, day_of_month;
        day_split(day, &year, &month, &day_of_month);
        same &= day_of(year, month, day_of_month) == day;
    }
    CHECK("days there and back, 4,000 years", same);
    CHECK_INT("1 January 1970 was a Thursday", day_weekday(0), 3);
    CHECK_INT("23 January 2026 is a Friday", day_weekday(day_of(2026, 1, 23)), 4);
    for (size_t i = 0; i < COUNT(CLOCKS); i++) {
        struct clock clock;
        struct err err = {0};
        bool good = clock_parse(&clock, CLOCKS[i].spec, &err);
        CHECK(CLOCKS[i].spec, good == CLOCKS[i].good && (!good || clock.mode == CLOCKS[i].mode));
    }
    struct clock frozen = {.mode = CLOCK_SPEED, .virtual_ms = 5000, .real_ms = realtime_ms() - 60000, .speed = 0};
    CHECK_INT("frozen", clock_now_ms(&frozen), 5000);
    frozen.speed = 1000;
    CHECK("a thousand times as fast", clock_now_ms(&frozen) >= 60005000 && clock_now_ms(&frozen) < 61000000);
    return tap_end();
}
