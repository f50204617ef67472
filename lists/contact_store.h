/* Contacts and suppressions: which addresses a party has, and which are never written to again. */
#ifndef LISTS_CONTACT_STORE_H
#define LISTS_CONTACT_STORE_H

#include "base/db.h"
#include "lists/address.h"
#include "lists/list_import.h"

enum { CONTACTS_A_TURN = 20000 };
/* The contacts a list gives, as facts of an import that is not revealed yet (lists/import_store.h), behind the ranks
 * there are. In transactions of its own, CONTACTS_A_TURN each, so that a sender gets its turns meanwhile. */
bool contact_store_stage(struct db *db, const struct list_result *list, int64_t import_id, struct err *err);
/* Its relays, and its oppositions as suppressions, inside the caller's transaction. file: its name, for the origin of
 * suppressions ("FILE:LINE"). A suppressed address stays so, whatever lists say. */
bool contact_store_settle(struct db *db, const struct list_result *list, int64_t import_id, const char *file,
                          int64_t now_ms, struct err *err);

/* Adds one suppression (reason: objection, dead, complaint); the same from the same source twice changes nothing. */
bool suppression_add(struct db *db, const char *address, const char *reason, int64_t now_ms, const char *origin,
                     int64_t import_id /* 0 = none */, struct err *err);

enum contact_choice { CONTACT_CHOSEN, CONTACT_NONE, CONTACT_OBJECTED, CONTACT_ALL_DEAD, CONTACT_ERROR };
/* Whom to write to: the first by rank whose address is not dead. An objection or complaint about the one whose
 * turn it is never passes on to the next: CONTACT_OBJECTED. */
struct chosen_contact { int64_t id; char address[ADDRESS_TEXT]; };
enum contact_choice contact_choose(struct db *db, const char *party_id, struct chosen_contact *chosen,
                                   struct err *err);
/* The same, but whose mailbox is at rest at now_ms is passed over: CONTACT_CHOSEN only when another may be written to
 * meanwhile; an objection does not pass on to the next here either. */
enum contact_choice contact_choose_awake(struct db *db, const char *party_id, int64_t now_ms, struct chosen_contact *chosen,
                                         struct err *err);
/* 1 when this party still has this address: an import that gave it may have been undone. 0 not, -1 error. */
int contact_in_force(struct db *db, const char *party_id, const char *address, struct err *err);
/* A contact before all others the party has, a fact of an import of its own in the caller's transaction. */
bool contact_add_first(struct db *db, const char *party_kind, const char *party_id, const char *address, int64_t import_id,
                       struct err *err);
/* 1 when this address is suppressed for any reason (copied to reason[16]), 0 not, -1 error. */
int suppression_find(struct db *db, const char *address, char reason[16], struct err *err);

#endif
