/* Whether a refusal can be about anything but the relay and us. Wary on purpose: what may be an address's or a mailbox's own
 * fault is not counted, for ten of those in a row are a bad list, and no reason to stop. */
#ifndef MAILER_SEND_RELAY_FAULT_H
#define MAILER_SEND_RELAY_FAULT_H

#include "mailer/send/smtp_dialogue.h"

/* Of a FAIL that is no policy: said by a reply to RCPT or to the dot, whose code is no mailbox's (RFC 5321 4.2.3: 550 to 553) or
 * whose enhanced code names the system, the protocol or the message (x.3, x.5, x.6), and whose words speak of no mailbox. */
bool relay_fault(const struct smtp_result *result);

#endif
