/* From parsed parts to facts: the order of questions asked of a message. */
#ifndef MAILER_INBOX_MESSAGE_KIND_H
#define MAILER_INBOX_MESSAGE_KIND_H

#include "mailer/inbox/classify.h"
#include "mailer/inbox/mime.h"

/* Fills facts (facts_begin is done here). Pure. */
void message_kind(const struct mime *mime, const struct charsets *charsets, struct inbound_facts *facts);

#endif
