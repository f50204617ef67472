/* The rules of returns, one file each. A rule acts on what is proved, in the caller's transaction; *person: somebody must look at it
 * all the same. */
#ifndef MAILER_INBOX_RULES_H
#define MAILER_INBOX_RULES_H

#include "lists/address.h"
#include "mailer/inbox/consequence_store.h"

typedef bool rule(struct db *db, const struct returned *returned, bool *person, struct err *err);

/* rule_dead_store.c: the address is dead: never again to it, and the party's next contact gets the same delivery. A failure that is
 * none of that counts as a soft one. */
rule rule_hard;
bool rule_bury(struct db *db, const struct returned *returned, struct err *err); /* the dispatch's address, whatever the report says */

/* rule_soft_store.c: counted; after so many the mailbox is put to rest. A mail that arrived in the end counts no more. */
rule rule_soft, rule_delivered;

/* rule_refusal_store.c: who complains or objects is never written to again, at once; an objection also stands in the campaign. */
rule rule_complaint, rule_objection;

/* rule_absence_store.c: an auto-reply. The next mail to that mailbox waits for its owner; the address its words give instead is
 * proposed to a person. */
rule rule_autoreply;

/* rule_reply_store.c: "we have answered" holds the collectivity's reminders; an objection acts; everything else is staff's to settle. */
rule rule_reply;

/* What the report says of the dispatch's own address. */
struct diagnosis {
    bool own;     /* it speaks of that address, or names none */
    bool dead;
    const struct inbound_recipient *recipient; /* the one it is from; NULL when it names none */
};
struct diagnosis diagnosis_of(const struct inbound_facts *facts, const char *address);

/* address_proposal_store.c */
/* Proposes the address a return gives to a person, once for each party and address. *open: a proposal of this return waits. */
bool proposal_add(struct db *db, const struct returned *returned, bool *open, struct err *err);
/* The address becomes the party's first contact, a fact of an import of its own (kind "return") that `relais undo` takes back, and
 * what is planned to another one and not armed goes there. inbound_id: the return that gave it. ERR_INPUT as in settle_store.h. */
bool proposal_accept(struct db *db, const struct returned *returned, int64_t inbound_id, const char *address, char accepted[ADDRESS_TEXT],
                     int64_t *import_id, struct err *err);
bool proposal_refuse(struct db *db, const struct returned *returned, int64_t inbound_id, const char *address, struct err *err);

#endif
