/* Who complains or objects is not written to again, for good and at once. */
#include "lists/contact_store.h"
#include "mailer/enrolment.h"
#include "mailer/inbox/rules.h"

bool rule_complaint(struct db *db, const struct returned *returned, bool *person, struct err *err) {
    (void)person;
    if (!returned->facts->suppress) return true; /* about authentication; nobody complained */
    return suppression_add(db, returned->match->address, "complaint", returned->now_ms, returned->origin, 0, err);
}

bool rule_objection(struct db *db, const struct returned *returned, bool *person, struct err *err) {
    (void)person;
    const struct match *match = returned->match;
    if (!suppression_add(db, match->address, "objection", returned->now_ms, returned->origin, 0, err)) return false;
    return !match->collectivity || enrolment_add(db, match->campaign_id, match->party_id, FACT_OBJECTED, NULL,
                                                 returned->now_ms, returned->origin, returned->by_whom, err);
}
