/* What somebody who answers wants, by the words they use: for staff to settle. */
#ifndef MAILER_INBOX_REPLY_SORT_H
#define MAILER_INBOX_REPLY_SORT_H

#include "mailer/inbox/classify.h"

/* subject, text: UTF-8, text the visible part of a reply. Never REPLY_NONE. Asked in this order: objection, answered (both
 * strict, objection.h), wrong person, not concerned, question; else other. */
enum reply_sort reply_sort_of(const char *subject, const char *text);

#endif
