/* Folding and encoded words. */
#include "templates/mime_words.h"

#include <string.h>

enum { ENCODED_WORD_BYTES = 75, LONGEST_PLAIN_WORD = 70 };

/* A field under construction: where its current line began, and whether that holds an encoded word. */
struct field_line {
    struct buf *out;
    size_t start;
    bool encoded;
};

static size_t used(const struct field_line *line) {
    return line->out->length - line->start;
}
static size_t limit(const struct field_line *line) {
    return line->encoded ? ENCODED_LINE_COLUMNS : HEADER_COLUMNS;
}

static struct field_line begin(struct buf *out, const char *name) {
    struct field_line line = {.out = out, .start = out->length};
    buf_add_format(out, "%s:", name);
    return line;
}

/* A space, and before it a line break when length more bytes would not fit. */
static void separate(struct field_line *line, size_t length) {
    if (used(line) + 1 + length > limit(line)) {
        buf_add_text(line->out, "\r\n");
        line->start = line->out->length;
        line->encoded = false;
    }
    buf_add_char(line->out, ' ');
}

static void add_token(struct field_line *line, const char *token, size_t length) {
    separate(line, length);
    buf_add(line->out, token, length);
}

static void add_tokens(struct field_line *line, const char *text, const char *end) {
    while (text < end) {
        const char *space = memchr(text, ' ', (size_t)(end - text));
        if (!space) space = end;
        if (space > text) add_token(line, text, (size_t)(space - text));
        text = space + 1;
    }
}

/* -- encoded words ------------------------------------------------------------------------------------- */
/* RFC 2047 5 (3): what Q may leave as it is even inside a phrase. */
static bool q_plain(unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c && strchr("!*+-/", c));
}
static size_t q_length(unsigned char c) {
    return q_plain(c) || c == ' ' ? 1 : 3;
}

static void add_q(struct buf *out, const char *text, size_t length) {
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c == ' ')
            buf_add_char(out, '_');
        else if (q_plain(c))
            buf_add_char(out, (char)c);
        else
            buf_add_format(out, "=%02X", c);
    }
}

static void add_b(struct buf *out, const char *text, size_t length) {
    static const char DIGITS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < length; i += 3) {
        size_t left = length - i;
        unsigned bits = (unsigned)(unsigned char)text[i] << 16 |
                        (left > 1 ? (unsigned)(unsigned char)text[i + 1] << 8 : 0) |
                        (left > 2 ? (unsigned char)text[i + 2] : 0);
        buf_add(out,
                (char[]){DIGITS[bits >> 18], DIGITS[bits >> 12 & 63], left > 1 ? DIGITS[bits >> 6 & 63] : '=',
                         left > 2 ? DIGITS[bits & 63] : '='},
                4);
    }
}

static size_t character_length(const char *at, const char *end) {
    size_t length = 1;
    while (at + length < end && ((unsigned char)at[length] & 0xC0) == 0x80) length++;
    return length;
}

static size_t encoded_length(const char *text, size_t length, bool base64) {
    if (base64) return (length + 2) / 3 * 4;
    size_t total = 0;
    for (size_t i = 0; i < length; i++) total += q_length((unsigned char)text[i]);
    return total;
}

/* As many whole characters as one encoded word of room bytes takes; at least one. */
static size_t piece_of(const char *text, const char *end, size_t room, bool base64) {
    size_t taken = 0;
    while (text + taken < end) {
        size_t more = character_length(text + taken, end);
        if (taken && encoded_length(text, taken + more, base64) > room) break;
        taken += more;
    }
    return taken;
}

/* Fills what is left of the line, then lines of their own. */
static size_t room_for_word(const struct field_line *line, size_t frame) {
    enum { WORTH_STARTING = 12 };
    size_t taken = used(line) + 1 + frame;
    if (taken + WORTH_STARTING > ENCODED_LINE_COLUMNS) return ENCODED_WORD_BYTES - frame;
    size_t room = ENCODED_LINE_COLUMNS - taken;
    return room < ENCODED_WORD_BYTES - frame ? room : ENCODED_WORD_BYTES - frame;
}

static void add_encoded(struct field_line *line, const char *text, const char *end) {
    const size_t frame = strlen("=?utf-8?q?") + strlen("?="), length = (size_t)(end - text);
    bool base64 = encoded_length(text, length, true) < encoded_length(text, length, false);
    while (text < end) {
        size_t piece = piece_of(text, end, room_for_word(line, frame), base64);
        line->encoded = true;
        separate(line, frame + encoded_length(text, piece, base64));
        line->encoded = true;
        buf_add_text(line->out, base64 ? "=?utf-8?b?" : "=?utf-8?q?");
        (base64 ? add_b : add_q)(line->out, text, piece);
        buf_add_text(line->out, "?=");
        text += piece;
    }
}

/* A word that may not stand as it is: not ASCII, too long for a line, or looking like an encoded word. */
static bool needs_encoding(const char *word, const char *end) {
    if (end - word > LONGEST_PLAIN_WORD) return true;
    for (const char *at = word; at < end; at++)
        if ((unsigned char)*at >= 0x7F || (unsigned char)*at < 0x20 ||
            (*at == '=' && at + 1 < end && at[1] == '?'))
            return true;
    return false;
}

/* Folding keeps single spaces only. */
static bool odd_spaces(const char *text, const char *end) {
    if (text < end && (*text == ' ' || end[-1] == ' ')) return true;
    return memmem(text, (size_t)(end - text), "  ", 2) != NULL;
}

/* The span from the first word that must be encoded to the last one; *from == *to when there is none. */
static void find_span(const char *text, const char *end, const char **from, const char **to) {
    *from = *to = end;
    for (const char *word = text; word < end;) {
        const char *word_end = memchr(word, ' ', (size_t)(end - word));
        if (!word_end) word_end = end;
        if (needs_encoding(word, word_end)) {
            if (*from == *to) *from = word;
            *to = word_end;
        }
        word = word_end + 1;
    }
    if (odd_spaces(text, end)) *from = text, *to = end;
}

static void add_words(struct field_line *line, const char *text, const char *from, const char *to,
                      const char *end) {
    add_tokens(line, text, from);
    add_encoded(line, from, to);
    if (to < end) add_tokens(line, to + 1, end);
}

void header_add_text(struct buf *out, const char *name, const char *utf8) {
    struct field_line line = begin(out, name);
    const char *end = utf8 + strlen(utf8), *from, *to;
    find_span(utf8, end, &from, &to);
    add_words(&line, utf8, from, to, end);
    buf_add_text(out, "\r\n");
}

/* -- phrases (RFC 5322 3.2.5) -------------------------------------------------------------------------- */
static bool atoms_only(const char *text, const char *end) {
    for (; text < end; text++)
        if (strchr("()<>[]:;@\\,.\"", *text)) return false;
    return true;
}

static void add_quoted(struct field_line *line, const char *phrase) {
    AUTO_BUF quoted = BUF_INIT(4096);
    buf_add_char(&quoted, '"');
    for (; *phrase; phrase++) {
        if (*phrase == '"' || *phrase == '\\') buf_add_char(&quoted, '\\');
        buf_add_char(&quoted, *phrase);
    }
    buf_add_char(&quoted, '"');
    add_tokens(line, buf_text(&quoted), buf_text(&quoted) + quoted.length);
}

void header_add_phrase(struct buf *out, const char *name, const char *utf8_phrase, const char *angle) {
    struct field_line line = begin(out, name);
    const char *end = utf8_phrase + strlen(utf8_phrase), *from, *to;
    find_span(utf8_phrase, end, &from, &to);
    bool atoms = atoms_only(utf8_phrase, from) && atoms_only(to, end);
    if (from == to && !atoms)
        add_quoted(&line, utf8_phrase);
    else if (!atoms)
        add_encoded(&line, utf8_phrase, end);
    else
        add_words(&line, utf8_phrase, from, to, end);
    add_token(&line, angle, strlen(angle));
    buf_add_text(out, "\r\n");
}

void header_add_tokens(struct buf *out, const char *name, const char *value) {
    struct field_line line = begin(out, name);
    add_tokens(&line, value, value + strlen(value));
    buf_add_text(out, "\r\n");
}
