/* One time zone's rules: a TZif file (RFC 8536, version 2 on) and the POSIX TZ rule in its footer, which
 * holds beyond the table. No I/O: bytes in, offsets out. */
#ifndef SCHEDULES_TZIF_H
#define SCHEDULES_TZIF_H

#include "base/common.h"

/* A day of the year at which daylight saving begins or ends. */
struct tz_day {
    enum { TZ_JULIAN, TZ_YEAR_DAY, TZ_WEEKDAY } kind; /* Jn (1..365), n (0..365), Mm.w.d */
    int month, week, day;
    int seconds; /* local time of the change, may lie outside the day */
};
struct tz_rule {
    bool given, saving;             /* saving: the zone still changes its clocks */
    int standard_s, daylight_s;     /* seconds east of UTC */
    struct tz_day begins, ends;
};

struct tzif {
    size_t count;
    int64_t *at_s;      /* Unix seconds, rising */
    int32_t *offset_s;  /* east of UTC, from at_s[i] on */
    int32_t first_s;    /* before at_s[0] */
    struct tz_rule after;
};

/* false when the bytes are not a sound file of version 2 or later; nothing to release then. */
bool tzif_read(struct tzif *zone, const char *bytes, size_t length);
void tzif_release(struct tzif *zone);
int tzif_offset_s(const struct tzif *zone, int64_t unix_s);

/* "CET-1CEST,M3.5.0,M10.5.0/3" (RFC 8536 section 3.3.1, POSIX TZ). */
bool tz_rule_parse(struct tz_rule *rule, const char *text);
int tz_rule_offset_s(const struct tz_rule *rule, int64_t unix_s);

#endif
