/* Asking one text for many phrases: tables hold some seven hundred, a notice says three of them.
 *
 * The four-byte pieces of the text are put into a bit table once; a phrase is looked for only when its first and its
 * last piece are there. */
#ifndef MAILER_INBOX_SAID_H
#define MAILER_INBOX_SAID_H

#include <string.h>

#include "base/buf.h"

enum { SAID_BITS = 1 << 14, SAID_NEAR = 60 };

struct said {
    const char *words; /* words_of; borrowed */
    size_t length;
    uint64_t pieces[SAID_BITS / 64];
};

void said_open(struct said *said, const char *words);

/* Which bit four bytes have. Knuth, 6.4: the golden ratio of 32 bits. */
static inline uint32_t said_bit(const char *piece) {
    uint32_t four;
    memcpy(&four, piece, sizeof four);
    return four * 2654435761u >> (32 - 14);
}
static inline bool said_holds(const struct said *said, const char *piece) {
    uint32_t bit = said_bit(piece);
    return said->pieces[bit / 64] >> bit % 64 & 1;
}
bool said_find(const struct said *said, const char *phrase); /* said_is, when its first piece is there */

/* Whether the phrase stands in the text. "a*b": a, then b within SAID_NEAR bytes, and no "said:" between. At least four bytes
 * come before its end or its first star. */
static inline bool said_is(const struct said *said, const char *phrase) {
    return said_holds(said, phrase) && said_find(said, phrase);
}
/* How many of a list of phrases stand in it, counted up to most. */
int said_count(const struct said *said, const char *const *phrases, size_t count, int most);

/* What is said in as many ways as two lists have members: one of the first where a word begins, one of the second behind it, and between
 * them only words that add nothing ("l'adresse electronique indiquee est introuvable"). Each list ends with NULL; a member ends open, so
 * that "inconnu" is "inconnue". A star would reach too far: "a l'adresse a@b: erreur inconnue". */
struct said_pair {
    const char *const *first, *const *second;
};
bool said_pairs(const struct said *said, const struct said_pair *pairs, size_t count);

#endif
