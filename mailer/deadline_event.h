/* The deadline as an event for the recipients' calendars: one all-day VEVENT, METHOD:PUBLISH (RFC 5545, RFC 5546). */
#ifndef MAILER_DEADLINE_EVENT_H
#define MAILER_DEADLINE_EVENT_H

#include "base/buf.h"
#include "schedules/schedule.h"

struct deadline_event {
    const struct schedule *schedule; /* UID, DUE and SEQUENCE: an extension raises it, and moves the same event */
    const char *title;               /* of the campaign */
    const char *organizer_name, *organizer_address;
    const char *url;                 /* "" = none */
    int64_t dtstamp_ms;
};
/* Appends the whole VCALENDAR: CRLF, lines of at most 75 octets, no character cut. */
void deadline_event_write(const struct deadline_event *event, struct buf *out);

#endif
