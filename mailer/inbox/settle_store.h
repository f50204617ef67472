/* What a person makes of a return: one verdict each, with what it changes, in the ledger under his name. */
#ifndef MAILER_INBOX_SETTLE_STORE_H
#define MAILER_INBOX_SETTLE_STORE_H

#include "lists/address.h"
#include "mailer/campaign.h"
#include "mailer/inbox/classify.h"
#include "mailer/inbox/returns_store.h"
#include "mailer/send/quiet_store.h"

enum return_verdict {
    SETTLE_ANSWERED,       /* the collectivity has answered the survey, as `relais answered` says it */
    SETTLE_NOT_CONCERNED,  /* out of the survey's field: withdrawn, as `relais withdraw` does */
    SETTLE_QUESTION,       /* dealt with; nothing changes but that the reminders go on */
    SETTLE_WRONG_PERSON,   /* the same */
    SETTLE_OTHER,          /* the same */
    SETTLE_NONE,           /* nothing to do about it: as if it had not come; a doubtful one is not counted */
    SETTLE_OBJECTION,      /* never written to again */
    SETTLE_DEAD,           /* the address is dead: the next contact's turn */
    SETTLE_ATTACH,         /* whose it is: the rule of its kind acts as with a token; word: a party, NULL = the likely one */
    SETTLE_ACCEPT_ADDRESS, /* the address it gives, or the word, becomes the first contact; an import of its own, to be undone */
    SETTLE_REFUSE_ADDRESS,
    RETURN_VERDICTS
};
extern const char *const RETURN_VERDICT[RETURN_VERDICTS]; /* "answered", "not-concerned" … */

struct settling {
    const struct campaign *campaign;
    enum return_verdict verdict;
    const char *word;                  /* NULL = none */
    const struct inbound_facts *facts; /* of the message read anew; SETTLE_ATTACH only */
    const struct token_key *key;
    const struct soft_rules *soft;
    const char *by_whom;
    int64_t now_ms;
};
struct settled {
    bool open;         /* attached, and still to be settled */
    int64_t import_id; /* of an address accepted */
    char party_id[32], address[ADDRESS_TEXT]; /* whom it concerned; the address accepted, refused, dead or opposed */
};
/* Settles what return_load gave, in the caller's transaction. What a person has settled is not settled again; what its rule has
 * ("auto") may be, once. Its hold ends. ERR_INPUT, nothing changed:
 *   ALREADY_SETTLED, UNMATCHED (attach it first), ALREADY_ATTACHED, NOTHING_SENT, RELAY (the verdict is for collectivities)
 *   NO_PROPOSAL, ADDRESS, SUPPRESSED, OBJECTED (another address does not go round an objection), KNOWN_ADDRESS */
bool return_settle(struct db *db, const struct inbound_return *one, const struct settling *settling, struct settled *settled, struct err *err);

#endif
