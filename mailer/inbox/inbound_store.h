/* A returned message taken in: its row, what it proves, and its consequences, in one transaction. */
#ifndef MAILER_INBOX_INBOUND_STORE_H
#define MAILER_INBOX_INBOUND_STORE_H

#include "base/db.h"
#include "mailer/inbox/classify.h"
#include "mailer/send/token.h"

struct inbound_outcome { enum inbound_kind kind; bool seen_before; int64_t inbound_id; char party_id[16]; };
/* Stores one message and acts (durable when it returns true). A message seen before (SHA-256 + Message-ID) is counted
 * once: seen_before. */
bool inbound_take(struct db *db, const struct token_key *key, const char *source, const char *bytes, size_t length,
                  int64_t now_ms, struct inbound_outcome *outcome, struct err *err);

#endif
