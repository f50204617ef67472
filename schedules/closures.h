/* Further days on which nobody is at the town hall (school holidays, bridges): whole days of calendar files, everywhere
 * or in the departments they name. */
#ifndef SCHEDULES_CLOSURES_H
#define SCHEDULES_CLOSURES_H

#include "base/err.h"

enum { CLOSURES = 5000, CLOSURE_NAME = 200, CLOSURE_LONGEST_DAYS = 130 };

struct closures;
struct closures *closures_new(void);
void closures_free(struct closures *closures); /* NULL is fine */
AUTO_CLOSE(closures, closures_free)

/* Adds the VEVENTs of one calendar. A closure is DTSTART;VALUE=DATE to DTEND;VALUE=DATE (exclusive), or one day. Where:
 * X-RELAIS-DEPARTMENTS ("29,35,zone A"), else what LOCATION lists, else the school zones in SUMMARY, else those in the
 * calendar's name; everywhere when none says. Cancelled events and the first days of school close nothing.
 * ERR_INPUT with its line: CLOSURES_… or what schedules/ical_lines.h gives. */
bool closures_add(struct closures *closures, const char *bytes, size_t length, struct err *err);
/* Once all are added, before the first question. ERR_INPUT CLOSURES_ENDLESS when a department would be closed for more
 * than CLOSURE_LONGEST_DAYS on end: nothing could be planned there. */
bool closures_settle(struct closures *closures, struct err *err);

/* Whether that day is closed there, and as what (borrowed; may be NULL). */
bool closures_closed(const struct closures *closures, int64_t day, const char *department, const char **name);
struct closure_counts { size_t everywhere, somewhere; int64_t first_day, last_day; };
struct closure_counts closures_count(const struct closures *closures);

#endif
