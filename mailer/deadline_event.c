/* Writing the deadline's event. */
#include "mailer/deadline_event.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"

enum { LINE_OCTETS = 75, LINE_BYTES = 4000 };

/* Folded between characters (RFC 5545 3.1). */
static void add_line(struct buf *out, const char *line) {
    size_t room = LINE_OCTETS;
    while (strlen(line) > room) {
        size_t cut = room;
        while (((unsigned char)line[cut] & 0xC0) == 0x80) cut--;
        buf_add(out, line, cut);
        buf_add_text(out, "\r\n ");
        line += cut;
        room = LINE_OCTETS - 1;
    }
    buf_add_text(out, line);
    buf_add_text(out, "\r\n");
}

/* TEXT (RFC 5545 3.3.11). */
static void add_text(struct buf *out, const char *name, const char *text) {
    char line[LINE_BYTES];
    size_t used = (size_t)snprintf(line, sizeof line, "%s:", name);
    for (; *text && used + 3 < sizeof line; text++) {
        if (strchr("\\;,\n", *text)) line[used++] = '\\';
        line[used++] = *text == '\n' ? 'n' : *text;
    }
    line[used] = '\0';
    add_line(out, line);
}

/* A parameter's value stands in quotes and cannot hold any. */
static void add_organizer(struct buf *out, const struct deadline_event *event) {
    char name[200], line[LINE_BYTES];
    snprintf(name, sizeof name, "%s", *event->organizer_name ? event->organizer_name : event->organizer_address);
    for (char *at = name; *at; at++)
        if (*at == '"') *at = '\'';
    snprintf(line, sizeof line, "ORGANIZER;CN=\"%s\":mailto:%s", name, event->organizer_address);
    add_line(out, line);
}

static void add_day(struct buf *out, const char *name, int64_t day) {
    int year, month, day_of_month;
    day_split(day, &year, &month, &day_of_month);
    buf_add_format(out, "%s;VALUE=DATE:%04d%02d%02d\r\n", name, year, month, day_of_month);
}

static void add_stamp(struct buf *out, int64_t at_ms) {
    int year, month, day;
    int64_t second = at_ms / 1000 % 86400;
    day_split(at_ms / DAY_MS, &year, &month, &day);
    buf_add_format(out, "DTSTAMP:%04d%02d%02dT%02d%02d%02dZ\r\n", year, month, day, (int)(second / 3600), (int)(second / 60 % 60),
                   (int)(second % 60));
}

void deadline_event_write(const struct deadline_event *event, struct buf *out) {
    char line[LINE_BYTES];
    buf_add_text(out, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Relais//Campagne//FR\r\nMETHOD:PUBLISH\r\nBEGIN:VEVENT\r\n");
    snprintf(line, sizeof line, "UID:echeance-%s", event->schedule->uid);
    add_line(out, line);
    add_stamp(out, event->dtstamp_ms);
    buf_add_format(out, "SEQUENCE:%d\r\n", event->schedule->sequence);
    add_day(out, "DTSTART", event->schedule->due_day);
    add_day(out, "DTEND", event->schedule->due_day + 1);
    add_organizer(out, event);
    snprintf(line, sizeof line, "Dernier jour pour répondre : %s", event->title);
    add_text(out, "SUMMARY", line);
    if (*event->url) {
        snprintf(line, sizeof line, "URL:%s", event->url);
        add_line(out, line);
    }
    buf_add_text(out, "TRANSP:TRANSPARENT\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n");
}
