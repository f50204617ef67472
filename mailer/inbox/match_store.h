/* Whose message came back: the dispatch a return belongs to, and how well that is proved. */
#ifndef MAILER_INBOX_MATCH_STORE_H
#define MAILER_INBOX_MATCH_STORE_H

#include "base/db.h"
#include "mailer/inbox/classify.h"
#include "mailer/send/delivery.h"
#include "mailer/send/token.h"

/* PROOF_TOKEN alone may change anything: it carries our HMAC. PROOF_LIKELY is shown to a person. */
enum proof { PROOF_NONE, PROOF_LIKELY, PROOF_TOKEN };
extern const char *const PROOF[]; /* "none", "likely", "token" */

struct match {
    enum proof proof;
    int64_t dispatch_id, delivery_id, wave_id, campaign_id;
    enum delivery_state state;
    bool current;      /* the dispatch is the delivery's present one */
    bool collectivity; /* else a relay */
    char party_id[32], department[8], address[255];
};
/* Token first; then the original's Message-ID, a failed recipient's address, a reply's sender: all only
 * likely. */
bool match_find(struct db *db, const struct token_key *key, const struct inbound_facts *facts,
                struct match *match, struct err *err);

#endif
