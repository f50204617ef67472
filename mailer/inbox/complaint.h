/* Complaints: feedback reports (RFC 5965, ARF) and the older forms of large providers. */
#ifndef MAILER_INBOX_COMPLAINT_H
#define MAILER_INBOX_COMPLAINT_H

#include "mailer/inbox/mime.h"
#include "mailer/inbox/reason.h"

/* True when the message is one. findings: who complained, where it can be known. *suppress: the person wants
 * no more mail; false for reports about authentication (RFC 6591), where nobody asked for anything. */
bool complaint_read(const struct mime *mime, const struct charsets *charsets, struct findings *findings,
                    bool *suppress);

#endif
