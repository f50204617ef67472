/* When a wave goes out, department by department: the deadline, working days, windows, lateness. */
#ifndef SCHEDULES_PLAN_H
#define SCHEDULES_PLAN_H

#include "schedules/schedule.h"

/* The end of the deadline's day, Europe/Paris: the first instant at which nothing may be sent any more. */
bool plan_deadline_ms(int64_t due_day, int64_t *deadline_ms, struct err *err);
/* The instant a wave starts for a department. A relative wave: due_day + offset, the working day there at or
 * before it (one of the window's weekdays), at the send hour local time; an absolute one: its instant, or the
 * next opening of the window. All of these: ERR_FATAL when the zone's rules are missing. */
bool plan_instant_ms(const struct schedule *schedule, const struct schedule_wave *wave, const char *department,
                     int64_t *at_ms, struct err *err);
/* The first instant at or after at_ms that lies in the window on a working day there. */
bool plan_window_ms(const struct send_window *window, const char *department, int64_t at_ms, int64_t *open_ms,
                    struct err *err);
/* How much of the time from from_ms to to_ms is days, each beginning at from_ms's hour, in which the window never opens: weekends,
 * holidays. Those that lie behind each other count, and to_ms moves on by as much. */
bool plan_closed_ms(const struct send_window *window, const char *department, int64_t from_ms, int64_t to_ms, int64_t *closed_ms, struct err *err);
/* Last instant at which a wave due at at_ms may still start: the window's close, working days later. */
bool plan_latest_ms(const struct schedule *schedule, const char *department, int64_t at_ms, int64_t *latest_ms,
                    struct err *err);
/* The working day after that of after_ms at the send hour, for a department: when an announcement goes out. */
bool plan_next_working_ms(const struct schedule *schedule, const char *department, int64_t after_ms, int64_t *at_ms,
                          struct err *err);
/* The last day up to the deadline on which anything goes out there, at the send hour. */
bool plan_last_useful_ms(const struct schedule *schedule, const char *department, int64_t *at_ms, struct err *err);
/* When to write to somebody who is back on back_day (days since 1970): the working day after it at the send hour, never past the
 * last useful day. */
bool plan_after_absence_ms(const struct schedule *schedule, const char *department, int64_t back_day, int64_t *at_ms, struct err *err);

#endif
