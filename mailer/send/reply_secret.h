/* What a server says may repeat what it was given to log in with; that is neither logged nor stored. */
#ifndef MAILER_SEND_REPLY_SECRET_H
#define MAILER_SEND_REPLY_SECRET_H

#include "mailer/send/smtp_reply.h"

/* The password or access token, and what of it goes over the wire in base64 (RFC 4616, RFC 7628, XOAUTH2, LOGIN). */
enum { SECRET_WORDS = 5 };
struct secret_words { char *words[SECRET_WORDS]; }; /* zeroed: none */
void secret_words_make(struct secret_words *words, const char *username, const char *secret); /* instead of those there were */
void secret_words_release(struct secret_words *words);                                        /* wiped */
/* Each of them in the text, whatever the case of its letters and wherever a line ended in it, becomes « … ». */
void reply_hide_words(struct smtp_reply *reply, const struct secret_words *words);

/* Of a reply to a log-in: what looks like base64 too, for what was sent may have been cut otherwise. text is cut where it grows
 * too long. */
void reply_without_secret(struct smtp_reply *reply, const struct secret_words *words);

#endif
