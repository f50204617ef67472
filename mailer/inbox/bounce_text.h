/* Failure notices in plain words: the formats of before, and of beside, RFC 3464. Vendors differ in wording
 * and agree in shape: an address at the start of a line or behind a label, what the far server said near it,
 * then the returned message behind a divider. The tables in bounce_text.c hold words, the code holds the
 * shape. */
#ifndef MAILER_INBOX_BOUNCE_TEXT_H
#define MAILER_INBOX_BOUNCE_TEXT_H

#include "mailer/inbox/notice.h"
#include "mailer/inbox/reason.h"

enum { NOTICE_MAX = 24576 }; /* bytes of a notice that are read */

/* How much the words of a subject and of a notice sound like a failure: 0 to 3. */
int bounce_subject_score(const struct said *said);
int bounce_words_score(const struct said *said);
/* "Still being tried": a delay, not a failure. */
bool bounce_says_delayed(const struct said *said);
/* "Successfully delivered". */
bool bounce_says_delivered(const struct said *said);

/* The recipients a notice speaks of, each with its status, reason and diagnostic. own: addresses that are
 * ours (the notice's To) or the notice's author, never failed recipients unless labelled so; NULL-terminated.
 * delayed: it is a warning. findings may already hold recipients (X-Failed-Recipients, a single RFC 3464
 * field): then only what is said of these is looked up. */
void bounce_read(const struct notice *notice, const char *const own[], bool delayed,
                 struct findings *findings);
/* Puts the address we wrote to in place of the one an alias made of it, where the notice says so. */
void bounce_origins(const struct notice *notice, struct findings *findings);
/* Recipients named by their local part alone, in a list of their own; domain: the author's. */
void bounce_local_parts(const struct notice *notice, const char *domain, struct findings *findings);

#endif
