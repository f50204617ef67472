/* Content lines of an iCalendar file, written: folded, escaped (RFC 5545). */
#include "schedules/ical_write.h"

#include <stdarg.h>
#include <string.h>

#include "base/clock.h"

enum { FOLD_OCTETS = 75, LINE_BYTES = 1 << 16 };

/* RFC 5545 section 3.1: at most 75 octets a line, the space that continues it included. Never inside a
 * character. */
void ical_add_line(struct buf *out, const char *name, const char *value) {
    AUTO_BUF line = BUF_INIT(LINE_BYTES);
    buf_add_format(&line, "%s:%s", name, value);
    const char *at = buf_text(&line);
    size_t left = line.length, room = FOLD_OCTETS;
    while (left > room) {
        size_t piece = room;
        while (((unsigned char)at[piece] & 0xC0) == 0x80) piece--;
        buf_add(out, at, piece);
        buf_add_text(out, "\r\n ");
        at += piece;
        left -= piece;
        room = FOLD_OCTETS - 1;
    }
    buf_add(out, at, left);
    buf_add_text(out, "\r\n");
}

/* RFC 5545 section 3.3.11. */
void ical_add_text(struct buf *out, const char *name, const char *text) {
    AUTO_BUF escaped = BUF_INIT(LINE_BYTES);
    for (; *text; text++) {
        if (strchr("\\;,", *text)) buf_add_char(&escaped, '\\');
        if (*text == '\n')
            buf_add_text(&escaped, "\\n");
        else if ((unsigned char)*text >= ' ' && *text != 0x7F)
            buf_add_char(&escaped, *text);
    }
    ical_add_line(out, name, buf_text(&escaped));
}

void ical_add_format(struct buf *out, const char *name, const char *format, ...) {
    AUTO_BUF value = BUF_INIT(LINE_BYTES);
    va_list args;
    va_start(args, format);
    buf_add_format_args(&value, format, args);
    va_end(args);
    ical_add_line(out, name, buf_text(&value));
}

void ical_add_day(struct buf *out, const char *name, int64_t day) {
    int year, month, day_of_month;
    day_split(day, &year, &month, &day_of_month);
    ical_add_format(out, name, "%04d%02d%02d", year, month, day_of_month);
}

void ical_add_instant(struct buf *out, const char *name, int64_t instant_ms) {
    int64_t day = instant_ms / DAY_MS - (instant_ms % DAY_MS < 0);
    int year, month, day_of_month, seconds = (int)((instant_ms - day * DAY_MS) / 1000);
    day_split(day, &year, &month, &day_of_month);
    ical_add_format(out, name, "%04d%02d%02dT%02d%02d%02dZ", year, month, day_of_month, seconds / 3600,
               seconds / 60 % 60, seconds % 60);
}
