/* Folding and encoded words. */
#include "templates/mime_words.h"

#include <stddef.h>
#include <string.h>

#include "base/text.h"

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
    buf_add_text(out, name);
    buf_add_char(out, ':');
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
static const bool Q_PLAIN[256] = {['a' ... 'z'] = true, ['A' ... 'Z'] = true, ['0' ... '9'] = true, ['!'] = true,
                                  ['*'] = true,         ['+'] = true,         ['-'] = true,         ['/'] = true};

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

static size_t quoted_length(const char *text, const char *end) {
    size_t total = 0;
    for (; text < end; text++) total += Q_PLAIN[(unsigned char)*text] || *text == ' ' ? 1 : 3;
    return total;
}
static size_t base64_length(size_t length) { return (length + 2) / 3 * 4; }

static char *put_q(char *to, unsigned char c) {
    static const char HEX[] = "0123456789ABCDEF";
    to[0] = '=';
    to[1] = HEX[c >> 4];
    to[2] = HEX[c & 15];
    return to + 3;
}

/* As many whole characters as room takes, which is room for one at least; how many bytes of text they were. */
static size_t add_q(struct buf *out, const char *text, const char *end, size_t room) {
    char *to = buf_room(out, room), *full = to + room;
    const char *at = text;
    if (!to) return (size_t)(end - text);
    while (at < end && to < full) {
        if (Q_PLAIN[(unsigned char)*at])
            *to++ = *at++;
        else if (*at == ' ')
            *to++ = '_', at++;
        else {
            size_t length = character_length(at, end);
            if (full - to < 3 * (ptrdiff_t)length) break;
            for (; length; length--) to = put_q(to, (unsigned char)*at++);
        }
    }
    buf_wrote(out, to);
    return (size_t)(at - text);
}

static size_t add_b_piece(struct buf *out, const char *text, const char *end, size_t room) {
    const char *at = text, *whole = text;
    while (at < end) {
        while (++at < end && ((unsigned char)*at & 0xC0) == 0x80);
        if (base64_length((size_t)(at - text)) > room) break;
        whole = at;
    }
    add_b(out, text, (size_t)(whole - text));
    return (size_t)(whole - text);
}

static void add_encoded(struct field_line *line, const char *text, const char *end) {
    enum { FRAME = sizeof "=?utf-8?q?" "?=" - 1, WORTH_STARTING = 12 };
    bool base64 = base64_length((size_t)(end - text)) < quoted_length(text, end);
    while (text < end) {
        line->encoded = true; /* a word fills what is left of the line when that is worth it, else begins one of its own */
        separate(line, FRAME + WORTH_STARTING);
        line->encoded = true;
        size_t room = ENCODED_LINE_COLUMNS - used(line) - FRAME;
        if (room > ENCODED_WORD_BYTES - FRAME) room = ENCODED_WORD_BYTES - FRAME;
        buf_add_text(line->out, base64 ? "=?utf-8?b?" : "=?utf-8?q?");
        text += (base64 ? add_b_piece : add_q)(line->out, text, end, room);
        buf_add_text(line->out, "?=");
    }
}

static bool has_long_word(const char *text, const char *end) {
    while (end - text > LONGEST_PLAIN_WORD) {
        const char *space = memrchr(text, ' ', LONGEST_PLAIN_WORD + 1);
        if (!space) return true;
        text = space + 1;
    }
    return false;
}

/* A word that may not stand as it is: not ASCII, too long for a line, or looking like an encoded word. */
static bool needs_encoding(const char *word, const char *end) {
    size_t length = (size_t)(end - word);
    return length > LONGEST_PLAIN_WORD || text_plain_length(word, length) < length || memmem(word, length, "=?", 2);
}

static void span_of_words(const char *text, const char *end, const char **from, const char **to) {
    for (const char *word = text; word < end;) {
        const char *word_end = memchr(word, ' ', (size_t)(end - word));
        if (!word_end) word_end = end;
        if (needs_encoding(word, word_end)) {
            if (*from == *to) *from = word;
            *to = word_end;
        }
        word = word_end + 1;
    }
}

/* The span from the first word that must be encoded to the last one; *from == *to when there is none. Folding keeps
 * single spaces only, so that with others it is everything. Looked at word by word only where that is needed. */
static void find_span(const char *text, const char *end, const char **from, const char **to) {
    const char *odd = text + text_plain_length(text, (size_t)(end - text)), *last = end;
    *from = *to = end;
    if (text == end) return;
    if (end[-1] == ' ' || *text == ' ' || strstr(text, "  ")) {
        *from = text;
    } else if (has_long_word(text, end) || strstr(text, "=?")) {
        span_of_words(text, end, from, to);
    } else if (odd < end) {
        while (last[-1] >= ' ' && last[-1] < 0x7F) last--;
        const char *before = memrchr(text, ' ', (size_t)(odd - text)), *behind = memchr(last, ' ', (size_t)(end - last));
        *from = before ? before + 1 : text;
        *to = behind ? behind : end;
    }
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
    return text + strcspn(text, "()<>[]:;@\\,.\"") >= end;
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
    size_t name_length = strlen(name), length = strlen(value);
    if (name_length + 2 + length > HEADER_COLUMNS || memchr(value, ' ', length)) {
        struct field_line line = begin(out, name);
        add_tokens(&line, value, value + length);
    } else {
        buf_add(out, name, name_length);
        buf_add(out, ": ", 2);
        buf_add(out, value, length);
    }
    buf_add(out, "\r\n", 2);
}
