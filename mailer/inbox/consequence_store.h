/* What a return changes: a table of rules by kind, and what all of them share. Each rule has its file, rule_*_store.c. All in the
 * caller's transaction. */
#ifndef MAILER_INBOX_CONSEQUENCE_STORE_H
#define MAILER_INBOX_CONSEQUENCE_STORE_H

#include "mailer/inbox/match_store.h"
#include "mailer/send/quiet_store.h"

struct returned {
    const struct inbound_facts *facts;
    const struct match *match;
    const struct token_key *key;
    const struct soft_rules *soft;
    const char *origin;  /* "inbox:SOURCE", or of the command a person said it with */
    const char *by_whom; /* that person, else "" */
    bool vouched;        /* a person says whose it is: as good as a token */
    int64_t now_ms, inbound_id;
};
/* The ledger line of any return; with a token, or a person's word, also its consequences. *settled: its rule has done all there is
 * to do. */
bool consequence_apply(struct db *db, const struct returned *returned, bool *settled, struct err *err);

/* The mark a return of that kind leaves on its delivery; 0 = none. */
int returned_bit(const char *kind);

/* A line of the ledger about the return's party. text, address: NULL = of the match. */
struct event returned_event(const struct returned *returned, const char *name, const char *text);

#endif
