/* Content lines of an iCalendar file, written: CRLF, folded at 75 octets and never inside a character, texts escaped. */
#ifndef SCHEDULES_ICAL_WRITE_H
#define SCHEDULES_ICAL_WRITE_H

#include "base/buf.h"

/* name may carry parameters ("DUE;VALUE=DATE"); value is written as it is. */
void ical_add_line(struct buf *out, const char *name, const char *value);
/* RFC 5545 section 3.3.11: \\ ; , and line ends are escaped; other control characters are left out, for no calendar may hold them. */
void ical_add_text(struct buf *out, const char *name, const char *text);
void ical_add_format(struct buf *out, const char *name, const char *format, ...) PRINTF_LIKE(3, 4);
void ical_add_day(struct buf *out, const char *name, int64_t day);             /* 20260130 */
void ical_add_instant(struct buf *out, const char *name, int64_t instant_ms);  /* 20260130T083000Z */

#endif
