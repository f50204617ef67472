/* A schedule as a record: names of audiences, send windows, waves added, and the file written from it. */
#include "schedules/schedule.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schedules/ical_write.h"

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

const char *const UNCERTAIN[UNCERTAIN_COUNT] = {[UNCERTAIN_BY_AUDIENCE] = "", [UNCERTAIN_HOLD] = "hold", [UNCERTAIN_RESEND] = "resend"};

enum uncertain uncertain_of(enum uncertain said, enum audience audience) {
    if (said != UNCERTAIN_BY_AUDIENCE) return said;
    return audience == AUDIENCE_SELECTED_UNANSWERED ? UNCERTAIN_RESEND : UNCERTAIN_HOLD;
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
static void add_wave(struct buf *out, const struct schedule_wave *wave) {
    ical_add_line(out, "BEGIN", "VALARM");
    ical_add_text(out, "UID", wave->name);
    ical_add_line(out, "ACTION", "EMAIL");
    if (wave->relative)
        ical_add_format(out, "TRIGGER;RELATED=END", "%sP%dD", wave->offset_days < 0 ? "-" : "",
                   abs(wave->offset_days));
    else
        ical_add_instant(out, "TRIGGER;VALUE=DATE-TIME", wave->at_ms);
    ical_add_text(out, "SUMMARY", wave->title);
    ical_add_text(out, "DESCRIPTION", wave->title); /* RFC 5545 section 3.6.6 requires one of an e-mail alarm */
    ical_add_format(out, "ATTENDEE;CUTYPE=GROUP", "urn:relais:%s", AUDIENCE[wave->audience]);
    ical_add_line(out, "ATTACH;FMTTYPE=text/markdown", wave->template);
    if (wave->uncertain) ical_add_text(out, "X-RELAIS-UNCERTAIN", UNCERTAIN[wave->uncertain]);
    ical_add_line(out, "END", "VALARM");
}

void schedule_write(const struct schedule *schedule, int64_t dtstamp_ms, struct buf *out) {
    char window[64];
    window_write(&schedule->window, window);
    ical_add_line(out, "BEGIN", "VCALENDAR");
    ical_add_line(out, "VERSION", "2.0");
    ical_add_line(out, "PRODID", "-//Relais//Campagne//FR");
    ical_add_line(out, "BEGIN", "VTODO");
    ical_add_text(out, "UID", schedule->uid);
    ical_add_instant(out, "DTSTAMP", dtstamp_ms);
    ical_add_format(out, "SEQUENCE", "%d", schedule->sequence);
    if (schedule->title[0]) ical_add_text(out, "SUMMARY", schedule->title);
    ical_add_day(out, "DUE;VALUE=DATE", schedule->due_day);
    ical_add_format(out, "X-RELAIS-SEND-AT", "%02d:%02d", schedule->send_minute / 60, schedule->send_minute % 60);
    ical_add_text(out, "X-RELAIS-WINDOW", window);
    ical_add_format(out, "X-RELAIS-LATE", "P%dD", schedule->late_working_days);
    for (size_t i = 0; i < schedule->wave_count; i++) add_wave(out, &schedule->waves[i]);
    ical_add_line(out, "END", "VTODO");
    ical_add_line(out, "END", "VCALENDAR");
}
