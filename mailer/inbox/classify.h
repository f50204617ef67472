/* What one returned message is. Pure: parsed parts in, facts out. Standards: RFC 3464, 6522, 6533 (delivery
 * reports), 5965 (complaints), 3834 (auto-replies). */
#ifndef MAILER_INBOX_CLASSIFY_H
#define MAILER_INBOX_CLASSIFY_H

#include "base/buf.h"
#include "base/err.h"

enum inbound_kind {
    INBOUND_HARD,
    INBOUND_SOFT,
    INBOUND_DELIVERED,
    INBOUND_COMPLAINT,
    INBOUND_AUTOREPLY,
    INBOUND_CHALLENGE,
    INBOUND_UNSUBSCRIBE,
    INBOUND_REPLY,
    INBOUND_OTHER,
    INBOUND_UNREAD,
    INBOUND_KINDS
};
extern const char *const INBOUND_KIND[INBOUND_KINDS];

enum { INBOUND_RECIPIENTS = 100 };
struct inbound_facts {
    enum inbound_kind kind;
    char *recipients[INBOUND_RECIPIENTS]; /* failed (or delivered); canonical where they are valid */
    size_t recipient_count;
    char status[12]; /* "5.1.1" or "" */
    /* user-unknown, mailbox-full, host-unknown, policy, size, rate, moved, disabled, expired, other, "" */
    char reason[32];
    bool suppress;             /* the address is dead */
    char *original_message_id; /* with < >, or "" */
    char *reply_text;          /* visible text of a reply, quotes and signatures off, or "" */
    char *sender, *subject, *message_id, *diagnostic; /* of the message itself; "" when absent */
    struct buf proofs; /* where a token may stand: envelope recipients, In-Reply-To, References, original
                          headers; LF between */
};
void inbound_facts_release(struct inbound_facts *facts);

/* Parses and classifies in a throw-away child. A child that dies, runs too long or grows too large gives
 * INBOUND_UNREAD, never an error; false only when the machine is in trouble (no fork). */
bool inbound_read(const char *bytes, size_t length, struct inbound_facts *facts, struct err *err);

#endif
