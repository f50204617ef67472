/* Delivery reports made of fields: RFC 3464, RFC 6533 (internationalised), and the same fields loose in plain
 * text, as machines write that lost their MIME structure on the way. */
#ifndef MAILER_INBOX_DELIVERY_REPORT_H
#define MAILER_INBOX_DELIVERY_REPORT_H

#include "mailer/inbox/fields.h"
#include "mailer/inbox/reason.h"

/* Adds every recipient the text has fields for, judged with what the notice beside them says of the stage; true when there was one,
 * even if its address could not be read (then unnamed is set, with what its fields say, and the caller looks elsewhere for it). */
bool report_read(const char *text, size_t length, enum refusal notice_stage, struct findings *findings, struct failed *unnamed);

#endif
