/* relais reference: what an update did, and how it is said. */
#ifndef MAILER_CMD_REFERENCE_H
#define MAILER_CMD_REFERENCE_H

#include "lists/reference_store.h"
#include "mailer/app.h"
#include "mailer/succession_store.h"

struct reference_answer {
    const char *source; /* the file or folder */
    int year, year_before; /* year_before 0 = there was none */
    bool dry_run;
    struct reference *before, *read; /* before may be NULL */
    struct reference_change change;
    struct successions successions;
    struct remarks remarks;
    int64_t contacts; /* that follow */
};

size_t reference_without_successor(const struct reference_answer *answer); /* those a person must look at */
struct js *reference_answer_json(const struct reference_answer *answer);
void reference_answer_text(const struct reference_answer *answer, struct buf *out);
void reference_answer_csv(const struct reference_answer *answer, struct buf *out);

int reference_show(struct app *app); /* cmd_reference_show.c */

#endif
