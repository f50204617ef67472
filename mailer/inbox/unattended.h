/* Mail that no person wrote and that answers nothing: the daily reports of mail systems, notices from an address nobody reads. It is no reply. */
#ifndef MAILER_INBOX_UNATTENDED_H
#define MAILER_INBOX_UNATTENDED_H

#include <stdbool.h>

#include "mailer/inbox/fields.h"

/* "Report Domain: d Submitter: s Report-ID: i": the subject of an aggregate report about DMARC (RFC 7489, 7.2.1.1) or TLS (RFC 8460, 5.3). Nobody need look
 * at it. */
bool is_aggregate_report(const char *subject);
/* Such a report; or From says that nobody reads there ("noreply", "ne-pas-repondre"), and nothing says that it answers something (RFC 5322, 3.6.4). What a
 * ticket system passes on in answer to us does. */
bool is_unattended(const struct fields *header);

#endif
