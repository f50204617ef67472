/* A sieve of four-byte pieces before strstr. */
#include "mailer/inbox/said.h"

#include <string.h>

enum { PIECE = 4 };

void said_open(struct said *said, const char *words) {
    *said = (struct said){.words = words, .length = strlen(words)};
    for (size_t i = 0; i + PIECE <= said->length; i++) {
        uint32_t bit = said_bit(words + i);
        said->pieces[bit / 64] |= UINT64_C(1) << bit % 64;
    }
}

static const char SPEAKS[] = " said: ";

/* The rest of a phrase behind one of its stars: each part within SAID_NEAR bytes of the one before, and said by the same: "host
 * mx.a.test said: 550 user jean not found" is no host that was not found. */
static bool follows(const char *from, const char *end, const char *parts) {
    for (size_t length; *parts; parts += length + (parts[length] == '*')) {
        length = strcspn(parts, "*");
        size_t room = (size_t)(end - from);
        const char *part = memmem(from, room < SAID_NEAR + length ? room : SAID_NEAR + length, parts, length);
        if (!part || memmem(from, (size_t)(part - from), SPEAKS, sizeof SPEAKS - 1)) return false;
        from = part + length;
    }
    return true;
}

bool said_find(const struct said *said, const char *phrase) {
    size_t head = strcspn(phrase, "*"), length = head + strlen(phrase + head);
    if (head >= PIECE && !said_holds(said, phrase + head - PIECE)) return false;
    if (head == length) return strstr(said->words, phrase) != NULL;
    const char *at = said->words, *end = at + said->length;
    for (; (at = memmem(at, (size_t)(end - at), phrase, head)); at++)
        if (follows(at + head, end, phrase + head + 1)) return true;
    return false;
}

int said_count(const struct said *said, const char *const *phrases, size_t count, int most) {
    int found = 0;
    for (size_t i = 0; i < count && found < most; i++) found += said_is(said, phrases[i]);
    return found;
}

/* -- pairs ------------------------------------------------------------------------------------------------------- */
/* Whole words that change nothing of what the two say. "ip", "host", "sender" are not among them. */
static const char *const FILLERS[] = {
    "a", "an", "the", "this", "that", "to", "of", "for", "your", "you", "is", "are", "was", "has", "have", "been", "be", "being", "could",
    "can", "did", "does", "do", "currently", "e", "mail", "mails", "email", "emails", "address", "account", "mailbox", "name", "local",
    "virtual", "valid", "specified", "given", "requested", "trying", "tried", "reach", "contact", "de", "du", "des", "d", "l", "le", "la",
    "les", "un", "une", "ce", "cet", "cette", "aux", "est", "sont", "ete", "que", "n", "a", "votre", "lettres", "electronique", "courriel",
    "messagerie", "mel", "destination", "destinataire", "utilisateur", "indique", "indiquee", "demande", "demandee", "saisi", "saisie",
    "specifie", "specifiee"};

static bool in_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (unsigned char)c >= 0x80;
}

/* The word behind this one, unless more than a space, an apostrophe or a hyphen parts them: then something else is spoken of. */
static const char *next_word(const char *at) {
    while (in_word(*at)) at++;
    size_t gap = strspn(at, " '-");
    return gap && in_word(at[gap]) ? at + gap : NULL;
}

static bool filler(const char *word) {
    size_t length = 0;
    while (in_word(word[length])) length++;
    for (size_t i = 0; i < COUNT(FILLERS); i++)
        if (strlen(FILLERS[i]) == length && !memcmp(FILLERS[i], word, length)) return true;
    return false;
}

static bool one_begins(const char *const *list, const char *at) {
    for (; *list; list++)
        if (!strncmp(at, *list, strlen(*list))) return true;
    return false;
}

/* Never many words: a text of nothing but them would be read once for each. */
enum { BETWEEN_MOST = 10 };
static bool pair_at(const char *first_end, const char *const *second) {
    const char *at = first_end;
    for (int i = 0; i <= BETWEEN_MOST && (at = next_word(at)); i++) {
        if (one_begins(second, at)) return true;
        if (!filler(at)) return false;
    }
    return false;
}

static bool pair_is(const struct said *said, const struct said_pair *pair) {
    for (const char *const *first = pair->first; *first; first++) {
        if (!said_is(said, *first)) continue;
        for (const char *at = said->words; (at = strstr(at, *first)); at++) {
            bool begins = at == said->words || !in_word(at[-1]);
            /* from its last byte: what is left of the word may be an ending */
            if (begins && pair_at(at + strlen(*first) - 1, pair->second)) return true;
        }
    }
    return false;
}

bool said_pairs(const struct said *said, const struct said_pair *pairs, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (pair_is(said, &pairs[i])) return true;
    return false;
}
