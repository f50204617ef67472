/* Local time: known conversions, gaps and overlaps, POSIX rules, and TZif files that are not sound. */
#include "schedules/zones.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/clock.h"
#include "schedules/tzif.h"
#include "tests/tap.h"

static const struct {
    const char *label, *zone;
    int year, month, day, minute;
    const char *want;
} LOCAL[] = {
    {"Paris in winter", "Europe/Paris", 2026, 1, 30, 570, "2026-01-30T08:30:00Z"},
    {"Paris in summer", "Europe/Paris", 2026, 7, 14, 570, "2026-07-14T07:30:00Z"},
    {"the minute before the gap", "Europe/Paris", 2026, 3, 29, 119, "2026-03-29T00:59:00Z"},
    {"the gap begins", "Europe/Paris", 2026, 3, 29, 120, "2026-03-29T01:00:00Z"},
    {"in the gap: moved forward", "Europe/Paris", 2026, 3, 29, 150, "2026-03-29T01:30:00Z"},
    {"the gap ends", "Europe/Paris", 2026, 3, 29, 180, "2026-03-29T01:00:00Z"},
    {"the day after", "Europe/Paris", 2026, 3, 30, 150, "2026-03-30T00:30:00Z"},
    {"before the overlap", "Europe/Paris", 2026, 10, 25, 119, "2026-10-24T23:59:00Z"},
    {"of the overlap the first", "Europe/Paris", 2026, 10, 25, 150, "2026-10-25T00:30:00Z"},
    {"after the overlap", "Europe/Paris", 2026, 10, 25, 180, "2026-10-25T02:00:00Z"},
    {"midnight behind a day", "Europe/Paris", 2026, 1, 30, 1440, "2026-01-30T23:00:00Z"},
    {"beyond the table", "Europe/Paris", 2099, 7, 1, 720, "2099-07-01T10:00:00Z"},
    {"Réunion", "Indian/Reunion", 2026, 1, 30, 570, "2026-01-30T05:30:00Z"},
    {"Martinique", "America/Martinique", 2026, 7, 1, 570, "2026-07-01T13:30:00Z"},
    {"Miquelon in summer", "America/Miquelon", 2026, 7, 1, 570, "2026-07-01T11:30:00Z"},
    {"Miquelon in winter", "America/Miquelon", 2040, 1, 2, 570, "2040-01-02T12:30:00Z"},
    {"Tahiti", "Pacific/Tahiti", 2026, 1, 30, 570, "2026-01-30T19:30:00Z"},
    {"Nouméa", "Pacific/Noumea", 2026, 1, 30, 570, "2026-01-29T22:30:00Z"},
    {"Wallis", "Pacific/Wallis", 2026, 1, 30, 570, "2026-01-29T21:30:00Z"},
};

static void test_local(void) {
    for (size_t i = 0; i < COUNT(LOCAL); i++) {
        int64_t instant_ms = 0, want_ms = 0;
        struct err err = {0};
        instant_parse(LOCAL[i].want, false, &want_ms);
        bool good = zone_to_instant(LOCAL[i].zone, day_of(LOCAL[i].year, LOCAL[i].month, LOCAL[i].day),
                                    LOCAL[i].minute, &instant_ms, &err);
        CHECK_INT(LOCAL[i].label, good ? instant_ms : -1, want_ms);
    }
}

static void test_back(void) {
    int64_t instant_ms, day;
    int minute;
    instant_parse("2026-01-30T23:59:59.999Z", false, &instant_ms);
    zone_local("Europe/Paris", instant_ms, &day, &minute);
    CHECK_INT("past midnight in Paris: the day", day, day_of(2026, 1, 31));
    CHECK_INT("the minute", minute, 59);
    zone_local("Pacific/Tahiti", instant_ms, &day, &minute);
    CHECK_INT("still the day before in Tahiti", day, day_of(2026, 1, 30));
    CHECK_INT("at 13:59", minute, 13 * 60 + 59);
    CHECK_INT("offset of Paris in winter", zone_offset_minutes("Europe/Paris", instant_ms), 60);
    CHECK_INT("offset of Tahiti", zone_offset_minutes("Pacific/Tahiti", instant_ms), -600);
    zone_local("Europe/Paris", -1, &day, &minute);
    CHECK_INT("before 1970: the day", day, 0);
    CHECK_INT("before 1970: the minute", minute, 59);
}

static void test_missing(void) {
    static const char *const NAMES[] = {
        "Europe/Nulle",
        "",
        "/etc/passwd",
        "../zoneinfo/Europe/Paris",
        "Europe",
        "zone.tab",
        "America/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
    for (size_t i = 0; i < COUNT(NAMES); i++) {
        struct err err = {0};
        int64_t instant_ms, day;
        int minute;
        CHECK(NAMES[i], !zone_ready(NAMES[i], &err) && err.kind == ERR_FATAL && !strcmp(err.code, "NO_ZONE"));
        CHECK("no instant", !zone_to_instant(NAMES[i], 0, 0, &instant_ms, &err));
        CHECK_INT("no offset", zone_offset_minutes(NAMES[i], 0), PARIS_OFFSET_UNKNOWN);
        zone_local(NAMES[i], 90 * MINUTE_MS, &day, &minute);
        CHECK("UTC's local time", day == 0 && minute == 90);
    }
}

static void test_departments(void) {
    static const char *const PARIS[] = {"", "01", "29", "2A", "2B", "75", "95", "97", "984", "9711", "x"};
    for (size_t i = 0; i < COUNT(PARIS); i++)
        CHECK_TEXT(PARIS[i], zone_of_department(PARIS[i]), "Europe/Paris");
    static const char *const OVERSEAS[] = {"971", "972", "973", "974", "975", "976",
                                           "977", "978", "986", "987", "988"};
    for (size_t i = 0; i < COUNT(OVERSEAS); i++) {
        struct err err = {0};
        bool good = zone_ready(zone_of_department(OVERSEAS[i]), &err);
        if (!CHECK(OVERSEAS[i], good && strcmp(zone_of_department(OVERSEAS[i]), "Europe/Paris") != 0))
            printf("# %s\n", err.text);
    }
}

/* -- rules --------------------------------------------------------------------------------------------- */
static const struct {
    const char *rule, *instant;
    int offset_s;
} RULES[] = {
    {"CET-1CEST,M3.5.0,M10.5.0/3", "2050-03-27T00:59:59Z", 3600},
    {"CET-1CEST,M3.5.0,M10.5.0/3", "2050-03-27T01:00:00Z", 7200},
    {"CET-1CEST,M3.5.0,M10.5.0/3", "2050-10-30T00:59:59Z", 7200},
    {"CET-1CEST,M3.5.0,M10.5.0/3", "2050-10-30T01:00:00Z", 3600},
    {"<-03>3<-02>,M3.2.0,M11.1.0", "2050-07-01T00:00:00Z", -7200},
    {"<+11>-11", "2050-07-01T00:00:00Z", 39600},
    {"<+0545>-5:45", "2050-07-01T00:00:00Z", 20700},
    {"<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", "2050-01-01T00:00:00Z", 39600}, /* southern: over the new year */
    {"<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", "2050-07-01T00:00:00Z", 37800},
    {"IST-1GMT0,M10.5.0,M3.5.0/1", "2050-01-01T00:00:00Z", 0}, /* winter time as the saving */
    {"EST5EDT,J60/2,J300/2", "2048-02-29T23:00:00Z", -18000},  /* J60 is 1 March in a leap year too */
    {"EST5EDT,J60/2,J300/2", "2048-03-01T07:00:00Z", -14400},
    {"EST5EDT,59/2,299/2", "2048-02-29T07:00:00Z", -14400}, /* day 59 counts 29 February */
    {"XXX3EDT4,0/0,J365/23", "2050-06-01T00:00:00Z", -14400},
    {"<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2050-03-26T23:00:00Z", -7200},
    {"<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2050-03-27T01:00:00Z", -3600},
};
static const char *const BAD_RULES[] = {"",
                                        "C",
                                        "CE-1",
                                        "CET",
                                        "CET-",
                                        "CET-200",
                                        "CET-1:60",
                                        "CET-1CEST",
                                        "CET-1CEST,",
                                        "CET-1CEST,M3.5.0",
                                        "CET-1CEST,M13.5.0,M10.5.0",
                                        "CET-1CEST,M3.6.0,M10.5.0",
                                        "CET-1CEST,M3.5.7,M10.5.0",
                                        "CET-1CEST,M3.5.0,M10.5.0/3x",
                                        "<CET-1",
                                        "<>-1",
                                        "CET-1CEST,J0,J100",
                                        "CET-1CEST,366,1",
                                        "CET-1CEST,M3.5.0,M10.5.0/168",
                                        "CET-1CEST,M3.5.0;M10.5.0"};

static void test_rules(void) {
    struct tz_rule rule;
    for (size_t i = 0; i < COUNT(RULES); i++) {
        int64_t instant_ms;
        instant_parse(RULES[i].instant, false, &instant_ms);
        bool good = tz_rule_parse(&rule, RULES[i].rule);
        CHECK_INT(RULES[i].rule, good ? tz_rule_offset_s(&rule, instant_ms / 1000) : 1, RULES[i].offset_s);
    }
    for (size_t i = 0; i < COUNT(BAD_RULES); i++) CHECK(BAD_RULES[i], !tz_rule_parse(&rule, BAD_RULES[i]));
}

/* -- files --------------------------------------------------------------------------------------------- */
static void add_number(struct buf *out, int64_t value, int bytes) {
    while (bytes-- > 0) buf_add_char(out, (char)(value >> (8 * bytes)));
}

static void add_header(struct buf *out, char version, int transitions, int types) {
    buf_add_text(out, "TZif");
    buf_add_char(out, version);
    add_number(out, 0, 8);
    add_number(out, 0, 7);
    for (int i = 0; i < 3; i++) add_number(out, 0, 4);
    add_number(out, transitions, 4);
    add_number(out, types, 4);
    add_number(out, 4, 4);
}

/* A file of two changes: to one hour east of UTC, then to the type given (0 = UTC). */
static void add_file(struct buf *out, char version, int64_t first_s, int64_t second_s, int second_type,
                     const char *footer) {
    add_header(out, version, 0, 1);
    add_number(out, 0, 6);
    add_number(out, 0, 4);
    add_header(out, version, 2, 2);
    add_number(out, first_s, 8);
    add_number(out, second_s, 8);
    add_number(out, 1, 1);
    add_number(out, second_type, 1);
    add_number(out, 0, 6);
    add_number(out, 3600, 4);
    add_number(out, 0, 2);
    add_number(out, 0, 4);
    buf_add_text(out, footer);
}

static void test_files(void) {
    AUTO_BUF file = BUF_INIT(4096);
    struct tzif zone;
    add_file(&file, '2', 1000, 2000, 0, "\n<+02>-2\n");
    if (CHECK("a sound file", tzif_read(&zone, buf_text(&file), file.length))) {
        CHECK_INT("before its table", tzif_offset_s(&zone, 999), 0);
        CHECK_INT("from the first change on", tzif_offset_s(&zone, 1000), 3600);
        CHECK_INT("till the second", tzif_offset_s(&zone, 1999), 3600);
        CHECK_INT("then by the rule", tzif_offset_s(&zone, 2000), 7200);
        tzif_release(&zone);
    }
    bool any = false;
    for (size_t length = 0; length < file.length; length++) any |= tzif_read(&zone, buf_text(&file), length);
    CHECK("cut anywhere, it is refused", !any);

    buf_clear(&file);
    add_file(&file, '3', 1000, 2000, 0, "\n\n");
    if (CHECK("an empty rule", tzif_read(&zone, buf_text(&file), file.length))) {
        CHECK_INT("leaves the last change in force", tzif_offset_s(&zone, 5000), 0);
        tzif_release(&zone);
    }
    static const struct {
        const char *label;
        char version;
        int64_t first_s, second_s;
        int type;
        const char *footer;
    } BAD[] = {
        {"version 1", 0, 1000, 2000, 0, "\n\n"},       {"changes out of order", '2', 2000, 1000, 0, "\n\n"},
        {"unknown type", '2', 1000, 2000, 2, "\n\n"},  {"no footer", '2', 1000, 2000, 0, ""},
        {"footer not begun", '2', 1000, 2000, 0, "x"}, {"footer not ended", '2', 1000, 2000, 0, "\nUTC0"},
        {"bad rule", '2', 1000, 2000, 0, "\nUTC\n"},
    };
    for (size_t i = 0; i < COUNT(BAD); i++) {
        buf_clear(&file);
        add_file(&file, BAD[i].version, BAD[i].first_s, BAD[i].second_s, BAD[i].type, BAD[i].footer);
        CHECK(BAD[i].label, !tzif_read(&zone, buf_text(&file), file.length));
    }
}

/* Damaged files of a real zone: no read outside (sanitizers see it), and offsets of this world only. */
static void test_damage(void) {
    AUTO_BUF file = BUF_INIT(1 << 18);
    FILE *paris = fopen("/usr/share/zoneinfo/Europe/Paris", "rb");
    if (!CHECK("Paris can be read", paris && buf_add_file(&file, paris))) return;
    fclose(paris);
    uint32_t seed = 2026;
    int wild = 0;
    for (int round = 0; round < 3000; round++) {
        AUTO_MEM char *copy = mem_copy(buf_text(&file), file.length + 1);
        for (int change = 0; change < 3; change++) {
            seed = seed * 1664525 + 1013904223;
            /* Half of the changes hit a header, where the counts are. */
            size_t at = (seed >> 8) % (seed & 1 ? 100 : file.length);
            copy[at] = (char)(seed >> 24);
        }
        struct tzif zone;
        if (!tzif_read(&zone, copy, file.length)) continue;
        for (int64_t at = -3000000000; at <= 5000000000; at += 400000000)
            wild += abs(tzif_offset_s(&zone, at)) > 168 * 3600;
        tzif_release(&zone);
    }
    CHECK_INT("no wild offset from 3000 damaged files", wild, 0);
}

int main(void) {
    test_local();
    test_back();
    test_missing();
    test_departments();
    test_rules();
    test_files();
    test_damage();
    return tap_end();
}
