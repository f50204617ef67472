/* Who is in a campaign and as what: facts that name their import, and the state in force derived from them. */
#ifndef MAILER_ENROLMENT_H
#define MAILER_ENROLMENT_H

#include "base/db.h"
#include "lists/list_import.h"

enum enrolment_fact { FACT_INFORMED, FACT_SELECTED, FACT_ANSWERED, FACT_UNANSWERED, FACT_OBJECTED, FACT_WITHDRAWN };
extern const char *const ENROLMENT_FACT[];

/* What a list says, as facts, and the state of every party it touches. Never un-answers, never downgrades selected
 * to informed. In the caller's transaction. */
bool enrolment_import(struct db *db, int64_t campaign_id, const struct list_result *list, int64_t import_id,
                      int64_t now_ms, const char *origin, const char *by_whom, struct err *err);
/* One fact about one party; answered_on ("YYYY-MM-DD") may be NULL. */
bool enrolment_add(struct db *db, int64_t campaign_id, const char *party_id, enum enrolment_fact fact,
                   const char *answered_on, int64_t now_ms, const char *origin, const char *by_whom, struct err *err);
/* Derives the state in force anew from all facts not taken back: of one party, or with NULL of all. */
bool enrolment_derive(struct db *db, int64_t campaign_id, const char *party_id, struct err *err);

#endif
