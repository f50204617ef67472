/* The calendar out: what any calendar program shows of a campaign, as whole days (RFC 5545; METHOD:PUBLISH, RFC 5546 section 3.2.1).
 * A file that is read again replaces its earlier self: each event keeps its UID, and SEQUENCE rises with the schedule's. */
#ifndef SCHEDULES_CALENDAR_H
#define SCHEDULES_CALENDAR_H

#include "base/buf.h"

struct calendar_source {
    const char *uid;       /* the schedule's: what the UIDs of the campaign's events are made of */
    const char *title;     /* « Enquête ASCO » */
    int sequence;          /* the schedule's */
    int64_t dtstamp_ms;    /* of the same message always the same: its Date */
    const char *organizer_name, *organizer_address; /* the sender, whom RFC 5546 wants named; "" while there is none */
};

/* The deadline alone, a whole file, the same event as in the plan: text/calendar; charset=UTF-8; method=PUBLISH, to be attached to a message. url: where to
 * answer, "" = none. Lines end in CRLF; the same source gives the same bytes. */
void calendar_deadline(const struct calendar_source *source, int64_t due_day, const char *url, struct buf *out);

/* A calendar of several events: begin, then each, then end. */
struct calendar_event {
    const char *key;       /* what it is within the campaign: "vague-rappel-j7"; the beginning of its UID */
    const char *summary, *description, *url; /* any UTF-8, line ends allowed; "" = none */
    int64_t day;           /* days since 1970 */
    bool cancelled;        /* it will not take place: calendar programs strike it out */
};
void calendar_begin(const struct calendar_source *source, struct buf *out);
void calendar_add(const struct calendar_source *source, const struct calendar_event *event, struct buf *out);
void calendar_add_deadline(const struct calendar_source *source, int64_t due_day, const char *url, struct buf *out);
void calendar_end(struct buf *out);

#endif
