/* The state of one list being read; only the list_*.c files include this. */
#ifndef LISTS_LIST_READING_H
#define LISTS_LIST_READING_H

#include "lists/address.h"
#include "lists/codes.h"
#include "lists/columns.h"
#include "lists/hints.h"
#include "lists/list_import.h"
#include "lists/status.h"

struct said { /* one thing a row says: this party, this address. There may be millions: numbers, not pointers */
    uint32_t party;      /* index into parties */
    uint32_t email;      /* place in result->emails; 0 = none. Ascends in the order in which things are said */
    uint32_t row : 28;   /* index into rows */
    uint32_t status : 2; /* enum list_status */
    uint32_t beside : 2; /* the same, an opposition left out */
};
struct row_read { /* a row that is accepted, unless the merge finds that it says nothing new */
    uint32_t line;
    uint32_t warnings : 31; /* bits 1u << enum list_code */
    uint32_t gives : 1;     /* a final line is its own */
};
_Static_assert(WARN_CODES <= 31, "warnings are bits");
struct day_said { uint32_t party; int32_t day; };

struct reading {
    struct list_result *result;
    const struct reference *reference;
    const struct row_limits *limits;
    enum list_kind kind;
    int64_t today_day;
    struct columns columns;
    const struct department *carried; /* the department of the rows above */
    bool date1904;                    /* day numbers of the workbook */
    uint32_t fill;                    /* the first colour behind a row */
    bool two_fills, hidden_rows;      /* a row has another one; a row is not shown */
    struct said *said;
    struct row_read *rows;
    struct day_said *days;
    const char **parties;  /* ids, in result->memory: of the reference each once, of relays one a row */
    uint32_t *party_of;    /* by place in the reference: index into parties + 1; 0 = not met yet */
    size_t said_count, row_count, day_count, party_count;
    struct hints hints;
    size_t hint_count;              /* given so far; from MOST_HINTS on the sentences of the codes are enough */
    unsigned char noted[WARN_CODES]; /* notes so far, at most NOTES_A_CODE */
};
enum { MOST_HINTS = 10000 };

/* at: the cell at fault, NO_CELL when it is the row; without titles, the whole line. hint: NULL or "" = none. */
void list_reject(struct reading *reading, const struct row *row, const char *reason, size_t at, const char *hint);
/* What is wrong with whom a row names, said as precisely as can be. */
void list_reject_identity(struct reading *reading, const struct row *row, size_t at, const struct identity *identity,
                          const struct identity_cells *cells);
/* Shows the cell a warning about an accepted row is about; note_wanted: whether another one of that code is shown. */
bool list_note_wanted(const struct reading *reading, enum list_code code);
void list_note(struct reading *reading, const struct row *row, enum list_code code, size_t at, const char *hint);
void list_ignore(struct reading *reading, long line, const char *reason);
/* A row begins; what list_say adds then belongs to it. */
void list_row(struct reading *reading, long line, unsigned warnings);
/* The party's number: of a collectivity always the same, of an id that is none a new one. */
uint32_t list_party(struct reading *reading, const struct collectivity *who);
uint32_t list_party_named(struct reading *reading, const char *id);
/* What the row just begun says: count addresses, one NUL-terminated text behind the other; none: the party alone.
 * beside: the status, an opposition left out. */
void list_say(struct reading *reading, uint32_t party, const char *addresses, size_t count, enum list_status status,
              enum list_status beside);
bool list_has_local_non_ascii(const char *addresses, size_t count);
/* The first non-blank cell of a role: its index, SIZE_MAX when there is none; and its text, "" then. */
size_t list_cell(const struct reading *reading, const struct row *row, enum column_role role);
const char *list_text(const struct reading *reading, const struct row *row, enum column_role role);

/* list_table.c: a row whose quotes cannot be read, its line as one cell. Which department it was about is known only where
 * that cell stands in front of the quote; otherwise nothing is carried past it. */
void list_bad_row(struct reading *reading, const struct row *row, char separator);
/* list_links.c: an e-mail cell of a sheet, *mismatch set when its hyperlink says another address; as address_cell_read. */
enum address_cell list_email_cell(const struct cell *cell, struct buf *out, size_t *count, bool *mismatch);
size_t list_characters(const char *utf8, size_t length);       /* code points, not bytes */
unsigned list_encoding_warnings(const struct row *row);        /* bits: MOJIBAKE, ENCODING_MIXED */
void list_table_row(struct reading *reading, const struct row *row); /* list_table.c: one row of a table */
void list_relay_row(struct reading *reading, const struct row *row); /* list_relays.c: one row of a list of networks */
void list_merge_relays(struct reading *reading);                     /* … whose rows of one network become one */
void list_plain_row(struct reading *reading, const struct row *row); /* list_plain.c: one line of an address list */
size_t list_plain_entries(const char *line, size_t length, size_t *with_at);
void list_merge(struct reading *reading);                            /* list_merge.c: rows said -> result */

#endif
