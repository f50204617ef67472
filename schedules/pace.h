/* How long mailings take: so many messages a minute, so many a day, only while each recipient's window is open. */
#ifndef SCHEDULES_PACE_H
#define SCHEDULES_PACE_H

#include "schedules/schedule.h"

struct pace { int64_t a_minute, a_day; }; /* 0 = no limit; days are Paris's */

/* Messages of one department that are due at one instant. */
struct pace_job {
    const struct send_window *window; /* borrowed */
    const char *department;           /* borrowed */
    int64_t at_ms, deadline_ms, count;
    int64_t done_ms, unsent; /* out: when the last one has left (at_ms when count is 0), and how many the deadline cuts off */
};
/* First come, first served, as the sender does. ERR_FATAL when a zone's rules are missing. */
bool pace_run(const struct pace *pace, struct pace_job *jobs, size_t count, struct err *err);

#endif
