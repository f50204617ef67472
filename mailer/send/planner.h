/* Planning: when a wave's instant has come for a department, its deliveries are written, all or none. */
#ifndef MAILER_SEND_PLANNER_H
#define MAILER_SEND_PLANNER_H

#include "mailer/campaign.h"
#include "mailer/send/delivery_store.h"
#include "mailer/send/limits.h"
#include "mailer/wave_store.h"

/* old_answers: waves of which it was said for the first time that their list of respondents is old. */
struct planned { int64_t deliveries, skipped, groups_skipped, late, old_answers; };

/* Everything of one campaign that is due at now_ms: one durable transaction for each wave. Waves too late by their
 * own limit, or past the deadline, are skipped with the reason, deliveries planned in time included while nothing of
 * their wave has left; of several missed waves for the same audience only the latest goes out. Reminders on an old list of respondents are held where limits say so, until a newer one comes
 * or they are late. domain: of the sender's address, for Message-IDs. */
bool plan_due(struct db *db, const struct campaign *campaign, const char *domain, const struct token_key *key,
              const struct send_limits *limits, int64_t now_ms, struct planned *planned, struct err *err);
/* Whether a group that is due may begin: *reason "", or "deadline", "late", "superseded". */
bool plan_judge(struct db *db, const struct campaign *campaign, const struct wave *wave, const char *department, int64_t at_ms,
                int64_t now_ms, const char **reason, struct err *err);
/* Who became selected after waves had been planned: the invitation it missed (the first wave for `selected`, where there is none
 * the first for `informed`), and, while a wave may still start, the mail that was taken from it because it was not of the audience
 * then (a list undone and imported again, an answer taken back). mark: what was seen of the ledger by the last call, 0 at first; when nobody
 * was selected since, nothing is read. */
bool plan_late_joiners(struct db *db, const struct campaign *campaign, const char *domain, const struct token_key *key,
                       const struct send_limits *limits, int64_t *mark, int64_t now_ms, struct planned *planned, struct err *err);
/* Whether a wave of a started campaign is to be planned at now_ms: much is read and written then. */
bool plan_has_wave(struct db *db, int64_t now_ms, bool *has, struct err *err);
/* The next instant after now_ms at which plan_due will have work, over all started campaigns; -1 none. */
bool plan_next_ms(struct db *db, int64_t now_ms, int64_t *next_ms, struct err *err);
/* When the first of the reminders that wait for a newer list of respondents becomes too late; -1 when none waits. */
bool plan_held_ms(struct db *db, const struct campaign *campaign, const struct send_limits *limits, int64_t now_ms, int64_t *next_ms,
                  struct err *err);
/* What of a campaign that is over or cancelled has not begun never will: its groups are skipped with the reason. */
bool plan_close(struct db *db, int64_t campaign_id, const char *reason, int64_t now_ms, struct err *err);
/* Waves whose deliveries have all ended become done; skipped when nothing of them was ever planned. */
bool waves_settle(struct db *db, int64_t campaign_id, struct err *err);

#endif
