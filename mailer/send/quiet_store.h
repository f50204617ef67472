/* Mailboxes to be left in peace for a while: put to rest after repeated failures, or whose owner is away. Nothing of this suppresses
 * an address: it decides who of a party is written to meanwhile, and when. */
#ifndef MAILER_SEND_QUIET_STORE_H
#define MAILER_SEND_QUIET_STORE_H

#include "base/settings.h"
#include "mailer/send/delivery.h"
#include "mailer/send/token.h"
#include "schedules/schedule.h"

struct quiet_mailbox {
    char *address;
    int64_t rest_until_ms; /* -1 = not at rest */
    int64_t back_day;      /* days since 1970, its owner's word; -1 = nothing known */
};
struct quiet_mailboxes { struct quiet_mailbox *all; size_t count; };
/* All that are quiet at now_ms, for whoever plans many; and one of them, NULL when it is not. */
bool quiet_load(struct db *db, int64_t now_ms, struct quiet_mailboxes *quiet, struct err *err);
const struct quiet_mailbox *quiet_find(const struct quiet_mailboxes *quiet, const char *address);
void quiet_release(struct quiet_mailboxes *quiet);
/* The same of one address: 1 quiet (address stays NULL), 0 not, -1 error. */
int quiet_load_one(struct db *db, const char *address, int64_t now_ms, struct quiet_mailbox *mailbox, struct err *err);

/* *due_ms of a mail to it, moved on: to the end of its rest, to the working day after its owner's return, never past the last useful
 * day before the deadline. *reason "resting" or "away" when it moved, else untouched. */
bool quiet_due_ms(const struct quiet_mailbox *mailbox, const struct schedule *schedule, const char *department, int64_t *due_ms,
                  const char **reason, struct err *err);

/* Deliveries planned to this address and not armed yet: of a mailbox at rest they go to the party's next contact where there is one;
 * otherwise they are moved as quiet_due_ms says, each with its line in the ledger. In the caller's transaction. A sender that holds one
 * finds it gone when it comes to arm. */
bool quiet_move_planned(struct db *db, const char *address, const struct token_key *key, const char *origin, int64_t now_ms,
                        struct err *err);

/* When failures that are nobody's end put a mailbox to rest: `limit` messages within window_ms; 0 = never. */
struct soft_rules { int64_t limit, window_ms, rest_ms; };
struct soft_rules soft_rules_read(const struct settings *settings);
/* about: whose message did not get through (dispatch, party, address, instant, origin). A message counts once, whatever number of
 * reports speak of it; failures before the end of an earlier rest count no more. inbound_id 0 = a refusal. */
bool soft_failure_add(struct db *db, const struct soft_rules *rules, const struct event *about, int64_t inbound_id,
                      const struct token_key *key, struct err *err);
/* It did get through in the end. */
bool soft_failure_forget(struct db *db, int64_t dispatch_id, struct err *err);

#endif
