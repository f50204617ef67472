/* One list understood: rows in, canonical lines and a verdict about every row out. Pure: no store, no clock.
 * The contract is the project's rules for lists (docs/lists.md); codes are stable and go into JSON as they are. */
#ifndef LISTS_LIST_IMPORT_H
#define LISTS_LIST_IMPORT_H

#include "base/buf.h"
#include "lists/arena.h"
#include "lists/reference.h"
#include "lists/rows.h"
#include "lists/vocabulary.h" /* enum list_status */

enum list_kind { LIST_AS_FOUND, LIST_AS_INFORMED, LIST_AS_SELECTED, LIST_AS_ANSWERED, LIST_AS_OBJECTED,
                 LIST_AS_DIRECTORY, LIST_AS_RELAYS };

struct list_line { /* one of the final lines, sorted bytewise as "id;email;status"; small, for there may be a million */
    const char *id, *email; /* email "" = none */
    uint32_t line;          /* where the file first said so */
    uint32_t rank : 28;     /* order of the address among those of its id, 1 = first */
    uint32_t status : 2;    /* enum list_status */
    uint32_t beside : 2;    /* of the collectivity, an opposition of this address left out */
};
struct list_date { const char *id; char day[11]; }; /* in strcmp order of ids; YYYY-MM-DD, the earliest given */
/* A row rejected or ignored, or one a warning is about: which cell (at: its column from 0, NO_CELL), under which title,
 * what it holds (cut), and what to do where code_sentence(reason) can be more precise; all three may be NULL. */
struct list_verdict { long line; const char *reason; char *column, *text, *hint; size_t at;
                      char department[4]; /* rejected: the one carried into its empty department cell from above; "" = none */ };
#define NO_CELL SIZE_MAX
enum { NOTES_A_CODE = 20 };
struct list_warning { const char *code; long *lines; size_t line_count; char **words; size_t word_count;
                      const char *words_key; /* "ids", "emails", or NULL: lines */ };
struct list_column { char *header; const char *role; /* NULL: not read */
                     const char *meant; /* not read: the title it may have been meant for, NULL */ };
/* LIST_AS_RELAYS only; addresses: lines. department: the first of departments, "" when the list names none. */
struct list_relay { char *id, *name, *department, *reply_to; const char **departments; size_t department_count; long line; };

struct list_result {
    struct rows_format format; /* of a refused list: the container alone, "" = unknown */
    long header_line;
    bool status_list; /* no e-mail column: changes enrolments, never contacts */
    bool has_status;  /* a status-bearing column, or a kind that says what all rows are */
    size_t accepted, merged, rejected_count, ignored_count;
    struct list_line *lines; size_t line_count;
    struct list_date *dates; size_t date_count;
    struct list_verdict *rejected, *ignored; /* in the order of the lines */
    size_t rejected_width;                   /* cells of the widest rejected row that say something; at least the titles */
    struct list_verdict *notes; size_t note_count; /* cells some warnings are about, at most NOTES_A_CODE of each */
    struct list_warning *warnings; size_t warning_count;
    struct list_column *columns; size_t column_count;
    struct list_relay *relays; size_t relay_count; /* by id, each once */
    char **spread; size_t spread_count; /* ids an opposition reached through a shared address, their rows saying nothing */
    char sha256[65]; /* of the lines, each ended by LF */
    struct arena memory; /* of every text above but the addresses: */
    struct buf emails;
};

/* today_day: days since 1970, an answer date after it is DATE_INVALID. Refused as a whole: false, ERR_INPUT
 * with a code of the rules (NO_HEADER …). progress may be NULL. The result owns all it holds: bytes and reference
 * may go. */
typedef void list_progress(double done, void *ctx);
bool list_read(struct list_result *result, const struct source *source, enum list_kind kind,
               const struct reference *reference, const struct row_limits *limits, int64_t today_day,
               list_progress *progress, void *ctx, struct err *err);
void list_result_free(struct list_result *result);
/* "id;email;status", no LF. */
void list_line_write(const struct list_line *line, struct buf *out);

#endif
