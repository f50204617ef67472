/* What a proved return changes: one rule a kind. All in the caller's transaction. */
#ifndef MAILER_INBOX_CONSEQUENCE_STORE_H
#define MAILER_INBOX_CONSEQUENCE_STORE_H

#include "mailer/inbox/match_store.h"

struct returned {
    const struct inbound_facts *facts;
    const struct match *match;
    const struct token_key *key;
    const char *origin; /* "inbox:SOURCE" */
    int64_t now_ms, inbound_id;
};
/* The ledger line of any return; with a token also its consequences. *settled: its rule has done all there is
 * to do. */
bool consequence_apply(struct db *db, const struct returned *returned, bool *settled, struct err *err);

#endif
