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

/* Bytes that stand for themselves wherever they are, but for the first of a line and a space before its end.
 */
static const bool ORDINARY[256] = {[' ' ... '<'] = true, ['>' ... '~'] = true};

/* A space or tab that ends a line would be lost on the way; a dot that begins one, or "From ", would be
 * touched. */
static bool must_quote(const char *at, const char *start, const char *end) {
    bool line_start = at == start || at[-1] == '\n';
    if (*at == ' ' || *at == '\t') return at + 1 == end || at[1] == '\r';
    if (line_start && (*at == '.' || (end - at >= 5 && !memcmp(at, "From ", 5)))) return true;
    return !ORDINARY[(unsigned char)*at];
}

/* How many bytes from at can be copied as they are; the last column is left to add_careful. */
static size_t plain_run(const char *at, const char *start, const char *end, size_t column) {
    const char *run = at, *limit = at + (ENCODED_COLUMNS - 1 - column);
    if (must_quote(at, start, end)) return 0;
    if (limit > end) limit = end;
    while (run < limit && ORDINARY[(unsigned char)*run]) run++;
    while (run > at && run[-1] == ' ' && (run == end || *run == '\r')) run--;
    return (size_t)(run - at);
}

/* One byte, escaped where it must be, behind a soft line break where it does not fit. Returns the new column.
 */
static size_t add_careful(const char *at, const char *start, const char *end, size_t column,
                          struct buf *out) {
    static const char HEX[] = "0123456789ABCDEF";
    unsigned char c = (unsigned char)*at;
    bool quote = must_quote(at, start, end), last = at + 1 == end || at[1] == '\r';
    size_t more = quote ? 3 : 1;
    if (column + more > (size_t)ENCODED_COLUMNS - !last) {
        buf_add_text(out, "=\r\n");
        column = 0;
    }
    if (quote)
        buf_add(out, (char[]){'=', HEX[c >> 4], HEX[c & 15]}, 3);
    else
        buf_add_char(out, *at);
    return column + more;
}

static void add_quoted(const struct buf *canonical, struct buf *out) {
    const char *start = buf_text(canonical), *end = start + canonical->length;
    size_t column = 0;
    for (const char *at = start; at < end;) {
        if (*at == '\r') {
            buf_add_text(out, "\r\n");
            column = 0;
            at += 2;
            continue;
        }
        size_t run = plain_run(at, start, end, column);
        buf_add(out, at, run);
        at += run;
        column += run;
        if (at < end && *at != '\r') column = add_careful(at, start, end, column, out), at++;
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

enum body_encoding body_encode(const char *text, struct buf *canonical, struct buf *out) {
    canonicalise(text, canonical);
    buf_clear(out);
    add_quoted(canonical, out);
    if (out->length <= base64_length(canonical->length)) return BODY_QUOTED_PRINTABLE;
    buf_clear(out);
    add_base64(canonical, out);
    return BODY_BASE64;
}
