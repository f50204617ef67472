/* French figures, in integers all the way: no locale, no binary fraction to round twice. */
#include "mailer/reports/french_numbers.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char NARROW_SPACE[] = "\u202f", NO_BREAK_SPACE[] = "\u00a0", MINUS[] = "\u2212",
                  DASH[] = "\u2013";

void french_integer(int64_t number, char out[FRENCH_NUMBER]) {
    char digits[24];
    uint64_t size = number < 0 ? -(uint64_t)number : (uint64_t)number;
    int count = snprintf(digits, sizeof digits, "%" PRIu64, size);
    size_t at = 0;
    if (number < 0) at += (size_t)snprintf(out, FRENCH_NUMBER, "%s", MINUS);
    for (int i = 0; i < count; i++) {
        bool apart = i > 0 && (count - i) % 3 == 0;
        at += (size_t)snprintf(out + at, FRENCH_NUMBER - at, "%s%c", apart ? NARROW_SPACE : "", digits[i]);
    }
}

int64_t permille(int64_t part, int64_t whole) {
    return whole > 0 ? (part * 2000 + whole) / (whole * 2) : 0;
}

void french_percent(int64_t part, int64_t whole, char out[FRENCH_NUMBER]) {
    if (whole <= 0) {
        snprintf(out, FRENCH_NUMBER, "%s", DASH);
        return;
    }
    int64_t tenths = permille(part, whole);
    char units[FRENCH_NUMBER];
    french_integer(tenths / 10, units);
    snprintf(out, FRENCH_NUMBER, "%.40s,%d%s%%", units, (int)(tenths % 10), NO_BREAK_SPACE);
}

void french_count(int64_t number, const char *one, const char *several, char *out, size_t size_bytes) {
    char figure[FRENCH_NUMBER];
    french_integer(number, figure);
    bool plural = number >= 2 || number <= -2;
    snprintf(out, size_bytes, "%s%s%s", figure, NO_BREAK_SPACE, plural ? several : one);
}
