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

/* What a person who answers wants, for staff to settle. Nothing of this acts by itself but the objection and,
 * for three working days, "answered". */
enum reply_sort {
    REPLY_NONE, /* no reply */
    REPLY_ANSWERED,
    REPLY_NOT_CONCERNED,
    REPLY_QUESTION,
    REPLY_WRONG_PERSON,
    REPLY_OBJECTION,
    REPLY_OTHER,
    REPLY_SORTS
};
extern const char *const REPLY_SORT[REPLY_SORTS]; /* "", "answered", "not-concerned", "question" … */

/* user-unknown, mailbox-full, host-unknown, policy, size, rate, moved, disabled, expired, other, "" */
enum { INBOUND_RECIPIENTS = 100, INBOUND_STATUS = 12, INBOUND_REASON = 32 };

/* One recipient a report speaks of (RFC 3464, 2.3). Texts are owned. */
struct inbound_recipient {
    char *address;               /* canonical where it is valid */
    char status[INBOUND_STATUS]; /* enhanced code (RFC 3463) "5.1.1", or "" */
    char reason[INBOUND_REASON];
    bool dead;        /* never write there again */
    char *diagnostic; /* what the far server said, or "" */
};

struct inbound_facts {
    enum inbound_kind kind;
    struct inbound_recipient recipients[INBOUND_RECIPIENTS]; /* failed or delayed; delivered when all are */
    size_t recipient_count;
    char status[INBOUND_STATUS], reason[INBOUND_REASON]; /* of the recipient that counts most: a dead one */
    bool suppress;             /* one of the addresses is dead */
    char return_date[11];      /* of an auto-reply: the day its writer is back, "2026-01-12", or "" */
    char *new_address;         /* where its words say to write instead (auto-reply, "moved"), or "" */
    enum reply_sort reply_sort; /* of a reply or an objection */
    char *original_message_id; /* with < >, or "" */
    char *reply_text;          /* visible text of a reply (or an auto-reply, a challenge), quotes and signatures off, or "" */
    char *sender, *subject, *message_id, *diagnostic; /* of the message itself; "" when absent */
    struct buf proofs; /* where a token may stand: envelope recipients, In-Reply-To, References, original
                          headers; LF between */
};
void inbound_facts_release(struct inbound_facts *facts);

/* The reader (base/sandbox.h): one for the process, forked once. A process that will hold secrets, a database or other people's
 * messages opens it before them, so that no child has them in its memory; others may leave it to the first inbound_read. It ends
 * with its process. ERR_FATAL or ERR_RETRY as sandbox_open.
 *
 * Facts that are acted on come from a child of their own: whoever takes over a child can lie about that one message. Facts that
 * are only shown (relais classify) may come from a child that has read others before: four times as fast or more. */
enum inbound_trust { INBOUND_ACTED_ON, INBOUND_SHOWN };
bool inbound_reader_open(enum inbound_trust trust, struct err *err);
/* As many as there are processors to serve, INBOUND_READERS at most: for inbound_read_many. */
enum { INBOUND_READERS = 4 };
bool inbound_readers_open(enum inbound_trust trust, int count, struct err *err);
void inbound_reader_close(void); /* all of them; the next inbound_read opens another, INBOUND_ACTED_ON */

/* Parses and classifies in a throw-away child. A message whose child dies, runs too long (2 s of processor, 10 s by the wall) or
 * grows too large (64 MB) is INBOUND_UNREAD, never an error, and no other message is; false only when the machine is in trouble:
 * ERR_RETRY, no process to be had now; ERR_FATAL, the reader is gone. */
bool inbound_read(const char *bytes, size_t length, struct inbound_facts *facts, struct err *err);
/* Several, by all readers at the same time. False: none of the facts holds anything. */
struct inbound_input { const char *bytes; size_t length; struct inbound_facts *facts; };
bool inbound_read_many(const struct inbound_input *inputs, size_t count, struct err *err);

#endif
