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
static char *add_careful(const char *at, bool last, bool touched, size_t *column, char *to) {
    bool blank = *at == ' ' || *at == '\t';
    bool quote = touched || (blank ? last : !ORDINARY[(unsigned char)*at]);
    size_t more = quote ? 3 : 1;
    if (*column + more > (size_t)ENCODED_COLUMNS - !last) {
        memcpy(to, "=\r\n", 3);
        to += 3;
        *column = 0;
        quote = quote || *at == '.' || *at == 'F'; /* "From ", perhaps */
        more = quote ? 3 : 1;
    }
    *column += more;
    if (quote) return add_escape(to, (unsigned char)*at);
    *to = *at;
    return to + 1;
}

/* From column on. The last column and the last byte are left to add_careful. */
static char *quote(const char *at, const char *end, bool ends_line, size_t *column, char *to) {
    if (at < end && !*column && touched_in_front(at, end)) {
        to = add_careful(at, ends_line && at + 1 == end, true, column, to);
        at++;
    }
    while (at < end) {
        size_t room = *column < ENCODED_COLUMNS - 1 ? ENCODED_COLUMNS - 1 - *column : 0;
        size_t left = (size_t)(end - at) - 1;
        const char *from = at;
        at = copy_ordinary(at, at + (left < room ? left : room), &to);
        *column += (size_t)(at - from);
        to = add_careful(at, ends_line && at + 1 == end, false, column, to);
        at++;
    }
    return to;
}

void body_quote_blank(struct buf *out, size_t *column) {
    char last = out->length ? out->bytes[out->length - 1] : '\0', escape[6], *end = escape;
    if (!*column || (last != ' ' && last != '\t')) return;
    buf_cut(out, out->length - 1);
    *column -= 1;
    end = add_careful(&last, true, false, column, end);
    buf_add(out, escape, (size_t)(end - escape));
}

void body_quote(struct buf *out, size_t *column, const char *bytes, size_t length, bool ends_line) {
    size_t soft_breaks = 3 * length / (ENCODED_COLUMNS - 3) + 1;
    char *to = buf_room(out, 3 * length + 3 * soft_breaks + 2);
    if (!to) return;
    buf_wrote(out, quote(bytes, bytes + length, ends_line, column, to));
    if (!ends_line) return;
    buf_add(out, "\r\n", 2);
    *column = 0;
}

static void add_quoted(const struct body *body, struct buf *out) {
    size_t column = 0;
    for (const char *at = body->at; at < body->end;) {
        const char *end = memchr(at, '\n', (size_t)(body->end - at));
        body_quote(out, &column, at, (size_t)(end - at), true);
        at = end + 1;
    }
}

/* -- base64 -------------------------------------------------------------------------------------------- */
size_t body_base64_length(size_t length) {
    return (length + 2) / 3 * 4 + (length + BASE64_LINE_BYTES - 1) / BASE64_LINE_BYTES * 2;
}

static char *add_group(char *to, const unsigned char *at, size_t left) {
    static const char DIGITS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    unsigned bits = (unsigned)at[0] << 16 | (left > 1 ? (unsigned)at[1] << 8 : 0) | (left > 2 ? at[2] : 0u);
    to[0] = DIGITS[bits >> 18];
    to[1] = DIGITS[bits >> 12 & 63];
    to[2] = left > 1 ? DIGITS[bits >> 6 & 63] : '=';
    to[3] = left > 2 ? DIGITS[bits & 63] : '=';
    return to + 4;
}

/* Three bytes at a time, whole lines of 57. */
struct base64 {
    unsigned char group[3];
    size_t held, column;
    char *to;
};

static void base64_end(struct base64 *base64) {
    if (base64->held) base64->to = add_group(base64->to, base64->group, base64->held);
    if (base64->held || base64->column) base64->to = stpcpy(base64->to, "\r\n");
}

static void base64_byte(struct base64 *base64, char byte) {
    base64->group[base64->held++] = (unsigned char)byte;
    if (base64->held < 3) return;
    base64->to = add_group(base64->to, base64->group, 3);
    base64->held = 0;
    base64->column += 4;
    if (base64->column < ENCODED_COLUMNS) return;
    base64->to = stpcpy(base64->to, "\r\n");
    base64->column = 0;
}

void body_base64(const char *text, size_t length, struct buf *out) {
    size_t lines = 0;
    for (size_t i = 0; i < length; i++) lines += text[i] == '\n';
    struct base64 base64 = {.to = buf_reserve(out, body_base64_length(length + lines) + 1)};
    if (!base64.to) return;
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '\n') base64_byte(&base64, '\r');
        base64_byte(&base64, text[i]);
    }
    base64_end(&base64);
    buf_wrote(out, base64.to);
}

void body_add_base64(const char *bytes, size_t length, struct buf *out) {
    struct base64 base64 = {.to = buf_reserve(out, body_base64_length(length) + 1)};
    if (!base64.to) return;
    for (size_t i = 0; i < length; i++) base64_byte(&base64, bytes[i]);
    base64_end(&base64);
    buf_wrote(out, base64.to);
}

enum body_encoding body_encode(const char *text, struct buf *scratch, struct buf *out) {
    struct body body = body_of(text, scratch);
    size_t length = (size_t)(body.end - body.at);
    buf_clear(out);
    buf_reserve(out, length);
    add_quoted(&body, out);
    if (out->length <= body_base64_length(length + body.lines)) return BODY_QUOTED_PRINTABLE;
    buf_clear(out);
    body_base64(body.at, length, out);
    return BODY_BASE64;
}
