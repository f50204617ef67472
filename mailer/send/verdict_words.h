/* A reply's words, made comparable; and what each group of words means. Only verdict.c asks. */
#ifndef MAILER_SEND_VERDICT_WORDS_H
#define MAILER_SEND_VERDICT_WORDS_H

#include "base/buf.h"

/* Appends text in N() (base/text.h), a space before and behind: what an address, a URL's path or a <…> spells out is left
 * out, for « <spam@mairie.example>: user unknown » says nothing of spam. */
void verdict_words(struct buf *words, const char *text);
/* The same without hosts (but block lists), numbers, dates and ids, for verdict_signature. */
void verdict_constant_words(struct buf *words, const char *text);
/* The text quotes a code X.7.X: another server's, or a second one of this reply. */
bool verdict_quotes_policy(const char *text);

enum verdict_says {
    SAYS_GREYLISTED,
    SAYS_CONNECTIONS, /* too many connections, or too much at once, of ours */
    SAYS_ACCOUNT,     /* our account's quota at the relay */
    SAYS_THROTTLED,
    SAYS_RELAYING, /* we may not send to others through it */
    SAYS_SENDER,   /* our log-in, our sender address: refused */
    SAYS_OF_SENDER, /* a sender is spoken of at all */
    SAYS_QUOTING,  /* the relay asked another server and repeats its words */
    SAYS_AUTHENTICATION, /* SPF, DKIM, DMARC */
    SAYS_POLICY,
    SAYS_CLOSED, /* this recipient takes no mail of outsiders, or is unknown in a way only its server's pages explain */
    SAYS_FULL,
    SAYS_DISABLED,
    SAYS_TOO_BIG,
    SAYS_TOO_MANY, /* recipients of one mail */
    SAYS_UNKNOWN_USER, /* in the words filters use as an excuse, too */
    SAYS_NO_ADDRESS,
};
bool verdict_says(const char *words, enum verdict_says what);

#endif
