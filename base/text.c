/* Unicode by libunistring; everything else of ours builds on these few functions. */
#include "base/text.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unicase.h>
#include <uninorm.h>
#include <unistr.h>
#include <uniwidth.h>

enum { REPLACEMENT = 0xFFFD };

uint32_t utf8_next_wide(const char **at, const char *end) {
    ucs4_t c;
    int used = u8_mbtoucr(&c, (const uint8_t *)*at, (size_t)(end - *at));
    *at += used > 0 ? used : 1;
    return used > 0 ? c : REPLACEMENT;
}

/* Where the first byte of a run that is not ASCII stands; eight bytes at a time, as most text is. */
static const char *behind_ascii(const char *at, const char *end) {
    for (uint64_t eight; end - at >= 8; at += 8) {
        memcpy(&eight, at, sizeof eight);
        if (eight & 0x8080808080808080u) break;
    }
    while (at < end && (unsigned char)*at < 0x80) at++;
    return at;
}

bool utf8_valid(const char *bytes, size_t length) {
    const char *end = bytes + length, *at = bytes;
    while ((at = behind_ascii(at, end)) < end) {
        const unsigned char *letter = (const unsigned char *)at;
        bool two = letter[0] >= 0xC2 && letter[0] <= 0xDF && end - at >= 2 && (letter[1] & 0xC0) == 0x80;
        ucs4_t c;
        int used = two ? 2 : u8_mbtoucr(&c, letter, (size_t)(end - at)); /* é, à, ç: most that is not ASCII here */
        if (used < 1) return false;
        at += used;
    }
    return true;
}

void utf8_repair(struct buf *out, const char *bytes, size_t length) {
    if (utf8_valid(bytes, length)) {
        buf_add(out, bytes, length);
        return;
    }
    for (const char *at = bytes, *end = bytes + length; at < end;) buf_add_utf8(out, utf8_next(&at, end));
}

bool text_ascii(const char *bytes, size_t length) {
    return behind_ascii(bytes, bytes + length) == bytes + length;
}

/* Not 0 when one of eight bytes is below a space, DEL or beyond ASCII: then the high bit of the byte less a space, or of
 * the byte and one, is set. */
static uint64_t odd_bytes(uint64_t eight) {
    const uint64_t ones = UINT64_C(0x0101010101010101);
    return ((eight - ones * ' ') | (eight + ones)) & ones << 7;
}

size_t text_plain_length(const char *bytes, size_t length) {
    size_t i = 0;
    for (uint64_t eight; length - i >= sizeof eight; i += sizeof eight) {
        memcpy(&eight, bytes + i, sizeof eight);
        uint64_t odd = odd_bytes(eight);
        if (!odd) continue;
        /* The lowest bit that is set is true; above it a borrow may have set others. */
        if (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__) return i + (size_t)__builtin_ctzll(odd) / 8;
        break;
    }
    while (i < length && bytes[i] >= ' ' && bytes[i] < 0x7F) i++;
    return i;
}

/* Lower-case letters and digits of one text, single spaces between runs, st/ste opened. */
static void add_words(struct buf *out, const char *text, size_t length) {
    size_t start = out->length;
    for (size_t i = 0; i < length;) {
        size_t from = i;
        while (i < length && (unsigned char)text[i] < 0x80 &&
               ((text[i] >= 'a' && text[i] <= 'z') || (text[i] >= 'A' && text[i] <= 'Z') ||
                (text[i] >= '0' && text[i] <= '9')))
            i++;
        if (i == from) {
            i++;
            continue;
        }
        if (out->length > start) buf_add_char(out, ' ');
        size_t word = out->length;
        for (size_t k = from; k < i; k++)
            buf_add_char(out, (char)(text[k] >= 'A' && text[k] <= 'Z' ? text[k] + 32 : text[k]));
        const char *added = buf_text(out) + word;
        if (!strcmp(added, "st") || !strcmp(added, "ste")) {
            bool feminine = added[2];
            buf_cut(out, word);
            buf_add_text(out, feminine ? "sainte" : "saint");
        }
    }
}

static void add_base_letter(struct buf *out, ucs4_t c) {
    switch (c) {
    case 0x152: case 0x153: buf_add_text(out, "oe"); break;
    case 0xC6: case 0xE6: buf_add_text(out, "ae"); break;
    default:
        /* Marks vanish without separating: "é" decomposed is one letter. */
        if (c >= 0x300 && c <= 0x36F) break;
        buf_add_char(out, c < 0x80 ? (char)c : ' ');
    }
}

static void add_decomposed(struct buf *letters, const char *utf8, size_t length) {
    size_t decomposed_length = 0;
    uint8_t *decomposed = u8_normalize(UNINORM_NFD, (const uint8_t *)utf8, length, NULL, &decomposed_length);
    const char *at = decomposed ? (const char *)decomposed : utf8;
    const char *end = at + (decomposed ? decomposed_length : length);
    while (at < end) add_base_letter(letters, utf8_next(&at, end));
    free(decomposed);
}

/* The base letters of U+00C0 to U+017F, once each: most of what French text holds beyond ASCII, and no allocation then. */
enum { FIRST_LETTER = 0xC0, LAST_LETTER = 0x17F, BASE_BYTES = 4 };
static const char *base_of(ucs4_t c) {
    static _Thread_local char bases[LAST_LETTER - FIRST_LETTER + 1][BASE_BYTES];
    char *base = bases[c - FIRST_LETTER];
    if (*base) return base;
    AUTO_BUF utf8 = BUF_INIT(8), letters = BUF_INIT(BASE_BYTES - 1);
    buf_add_utf8(&utf8, c);
    add_decomposed(&letters, buf_text(&utf8), utf8.length);
    strcpy(base, buf_text(&letters));
    return base;
}

/* False, out as it was, when a letter lies outside. Marks of their own may combine with what stands before: outside too. */
static bool add_latin(struct buf *letters, const char *utf8, size_t length) {
    for (const char *at = utf8, *end = utf8 + length; at < end;) {
        ucs4_t c = utf8_next(&at, end);
        bool sign = c == 0xA0 || c == 0xB0 || c == 0xAB || c == 0xBB || c == 0x2019; /* no letter, and nothing to decompose into one */
        if (c < 0x80) buf_add_char(letters, (char)c);
        else if (c >= FIRST_LETTER && c <= LAST_LETTER) buf_add_text(letters, base_of(c));
        else if (sign) buf_add_char(letters, ' ');
        else return buf_clear(letters), false;
    }
    return true;
}

void text_normalise(struct buf *out, const char *utf8, size_t length) {
    if (text_ascii(utf8, length)) {
        add_words(out, utf8, length);
        return;
    }
    AUTO_BUF letters = BUF_INIT(SIZE_MAX / 2);
    if (!add_latin(&letters, utf8, length)) add_decomposed(&letters, utf8, length);
    add_words(out, buf_text(&letters), letters.length);
}

void text_lower(struct buf *out, const char *utf8, size_t length) {
    if (text_ascii(utf8, length)) {
        for (size_t i = 0; i < length; i++)
            buf_add_char(out, (char)(utf8[i] >= 'A' && utf8[i] <= 'Z' ? utf8[i] + 32 : utf8[i]));
        return;
    }
    size_t lower_length = 0;
    uint8_t *lower = u8_tolower((const uint8_t *)utf8, length, "", UNINORM_NFC, NULL, &lower_length);
    if (lower) buf_add(out, lower, lower_length);
    else utf8_repair(out, utf8, length);
    free(lower);
}

size_t text_columns(const char *utf8) {
    int columns = u8_width((const uint8_t *)utf8, strlen(utf8), "UTF-8");
    return columns > 0 ? (size_t)columns : 0;
}

void text_add_padded(struct buf *out, const char *utf8, size_t columns) {
    buf_add_text(out, utf8);
    for (size_t have = text_columns(utf8); have < columns; have++) buf_add_char(out, ' ');
}

static bool unprintable(uint32_t c) {
    return c < 0x20 || (c >= 0x7F && c < 0xA0) || (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) ||
           c == 0x2028 || c == 0x2029;
}

void text_printable(struct buf *out, const char *utf8, size_t length) {
    for (const char *at = utf8, *end = utf8 + length; at < end;) {
        uint32_t c = utf8_next(&at, end);
        buf_add_utf8(out, unprintable(c) ? ' ' : c);
    }
}

bool text_equal(const char *a, const char *b) { return a == b || (a && b && !strcmp(a, b)); }

bool text_equal_nocase(const char *a, const char *b) { return a == b || (a && b && !strcasecmp(a, b)); }

bool text_starts(const char *text, const char *prefix) { return !strncmp(text, prefix, strlen(prefix)); }

const char *text_find_nocase(const char *text, const char *what) {
    size_t length = strlen(what);
    for (; *text; text++)
        if (!strncasecmp(text, what, length)) return text;
    return length ? NULL : text;
}
