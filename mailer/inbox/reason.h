/* Why a delivery failed, from a status code (RFC 3463) and the words beside it, and whether the address is
 * dead. All judgement about words of failure is in reason.c. */
#ifndef MAILER_INBOX_REASON_H
#define MAILER_INBOX_REASON_H

#include "mailer/inbox/findings.h"

/* lower: words_of. Returns a constant, "" when no word is known. */
const char *reason_of_words(const char *lower);
/* The refusal came when the message had been seen: a filter's, whatever it says of the user. */
bool refused_after_data(const char *lower);
/* A status so general (5.0.0) that the words decide. */
bool status_is_general(const char *status);
/* Fills reason and dead from status and words. */
void reason_judge(struct failed *failed, const char *lower);

#endif
