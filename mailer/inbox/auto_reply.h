/* Answers no person wrote: RFC 3834 and what mail systems do instead, and challenges that want a person to
 * click. */
#ifndef MAILER_INBOX_AUTO_REPLY_H
#define MAILER_INBOX_AUTO_REPLY_H

#include "mailer/inbox/fields.h"

/* How surely a message is an automatic answer. */
enum automatic {
    AUTOMATIC_NOT,
    AUTOMATIC_PERHAPS, /* made by a machine, or says so weakly: an answer unless it is a failure notice */
    AUTOMATIC_SURE,    /* by its subject or by headers only auto-responders write */
};
/* subject, text: words_of; text is the visible part. */
enum automatic automatic_reply(const struct fields *header, const char *subject, const char *text);
/* Somebody's filter asks us to prove that we are human. machine: null return path or other marks of a
 * machine. */
bool challenge(const struct fields *header, const char *subject, const char *text, bool machine);
/* The message has no sender to answer to: null reverse path, or MAILER-DAEMON in its place. */
bool null_sender(const struct fields *header);

#endif
