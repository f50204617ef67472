/* Asking one text for many phrases: tables hold some seven hundred, a notice says three of them.
 *
 * The four-byte pieces of the text are put into a bit table once; a phrase is looked for only when its first and its
 * last piece are there. */
#ifndef MAILER_INBOX_SAID_H
#define MAILER_INBOX_SAID_H

#include "base/buf.h"

enum { SAID_BITS = 1 << 14, SAID_NEAR = 60 };

struct said {
    const char *words; /* words_of; borrowed */
    size_t length;
    uint64_t pieces[SAID_BITS / 64];
};

void said_open(struct said *said, const char *words);
/* Whether the phrase stands in the text. "a*b": a, then b within SAID_NEAR bytes. A phrase of one character is looked for
 * as it is. */
bool said_is(const struct said *said, const char *phrase);
/* How many of a list of phrases stand in it, counted up to most. */
int said_count(const struct said *said, const char *const *phrases, size_t count, int most);

#endif
