/* What a reply's words ask for: never to be written to again, or to be left alone because the answer is in.
 * Both act by themselves, so both are strict: what is only near goes to a person. */
#ifndef MAILER_INBOX_OBJECTION_H
#define MAILER_INBOX_OBJECTION_H

#include <stdbool.h>

/* subject, text: words_of, text the visible part of a reply without its quotation. */
bool says_objection(const char *subject, const char *text);
bool says_answered(const char *text);

#endif
