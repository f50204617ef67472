/* Answers no person wrote: RFC 3834 and what mail systems do instead. */
#ifndef MAILER_INBOX_AUTO_REPLY_H
#define MAILER_INBOX_AUTO_REPLY_H

#include "mailer/inbox/fields.h"

/* How surely a message is an automatic answer. */
enum automatic {
    AUTOMATIC_NOT,
    AUTOMATIC_PERHAPS, /* made by a machine, or says so weakly: an answer unless it is a failure notice */
    AUTOMATIC_SURE,    /* by its subject or by headers only auto-responders write */
};
/* subject, text: UTF-8; text what was written, without what it quotes. */
enum automatic automatic_reply(const struct fields *header, const char *subject, const char *text);
/* From is an address nobody reads ("noreply@", "nepasrepondre@"). */
bool nobody_answers(const struct fields *header);
/* The message has no sender to answer to: null reverse path, or MAILER-DAEMON in its place. */
bool null_sender(const struct fields *header);

#endif
