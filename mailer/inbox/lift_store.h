/* Addresses never written to again, as staff see them; and taking back what a return, a server's refusal or a person has said of one wrongly. */
#ifndef MAILER_INBOX_LIFT_STORE_H
#define MAILER_INBOX_LIFT_STORE_H

#include "base/db.h"
#include "lists/address.h"

enum { LIFT_BECAUSE = 400 }; /* bytes */

/* One address and reason in force, with the parties that have the address. Texts are owned. */
struct suppressed_address {
    char address[ADDRESS_TEXT], reason[16]; /* objection, dead, complaint */
    int64_t at_ms, import_id;               /* import_id 0 = not said by a list: it may be lifted */
    char *origin, *parties;                 /* parties: "29019 29232", or "" */
    size_t party_count;
};
struct suppressed_addresses { struct suppressed_address *all; size_t count; };
/* address, reason: "" = all. By address. */
bool suppressed_load(struct db *db, const char *address, const char *reason, struct suppressed_addresses *list, struct err *err);
void suppressed_release(struct suppressed_addresses *list);

struct lifting {
    const char *address; /* canonical */
    const char *reason, *because, *by_whom;
    int64_t now_ms;
};
struct lifted {
    int64_t import_id; /* what was lifted names it; it is undone from the beginning */
    int64_t places;    /* in campaigns, of which an objection of that address is no longer said */
    struct suppressed_addresses stands; /* what still keeps the address from being written to */
};
/* What returns, refusals and persons said for that reason counts no more; what lists say stands. An objection's mark on its party's place in each campaign
 * goes too, unless another address of the party objects. The rows stay, as those of an import that is undone; a line of the ledger for each party.
 * Nothing that was planned changes: what was skipped stays skipped, what went to the next contact stays there. In the caller's transaction.
 * ERR_INPUT, nothing changed: NOT_SUPPRESSED, OTHER_REASON, BY_IMPORT (undo that), BECAUSE (empty, or longer than LIFT_BECAUSE). */
bool suppression_lift(struct db *db, const struct lifting *lifting, struct lifted *lifted, struct err *err);

#endif
