/* The content lines of an iCalendar file (RFC 5545 section 3.1), unfolded, each with the line it began on. */
#ifndef SCHEDULES_ICAL_LINES_H
#define SCHEDULES_ICAL_LINES_H

#include "base/err.h"

enum { ICAL_BYTES = 1000000, ICAL_LINES = 10000, ICAL_PARAMS = 8 };

struct ical_param { const char *name, *value; }; /* value without its quotes */

struct ical_line {
    long line;               /* in the file, from 1; of a folded line the first */
    const char *raw;         /* the whole line, unfolded */
    size_t length;           /* of raw */
    const char *name, *value;
    struct ical_param params[ICAL_PARAMS];
    int param_count;
    int item;                /* enum schedule_item, given by schedules/schedule_grammar.h */
};

struct ical_lines {
    struct ical_line *all;
    size_t count;
    char *raw, *pieces; /* what the lines point into */
};

/* Every text in it is valid UTF-8 without control characters, so it may be quoted to a person. ERR_INPUT with
 * its line: SCHEDULE_TOO_LARGE, SCHEDULE_ENCODING, SCHEDULE_SYNTAX. Release it after a failure too. */
bool ical_lines_read(struct ical_lines *lines, const char *bytes, size_t length, struct err *err);
void ical_lines_release(struct ical_lines *lines);
AUTO_CLOSE(ical_lines, ical_lines_release)

const char *ical_param(const struct ical_line *line, const char *name); /* NULL when it has none */

/* "%.*s" with QUOTED(text): the beginning of a text, cut between two characters. */
int ical_quoted_length(const char *text);
#define QUOTED(text) ical_quoted_length(text), (text)

#endif
