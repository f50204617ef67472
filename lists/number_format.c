/* ECMA-376 part 1, 18.8.30 and 18.8.31; 18.17.4 for dates. */
#include "lists/number_format.h"

#include <ctype.h>
#include <math.h> /* its macros alone: libm is not linked */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"

enum {
    EXACT_DIGITS = 15,
    LONGEST_NUMBER = 400,
    DAYS_1900 = 25569, /* day numbers of 1 January 1970 */
    DAYS_1904 = 24107,
    FALSE_LEAP_DAY = 60,
    LAST_DAY_1900 = 2958465, /* 31 December 9999 */
    DAY_SECONDS = 86400,
    MOST_SHOWN = 40 /* digits of a padded number */
};
static const double WHOLE_LIMIT = 1e21; /* beyond, only scientific notation is left */
static const double EXACT_LIMIT = 9e15; /* beyond, a double has no fraction */

/* -- formats ------------------------------------------------------------------------------------------- */
/* Behind what a format only shows: "text", \x, _x (a space as wide), *x (filling), [colour, condition, language]. */
static const char *skip_literal(const char *at) {
    if (*at == '"') {
        const char *closing = strchr(at + 1, '"');
        return closing ? closing + 1 : at + strlen(at);
    }
    if (*at == '[') {
        const char *closing = strchr(at, ']');
        return closing ? closing + 1 : at + strlen(at);
    }
    if (*at == '\\' || *at == '_' || *at == '*') return at[1] ? at + 2 : at + 1;
    return at;
}

static bool says_general(const char *code) {
    static const char *const NAMES[] = {"General", "Standard"};
    for (size_t i = 0; i < COUNT(NAMES); i++)
        if (!strncasecmp(code, NAMES[i], strlen(NAMES[i]))) return true;
    return false;
}

static bool has_date_letter(const char *code) {
    for (const char *at = code, *behind; *at; at = behind) {
        behind = skip_literal(at);
        if (behind != at) continue;
        behind = at + 1;
        if (strchr("ymdhsjYMDHSJ", *at)) return true;
        if (!strncasecmp(at, "aa", 2)) return true; /* année */
    }
    return false;
}

static bool of_zeros(const char *code) {
    int zeros = 0;
    for (const char *at = code, *behind; *at && *at != ';'; at = behind) {
        behind = skip_literal(at);
        if (behind != at) continue;
        behind = at + 1;
        if (*at == '0')
            zeros++;
        else if (strchr(".,%eE@/?", *at))
            return false;
    }
    return zeros > 1;
}

enum number_look number_look(const char *code) {
    if (says_general(code)) return NUMBER_PLAIN;
    if (has_date_letter(code)) return NUMBER_DATE;
    return of_zeros(code) ? NUMBER_PADDED : NUMBER_PLAIN;
}

enum number_look number_look_builtin(long id) {
    bool date = (id >= 14 && id <= 22) || (id >= 27 && id <= 36) || (id >= 45 && id <= 47) || (id >= 50 && id <= 58);
    return date ? NUMBER_DATE : NUMBER_PLAIN;
}

/* -- numbers ------------------------------------------------------------------------------------------- */
/* Digits alone, so few that every program keeps them all. */
static bool whole_already(const char *value, size_t length) {
    if (!length || length > EXACT_DIGITS || (length > 1 && *value == '0')) return false;
    for (size_t i = 0; i < length; i++)
        if (value[i] < '0' || value[i] > '9') return false;
    return true;
}

static bool number_of(const char *value, size_t length, double *number) {
    char text[LONGEST_NUMBER + 1], *end;
    while (length && isspace((unsigned char)value[length - 1])) length--;
    while (length && isspace((unsigned char)*value)) value++, length--;
    if (!length || length > LONGEST_NUMBER) return false;
    memcpy(text, value, length);
    text[length] = '\0';
    if (text[strspn(text, "+-.0123456789eE")]) return false; /* strtod also knows "nan", "0x1p4" */
    *number = strtod(text, &end);
    return !*end && isfinite(*number);
}

static bool whole(double number) {
    return number >= EXACT_LIMIT || number <= -EXACT_LIMIT || number == (double)(int64_t)number;
}

void number_plain(struct buf *out, const char *value, size_t length) {
    double number;
    if (whole_already(value, length) || !number_of(value, length, &number))
        buf_add(out, value, length);
    else if (whole(number) && number < WHOLE_LIMIT && number > -WHOLE_LIMIT)
        buf_add_format(out, "%.0f", number == 0 ? 0.0 : number); /* no "-0" */
    else
        buf_add_format(out, "%.*g", EXACT_DIGITS, number);
}

/* How many digits the format shows at least: all places from its first zero on. */
static size_t least_digits(const char *code) {
    size_t digits = 0;
    for (const char *at = code, *behind; *at && *at != ';'; at = behind) {
        behind = skip_literal(at);
        if (behind != at) continue;
        behind = at + 1;
        if (*at == '0' || (*at == '#' && digits)) digits++;
    }
    return digits;
}

static void add_literal(struct buf *out, const char *at, const char *behind) {
    if (*at == '"')
        buf_add(out, at + 1, (size_t)(behind - at) - (behind[-1] == '"' && behind - at > 1 ? 2 : 1));
    else if (*at == '\\' && behind - at == 2)
        buf_add(out, at + 1, 1);
    else if (*at == '_')
        buf_add_char(out, ' ');
}

/* The digits into the places of the format, from the left; the first place takes those for which there are none. */
static void fill_places(struct buf *out, const char *code, const char *digits, size_t count, size_t places) {
    bool in_number = false;
    for (const char *at = code, *behind; *at && *at != ';'; at = behind) {
        behind = skip_literal(at);
        if (behind != at) {
            add_literal(out, at, behind);
            continue;
        }
        behind = at + 1;
        if (*at == '0' || (*at == '#' && in_number)) {
            size_t take = in_number ? 1 : count - places + 1;
            in_number = true;
            buf_add(out, digits, take);
            digits += take;
        } else if (*at != '#')
            buf_add_char(out, *at);
    }
}

void number_padded(struct buf *out, const char *value, size_t length, const char *code) {
    double number;
    char digits[MOST_SHOWN + 1];
    size_t places = least_digits(code);
    if (!number_of(value, length, &number) || number < 0 || number >= 1e15 || places > MOST_SHOWN) {
        number_plain(out, value, length);
        return;
    }
    snprintf(digits, sizeof digits, "%0*lld", (int)places, (long long)(number + 0.5));
    size_t before = out->length;
    fill_places(out, code, digits, strlen(digits), places);
    while (out->length > before && out->bytes[out->length - 1] == ' ') buf_cut(out, out->length - 1);
}

/* -- dates --------------------------------------------------------------------------------------------- */
static void add_time(struct buf *out, long seconds) {
    buf_add_format(out, "%02ld:%02ld:%02ld", seconds / 3600, seconds / 60 % 60, seconds % 60);
}

static void add_day(struct buf *out, long serial, bool date1904) {
    int year, month, day;
    if (!date1904 && serial == FALSE_LEAP_DAY) {
        buf_add_text(out, "1900-02-29");
        return;
    }
    day_split(serial - (date1904 ? DAYS_1904 : DAYS_1900) + (!date1904 && serial < FALSE_LEAP_DAY), &year, &month, &day);
    buf_add_format(out, "%04d-%02d-%02d", year, month, day);
}

void number_date(struct buf *out, const char *value, size_t length, bool date1904) {
    double number;
    if (!number_of(value, length, &number) || number < 0 || number > LAST_DAY_1900) {
        number_plain(out, value, length);
        return;
    }
    long serial = (long)number, seconds = (long)((number - (double)serial) * DAY_SECONDS + 0.5);
    if (seconds == DAY_SECONDS) {
        serial++;
        seconds = 0;
    }
    bool has_day = serial || (date1904 && !seconds);
    if (has_day) add_day(out, serial, date1904);
    if (has_day && !seconds) return;
    if (has_day) buf_add_char(out, ' ');
    add_time(out, seconds);
}

void number_iso_date(struct buf *out, const char *value, size_t length) {
    enum { DATE = 10, TIME = 8 };
    if (length <= DATE || value[DATE] != 'T') {
        buf_add(out, value, length);
        return;
    }
    buf_add(out, value, DATE);
    if (length < DATE + 1 + TIME || strncmp(value + DATE + 1, "00:00:00", TIME)) {
        size_t rest = length - DATE - 1;
        buf_add_char(out, ' ');
        buf_add(out, value + DATE + 1, rest < TIME ? rest : TIME);
    }
}
