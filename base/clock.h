/* The time a command runs at: the machine's, or an artificial one (--clock INSTANT[xSPEED|xauto]).
 * Instants are Unix milliseconds UTC everywhere; zones exist only at the edges (schedules/zones.h). */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include "base/err.h"

enum clock_mode {
    CLOCK_REAL,  /* the machine's clock */
    CLOCK_SPEED, /* starts at virtual_ms when the machine's clock shows real_ms, speed times as fast; 0 = frozen */
    CLOCK_AUTO,  /* stands at virtual_ms until the daemon moves it (base/clock_store.h) */
};

struct clock {
    enum clock_mode mode;
    int64_t virtual_ms, real_ms;
    double speed;
};

enum { INSTANT_TEXT = 40 };
enum { DAY_MS = 86400000, HOUR_MS = 3600000, MINUTE_MS = 60000 };

struct clock clock_real(void);
/* spec as above, anchored at the machine's present. ERR_INPUT when it is not understood. */
bool clock_parse(struct clock *clock, const char *spec, struct err *err);
int64_t clock_now_ms(const struct clock *clock);
bool clock_artificial(const struct clock *clock);

int64_t realtime_ms(void);  /* the machine's clock */
int64_t monotonic_ms(void); /* for time-outs only */
int64_t monotonic_us(void);
void sleep_ms(int64_t wait_ms);
void sleep_us(int64_t wait_us); /* the system adds a few */

/* RFC 3339: 2026-01-30T09:30:00+01:00, seconds' fraction optional, offset mandatory. A date alone
 * (2026-01-30) is read as 00:00 UTC when allow_date. Impossible dates are refused, never normalised. */
bool instant_parse(const char *text, bool allow_date, int64_t *out_ms);
/* RFC 3339 to the second with the offset given (0 gives Z). */
void instant_format(int64_t instant_ms, int offset_minutes, char out[INSTANT_TEXT]);

/* Proleptic Gregorian day arithmetic: days since 1970-01-01. month and day count from 1. */
int64_t day_of(int year, int month, int day);
void day_split(int64_t day, int *year, int *month, int *day_of_month);
int day_weekday(int64_t day); /* 0 = Monday … 6 = Sunday */
bool day_valid(int year, int month, int day_of_month);

#endif
