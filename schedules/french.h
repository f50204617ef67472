/* Dates as French people write them. */
#ifndef SCHEDULES_FRENCH_H
#define SCHEDULES_FRENCH_H

#include "base/common.h"

enum { FRENCH_DATE = 64 };
void french_date(int64_t day, char out[FRENCH_DATE]);       /* vendredi 30 janvier 2026, vendredi 1er mai 2026 */
void french_short_date(int64_t day, char out[FRENCH_DATE]); /* 30/01/2026 */
/* "YYYY-MM-DD" to days since 1970, and back; also 30/01/2026. Impossible dates are refused. */
bool day_parse(const char *text, int64_t *day);
void day_write(int64_t day, char out[11]);

#endif
