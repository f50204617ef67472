/* What a cell says about a collectivity's place in a survey: status words, answer dates (RULES 9, 17). Pure. */
#ifndef LISTS_STATUS_H
#define LISTS_STATUS_H

#include "lists/vocabulary.h"

#define NO_DAY INT64_MIN

/* What the cells of one row say together: start with STATUS_NOTHING, give it every status-bearing cell. */
struct status_said {
    enum list_status status; /* strongest of the cells */
    enum list_status beside; /* strongest that is no opposition: an opposition is the address's, this the collectivity's */
    int64_t answered_day;    /* days since 1970; the earliest; NO_DAY = none given */
    bool unknown;            /* a word nobody knows: counts as informed */
    bool bad_date;           /* a date that cannot be read, or lies behind today: ignored */
    bool date1904;           /* given: day numbers count from 1904 */
};
#define STATUS_NOTHING ((struct status_said){.status = LIST_INFORMED, .answered_day = NO_DAY})

void status_cell(struct status_said *said, enum column_role role, const char *text, size_t length, int64_t today_day);

/* A date as people write it: d/m/y (2-digit year = 20yy), y-m-d, "14 janv. 2026", "1er décembre 2025", a weekday
 * before, a time behind, or a spreadsheet's day number (1900 system). NO_DAY unless it is one of 2000-2100. */
int64_t date_read(const char *text, size_t length);
int64_t date_read_in(const char *text, size_t length, bool date1904); /* of a workbook whose days count from 1904 */

#endif
