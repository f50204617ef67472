/* The message a return is about: its Message-ID, its recipients, and every place a token of ours may stand.
 */
#ifndef MAILER_INBOX_ORIGINAL_H
#define MAILER_INBOX_ORIGINAL_H

#include "mailer/inbox/bounce_text.h"
#include "mailer/inbox/mime.h"

/* *id (owned) becomes "<…>", or stays "" when nothing is known. */
void original_message_id(const struct mime *mime, const struct notice *notice, char **id);
/* Fields of the returned message; to be released. */
struct fields original_fields(const struct mime *mime, const struct notice *notice);
/* To of the returned message, when it is one address: the last resort of a notice that names nobody. */
void original_recipients(const struct mime *mime, const struct notice *notice, struct findings *findings);
/* Envelope recipients, In-Reply-To, References and the returned headers; LF between. */
void original_proofs(const struct mime *mime, const struct notice *notice, struct buf *proofs);

#endif
