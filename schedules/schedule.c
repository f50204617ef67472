/* A schedule as a record: names of audiences, send windows, waves added, and the file written from it. */
#include "schedules/schedule.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

const char *const AUDIENCE[AUDIENCE_COUNT] = {
    [AUDIENCE_RELAYS] = "relays",
    [AUDIENCE_INFORMED] = "informed",
    [AUDIENCE_INFORMED_ONLY] = "informed-only",
    [AUDIENCE_SELECTED] = "selected",
    [AUDIENCE_SELECTED_UNANSWERED] = "selected-unanswered",
    [AUDIENCE_ANSWERED] = "answered",
};

int audience_of(const char *word) {
    for (int i = 0; i < AUDIENCE_COUNT; i++)
        if (!strcmp(AUDIENCE[i], word)) return i;
    return -1;
}

void schedule_release(struct schedule *schedule) {
    free(schedule->waves);
    schedule->waves = NULL;
    schedule->wave_count = 0;
}

void schedule_add_wave(struct schedule *schedule, const struct schedule_wave *wave) {
    schedule->waves = mem_grow(schedule->waves, schedule->wave_count + 1, sizeof *schedule->waves);
    schedule->waves[schedule->wave_count++] = *wave;
}

/* -- send windows -------------------------------------------------------------------------------------- */
static const char WEEKDAY[7][3] = {"MO", "TU", "WE", "TH", "FR", "SA", "SU"};
enum { DAY_MINUTES = 24 * 60, MONDAY_TO_FRIDAY = 0x1F };

const char *minute_parse(const char *text, int *minute) {
    static const char SHAPE[] = "00:00";
    for (size_t i = 0; i < sizeof SHAPE - 1; i++)
        if (SHAPE[i] == ':' ? text[i] != ':' : text[i] < '0' || text[i] > '9') return NULL;
    int hours = (text[0] - '0') * 10 + text[1] - '0', minutes = (text[3] - '0') * 10 + text[4] - '0';
    *minute = hours * 60 + minutes;
    return minutes <= 59 && *minute <= DAY_MINUTES ? text + sizeof SHAPE - 1 : NULL;
}

static int weekday_at(const char **text) {
    for (int i = 0; i < 7; i++)
        if (!strncmp(*text, WEEKDAY[i], 2)) return *text += 2, i;
    return -1;
}

/* "MO-WE" or "FR"; a day named twice is a slip of the pen somewhere, so it is refused. */
static bool weekdays_at(const char **text, unsigned *weekdays) {
    int first = weekday_at(text), last = first;
    if (first >= 0 && **text == '-') {
        ++*text;
        last = weekday_at(text);
    }
    if (first < 0 || last < first) return false;
    for (int i = first; i <= last; i++) {
        if (*weekdays & 1u << i) return false;
        *weekdays |= 1u << i;
    }
    return true;
}

bool window_parse(const char *text, struct send_window *window) {
    struct send_window read = {0};
    do {
        if (!weekdays_at(&text, &read.weekdays)) return false;
    } while (*text == ',' && text++);
    if (*text++ != ' ') return false;
    text = minute_parse(text, &read.opens_minute);
    if (!text || *text++ != '-') return false;
    text = minute_parse(text, &read.closes_minute);
    if (!text || *text || read.opens_minute >= read.closes_minute || !(read.weekdays & MONDAY_TO_FRIDAY))
        return false;
    *window = read;
    return true;
}

void window_write(const struct send_window *window, char out[64]) {
    size_t used = 0;
    for (int first = 0; first < 7; first++) {
        if (!(window->weekdays & 1u << first)) continue;
        int last = first;
        while (last < 6 && window->weekdays & 1u << (last + 1)) last++;
        if (last == first + 1) last = first; /* two days read better one by one */
        const char *comma = used ? "," : "";
        used += (size_t)(last > first ? snprintf(out + used, 64 - used, "%s%s-%s", comma, WEEKDAY[first],
                                                 WEEKDAY[last])
                                      : snprintf(out + used, 64 - used, "%s%s", comma, WEEKDAY[first]));
        first = last;
    }
    snprintf(out + used, 64 - used, " %02d:%02d-%02d:%02d", window->opens_minute / 60,
             window->opens_minute % 60, window->closes_minute / 60, window->closes_minute % 60);
}

/* -- the file ------------------------------------------------------------------------------------------ */
enum { FOLD_OCTETS = 75, LINE_BYTES = 4096 };

/* RFC 5545 section 3.1: at most 75 octets a line, the space that continues it included. Never inside a
 * character. */
static void add_line(struct buf *out, const char *name, const char *value) {
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
static void add_text(struct buf *out, const char *name, const char *text) {
    AUTO_BUF escaped = BUF_INIT(LINE_BYTES);
    for (; *text; text++) {
        if (strchr("\\;,", *text)) buf_add_char(&escaped, '\\');
        if (*text == '\n')
            buf_add_text(&escaped, "\\n");
        else
            buf_add_char(&escaped, *text);
    }
    add_line(out, name, buf_text(&escaped));
}

static void add_format(struct buf *out, const char *name, const char *format, ...) PRINTF_LIKE(3, 4);
static void add_format(struct buf *out, const char *name, const char *format, ...) {
    AUTO_BUF value = BUF_INIT(LINE_BYTES);
    va_list args;
    va_start(args, format);
    buf_add_format_args(&value, format, args);
    va_end(args);
    add_line(out, name, buf_text(&value));
}

static void add_day(struct buf *out, const char *name, int64_t day) {
    int year, month, day_of_month;
    day_split(day, &year, &month, &day_of_month);
    add_format(out, name, "%04d%02d%02d", year, month, day_of_month);
}

static void add_instant(struct buf *out, const char *name, int64_t instant_ms) {
    int64_t day = instant_ms / DAY_MS - (instant_ms % DAY_MS < 0);
    int year, month, day_of_month, seconds = (int)((instant_ms - day * DAY_MS) / 1000);
    day_split(day, &year, &month, &day_of_month);
    add_format(out, name, "%04d%02d%02dT%02d%02d%02dZ", year, month, day_of_month, seconds / 3600,
               seconds / 60 % 60, seconds % 60);
}

static void add_wave(struct buf *out, const struct schedule_wave *wave) {
    add_line(out, "BEGIN", "VALARM");
    add_text(out, "UID", wave->name);
    add_line(out, "ACTION", "EMAIL");
    if (wave->relative)
        add_format(out, "TRIGGER;RELATED=END", "%sP%dD", wave->offset_days < 0 ? "-" : "",
                   abs(wave->offset_days));
    else
        add_instant(out, "TRIGGER;VALUE=DATE-TIME", wave->at_ms);
    add_text(out, "SUMMARY", wave->title);
    add_text(out, "DESCRIPTION", wave->title); /* RFC 5545 section 3.6.6 requires one of an e-mail alarm */
    add_format(out, "ATTENDEE;CUTYPE=GROUP", "urn:relais:%s", AUDIENCE[wave->audience]);
    add_line(out, "ATTACH;FMTTYPE=text/markdown", wave->template);
    add_line(out, "END", "VALARM");
}

void schedule_write(const struct schedule *schedule, int64_t dtstamp_ms, struct buf *out) {
    char window[64];
    window_write(&schedule->window, window);
    add_line(out, "BEGIN", "VCALENDAR");
    add_line(out, "VERSION", "2.0");
    add_line(out, "PRODID", "-//Relais//Campagne//FR");
    add_line(out, "BEGIN", "VTODO");
    add_text(out, "UID", schedule->uid);
    add_instant(out, "DTSTAMP", dtstamp_ms);
    add_format(out, "SEQUENCE", "%d", schedule->sequence);
    if (schedule->title[0]) add_text(out, "SUMMARY", schedule->title);
    add_day(out, "DUE;VALUE=DATE", schedule->due_day);
    add_format(out, "X-RELAIS-SEND-AT", "%02d:%02d", schedule->send_minute / 60, schedule->send_minute % 60);
    add_text(out, "X-RELAIS-WINDOW", window);
    add_format(out, "X-RELAIS-LATE", "P%dD", schedule->late_working_days);
    for (size_t i = 0; i < schedule->wave_count; i++) add_wave(out, &schedule->waves[i]);
    add_line(out, "END", "VTODO");
    add_line(out, "END", "VCALENDAR");
}
