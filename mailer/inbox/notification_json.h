/* Amazon SES tells of bounces by mail with JSON inside (SNS): the few values of it that matter. */
#ifndef MAILER_INBOX_NOTIFICATION_JSON_H
#define MAILER_INBOX_NOTIFICATION_JSON_H

#include "mailer/inbox/reason.h"

enum notification { NOTIFICATION_NONE, NOTIFICATION_BOUNCE, NOTIFICATION_DELIVERY, NOTIFICATION_COMPLAINT };
enum notification notification_read(const char *text, size_t length, struct findings *findings);

#endif
