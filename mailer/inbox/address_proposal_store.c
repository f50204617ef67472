/* The address a return gives instead of ours, as a proposal: a person decides. */
#include <string.h>

#include "lists/contact_store.h"
#include "mailer/inbox/rules.h"

bool proposal_add(struct db *db, const struct returned *returned, bool *open, struct err *err) {
    const struct match *match = returned->match;
    const char *given = returned->facts->new_address;
    char address[ADDRESS_TEXT], reason[16];
    *open = false;
    if (!*given || !address_canonical(given, strlen(given), address) || !strcmp(address, match->address)) return true;
    int known = contact_in_force(db, match->party_id, address, err);
    int suppressed = known ? known : suppression_find(db, address, reason, err);
    if (known || suppressed) return known > 0 || suppressed > 0; /* known already, or never to be written to */
    if (!db_run(db, err,
                "INSERT INTO address_proposal (inbound_id, party_kind, party_id, address, old_address, at_ms) "
                "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
                DB_I(returned->inbound_id), DB_T(match->collectivity ? "collectivity" : "relay"), DB_T(match->party_id), DB_T(address),
                DB_T(match->address), DB_I(returned->now_ms)))
        return false;
    *open = db_changes(db) > 0; /* proposed before: another return waits for the answer, or a person has given it */
    if (!*open) return true;
    const struct event event = returned_event(returned, "address_proposed", address);
    return event_add(db, &event, err);
}
