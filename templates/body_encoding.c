/* Quoted-printable and base64. */
#include "templates/body_encoding.h"

#include <string.h>

enum { ENCODED_COLUMNS = 76, BASE64_LINE_BYTES = 57 };
const char *const BODY_ENCODING[] = {"quoted-printable", "base64"};

static void canonicalise(const char *text, struct buf *out) {
    buf_clear(out);
    for (const char *at = text; *at;) {
        size_t length = strcspn(at, "\r\n");
        buf_add(out, at, length);
        at += length;
        if (!*at) break;
        buf_add_text(out, "\r\n");
        at += at[0] == '\r' && at[1] == '\n' ? 2 : 1;
    }
    if (out->length && out->bytes[out->length - 1] != '\n') buf_add_text(out, "\r\n");
}

static bool literal(unsigned char c) {
    return c >= 0x20 && c < 0x7F && c != '=';
}

/* A space or tab that ends a line would be lost on the way; a dot that begins one, or "From ", would be
 * touched. */
static bool must_quote(const char *at, const char *start, const char *end) {
    unsigned char c = (unsigned char)*at;
    bool line_start = at == start || at[-1] == '\n';
    if (c == ' ' || c == '\t') return at + 1 == end || at[1] == '\r';
    if (line_start && (c == '.' || (c == 'F' && end - at >= 5 && !memcmp(at, "From ", 5)))) return true;
    return !literal(c);
}

static size_t quoted_length(const struct buf *canonical) {
    const char *start = buf_text(canonical), *end = start + canonical->length;
    size_t total = 0, column = 0;
    for (const char *at = start; at < end; at++) {
        if (*at == '\r') {
            total += 2, column = 0, at++;
            continue;
        }
        size_t more = must_quote(at, start, end) ? 3 : 1;
        bool last = at + 1 == end || at[1] == '\r';
        if (column + more > (size_t)ENCODED_COLUMNS - !last) total += 3, column = 0;
        total += more;
        column += more;
    }
    return total;
}

static void add_quoted(const struct buf *canonical, struct buf *out) {
    static const char HEX[] = "0123456789ABCDEF";
    const char *start = buf_text(canonical), *end = start + canonical->length;
    size_t column = 0;
    for (const char *at = start; at < end; at++) {
        unsigned char c = (unsigned char)*at;
        if (c == '\r') {
            buf_add_text(out, "\r\n");
            column = 0;
            at++;
            continue;
        }
        bool quote = must_quote(at, start, end), last = at + 1 == end || at[1] == '\r';
        size_t more = quote ? 3 : 1;
        if (column + more > (size_t)ENCODED_COLUMNS - !last) {
            buf_add_text(out, "=\r\n");
            column = 0;
        }
        if (quote)
            buf_add(out, (char[]){'=', HEX[c >> 4], HEX[c & 15]}, 3);
        else
            buf_add_char(out, (char)c);
        column += more;
    }
}

static size_t base64_length(size_t length) {
    return (length + 2) / 3 * 4 + (length + BASE64_LINE_BYTES - 1) / BASE64_LINE_BYTES * 2;
}

static void add_base64(const struct buf *canonical, struct buf *out) {
    static const char DIGITS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *at = (const unsigned char *)buf_text(canonical), *end = at + canonical->length;
    char line[ENCODED_COLUMNS + 2];
    while (at < end) {
        size_t used = 0;
        while (at < end && used < ENCODED_COLUMNS) {
            size_t left = (size_t)(end - at);
            unsigned bits =
                (unsigned)at[0] << 16 | (left > 1 ? (unsigned)at[1] << 8 : 0) | (left > 2 ? at[2] : 0u);
            line[used++] = DIGITS[bits >> 18];
            line[used++] = DIGITS[bits >> 12 & 63];
            line[used++] = left > 1 ? DIGITS[bits >> 6 & 63] : '=';
            line[used++] = left > 2 ? DIGITS[bits & 63] : '=';
            at += left < 3 ? left : 3;
        }
        line[used++] = '\r';
        line[used++] = '\n';
        buf_add(out, line, used);
    }
}

enum body_encoding body_encoding_of(const char *text, struct buf *canonical) {
    canonicalise(text, canonical);
    return base64_length(canonical->length) < quoted_length(canonical) ? BODY_BASE64 : BODY_QUOTED_PRINTABLE;
}

void body_encode(enum body_encoding encoding, const struct buf *canonical, struct buf *out) {
    (encoding == BODY_BASE64 ? add_base64 : add_quoted)(canonical, out);
}
