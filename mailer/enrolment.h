/* Who is in a campaign and as what: facts that name their import, and the state in force derived from them. */
#ifndef MAILER_ENROLMENT_H
#define MAILER_ENROLMENT_H

#include "base/db.h"
#include "lists/list_import.h"

enum enrolment_fact { FACT_INFORMED, FACT_SELECTED, FACT_UNSELECTED, FACT_ANSWERED, FACT_UNANSWERED, FACT_OBJECTED, FACT_WITHDRAWN };
extern const char *const ENROLMENT_FACT[];

/* What a list says, as facts, and the state of every party it touches. Never un-answers; downgrades selected to informed
 * only with may_downgrade, where the list says so in a column. In the caller's transaction, as all of these. */
bool enrolment_import(struct db *db, int64_t campaign_id, const struct list_result *list, int64_t import_id,
                      bool may_downgrade, int64_t now_ms, const char *origin, const char *by_whom, struct err *err);
/* One fact about one party; answered_on ("YYYY-MM-DD") may be NULL. */
bool enrolment_add(struct db *db, int64_t campaign_id, const char *party_id, enum enrolment_fact fact,
                   const char *answered_on, int64_t now_ms, const char *origin, const char *by_whom, struct err *err);
/* The state of one party anew from its facts in force, after some were written elsewhere (mailer/succession_store.c). */
bool enrolment_derive(struct db *db, int64_t campaign_id, const char *party_id, struct err *err);
/* After import_undo: the state of every party the import spoke of, derived anew from the facts still in force. *changed:
 * how many are not what they were, each with its line "taken_back" in the ledger. */
bool enrolment_take_back(struct db *db, int64_t campaign_id, int64_t import_id, int64_t now_ms, const char *origin,
                         const char *by_whom, int64_t *changed, struct err *err);

#endif
