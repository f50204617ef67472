/* What becomes of a place in a campaign when its collectivity is gone and another succeeds it: the place in the survey
 * follows, answers are never lost, what is planned goes out. */
#ifndef MAILER_SUCCESSION_STORE_H
#define MAILER_SUCCESSION_STORE_H

#include "base/db.h"
#include "lists/reference_change.h"

enum succession_outcome {
    SUCCESSION_FOLLOWED, /* the successor had no such place: it has this one now, with its answer */
    SUCCESSION_KEPT,     /* both had a place and this one has answered: it goes on counting, under its old code */
    SUCCESSION_ENDED,    /* both had a place: the successor's stands */
    SUCCESSION_WAITS,    /* nobody succeeds: a person decides */
};
extern const char *const SUCCESSION_OUTCOME[]; /* "followed" … */

struct succession {
    char campaign[64], id[16], successor[16]; /* successor "" = none */
    enum succession_outcome outcome;
};
struct successions { struct succession *all; size_t count; };

/* Campaigns that are neither cancelled nor past their deadline (today: "YYYY-MM-DD" in France); others are history and stay as
 * they are. In the caller's transaction, after reference_store_apply. source, by_whom: for the ledger. */
bool succession_follow(struct db *db, const struct reference_change *change, const char *today, int64_t now_ms,
                       const char *source, const char *by_whom, struct successions *successions, struct err *err);
void successions_release(struct successions *successions);

#endif
