/* Local time of a department: where its mayor's clock stands, over the system's tzdata (RFC 8536 files). */
#ifndef SCHEDULES_ZONES_H
#define SCHEDULES_ZONES_H

#include "base/err.h"

enum { PARIS_OFFSET_UNKNOWN = 9999 };

/* IANA name for a department code ("29", "974", "2A", "988"); Europe/Paris for metropolitan France, for ""
 * and for codes nobody knows. */
const char *zone_of_department(const char *department);

/* Reads the zone's rules, once for the life of the process. ERR_FATAL NO_ZONE when they are missing or
 * damaged: call it at start, for the functions below that cannot say so. */
bool zone_ready(const char *zone, struct err *err);

/* Days since 1970 and minutes of a local day to an instant: of an overlap the first, a gap moved forward by
 * its length (RFC 5545 3.3.5). ERR_FATAL when tzdata is missing. */
bool zone_to_instant(const char *zone, int64_t day, int minute_of_day, int64_t *instant_ms, struct err *err);
/* Minutes east of UTC at that instant; zones are read once and kept. PARIS_OFFSET_UNKNOWN without tzdata. */
int zone_offset_minutes(const char *zone, int64_t instant_ms);
/* The local day (days since 1970) and minute of day of an instant; UTC's without tzdata. */
void zone_local(const char *zone, int64_t instant_ms, int64_t *day, int *minute_of_day);

#endif
