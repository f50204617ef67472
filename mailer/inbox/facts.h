/* The facts of a message as bytes, for the way out of the child that read it. What comes back is as hostile
 * as the message: the reader checks everything and believes no length. */
#ifndef MAILER_INBOX_FACTS_H
#define MAILER_INBOX_FACTS_H

#include "mailer/inbox/classify.h"

/* The most of each text: a longer one is cut when written. */
enum { FACTS_BYTES = 2 << 20, FACTS_TEXT = 256 << 10, FACTS_DIAGNOSTIC = 400, FACTS_ADDRESS = 254 };
/* Appends them: texts made valid UTF-8, without controls (the visible text of a reply keeps LF and tab). */
void facts_write(const struct inbound_facts *facts, struct buf *out);
/* False when the bytes are not what facts_write writes (a length, a control, a code, a date); facts is then released and empty. */
bool facts_read(const char *bytes, size_t length, struct inbound_facts *facts);

/* Every text "" (owned), kind given. */
void facts_begin(struct inbound_facts *facts, enum inbound_kind kind);

#endif
