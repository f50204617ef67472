/* A campaign's days as VEVENTs. */
#include "schedules/calendar.h"

#include "schedules/french.h"
#include "schedules/ical_write.h"

enum { TEXT_BYTES = 1 << 16 };

void calendar_begin(const struct calendar_source *source, struct buf *out) {
    ical_add_line(out, "BEGIN", "VCALENDAR");
    ical_add_line(out, "VERSION", "2.0");
    ical_add_line(out, "PRODID", "-//Relais//Calendrier//FR");
    ical_add_line(out, "CALSCALE", "GREGORIAN");
    ical_add_line(out, "METHOD", "PUBLISH");
    ical_add_text(out, "X-WR-CALNAME", source->title); /* what calendar programs name it; none reads NAME of RFC 7986 alone */
}

/* A parameter's value cannot hold quotes or control characters, whatever stands before it (RFC 5545 section 3.2). */
static void add_organizer(const struct calendar_source *source, struct buf *out) {
    AUTO_BUF name = BUF_INIT(TEXT_BYTES);
    if (!*source->organizer_address) return;
    buf_add_text(&name, "ORGANIZER");
    if (*source->organizer_name) buf_add_text(&name, ";CN=\"");
    for (const char *at = source->organizer_name; *at; at++)
        if ((unsigned char)*at >= ' ' && *at != 0x7F) buf_add_char(&name, *at == '"' ? '\'' : *at);
    if (*source->organizer_name) buf_add_char(&name, '"');
    ical_add_format(out, buf_text(&name), "mailto:%s", source->organizer_address);
}

void calendar_add(const struct calendar_source *source, const struct calendar_event *event, struct buf *out) {
    AUTO_BUF uid = BUF_INIT(TEXT_BYTES);
    buf_add_format(&uid, "%s-%s", event->key, source->uid);
    ical_add_line(out, "BEGIN", "VEVENT");
    ical_add_text(out, "UID", buf_text(&uid));
    ical_add_instant(out, "DTSTAMP", source->dtstamp_ms);
    ical_add_format(out, "SEQUENCE", "%d", source->sequence);
    ical_add_day(out, "DTSTART;VALUE=DATE", event->day);
    ical_add_day(out, "DTEND;VALUE=DATE", event->day + 1); /* exclusive: one whole day */
    ical_add_text(out, "SUMMARY", event->summary);
    if (*event->description) ical_add_text(out, "DESCRIPTION", event->description);
    if (*event->url) ical_add_line(out, "URL", event->url);
    add_organizer(source, out);
    ical_add_line(out, "STATUS", event->cancelled ? "CANCELLED" : "CONFIRMED");
    ical_add_line(out, "TRANSP", "TRANSPARENT"); /* nobody is busy for it */
    ical_add_line(out, "END", "VEVENT");
}

void calendar_add_deadline(const struct calendar_source *source, int64_t due_day, const char *url, struct buf *out) {
    AUTO_BUF summary = BUF_INIT(TEXT_BYTES);
    AUTO_BUF description = BUF_INIT(TEXT_BYTES);
    char french[FRENCH_DATE];
    french_date(due_day, french);
    buf_add_format(&summary, "Dernier jour pour répondre : %s", source->title);
    buf_add_format(&description, "Réponses attendues jusqu'au %s à minuit, heure de Paris.", french);
    calendar_add(source, &(struct calendar_event){.key = "echeance", .summary = buf_text(&summary), .description = buf_text(&description),
                                                  .url = url, .day = due_day}, out);
}

void calendar_end(struct buf *out) { ical_add_line(out, "END", "VCALENDAR"); }

void calendar_deadline(const struct calendar_source *source, int64_t due_day, const char *url, struct buf *out) {
    calendar_begin(source, out);
    calendar_add_deadline(source, due_day, url, out);
    calendar_end(out);
}
