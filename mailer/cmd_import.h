/* Importing a list, for the commands that do (import, answered): one transaction, then what it says. */
#ifndef MAILER_CMD_IMPORT_H
#define MAILER_CMD_IMPORT_H

#include "lists/list_import.h"
#include "mailer/app.h"
#include "mailer/reports/table_out.h"

struct import_request {
    const char *file;     /* "-" = standard input */
    const char *campaign; /* NULL = none */
    const char *as;       /* --as; NULL = as the rows say */
    int64_t as_of_ms;     /* the answers are of that instant; -1 = the clock's */
    const char *output;   /* --output; NULL = standard output */
    const char *rejects;  /* --rejects: the rejected rows too, into that file; NULL = no */
    bool dry_run, with_lines, allow_downgrade;
};

struct import_answer {
    const struct import_request *request;
    const char *file; /* its name, without folders */
    struct list_result list;
    int64_t import_id; /* 0 in a dry run */
    struct source source; /* open to the end: rejected rows are read again */
    struct buf memory;    /* of a source that is no file */
    struct row_limits limits;
};

/* Reads, stores, says; returns the exit code. */
int import_run(struct app *app, const struct import_request *request);
/* The answer in JSON; NULL err: imported, otherwise refused. */
struct js *import_json(const struct import_answer *answer, const struct err *refused);
void import_say_text(const struct import_answer *answer, struct buf *out);
/* The rejected rows as they are in the file, each with its reason and what to do, as a table that can be corrected and
 * imported. Not in its place before table_out_commit. path NULL: standard output. NULL: err. */
struct table_out *import_rejects(const struct import_answer *answer, const char *path, enum table_form form, struct err *err);
/* An --as-of date (or an instant) to an instant: the end of that day in France, at most now. */
bool as_of_parse(const char *text, int64_t now_ms, int64_t *as_of_ms, struct err *err);

#endif
