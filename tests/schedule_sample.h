/* The schedule whose lines the tests of schedules change one by one. */
#ifndef TESTS_SCHEDULE_SAMPLE_H
#define TESTS_SCHEDULE_SAMPLE_H

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"

/* The line numbers below count in this text. */
static const char GOOD[] = "BEGIN:VCALENDAR\r\n"                                      /* 1 */
                           "VERSION:2.0\r\n"                                          /* 2 */
                           "PRODID:-//Relais//Campagne//FR\r\n"                       /* 3 */
                           "BEGIN:VTODO\r\n"                                          /* 4 */
                           "UID:essai@amf.example\r\n"                                /* 5 */
                           "DTSTAMP:20251201T080000Z\r\n"                             /* 6 */
                           "SEQUENCE:1\r\n"                                           /* 7 */
                           "SUMMARY:Enquête d'essai\r\n"                              /* 8 */
                           "DUE;VALUE=DATE:20260130\r\n"                              /* 9 */
                           "X-RELAIS-SEND-AT:09:30\r\n"                               /* 10 */
                           "X-RELAIS-WINDOW:MO-FR 08:30-17:30\r\n"                    /* 11 */
                           "X-RELAIS-LATE:P1D\r\n"                                    /* 12 */
                           "BEGIN:VALARM\r\n"                                         /* 13 */
                           "UID:information\r\n"                                      /* 14 */
                           "ACTION:EMAIL\r\n"                                         /* 15 */
                           "TRIGGER;VALUE=DATE-TIME:20251208T083000Z\r\n"             /* 16 */
                           "SUMMARY:Information\r\n"                                  /* 17 */
                           "DESCRIPTION:Message\r\n"                                  /* 18 */
                           "ATTENDEE;CUTYPE=GROUP:urn:relais:informed\r\n"            /* 19 */
                           "ATTACH;FMTTYPE=text/markdown:information.md\r\n"          /* 20 */
                           "END:VALARM\r\n"                                           /* 21 */
                           "BEGIN:VALARM\r\n"                                         /* 22 */
                           "UID:rappel-j14\r\n"                                       /* 23 */
                           "ACTION:EMAIL\r\n"                                         /* 24 */
                           "TRIGGER;RELATED=END:-P14D\r\n"                            /* 25 */
                           "SUMMARY:Rappel\r\n"                                       /* 26 */
                           "DESCRIPTION:Rappel\r\n"                                   /* 27 */
                           "ATTENDEE;CUTYPE=GROUP:urn:relais:selected-unanswered\r\n" /* 28 */
                           "ATTACH;FMTTYPE=text/markdown:rappel-j14.md\r\n"           /* 29 */
                           "END:VALARM\r\n"                                           /* 30 */
                           "END:VTODO\r\n"                                            /* 31 */
                           "END:VCALENDAR\r\n";                                       /* 32 */

/* GOOD with its first `what` replaced; what "" puts the text behind everything. */
static inline void with(struct buf *out, const char *what, const char *put) {
    const char *at = *what ? strstr(GOOD, what) : GOOD + sizeof GOOD - 1;
    if (!at) abort();
    buf_add(out, GOOD, (size_t)(at - GOOD));
    buf_add_text(out, put);
    buf_add_text(out, at + strlen(what));
}

#endif
