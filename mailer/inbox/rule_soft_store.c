/* A failure that is nobody's end is counted; after so many in so long a time its mailbox is put to rest for a time. */
#include "mailer/inbox/rules.h"

bool rule_soft(struct db *db, const struct returned *returned, bool *person, struct err *err) {
    (void)person;
    const struct event about = returned_event(returned, "", NULL);
    return soft_failure_add(db, returned->soft, &about, returned->inbound_id, returned->key, err);
}

bool rule_delivered(struct db *db, const struct returned *returned, bool *person, struct err *err) {
    (void)person;
    return soft_failure_forget(db, returned->match->dispatch_id, err);
}
