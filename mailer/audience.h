/* Who belongs to an audience at this instant: one definition in SQL, used when planning, claiming, arming,
 * forecasting and reporting. */
#ifndef MAILER_AUDIENCE_H
#define MAILER_AUDIENCE_H

#include "base/db.h"
#include "schedules/schedule.h"

/* Number of parties in the audience now, in one department (NULL = all). -1 on error. */
int64_t audience_count(struct db *db, int64_t campaign_id, enum audience audience, const char *department,
                       struct err *err);
/* Why a party is not in the audience now: NULL when it is. Whoever has a successor in the campaign is judged by its place. Borrowed constants, the reasons of skipped deliveries:
 * "answered", "not-answered", "not-selected", "selected", "objection", "withdrawn", "not-enrolled", "hold".
 * *failed on error. */
const char *audience_excludes(struct db *db, int64_t campaign_id, enum audience audience, const char *party_id,
                              int64_t now_ms, bool *failed, struct err *err);
/* The same from a place in the campaign that is at hand, holds and successors apart; not for AUDIENCE_RELAYS. */
struct audience_place { bool selected, answered, objected, withdrawn; };
const char *audience_place_excludes(enum audience audience, const struct audience_place *place);
/* The French of a skip reason, for people. */
const char *skip_reason_text(const char *reason);
/* Whether that French is a sentence of its own; the others lack their subject ("n'a pas d'adresse"). */
bool reason_has_subject(const char *reason);

#endif
