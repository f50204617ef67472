/* The state of one list being read; only the list_*.c files include this. */
#ifndef LISTS_LIST_READING_H
#define LISTS_LIST_READING_H

#include "lists/codes.h"
#include "lists/columns.h"
#include "lists/list_import.h"
#include "lists/status.h"

struct said { /* one thing a row says: this collectivity, this address (or "") */
    const char *id, *email;
    enum list_status status;
    size_t row;   /* index into rows */
    size_t order; /* among everything said */
};
struct row_read { /* a row that is accepted, unless the merge finds that it says nothing new */
    long line;
    unsigned warnings; /* bits 1u << enum list_code */
    bool gives;        /* a final line is its own */
};
struct day_said { const char *id; int64_t day; };

struct reading {
    struct list_result *result;
    const struct reference *reference;
    const struct row_limits *limits;
    enum list_kind kind;
    int64_t today_day;
    struct columns columns;
    const struct department *carried; /* the department of the rows above */
    struct said *said;
    struct row_read *rows;
    struct day_said *days;
    size_t said_count, row_count, day_count;
};

/* text and column are copied; NULL where there is none. */
void list_reject(struct reading *reading, long line, const char *reason, const char *column, const char *text);
void list_ignore(struct reading *reading, long line, const char *reason);
/* A row begins; what list_say adds then belongs to it. */
void list_row(struct reading *reading, long line, unsigned warnings);
/* id must live as long as the result: list_keep_id copies one, for the result outlives the reference. */
const char *list_keep_id(struct reading *reading, const struct collectivity *who);
void list_say(struct reading *reading, const char *id, const char *email, enum list_status status);
/* count addresses, one NUL-terminated text behind the other; none: the id alone. */
void list_say_all(struct reading *reading, const char *id, const char *addresses, size_t count, enum list_status status);
bool list_has_local_non_ascii(const char *addresses, size_t count);
/* The first non-blank cell of a role: its index, SIZE_MAX when there is none; and its text, "" then. */
size_t list_cell(const struct reading *reading, const struct row *row, enum column_role role);
const char *list_text(const struct reading *reading, const struct row *row, enum column_role role);

void list_table_row(struct reading *reading, const struct row *row); /* list_table.c: one row of a table */
void list_relay_row(struct reading *reading, const struct row *row); /* list_relays.c: one row of a list of networks */
void list_plain_row(struct reading *reading, const struct row *row); /* list_plain.c: one line of an address list */
size_t list_plain_entries(const char *line, size_t length, size_t *with_at);
void list_merge(struct reading *reading);                            /* list_merge.c: rows said -> result */

#endif
