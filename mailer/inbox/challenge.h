/* Somebody's filter holds our mail until a person proves to be one: MailInBlack, Spamenmoins, Boxbe and their like. */
#ifndef MAILER_INBOX_CHALLENGE_H
#define MAILER_INBOX_CHALLENGE_H

#include "mailer/inbox/fields.h"

/* subject: UTF-8; text: words_of (findings.h). machine: null return path or other marks of a machine. report: the message
 * is a delivery report or of a mail server too, which only a filter named in From or subject makes a challenge. */
bool challenge(const struct fields *header, const char *subject, const char *text, bool machine, bool report);

#endif
