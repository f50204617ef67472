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

/* The rest of a phrase behind one of its stars: each part within SAID_NEAR bytes of the one before. */
static bool follows(const char *from, const char *end, const char *parts) {
    for (size_t length; *parts; parts += length + (parts[length] == '*')) {
        length = strcspn(parts, "*");
        size_t room = (size_t)(end - from);
        const char *part = memmem(from, room < SAID_NEAR + length ? room : SAID_NEAR + length, parts, length);
        if (!part) return false;
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
