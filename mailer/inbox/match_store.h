/* Whose message came back: the dispatch a return belongs to, and how well that is proved. */
#ifndef MAILER_INBOX_MATCH_STORE_H
#define MAILER_INBOX_MATCH_STORE_H

#include "base/db.h"
#include "mailer/inbox/classify.h"
#include "mailer/send/delivery.h"
#include "mailer/send/token.h"

/* PROOF_TOKEN alone may change anything: it carries our HMAC, of a message that has left. PROOF_LIKELY is shown to a person.
 * What a token proves is that its bearer has seen our message. Its recipient, and whoever handles his mail, can write a report that is
 * none: about his own address, that message and the party it was for, and nothing else. */
enum proof { PROOF_NONE, PROOF_LIKELY, PROOF_TOKEN };
extern const char *const PROOF[]; /* "none", "likely", "token" */

struct match {
    enum proof proof;
    int64_t dispatch_id, delivery_id, wave_id, campaign_id;
    enum delivery_state state;
    bool current;      /* the dispatch is the delivery's present one */
    bool left;         /* its dot may have left: nobody can have seen the token of one that has not */
    bool collectivity; /* else a relay */
    bool undeparted;   /* it carries our HMAC, of a message that has not left as far as the store knows: the store may be an old one */
    char party_id[32], department[8], address[255];
};
/* Token first; then the original's Message-ID, a failed recipient's address, a reply's sender: all only
 * likely. Of several mails to an address the last one that left is meant. A token of a message that never left is likely too, but an
 * objection is heard. */
bool match_find(struct db *db, const struct token_key *key, const struct inbound_facts *facts,
                struct match *match, struct err *err);
/* The match a return was stored with, or one a person makes: 1, 0 when there is no such dispatch, -1. */
int match_load(struct db *db, int64_t dispatch_id, struct match *match, struct err *err);
/* The last mail of a campaign that reached a party: 1 and the dispatch, 0 none, -1. */
int match_last_of_party(struct db *db, int64_t campaign_id, const char *party_id, int64_t *dispatch_id, struct err *err);

#endif
