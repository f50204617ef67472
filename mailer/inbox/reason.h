/* Why a delivery failed, from a status code (RFC 3463) and the words beside it, and whether the address is dead. All
 * judgement about it is in reason.c, the words in reason_words.c. */
#ifndef MAILER_INBOX_REASON_H
#define MAILER_INBOX_REASON_H

#include "mailer/inbox/findings.h"
#include "mailer/inbox/said.h"

/* Which command was refused (RFC 5321): RCPT is about the address, what follows it about the message. */
enum refusal { REFUSED_SOMEWHERE, REFUSED_RCPT, REFUSED_DATA };
enum refusal refusal_stage(const struct said *said);

/* Returns a constant, "" when no word is known. */
const char *reason_of_words(const struct said *said);
/* Fills reason and dead from status and words. notice_stage: what the notice around those words says of the stage. */
void reason_judge(struct failed *failed, const struct said *said, enum refusal notice_stage);

#endif
