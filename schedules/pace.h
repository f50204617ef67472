/* How long mailings take: so many messages a minute, over all and to each group of recipients that has a rate of its own, so many
 * a day, only while each recipient's window is open. */
#ifndef SCHEDULES_PACE_H
#define SCHEDULES_PACE_H

#include "schedules/schedule.h"

struct pace {
    int64_t a_minute, a_day; /* 0 = no limit; days are Paris's */
    const int64_t *groups;   /* messages a minute of each group, 0 = no limit; borrowed */
    size_t group_count;
};

/* Messages of one department, and of one group of recipients, that are due at one instant. */
struct pace_job {
    const struct send_window *window; /* borrowed */
    const char *department;           /* borrowed */
    int64_t at_ms, deadline_ms, count;
    size_t group;                     /* its place in groups, counted from 1; 0 = none */
    int64_t done_ms, unsent; /* out: when the last one has left (at_ms when count is 0), and how many the deadline cuts off */
};
/* First come, first served, as the sender does; while a group keeps its messages waiting, others go. ERR_FATAL when a zone's rules are missing. */
bool pace_run(const struct pace *pace, struct pace_job *jobs, size_t count, struct err *err);

#endif
