/* What a reply's words ask for: never to be written to again, or to be left alone because the answer is in.
 * Both act by themselves, so both are strict: what is only near goes to a person. */
#ifndef MAILER_INBOX_OBJECTION_H
#define MAILER_INBOX_OBJECTION_H

#include <stdbool.h>

enum { OBJECTION_OPENING = 1500 }; /* bytes of a text that are read: what somebody wants, they say at the start */

/* subject, text: UTF-8, text the visible part of a reply without its quotation. */
bool says_objection(const char *subject, const char *text);
/* What a mail program sends to a List-Unsubscribe address by itself (RFC 2369): the subject named there ("Opposition" in
 * our mails) or a word for it, and no more than a line of its own. */
bool is_unsubscription(const char *subject, const char *text);
/* The survey is answered, whoever says so: "déjà répondu", "questionnaire transmis"; not "pas encore", "si", "autre". */
bool says_answered(const char *text);

#endif
