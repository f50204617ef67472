/* Header fields and encoded words (RFC 5322, RFC 2047). */
#include "mailer/inbox/fields.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

/* -- encoded words --------------------------------------------------------------------------------------------- */
static int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void decode_q(const char *text, size_t length, struct buf *out) {
    for (size_t i = 0; i < length; i++) {
        int high = text[i] == '=' && i + 2 < length ? hex_value(text[i + 1]) : -1;
        int low = high >= 0 ? hex_value(text[i + 2]) : -1;
        if (low >= 0) {
            buf_add_char(out, (char)(high << 4 | low));
            i += 2;
        } else
            buf_add_char(out, text[i] == '_' ? ' ' : text[i]);
    }
}

static int base64_value(char c) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

static void decode_b(const char *text, size_t length, struct buf *out) {
    unsigned bits = 0;
    int count = 0;
    for (size_t i = 0; i < length; i++) {
        int value = base64_value(text[i]);
        if (value < 0) continue;
        bits = bits << 6 | (unsigned)value;
        count += 6;
        if (count < 8) continue;
        count -= 8;
        buf_add_char(out, (char)(bits >> count & 0xFF));
    }
}

struct encoded_word {
    const char *charset, *text;
    size_t charset_length, text_length, whole;
    char encoding;
};

/* =?charset?Q?text?= at the start of at. */
static bool word_at(const char *at, const char *end, struct encoded_word *word) {
    if (end - at < 8 || at[0] != '=' || at[1] != '?') return false;
    const char *charset = at + 2;
    const char *encoding = memchr(charset, '?', (size_t)(end - charset));
    if (!encoding || encoding + 2 >= end || encoding[2] != '?' || !strchr("QqBb", encoding[1])) return false;
    const char *text = encoding + 3, *stop = text;
    while (stop + 1 < end && !(stop[0] == '?' && stop[1] == '=')) stop++;
    if (stop + 1 >= end) return false;
    const char *language = memchr(charset, '*', (size_t)(encoding - charset)); /* RFC 2231 section 5 */
    *word = (struct encoded_word){charset,
                                  text,
                                  (size_t)((language ? language : encoding) - charset),
                                  (size_t)(stop - text),
                                  (size_t)(stop + 2 - at),
                                  encoding[1]};
    return word->charset_length < CHARSET_NAME;
}

void encoded_words_decode(const struct charsets *charsets, const char *value, size_t length,
                          struct buf *out) {
    const char *at = value, *end = value + length, *plain = at;
    AUTO_BUF bytes = BUF_INIT(FIELD_VALUE);
    char charset[CHARSET_NAME] = "", next[CHARSET_NAME];
    bool after_word = false;
    while (at < end) {
        struct encoded_word word;
        const char *sign = memchr(at, '=', (size_t)(end - at));
        at = sign ? sign : end;
        if (!sign || !word_at(at, end, &word)) {
            if (sign) at++;
            continue;
        }
        /* Space between two encoded words is none, and a character may be split over both when they share a
         * charset. */
        bool only_space = after_word;
        for (const char *s = plain; s < at; s++) only_space &= *s == ' ' || *s == '\t';
        snprintf(next, sizeof next, "%.*s", (int)word.charset_length, word.charset);
        if (!only_space || strcasecmp(charset, next)) {
            charsets_decode(charsets, charset, buf_text(&bytes), bytes.length, out);
            buf_clear(&bytes);
            if (!only_space) charsets_decode(charsets, "", plain, (size_t)(at - plain), out);
        }
        snprintf(charset, sizeof charset, "%s", next);
        if (strchr("Qq", word.encoding))
            decode_q(word.text, word.text_length, &bytes);
        else
            decode_b(word.text, word.text_length, &bytes);
        at += word.whole;
        plain = at;
        after_word = true;
    }
    charsets_decode(charsets, charset, buf_text(&bytes), bytes.length, out);
    charsets_decode(charsets, "", plain, (size_t)(end - plain), out);
}

/* -- fields ---------------------------------------------------------------------------------------------------- */
static void fields_add(struct fields *fields, const struct charsets *charsets, const char *name,
                       size_t name_length, const struct buf *raw) {
    if (fields->count == FIELDS_MAX) return;
    if (fields->count == fields->room) {
        fields->room = fields->room ? fields->room * 2 : 32;
        fields->all = mem_grow(fields->all, fields->room, sizeof *fields->all);
    }
    AUTO_BUF value = BUF_INIT(FIELD_VALUE);
    if (charsets)
        encoded_words_decode(charsets, buf_text(raw), raw->length, &value);
    else
        buf_add(&value, buf_text(raw), raw->length);
    while (value.length && strchr(" \t", value.bytes[value.length - 1])) buf_cut(&value, value.length - 1);
    if (text_plain_length(buf_text(&value), value.length) < value.length) {
        AUTO_BUF valid = BUF_INIT(FIELD_VALUE);
        for (size_t i = 0; i < value.length; i++)
            if ((unsigned char)value.bytes[i] < ' ') value.bytes[i] = ' ';
        utf8_repair(&valid, buf_text(&value), value.length); /* the ceiling may have cut a character */
        buf_clear(&value);
        buf_add(&value, buf_text(&valid), valid.length);
    }
    fields->all[fields->count++] = (struct field){text_dup_n(name, name_length), buf_take(&value)};
}

/* Length of a field name at the start of a line, 0 when it is none. RFC 5322 3.6.8, and a space before the
 * colon. */
static size_t name_length(const char *line, size_t length) {
    size_t n = 0;
    while (n < length && line[n] > ' ' && line[n] < 0x7F && line[n] != ':') n++;
    size_t colon = n;
    while (colon < length && (line[colon] == ' ' || line[colon] == '\t')) colon++;
    return n && colon < length && line[colon] == ':' ? n : 0;
}

size_t fields_parse(struct fields *fields, const struct charsets *charsets, const char *bytes,
                    size_t length) {
    const char *at = bytes, *end = bytes + length, *name = NULL;
    size_t name_size = 0;
    AUTO_BUF value = BUF_INIT(FIELD_VALUE);
    while (at < end) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        if (!stop) stop = end;
        size_t line = (size_t)(stop - at);
        const char *text = at;
        at = stop < end ? stop + 1 : end;
        if (!line) break;
        bool fold = *text == ' ' || *text == '\t';
        if (!fold) {
            if (name) fields_add(fields, charsets, name, name_size, &value);
            buf_clear(&value);
            name_size = name_length(text, line);
            name = name_size ? text : NULL;
            if (!name) continue;
            const char *colon = memchr(text, ':', line);
            line -= (size_t)(colon + 1 - text);
            text = colon + 1;
        }
        while (line && (*text == ' ' || *text == '\t')) text++, line--;
        if (name && value.length && line) buf_add_char(&value, ' ');
        if (name) buf_add(&value, text, line);
    }
    if (name) fields_add(fields, charsets, name, name_size, &value);
    return (size_t)(at - bytes);
}

void fields_release(struct fields *fields) {
    for (size_t i = 0; i < fields->count; i++) {
        free(fields->all[i].name);
        free(fields->all[i].value);
    }
    free(fields->all);
    *fields = (struct fields){0};
}

const char *fields_get(const struct fields *fields, const char *name) {
    for (size_t i = 0; i < fields->count; i++)
        if (!strcasecmp(fields->all[i].name, name)) return fields->all[i].value;
    return "";
}

bool fields_has(const struct fields *fields, const char *name) {
    for (size_t i = 0; i < fields->count; i++)
        if (!strcasecmp(fields->all[i].name, name)) return true;
    return false;
}
