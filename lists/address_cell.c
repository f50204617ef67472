/* Cells that hold addresses the way people write them: several, named, labelled, wrapped (RULES 8, 16). */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "lists/address.h"
#include "lists/vocabulary.h"

enum { LONGEST_PIECE = 2000 }; /* bytes, its display name included; what is longer is no address */

/* -- before splitting ---------------------------------------------------------------------------------- */
static bool removed(uint32_t c) {
    return (c >= 0x200B && c <= 0x200F) || c == 0x2060 || c == 0xFEFF || c == 0xAD;
}

static bool blank(uint32_t c) {
    return c == '\t' || c == 0xB || c == 0xC || c == 0xA0 || (c >= 0x2000 && c <= 0x200A) || c == 0x202F ||
           c == 0x205F || c == 0x3000;
}

/* Invisible characters gone, every kind of blank a space, line breaks LF. */
static void tidy(struct buf *out, const char *text, size_t length) {
    for (const char *at = text, *end = text + length; at < end;) {
        const char *plain = at; /* most cells are nothing else */
        while (at < end && *at >= ' ' && *at < 0x7F) at++;
        buf_add(out, plain, (size_t)(at - plain));
        if (at == end) break;
        uint32_t c = utf8_next(&at, end);
        if (removed(c)) continue;
        if (blank(c)) c = ' ';
        if (c == '\r' || c == 0x85 || c == 0x2028 || c == 0x2029) c = '\n';
        buf_add_utf8(out, c);
    }
}

static void trim(const char **from, const char **to) {
    while (*from < *to && (**from == ' ' || **from == '\n')) (*from)++;
    while (*to > *from && ((*to)[-1] == ' ' || (*to)[-1] == '\n')) (*to)--;
}

static bool starts_word(const char *from, const char *to, const char *word) {
    size_t length = strlen(word);
    return (size_t)(to - from) >= length && !strncasecmp(from, word, length);
}

/* "Bcc: …" at the start of the cell or of one of its lines. */
static bool injects_header(const char *from, const char *to) {
    static const char *const FIELDS[] = {"to", "cc", "bcc", "from", "reply-to", "subject", "content-"};
    for (const char *line = from; line < to; line++) {
        while (line < to && *line == ' ') line++;
        for (size_t i = 0; i < COUNT(FIELDS); i++) {
            if (!starts_word(line, to, FIELDS[i])) continue;
            const char *at = line + strlen(FIELDS[i]);
            if (at[-1] == '-')
                while (at < to && (isalpha((unsigned char)*at) || *at == '-')) at++;
            while (at < to && *at == ' ') at++;
            if (at < to && *at == ':') return true;
        }
        const char *stop = memchr(line, '\n', (size_t)(to - line));
        if (!stop) break;
        line = stop;
    }
    return false;
}

/* With an "@" beside anything but punctuation it is an address, good or bad: "n@c" is no "n c". */
static bool placeholder(const char *from, const char *to) {
    AUTO_BUF key = BUF_INIT(64);
    bool has_at = memchr(from, '@', (size_t)(to - from)) != NULL;
    for (const char *at = from; has_at && at < to; at++)
        if (*at != ' ' && !ispunct((unsigned char)*at)) return false;
    text_normalise(&key, from, (size_t)(to - from));
    return !key.overflow && vocabulary_email_placeholder(buf_text(&key));
}

/* -- one piece ----------------------------------------------------------------------------------------- */
static bool label(const char *from, const char *colon) {
    static const char *const LABELS[] = {"courriel", "mel", "mail", "e mail", "email"};
    AUTO_BUF key = BUF_INIT(32);
    text_normalise(&key, from, (size_t)(colon - from));
    for (size_t i = 0; i < COUNT(LABELS); i++)
        if (!key.overflow && !strcmp(buf_text(&key), LABELS[i])) return true;
    return false;
}

/* Quotes that open and close, as word processors write them. */
static bool typographic_quotes(const char **from, const char **to) {
    static const char *const PAIRS[][2] = {{"«", "»"}, {"“", "”"}, {"‘", "’"}};
    for (size_t i = 0; i < COUNT(PAIRS); i++) {
        size_t open = strlen(PAIRS[i][0]), close = strlen(PAIRS[i][1]);
        if ((size_t)(*to - *from) < open + close || memcmp(*from, PAIRS[i][0], open) ||
            memcmp(*to - close, PAIRS[i][1], close))
            continue;
        *from += open;
        *to -= close;
        return true;
    }
    return false;
}

/* The "(" of the comment that the last ")" ends: comments nest (RFC 5322 section 3.2.2). NULL = none. */
static const char *comment_start(const char *from, const char *to) {
    size_t depth = 0;
    while (to > from) {
        depth += *--to == ')';
        if (*to == '(' && !--depth) return to;
    }
    return NULL;
}

static const char *last_byte(const char *from, const char *to, char byte) {
    while (to > from)
        if (*--to == byte) return to;
    return NULL;
}

/* Takes one wrapping off; false when there is none left. *lost: an address that "Name <addr>" leaves behind.
 */
static bool unwrap(const char **from, const char **to, bool *lost) {
    const char *start = *from, *stop = *to;
    trim(from, to);
    size_t length = (size_t)(*to - *from);
    if (!length) return false;
    char first = **from, last = (*to)[-1];
    const char *colon = memchr(*from, ':', length), *angle = last_byte(*from, *to, '<'),
               *round = last == ')' ? comment_start(*from, *to) : NULL;
    if (last == '.')
        (*to)--;
    else if (length > 1 && first == last && (first == '"' || first == '\''))
        (*from)++, (*to)--;
    else if (first == '\'')
        (*from)++;
    else if (starts_word(*from, *to, "mailto:")) {
        *from += strlen("mailto:");
        const char *query = memchr(*from, '?', (size_t)(*to - *from));
        if (query) *to = query;
    } else if (last == '>' && angle) {
        const char *earlier = memchr(*from, '<', (size_t)(angle - *from));
        *lost |= earlier && memchr(earlier, '@', (size_t)(angle - earlier));
        *from = angle + 1, (*to)--;
    } else if (round && memchr(*from, '@', (size_t)(round - *from)))
        *to = round;
    else if (colon && colon - *from <= 24 && label(*from, colon))
        *from = colon + 1;
    else
        typographic_quotes(from, to);
    return *from != start || *to != stop;
}

struct cell_reading {
    struct buf *out;
    struct buf *bad; /* where the first piece dropped goes; NULL = nowhere */
    size_t good, dropped;
};

static void read_piece(struct cell_reading *reading, const char *from, const char *to) {
    char address[ADDRESS_TEXT];
    bool lost = false;
    trim(&from, &to);
    if (from == to) return;
    while (to - from <= LONGEST_PIECE && unwrap(&from, &to, &lost)) continue;
    reading->dropped += lost;
    if (!address_canonical(from, (size_t)(to - from), address)) {
        reading->dropped++;
        if (reading->bad && !reading->bad->length) buf_add(reading->bad, from, (size_t)(to - from));
        return;
    }
    buf_add(reading->out, address, strlen(address) + 1);
    reading->good++;
}

/* -- splitting ----------------------------------------------------------------------------------------- */
/* Spaces separate when every piece holds an "@". */
static void split_spaces(struct cell_reading *reading, const char *from, const char *to) {
    trim(&from, &to);
    bool all = true, has = false;
    for (const char *at = from; at <= to; at++) {
        if (at == to || *at == ' ') {
            all &= has || (at > from && at[-1] == ' ');
            has = false;
        } else
            has |= *at == '@';
    }
    if (!all || !memchr(from, ' ', (size_t)(to - from))) {
        read_piece(reading, from, to);
        return;
    }
    while (from < to) {
        const char *space = memchr(from, ' ', (size_t)(to - from));
        read_piece(reading, from, space ? space : to);
        from = space ? space + 1 : to;
    }
}

/* How long the stroke at `at` is: "/" and "|", and the longer dashes that word processors make of " - "; 0 = none. */
static size_t stroke(const char *at, const char *to) {
    static const char *const DASHES[] = {" – ", " — "};
    if (*at == '/' || *at == '|') return 1;
    for (size_t i = 0; i < COUNT(DASHES); i++)
        if (starts_word(at, to, DASHES[i])) return strlen(DASHES[i]) - 1; /* its last space may begin the next one */
    return 0;
}

/* They separate when both sides hold an "@". */
static void split_strokes(struct cell_reading *reading, const char *from, const char *to) {
    const char *first = memchr(from, '@', (size_t)(to - from)), *last = last_byte(from, to, '@');
    for (const char *at = first ? first : to; at < to && at < last; at++) {
        size_t wide = stroke(at, to);
        if (!wide) continue;
        split_spaces(reading, from, at);
        from = at + wide;
        at += wide - 1;
    }
    split_spaces(reading, from, to);
}

static bool space_or_break(char c) {
    return c == ' ' || c == '\n';
}

/* How long a word that separates is, at the start of a word: "et", "ou", "-" and what is blank behind. 0 =
 * none. */
static size_t separating_word(const char *at, const char *to) {
    static const char *const WORDS[] = {"et", "ou", "-"};
    for (size_t i = 0; i < COUNT(WORDS); i++) {
        size_t length = strlen(WORDS[i]);
        if (starts_word(at, to, WORDS[i]) && at + length < to && space_or_break(at[length])) return length;
    }
    return 0;
}

/* Of " et ", " ou ", " - " at `at`, whose last space may begin the next one; lines may end or begin with
 * them. */
static size_t word_separator(const char *at, const char *to) {
    size_t length = space_or_break(*at) ? separating_word(at + 1, to) : 0;
    return length ? 1 + length : 0;
}

static void split_cell(struct cell_reading *reading, const char *from, const char *to) {
    from += separating_word(from, to); /* a dash that begins an item */
    const char *piece = from;
    for (const char *at = from; at < to; at++) {
        size_t wide = word_separator(at, to);
        if (!wide && (*at == ';' || *at == ',' || *at == '\n')) wide = 1;
        if (*at == '"') {
            const char *closing = memchr(at + 1, '"', (size_t)(to - at - 1));
            if (closing) at = closing;
        }
        if (!wide) continue;
        split_strokes(reading, piece, at);
        piece = at + wide;
        at += wide - 1;
    }
    split_strokes(reading, piece, to);
}

/* What a spreadsheet wraps around a text it must not touch. */
static void unwrap_cell(const char **from, const char **to) {
    trim(from, to);
    if (*to - *from >= 3 && **from == '=' && (*from)[1] == '"' && memchr(*from + 2, '"', (size_t)(*to - *from - 2)) == *to - 1)
        *from += 2, (*to)--; /* ="…" and nothing joined to it */
    else if (*from < *to && **from == '\'' && !memchr(*from + 1, '\'', (size_t)(*to - *from - 1)))
        (*from)++;
}

bool address_cell_bad(const char *text, size_t length, struct buf *out) {
    AUTO_BUF tidied = BUF_INIT(SIZE_MAX / 2), good = BUF_INIT(SIZE_MAX / 2);
    tidy(&tidied, text, length);
    const char *from = buf_text(&tidied), *to = from + tidied.length;
    unwrap_cell(&from, &to);
    struct cell_reading reading = {.out = &good, .bad = out};
    split_cell(&reading, from, to);
    return out->length > 0;
}

enum address_cell address_cell_read(const char *text, size_t length, struct buf *out, size_t *count) {
    AUTO_BUF tidied = BUF_INIT(SIZE_MAX / 2);
    tidy(&tidied, text, length);
    const char *from = buf_text(&tidied), *to = from + tidied.length;
    unwrap_cell(&from, &to);
    if (injects_header(from, to)) return ADDRESS_CELL_INJECTION;
    if (from < to && *from == '=') return ADDRESS_CELL_FORMULA;
    if (placeholder(from, to)) return ADDRESS_CELL_EMPTY;
    struct cell_reading reading = {.out = out};
    split_cell(&reading, from, to);
    *count += reading.good;
    if (!reading.good) return ADDRESS_CELL_INVALID;
    return reading.dropped ? ADDRESS_CELL_SOME_DROPPED : ADDRESS_CELL_GOOD;
}
