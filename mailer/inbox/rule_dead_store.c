/* A dead address is never written to again, and the collectivity's next contact gets the same wave. */
#include "lists/contact_store.h"
#include "mailer/inbox/rules.h"
#include "mailer/send/delivery_store.h"

bool rule_bury(struct db *db, const struct returned *returned, struct err *err) {
    const struct match *match = returned->match;
    /* An older dispatch of the delivery: the next contact has had its message already. */
    if (!match->current || match->state != DELIVERY_SENT)
        return suppression_add(db, match->address, "dead", returned->now_ms, returned->origin, 0, err);
    bool again;
    return delivery_next_contact(db, match->delivery_id, match->state, ADDRESS_DEAD, returned->now_ms, returned->key,
                                 returned->origin, &again, err);
}

bool rule_hard(struct db *db, const struct returned *returned, bool *person, struct err *err) {
    struct diagnosis diagnosis = diagnosis_of(returned->facts, returned->match->address);
    bool open = false;
    if (!proposal_add(db, returned, &open, err)) return false;
    *person |= open;
    if (diagnosis.dead) return rule_bury(db, returned, err);
    /* A mailbox ours forwards to is dead: others behind our address may be alive, which nobody but a person can find out. */
    *person |= !diagnosis.own && returned->facts->suppress;
    return rule_soft(db, returned, person, err);
}
