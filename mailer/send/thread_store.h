/* The thread a mail belongs to: the first one its mailbox got in the campaign. */
#ifndef MAILER_SEND_THREAD_STORE_H
#define MAILER_SEND_THREAD_STORE_H

#include "base/db.h"

enum { THREAD_ID = 200 };
/* Message-ID of the first dispatch of the campaign to this address that the server had accepted before before_ms, the
 * Date of the mail that asks; "" when there is none. What is decided never changes afterwards: a resend, or a doubt about
 * an earlier mail that is settled in between, gives the same bytes. */
bool thread_first(struct db *db, int64_t campaign_id, const char *address, int64_t before_ms, char message_id[THREAD_ID], struct err *err);

#endif
