/* Contacts and suppressions: which addresses a party has, and which are never written to again. */
#ifndef LISTS_CONTACT_STORE_H
#define LISTS_CONTACT_STORE_H

#include "base/db.h"
#include "lists/address.h"
#include "lists/list_import.h"

/* Everything a list says about contacts, inside the caller's transaction: new contacts behind those an earlier
 * import gave (which keep their rank), relays, oppositions as suppressions. Never revives a suppressed address.
 * file: its name, for the origin of suppressions ("FILE:LINE"). */
bool contact_store_import(struct db *db, const struct list_result *list, int64_t import_id, const char *file,
                          int64_t now_ms, struct err *err);
/* The import's own row; returns its id in *import_id. report is the JSON answer. */
bool import_store_add(struct db *db, const char *file, const char *sha256, const char *kind, int64_t campaign_id,
                      int64_t now_ms, const char *by_whom, int64_t *import_id, struct err *err);
bool import_store_report(struct db *db, int64_t import_id, const char *report, struct err *err);

/* Adds one suppression (reason: objection, dead, complaint); doing it twice changes nothing. */
bool suppression_add(struct db *db, const char *address, const char *reason, int64_t now_ms, const char *origin,
                     int64_t import_id /* 0 = none */, struct err *err);

enum contact_choice { CONTACT_CHOSEN, CONTACT_NONE, CONTACT_OBJECTED, CONTACT_ALL_DEAD, CONTACT_ERROR };
/* Whom to write to: the first by rank whose address is not dead. An objection or complaint about the one whose
 * turn it is never passes on to the next: CONTACT_OBJECTED. */
struct chosen_contact { int64_t id; char address[ADDRESS_TEXT]; };
enum contact_choice contact_choose(struct db *db, const char *party_id, struct chosen_contact *chosen,
                                   struct err *err);
/* 1 when this address is suppressed for any reason (copied to reason[16]), 0 not, -1 error. */
int suppression_find(struct db *db, const char *address, char reason[16], struct err *err);

#endif
