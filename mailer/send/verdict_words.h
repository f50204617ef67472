/* A reply's words, made comparable; and what each group of words means. Only verdict.c and relay_fault.c ask. */
#ifndef MAILER_SEND_VERDICT_WORDS_H
#define MAILER_SEND_VERDICT_WORDS_H

#include "base/buf.h"

/* Appends text in N() (base/text.h), a space before and behind: what an address, a URL's path or a <…> spells out is left
 * out, for « <spam@mairie.example>: user unknown » says nothing of spam. */
void verdict_words(struct buf *words, const char *text);
/* The same without hosts (but block lists), numbers, dates and ids, for verdict_signature. */
void verdict_constant_words(struct buf *words, const char *text);
/* The same without single words in quotes, which are names: « User "jean" not found ». For what is said of a user, and for nothing else:
 * "spam" in quotes is spam. */
void verdict_unnamed_words(struct buf *words, const char *text);
/* The text quotes a code X.7.X: another server's, or a second one of this reply. */
bool verdict_quotes_policy(const char *text);
/* Where in text the words of somebody whom the relay asked begin: « … said: 550 5.1.1 … », « undeliverable address: … »;
 * NULL = nobody is quoted. */
const char *verdict_quotation(const char *text);
/* The enhanced code at a quotation that begins with a reply code, into enhanced[]; false = none. */
bool verdict_quoted_code(const char *quotation, char *enhanced, size_t size);
bool verdict_begins_with_address(const char *text);
/* The enhanced code « (#5.1.1) » or « #5.1.0 » that qmail and Cisco write into the text, into enhanced[]; false = none. */
bool verdict_code_in_text(const char *text, char *enhanced, size_t size);

enum verdict_says {
    SAYS_GREYLISTED,
    SAYS_CONNECTIONS, /* too many connections, or too much at once, of ours */
    SAYS_ACCOUNT,     /* our account's quota at the relay, or its right to send at all */
    SAYS_MAILBOX,     /* whose quota it is: one recipient's */
    SAYS_THROTTLED,
    SAYS_RELAYING, /* we may not send to others through it */
    SAYS_SENDER,   /* our log-in, our sender address: refused */
    SAYS_OF_SENDER, /* a sender is spoken of at all */
    SAYS_OF_US,    /* our host, our address, our domain, our log-in are */
    SAYS_OF_RECIPIENT, /* it is a recipient that was refused, where the relay repeats why */
    SAYS_CALLOUT,      /* an address was verified, whose is not said */
    SAYS_SENDER_VERIFY, /* Exim, behind what it was told of the sender */
    SAYS_AT_RCPT,      /* the other server said it to RCPT */
    SAYS_NOT_AT_RCPT,  /* to another command */
    SAYS_AUTHENTICATION, /* SPF, DKIM, DMARC */
    SAYS_POLICY,
    SAYS_BLOCKED, /* policy, unless it is a mailbox that is blocked */
    SAYS_CLOSED,  /* this recipient takes no mail of outsiders, or is unknown in a way only its server's pages explain */
    SAYS_FULL,
    SAYS_SHUT,  /* a mailbox disabled, blocked, inactive */
    SAYS_LATER, /* something that will pass */
    SAYS_TOO_BIG,
    SAYS_TOO_MANY, /* recipients of one mail */
    SAYS_HARVESTED, /* too many addresses were unknown: which, is not said */
    SAYS_UNKNOWN_USER, /* in the words filters use as an excuse, too */
    SAYS_NO_ADDRESS,
};
bool verdict_says(const char *words, enum verdict_says what);

#endif
