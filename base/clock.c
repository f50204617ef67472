/* Real and artificial time, RFC 3339 and day arithmetic (Howard Hinnant's civil-day method). */
#include "base/clock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

static int64_t read_clock_us(clockid_t id) {
    struct timespec now;
    if (clock_gettime(id, &now) != 0) abort(); /* only a wrong id can fail */
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t realtime_ms(void) { return read_clock_us(CLOCK_REALTIME) / 1000; }
int64_t monotonic_ms(void) { return monotonic_us() / 1000; }
int64_t monotonic_us(void) { return read_clock_us(CLOCK_MONOTONIC); }

/* The system rounds each thread's sleeps up by fifty microseconds, to wake for several at once, unless the thread asks it not to. */
static void sleep_exactly(void) {
    static _Thread_local bool asked;
    if (!asked) (void)prctl(PR_SET_TIMERSLACK, 1000UL, 0UL, 0UL, 0UL); /* refused: it sleeps a little longer */
    asked = true;
}

void sleep_us(int64_t wait_us) {
    if (wait_us <= 0) return;
    sleep_exactly();
    struct timespec wait = {.tv_sec = wait_us / 1000000, .tv_nsec = wait_us % 1000000 * 1000};
    nanosleep(&wait, NULL); /* cut short by a signal: whoever sleeps looks again anyway */
}

void sleep_ms(int64_t wait_ms) { sleep_us(wait_ms * 1000); }

struct clock clock_real(void) { return (struct clock){.mode = CLOCK_REAL, .speed = 1}; }

bool clock_artificial(const struct clock *clock) { return clock->mode != CLOCK_REAL; }

int64_t clock_now_ms(const struct clock *clock) {
    switch (clock->mode) {
    case CLOCK_SPEED:
        return clock->virtual_ms + (int64_t)((double)(realtime_ms() - clock->real_ms) * clock->speed);
    case CLOCK_AUTO: return clock->virtual_ms;
    case CLOCK_REAL: break;
    }
    return realtime_ms();
}

bool clock_parse(struct clock *clock, const char *spec, struct err *err) {
    /* An RFC 3339 instant holds no 'x', so the first one starts the speed. */
    char instant[64];
    const char *speed = strchr(spec, 'x');
    size_t length = speed ? (size_t)(speed - spec) : strlen(spec);
    *clock = (struct clock){.mode = CLOCK_SPEED, .real_ms = realtime_ms()};
    bool good = length < sizeof instant;
    if (good) {
        memcpy(instant, spec, length);
        instant[length] = '\0';
        good = instant_parse(instant, false, &clock->virtual_ms);
    }
    if (good && speed && !strcmp(speed, "xauto")) clock->mode = CLOCK_AUTO;
    else if (good && speed) {
        char *end;
        errno = 0;
        clock->speed = strtod(speed + 1, &end);
        good = end > speed + 1 && !*end && !errno && clock->speed >= 0 && clock->speed <= 1e7;
    }
    if (good) return true;
    return err_set(err, ERR_INPUT, "BAD_CLOCK",
                   "l'horloge « %.60s » n'est pas comprise ; écrivez par exemple 2026-01-12T09:00:00+01:00, "
                   "suivi au besoin de x86400 (un jour par seconde) ou de xauto",
                   spec);
}

int64_t day_of(int year, int month, int day) {
    int64_t y = month <= 2 ? (int64_t)year - 1 : year;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

void day_split(int64_t day, int *year, int *month, int *day_of_month) {
    day += 719468;
    int64_t era = (day >= 0 ? day : day - 146096) / 146097;
    int64_t in_era = day - era * 146097;
    int64_t year_of_era = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
    int64_t in_year = in_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t shifted = (5 * in_year + 2) / 153;
    *day_of_month = (int)(in_year - (153 * shifted + 2) / 5 + 1);
    *month = (int)(shifted < 10 ? shifted + 3 : shifted - 9);
    *year = (int)(year_of_era + era * 400 + (*month <= 2));
}

int day_weekday(int64_t day) { return (int)(((day + 3) % 7 + 7) % 7); }

bool day_valid(int year, int month, int day_of_month) {
    if (year < 1 || year > 9999 || month < 1 || month > 12 || day_of_month < 1 || day_of_month > 31) return false;
    int y, m, d;
    day_split(day_of(year, month, day_of_month), &y, &m, &d);
    return y == year && m == month && d == day_of_month;
}

/* Reads exactly count digits. */
static bool digits(const char **at, int count, int *out) {
    *out = 0;
    for (; count > 0; count--, (*at)++) {
        if (**at < '0' || **at > '9') return false;
        *out = *out * 10 + (**at - '0');
    }
    return true;
}

static bool literal(const char **at, char c) { return **at == c ? (*at)++, true : false; }

static bool read_offset(const char **at, int *minutes) {
    *minutes = 0;
    if (**at == 'Z' || **at == 'z') return (*at)++, true;
    if (**at != '+' && **at != '-') return false;
    int sign = *(*at)++ == '-' ? -1 : 1, hours, rest;
    if (!digits(at, 2, &hours) || !literal(at, ':') || !digits(at, 2, &rest) || hours > 15 || rest > 59)
        return false;
    *minutes = sign * (hours * 60 + rest);
    return true;
}

bool instant_parse(const char *text, bool allow_date, int64_t *out_ms) {
    const char *at = text;
    int year, month, day, hour, minute, second = 0, offset, thousandths = 0;
    if (!digits(&at, 4, &year) || !literal(&at, '-') || !digits(&at, 2, &month) || !literal(&at, '-') ||
        !digits(&at, 2, &day) || !day_valid(year, month, day))
        return false;
    if (!*at && allow_date) return *out_ms = day_of(year, month, day) * DAY_MS, true;
    if (*at != 'T' && *at != 't' && *at != ' ') return false;
    at++;
    if (!digits(&at, 2, &hour) || !literal(&at, ':') || !digits(&at, 2, &minute)) return false;
    if (literal(&at, ':') && !digits(&at, 2, &second)) return false;
    if (literal(&at, '.')) {
        int weight = 100;
        if (*at < '0' || *at > '9') return false;
        for (; *at >= '0' && *at <= '9'; at++, weight /= 10) thousandths += (*at - '0') * weight;
    }
    if (hour > 23 || minute > 59 || second > 60 || !read_offset(&at, &offset) || *at) return false;
    if (second == 60) second = 59; /* a leap second has no instant of its own in Unix time */
    *out_ms = day_of(year, month, day) * DAY_MS + (int64_t)hour * HOUR_MS + (int64_t)minute * MINUTE_MS +
              second * 1000 + thousandths - (int64_t)offset * MINUTE_MS;
    return true;
}

void instant_format(int64_t instant_ms, int offset_minutes, char out[INSTANT_TEXT]) {
    int64_t local_ms = instant_ms + (int64_t)offset_minutes * MINUTE_MS;
    int64_t day = local_ms / DAY_MS - (local_ms % DAY_MS < 0);
    int seconds = (int)((local_ms - day * DAY_MS) / 1000), year, month, day_of_month;
    day_split(day, &year, &month, &day_of_month);
    int used = snprintf(out, INSTANT_TEXT, "%04d-%02d-%02dT%02d:%02d:%02d", year, month, day_of_month,
                        seconds / 3600, seconds / 60 % 60, seconds % 60);
    int magnitude = abs(offset_minutes);
    if (!offset_minutes) snprintf(out + used, INSTANT_TEXT - (size_t)used, "Z");
    else
        snprintf(out + used, INSTANT_TEXT - (size_t)used, "%c%02d:%02d", offset_minutes < 0 ? '-' : '+',
                 magnitude / 60, magnitude % 60);
}
