/* Plain text, its sentences, and a small pattern of words over them: no memory of its own, no recursion deeper than a
 * pattern is long. */
#include "mailer/inbox/phrases.h"

#include "base/text.h"

/* -- plain text --------------------------------------------------------------------------------------------------- */
/* U+00C0 … U+00FF, lower case. */
static const char LATIN[64][3] = {"a", "a", "a", "a", "a", "a", "ae", "c", "e", "e", "e", "e", "i", "i", "i", "i", "d", "n", "o", "o", "o", "o",
                                  "o", " ", "o", "u", "u", "u", "u", "y", "t", "ss", "a", "a", "a", "a", "a", "a", "ae", "c", "e", "e", "e", "e",
                                  "i", "i", "i", "i", "d", "n", "o", "o", "o", "o", "o", " ", "o", "u", "u", "u", "u", "y", "t", "y"};

const char *latin_plain(uint32_t c) {
    if (c == 0x152 || c == 0x153) return "oe";
    return c >= 0xC0 && c <= 0xFF ? LATIN[c - 0xC0] : NULL;
}

static const char *plain_of(uint32_t c) {
    const char *latin = latin_plain(c);
    if (latin) return latin;
    if (c == 0x2018 || c == 0x2019 || c == 0x02BC || c == 0xB4) return "'";
    if (c >= 0x2010 && c <= 0x2015) return "-";
    if (c == 0x2026) return ".";
    if (c >= 0x300 && c <= 0x36F) return ""; /* a mark written behind its letter */
    if (c == 0xAD || c == 0x200B || c == 0xFEFF) return "";
    return " ";
}

void text_plain(struct buf *out, const char *utf8, size_t length) {
    for (const char *at = utf8, *end = utf8 + length; at < end;) {
        uint32_t c = utf8_next(&at, end);
        if (c >= 0x80)
            buf_add_text(out, plain_of(c));
        else if (c >= 'A' && c <= 'Z')
            buf_add_char(out, (char)(c | 32));
        else
            buf_add_char(out, c == '\n' || c >= ' ' ? (char)c : ' ');
    }
}

/* -- sentences ---------------------------------------------------------------------------------------------------- */
static bool letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* A sentence ends at . ! ? ; before white space, at an empty line, and before a line that begins with a bullet. */
static bool ends(const char *at, const char *end) {
    if (*at == '!' || *at == '?' || *at == ';') return true;
    if (*at == '.') return at + 1 >= end || (unsigned char)at[1] <= ' ' || at[1] == '.';
    if (*at != '\n') return false;
    for (at++; at < end && (*at == ' ' || *at == '\r'); at++) continue;
    return at >= end || *at == '\n' || *at == '-' || *at == '*' || *at == '>';
}

static void close_sentence(struct sentences *all, size_t start, bool question) {
    if (all->words.length <= start + 1) {
        buf_cut(&all->words, start);
        return;
    }
    if (question) buf_add_text(&all->words, "? ");
    buf_add_char(&all->words, '\0');
    if (all->words.overflow) { /* the last one is not whole: left out, and nothing more is taken */
        buf_cut(&all->words, start);
        return;
    }
    all->start[all->count++] = start;
}

void sentences_add(struct sentences *all, const char *utf8, size_t length) {
    AUTO_BUF plain = BUF_INIT(PHRASES_TEXT);
    text_plain(&plain, utf8, length < PHRASES_TEXT ? length : PHRASES_TEXT);
    const char *at = buf_text(&plain), *end = at + plain.length;
    while (at < end && all->count < PHRASES_SENTENCES && !all->words.overflow) {
        size_t start = all->words.length;
        bool space = true;
        buf_add_char(&all->words, ' ');
        while (at < end && !ends(at, end)) {
            bool word = letter(*at);
            if (all->words.length - start < PHRASES_SENTENCE && (word || !space)) buf_add_char(&all->words, word ? *at : ' ');
            space = !word;
            at++;
        }
        if (all->words.bytes && all->words.bytes[all->words.length - 1] != ' ') buf_add_char(&all->words, ' ');
        close_sentence(all, start, at < end && *at == '?');
        at++;
    }
}

const char *sentence_at(const struct sentences *all, size_t i) {
    return i < all->count ? all->words.bytes + all->start[i] : "";
}

void sentences_release(struct sentences *all) {
    buf_release(&all->words);
    all->count = 0;
}

/* -- patterns ----------------------------------------------------------------------------------------------------- */
static size_t token_length(const char *pattern) {
    return strcspn(pattern, " ");
}

/* at: the space before a word. The space behind it when the word is one of the token's alternatives, else NULL. */
static const char *word_fits(const char *at, const char *token, size_t length) {
    const char *word = at + 1;
    if (!*word || *word == ' ') return NULL;
    for (const char *one = token, *end = token + length; one < end;) {
        size_t size = 0;
        while (one + size < end && one[size] != '|') size++;
        bool stem = size && one[size - 1] == '~';
        size_t letters = size - stem;
        if (!strncmp(word, one, letters)) {
            const char *stop = word + letters + (stem ? strcspn(word + letters, " ") : 0);
            if (!*stop || *stop == ' ') return stop;
        }
        one += size + 1;
    }
    return NULL;
}

/* The pattern from here on, the words from at on. */
static const char *fits(const char *at, const char *pattern) {
    while (*pattern) {
        size_t n = token_length(pattern);
        const char *rest = pattern + n + (pattern[n] == ' ');
        if (n == 1 && *pattern == '$') return at[1] ? NULL : at;
        if (n == 1 && *pattern == '*') {
            for (int gap = 0; gap <= PHRASES_GAP; gap++) {
                const char *found = fits(at, rest);
                if (found) return found;
                size_t word = strcspn(at + 1, " ");
                if (!word || !at[1]) return NULL;
                at += 1 + word;
            }
            return NULL;
        }
        if (*pattern == '[' && pattern[n - 1] == ']') {
            const char *next = word_fits(at, pattern + 1, n - 2), *found = next ? fits(next, rest) : NULL;
            if (found) return found;
        } else if ((at = word_fits(at, pattern, n)) == NULL)
            return NULL;
        pattern = rest;
    }
    return at;
}

const char *phrase_find(const char *sentence, const char *pattern, const char **end) {
    bool anchored = pattern[0] == '^' && pattern[1] == ' ';
    if (anchored) pattern += 2;
    char first = *pattern == '[' || *pattern == '*' || memchr(pattern, '|', token_length(pattern)) ? '\0' : *pattern;
    /* The spaces before words; where the first letter is known, it is looked for: it is rarer than words are. */
    for (const char *at = sentence; at && *at && at[1]; at = strchr(at + 1, ' ')) {
        if (first && at[1] != first && !anchored) {
            const char *letter = at + 1;
            while ((letter = strchr(letter + 1, first)) && letter[-1] != ' ') continue;
            if (!letter) return NULL;
            at = letter - 1;
        }
        const char *found = fits(at, pattern);
        if (found && end) *end = found;
        if (found) return at;
        if (anchored) return NULL;
    }
    return NULL;
}

bool phrase_in(const char *sentence, const char *pattern) {
    return phrase_find(sentence, pattern, NULL) != NULL;
}

bool phrases_in(const char *sentence, const char *const *patterns, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (phrase_in(sentence, patterns[i])) return true;
    return false;
}
