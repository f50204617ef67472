/* What a schedule file may hold: which components inside which, which properties, which parameters. */
#ifndef SCHEDULES_SCHEDULE_GRAMMAR_H
#define SCHEDULES_SCHEDULE_GRAMMAR_H

#include "schedules/ical_lines.h"

enum schedule_item {
    ITEM_IGNORED, /* allowed, and without effect on a mailing */
    ITEM_BEGIN, ITEM_END,
    ITEM_VERSION, ITEM_CALSCALE, ITEM_METHOD, ITEM_DTSTAMP,
    ITEM_UID, ITEM_SEQUENCE, ITEM_TITLE, ITEM_DUE, ITEM_SEND_AT, ITEM_WINDOW, ITEM_LATE,
    ITEM_WAVE, ITEM_ACTION, ITEM_TRIGGER, ITEM_WAVE_TITLE, ITEM_AUDIENCE, ITEM_TEMPLATE, ITEM_UNCERTAIN,
    ITEM_COUNT
};

/* Gives each line its item. ERR_INPUT with its line when the file is not one VCALENDAR with one VTODO with 1
 * to SCHEDULE_WAVES VALARM, or holds anything that is not in the table. Values are not looked at. */
bool schedule_grammar(struct ical_lines *lines, struct err *err);

/* How a line of this item is written: an example for a message's remedy, to be put between « and ». */
const char *schedule_form(int item);

#endif
