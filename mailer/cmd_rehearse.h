/* What a rehearsal found: every mail that would go out, and every one that would not, in the order of its day. */
#ifndef MAILER_CMD_REHEARSE_H
#define MAILER_CMD_REHEARSE_H

#include "mailer/app.h"
#include "mailer/campaign.h"
#include "mailer/compose.h"
#include "mailer/wave_store.h"

enum outcome { OUTCOME_SENT, OUTCOME_SKIPPED, OUTCOME_FAILED, OUTCOMES };
extern const char *const OUTCOME[OUTCOMES]; /* "sent", "skipped", "failed" */

struct rehearsed {
    int64_t day, at_ms;       /* the recipient's own day, days since 1970 */
    size_t wave;              /* index into waves */
    enum outcome outcome;
    char reason[24], department[8], party_id[32];
    int64_t event_id;         /* name and address are read where they are wanted */
};

struct rehearsal {
    struct app *app;          /* over the private copy */
    const struct campaign *campaign;
    struct waves waves;       /* as they stand at the end */
    struct rehearsed *all;    /* by day, wave, department, party */
    size_t count;
    int64_t from_ms;
    bool assumed_start;       /* start has not been given: it is played as if it were given now */
    bool list;
};

void rehearsal_text(const struct rehearsal *rehearsal, struct buf *out);
bool rehearsal_json(const struct rehearsal *rehearsal, struct err *err);
bool rehearsal_csv(const struct rehearsal *rehearsal, struct buf *out, struct err *err);
/* The end of the run of rows that share day and wave (and department). */
size_t rehearsal_same_wave(const struct rehearsal *rehearsal, size_t from);
size_t rehearsal_same_department(const struct rehearsal *rehearsal, size_t from);
/* Rows from … to of one outcome. */
int64_t rehearsal_count(const struct rehearsal *rehearsal, size_t from, size_t to, enum outcome outcome);
/* The party's name and the address of the mail, for --list; both empty when nobody knows. */
bool rehearsal_party(const struct rehearsal *rehearsal, const struct rehearsed *one, char name[200], char address[320], struct err *err);

#endif
