/* A schedule that was read, kept as JSON: who needs it again need not read the calendar, nor load what reads calendars. */
#ifndef SCHEDULES_SCHEDULE_RECORD_H
#define SCHEDULES_SCHEDULE_RECORD_H

#include "schedules/schedule.h"

/* {"version": 1, "uid", "title", "due" (day), "sequence", "send_minute", "window" (as window_write), "late_working_days",
 *  "waves": [{"name", "title", "template", "audience", "uncertain", "line", "offset_days" or "at_ms"}]} */
void schedule_record_write(const struct schedule *schedule, struct buf *out);
/* False when it is not such a record, to the last value, or of another version: then the calendar is what to read. Nothing to release then. */
bool schedule_record_read(struct schedule *schedule, const char *text, size_t length) MUST_USE;

#endif
