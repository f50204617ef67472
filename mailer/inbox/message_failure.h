/* Reports, notifications and notices of failure: whether a message is one, and what it says of whom. */
#ifndef MAILER_INBOX_MESSAGE_FAILURE_H
#define MAILER_INBOX_MESSAGE_FAILURE_H

#include "mailer/inbox/classify.h"
#include "mailer/inbox/findings.h"
#include "mailer/inbox/message_view.h"

/* Recipients, and of the one that counts most kind, status, reason and diagnostic; false when there is none. */
bool set_findings(struct inbound_facts *facts, const struct findings *findings);
/* X-Failed-Recipients (Exim, Google) and its like, before anything is guessed from words. */
void named_by_header(const struct view *view, struct findings *findings);
/* The null path and a reply or status code in the words, with a mail server's own name or words of failure (worded): a notice, in
 * whatever language. */
bool coded_notice(const struct view *view, bool worded);
/* It tells of a delivery, in words. */
bool delivery_notice(const struct view *view);

/* Each true when it is the answer, and facts filled; findings: empty, to work with. */
bool is_report(const struct view *view, struct inbound_facts *facts, struct findings *findings);       /* RFC 3464, 6533 */
bool is_notification(const struct view *view, struct inbound_facts *facts, struct findings *findings); /* JSON */
bool is_failure(const struct view *view, struct inbound_facts *facts, struct findings *findings);      /* in words */

#endif
