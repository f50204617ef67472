/* Quoted-printable and base64. */
#include "templates/body_encoding.h"

#include <string.h>

enum { ENCODED_COLUMNS = 76, BASE64_LINE_BYTES = 57, BLOCK = 16 };
const char *const BODY_ENCODING[] = {"quoted-printable", "base64"};

/* Text whose lines all end with LF alone. */
struct body {
    const char *at, *end;
    size_t lines;
};

/* The text as it is when its lines are that already, which is the rule; else a copy in scratch. */
static struct body body_of(const char *text, struct buf *scratch) {
    size_t length = strlen(text);
    struct body body = {text, text + length, 0};
    if (strchr(text, '\r') || (length && text[length - 1] != '\n')) {
        buf_clear(scratch);
        for (const char *at = text; *at;) {
            size_t line = strcspn(at, "\r\n");
            buf_add(scratch, at, line);
            buf_add_char(scratch, '\n');
            at += line;
            if (*at) at += at[0] == '\r' && at[1] == '\n' ? 2 : 1;
        }
        body = (struct body){buf_text(scratch), buf_text(scratch) + scratch->length, 0};
    }
    for (const char *at = body.at; at < body.end; at++, body.lines++)
        at = memchr(at, '\n', (size_t)(body.end - at));
    return body;
}

/* -- quoted-printable ---------------------------------------------------------------------------------- */
/* Bytes that stand for themselves, but for the first of a line and a space at its end. */
static const bool ORDINARY[256] = {[' ' ... '<'] = true, ['>' ... '~'] = true};

/* The same of a whole block, in a form the compiler makes a few vector instructions of. */
static bool ordinary_block(const char at[BLOCK]) {
    unsigned char odd = 0;
    for (int i = 0; i < BLOCK; i++) odd |= (at[i] < ' ') | (at[i] > '~') | (at[i] == '=');
    return !odd;
}

/* Copies ordinary bytes until one is not, or limit. */
static const char *copy_ordinary(const char *at, const char *limit, char **out) {
    char *to = *out;
    for (; limit - at >= BLOCK && ordinary_block(at); at += BLOCK, to += BLOCK) memcpy(to, at, BLOCK);
    while (at < limit && ORDINARY[(unsigned char)*at]) *to++ = *at++;
    *out = to;
    return at;
}

static char *add_escape(char *to, unsigned char c) {
    static const char HEX[] = "0123456789ABCDEF";
    to[0] = '=';
    to[1] = HEX[c >> 4];
    to[2] = HEX[c & 15];
    return to + 3;
}

/* A dot that begins a line, or "From ", would be touched on the way. */
static bool touched_in_front(const char *at, const char *end) {
    return *at == '.' || (*at == 'F' && end - at >= 5 && !memcmp(at, "From ", 5));
}

/* One byte, escaped where it must be (a space or tab that ends a line would be lost), behind a soft line
 * break where it does not fit. */
static char *add_careful(const char *at, const char *end, bool touched, size_t *column, char *to) {
    bool last = at + 1 == end, blank = *at == ' ' || *at == '\t';
    bool quote = touched || (blank ? last : !ORDINARY[(unsigned char)*at]);
    size_t more = quote ? 3 : 1;
    if (*column + more > (size_t)ENCODED_COLUMNS - !last) {
        memcpy(to, "=\r\n", 3);
        to += 3;
        *column = 0;
    }
    *column += more;
    if (quote) return add_escape(to, (unsigned char)*at);
    *to = *at;
    return to + 1;
}

/* The last column and the last byte of a line are left to add_careful. */
static char *quote_line(const char *at, const char *end, char *to) {
    size_t column = 0;
    if (at < end && touched_in_front(at, end)) to = add_careful(at++, end, true, &column, to);
    while (at < end) {
        size_t room = ENCODED_COLUMNS - 1 - column, left = (size_t)(end - at) - 1;
        const char *from = at;
        at = copy_ordinary(at, at + (left < room ? left : room), &to);
        column += (size_t)(at - from);
        to = add_careful(at++, end, false, &column, to);
    }
    memcpy(to, "\r\n", 2);
    return to + 2;
}

static void add_quoted(const struct body *body, struct buf *out) {
    for (const char *at = body->at; at < body->end;) {
        const char *end = memchr(at, '\n', (size_t)(body->end - at));
        size_t length = (size_t)(end - at), soft_breaks = 3 * length / (ENCODED_COLUMNS - 3) + 1;
        char *to = buf_reserve(out, 3 * length + 3 * soft_breaks + 2);
        if (!to) return;
        buf_wrote(out, quote_line(at, end, to));
        at = end + 1;
    }
}

/* -- base64 -------------------------------------------------------------------------------------------- */
static size_t base64_length(size_t length) {
    return (length + 2) / 3 * 4 + (length + BASE64_LINE_BYTES - 1) / BASE64_LINE_BYTES * 2;
}

void body_add_base64(const char *bytes, size_t length, struct buf *out) {
    static const char DIGITS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *at = (const unsigned char *)bytes, *end = at + length;
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

/* CRLF at the end of every line, as base64 encodes them too. */
static void add_canonical(const struct body *body, struct buf *out) {
    for (const char *at = body->at; at < body->end;) {
        const char *end = memchr(at, '\n', (size_t)(body->end - at));
        buf_add(out, at, (size_t)(end - at));
        buf_add_text(out, "\r\n");
        at = end + 1;
    }
}

enum body_encoding body_encode(const char *text, struct buf *scratch, struct buf *out) {
    struct body body = body_of(text, scratch);
    size_t length = (size_t)(body.end - body.at);
    buf_clear(out);
    buf_reserve(out, length);
    add_quoted(&body, out);
    if (out->length <= base64_length(length + body.lines)) return BODY_QUOTED_PRINTABLE;
    AUTO_BUF canonical = BUF_INIT(out->ceiling);
    add_canonical(&body, &canonical);
    buf_clear(out);
    body_add_base64(buf_text(&canonical), canonical.length, out);
    return BODY_BASE64;
}
