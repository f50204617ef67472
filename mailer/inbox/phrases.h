/* What somebody wrote, as tables of phrases see it: plain words, sentence by sentence, accents and capitals off, so that
 * "déjà répondu", "DEJA REPONDU" and "deja  répondu" are one phrase. */
#ifndef MAILER_INBOX_PHRASES_H
#define MAILER_INBOX_PHRASES_H

#include "base/buf.h"

/* Text beyond these is not read: what somebody wants, they say within them. */
enum { PHRASES_TEXT = 16384, PHRASES_SENTENCE = 1500, PHRASES_SENTENCES = 120, PHRASES_GAP = 4 };

/* Appends text in lower-case ASCII: marks off, ligatures opened, typographic signs as their plain ones, any other
 * character a space; line ends and punctuation stay. */
void text_plain(struct buf *out, const char *utf8, size_t length);
/* A letter of U+00C0 to U+00FF, or oe, in lower-case ASCII; NULL for any other character. */
const char *latin_plain(uint32_t c);

/* Sentences: each its words between single spaces, one before and one behind (" nous avons repondu "); a question's
 * last word is "?". */
struct sentences {
    struct buf words; /* all of them, NUL between */
    size_t start[PHRASES_SENTENCES], count;
};
#define SENTENCES_INIT {.words = BUF_INIT(PHRASES_TEXT)}
#define AUTO_SENTENCES __attribute__((cleanup(sentences_release))) struct sentences
void sentences_add(struct sentences *sentences, const char *utf8, size_t length); /* a text is cut in sentences */
const char *sentence_at(const struct sentences *sentences, size_t i);
void sentences_release(struct sentences *sentences);

/* Where the first words that fit pattern begin in sentence (at their leading space), NULL when there are none; *end the
 * space behind the last of them. A pattern is words between single spaces, each of them:
 *   word  word~ (what begins so)  a|b~|c (one of)  [a|b] (may be missing)  * (up to PHRASES_GAP words)
 * and "^" first, "$" last: the sentence's begin or end. */
const char *phrase_find(const char *sentence, const char *pattern, const char **end);
bool phrase_in(const char *sentence, const char *pattern);
/* One of count patterns. */
bool phrases_in(const char *sentence, const char *const *patterns, size_t count);

#endif
