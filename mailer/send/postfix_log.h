/* Lines of Postfix's log: which message it took into its queue. Pure; the formats of syslog ("Nov 26 06:11:54 host …") and
 * RFC 3339 alike, for what stands before the program's name is not looked at.
 *
 * The line that names the Message-ID (cleanup's) is written while the message still comes in: it does not say that the message
 * was accepted. That is said by the queue manager, or by whoever delivers from the queue. */
#ifndef MAILER_SEND_POSTFIX_LOG_H
#define MAILER_SEND_POSTFIX_LOG_H

#include "base/common.h"

enum { POSTFIX_QUEUE_ID = 32, POSTFIX_VALUE = 400, POSTFIX_LINE_LONGEST = 16384 };
enum postfix_event {
    POSTFIX_NOTHING,
    POSTFIX_BEGINS,     /* smtpd, pickup: a message begins to come in under this queue id, which may have been used before */
    POSTFIX_MESSAGE_ID, /* cleanup: value is its Message-ID, "<…>" */
    POSTFIX_QUEUED,     /* qmgr: it is in the queue; value is its envelope sender, without brackets */
    POSTFIX_STATUS,     /* a delivery agent: value is "sent", "deferred", "bounced", "expired", "undeliverable" … */
    POSTFIX_REMOVED,    /* qmgr: it has left the queue */
};
struct postfix_line {
    enum postfix_event event;
    char queue_id[POSTFIX_QUEUE_ID], value[POSTFIX_VALUE]; /* a value that is longer makes the line NOTHING */
};
/* One line, with or without its line end. */
void postfix_line_read(const char *line, size_t length, struct postfix_line *out);

#endif
