/* The lines of a reply, and what is asked of one. */
#ifndef MAILER_INBOX_REPLY_ROWS_H
#define MAILER_INBOX_REPLY_ROWS_H

#include "base/buf.h"

enum { ROW_WORDS = 400 };
/* A line, its LF left out; borrowed. */
struct row {
    const char *start;
    size_t length;
};
struct rows {
    struct row *all;
    size_t count;
};

/* A line in lower case, decoration off at the start; colons and spaces of other scripts as ours, marks of direction off. */
void row_low(const struct row *row, char out[ROW_WORDS]);
bool row_empty(const struct row *row);
bool row_quoted(const struct row *row);

bool starts_any(const char *line, const char *const *list, size_t count);
bool holds_any(const char *line, const char *const *list, size_t count);
int digits_in(const char *line);

#endif
