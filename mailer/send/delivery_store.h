/* Deliveries and dispatches in the database: planning, claiming, arming, results, recovery. All in the caller's
 * transaction. */
#ifndef MAILER_SEND_DELIVERY_STORE_H
#define MAILER_SEND_DELIVERY_STORE_H

#include "mailer/send/delivery.h"
#include "mailer/send/token.h"

struct message_identity { const char *campaign, *domain; const struct token_key *key; }; /* for Message-ID and token */

/* A new dispatch of the delivery to one contact, made current: Message-ID, token, Date = date_ms. */
bool dispatch_add(struct db *db, int64_t delivery_id, int64_t contact_id, const char *address, int64_t date_ms,
                  const struct message_identity *identity, int64_t *dispatch_id, struct err *err);
/* The address of the current dispatch proved dead (a refusal now, or a bounce later): the address is suppressed and
 * the party's next contact gets a dispatch of the same delivery, ready now, unless the campaign's deadline has passed.
 * state: the delivery's present state. *again: whether there was a next contact; otherwise the state is left as it is. */
bool delivery_next_contact(struct db *db, int64_t delivery_id, enum delivery_state state, int64_t now_ms,
                           const struct token_key *key, const char *origin, bool *again, struct err *err);

#endif
