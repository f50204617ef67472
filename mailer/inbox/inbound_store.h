/* A returned message taken in: its row, what it proves, and its consequences, in one transaction. */
#ifndef MAILER_INBOX_INBOUND_STORE_H
#define MAILER_INBOX_INBOUND_STORE_H

#include "base/db.h"
#include "mailer/inbox/classify.h"
#include "mailer/send/quiet_store.h"

/* source: "inbox", "inbox.amf29", "stdin". cut: bytes are only the beginning of a message too large to keep;
 * it is kept unread, for a person. */
struct inbound_message {
    const char *source, *bytes;
    size_t length;
    bool cut;
};
struct inbound_outcome {
    enum inbound_kind kind;
    bool seen_before;
    int64_t inbound_id;
    char party_id[32];
};
/* Stores one message and acts (durable when it returns true). A message seen before (SHA-256 + Message-ID) is
 * counted once: seen_before. ERR_RETRY when it concerns a delivery that is leaving at this very moment: try
 * again later. */
bool inbound_take(struct db *db, const struct token_key *key, const struct soft_rules *soft, const struct inbound_message *message,
                  int64_t now_ms, struct inbound_outcome *outcome, struct err *err);

#endif
