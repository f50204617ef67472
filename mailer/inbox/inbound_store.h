/* Returned messages taken in: each its row, what it proves, and its consequences, whole or not at all; many in one durable transaction, for it is
 * the disk's word that takes the time. */
#ifndef MAILER_INBOX_INBOUND_STORE_H
#define MAILER_INBOX_INBOUND_STORE_H

#include "base/db.h"
#include "base/hash.h"
#include "mailer/inbox/classify.h"
#include "mailer/send/quiet_store.h"

/* source: "inbox", "inbox.amf29", "stdin"; borrowed. cut: bytes are only the beginning of a message too large to keep;
 * it is kept unread, for a person. */
struct inbound_message {
    const char *source;
    struct buf bytes; /* owned by whoever made it */
    bool cut;
};

enum inbound_end {
    INBOUND_WAITS,   /* not stored yet */
    INBOUND_LEAVING, /* not stored: it concerns a delivery that is leaving at this very moment; try again later */
    INBOUND_UNRECONCILED, /* not stored: only the send journal knows its message, and the store waits for `relais reconcile`; try again after it */
    INBOUND_TAKEN,   /* durable, its consequences too */
    INBOUND_SEEN,    /* it has been counted before (SHA-256 of its lines, so its Message-ID too) */
};
/* A message with what the reader made of it and, once it has been taken, what became of it. */
struct inbound_judged {
    struct inbound_message message;
    char sha256[SHA256_HEX];
    struct inbound_facts facts; /* nothing, when it has been seen */
    enum inbound_end end;
    enum inbound_kind kind;
    int64_t inbound_id;  /* when taken */
    char party_id[32];   /* "" = nobody's, as far as is known */
    char trouble[200];   /* its consequences could not be stored: kept unread, and why; else "" */
};
/* Has it read, unless it has been seen, and takes message over (its bytes too). False, message left alone: as inbound_read, or the store. */
bool inbound_judge(struct db *db, struct inbound_message *message, struct inbound_judged *judged, struct err *err);
void inbound_judged_release(struct inbound_judged *judged);

struct inbound_rules {
    const struct token_key *key;
    const struct soft_rules *soft;
    const char *journal; /* the send journal's path */
};
/* False with ERR_RETRY LEAVING or UNRECONCILED for those that stay where they are. */
bool inbound_may_go(enum inbound_end end, struct err *err);

/* Stores those of all that wait, or were leaving, and acts: in as few durable transactions as keep the writer's lock for 20 ms or one message at most, so that the
 * sender has its turns. A savepoint each: what happens to one changes nothing for the others. One whose consequences the store refuses is kept
 * unread, for a person. False when the store is in trouble (ERR_RETRY: it is somebody else's for too long); what is TAKEN then is durable, the rest
 * still waits. */
bool inbound_take(struct db *db, const struct inbound_rules *rules, struct inbound_judged *all, size_t count, int64_t now_ms, struct err *err);

#endif
