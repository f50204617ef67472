/* Working days in France: weekends, the national holidays (Code du travail L3133-1; Easter by computus),
 * Alsace-Moselle's two more (57, 67, 68), overseas abolition days, the Pacific territories' own; and closures. */
#ifndef SCHEDULES_WORKDAYS_H
#define SCHEDULES_WORKDAYS_H

#include "schedules/closures.h"

/* From now on these days are closed too, for this whole process (NULL = none more). Borrowed: it must outlive the last
 * question. Everybody who asks for a working day means the same ones, so they are not handed from call to call. */
void workdays_close(const struct closures *closures);

int64_t easter_sunday(int year); /* days since 1970; Gregorian computus, 1583 on */
/* A public holiday or a closure. name: French, may be NULL. */
bool holiday(int64_t day, const char *department, const char **name);
bool working_day(int64_t day, const char *department);
int64_t working_day_at_or_before(int64_t day, const char *department);
int64_t working_day_at_or_after(int64_t day, const char *department);
/* day moved forward by count working days; count 0 gives the day itself. */
int64_t working_days_after(int64_t day, int count, const char *department);

#endif
