/* Holes for field values: cleaning, escaping by place. */
#include "templates/splice.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "templates/mustache.h"

/* -- markers: U+E000 + field is EE 80 80+field in UTF-8 ------------------------------------------------ */
enum { MARKER_1 = 0xEE, MARKER_2 = 0x80, MARKER_3 = 0x80 };
_Static_assert(FIELD_COUNT <= 64, "a marker's last byte holds six bits");

void splice_marker(enum field field, char out[SPLICE_MARKER_BYTES + 1]) {
    out[0] = (char)MARKER_1;
    out[1] = (char)MARKER_2;
    out[2] = (char)(MARKER_3 + field);
    out[3] = '\0';
}

int splice_marker_at(const char *at, const char *end) {
    if (end - at < SPLICE_MARKER_BYTES || (unsigned char)at[0] != MARKER_1 ||
        (unsigned char)at[1] != MARKER_2)
        return -1;
    int field = (unsigned char)at[2] - MARKER_3;
    return field < FIELD_COUNT ? field : -1;
}

/* -- values -------------------------------------------------------------------------------------------- */
static bool plain_ascii(const char *text, size_t length) {
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)text[i] < 0x20 || (unsigned char)text[i] >= 0x7F) return false;
    return true;
}

static const struct {
    uint32_t first, last;
} UNWANTED[] = {{0, 0x1F},        {0x7F, 0x9F},     {0x061C, 0x061C},
                {0x200E, 0x200F}, {0x2028, 0x202E}, /* controls, bidi, line ends */
                {0x2066, 0x2069}, {0xE000, 0xF8FF}, {0xFEFF, 0xFEFF},
                {0xFFFE, 0xFFFF}}; /* markers, byte orders */

static void clean(struct buf *out, const char *text, size_t length) {
    for (const char *at = text, *end = text + length; at < end;) {
        uint32_t c = utf8_next(&at, end);
        for (size_t i = 0; i < COUNT(UNWANTED); i++)
            if (c >= UNWANTED[i].first && c <= UNWANTED[i].last) c = ' ';
        buf_add_utf8(out, c);
    }
}

void splice_values_set(struct splice_values *values, const struct fields *fields) {
    buf_clear(&values->bytes);
    for (int i = 0; i < FIELD_COUNT; i++) {
        const char *text = fields->text[i] ? fields->text[i] : "";
        size_t length = strlen(text), start = values->bytes.length;
        values->of[i].cleaned = !plain_ascii(text, length);
        values->of[i].cleaned_at = start;
        if (values->of[i].cleaned) clean(&values->bytes, text, length);
        values->of[i].text = text;
        values->of[i].length = values->of[i].cleaned ? values->bytes.length - start : length;
    }
    for (int i = 0; i < FIELD_COUNT; i++) /* only now: the buffer has stopped moving */
        if (values->of[i].cleaned) values->of[i].text = buf_text(&values->bytes) + values->of[i].cleaned_at;
}

void splice_values_release(struct splice_values *values) {
    buf_release(&values->bytes);
}

/* -- compiling ----------------------------------------------------------------------------------------- */
void splice_release(struct splice *splice) {
    buf_release(&splice->literals);
    free(splice->pieces);
    *splice = (struct splice)SPLICE_INIT;
}

static struct splice_piece *add_piece(struct splice *splice) {
    if ((splice->count & (splice->count - 1)) == 0)
        splice->pieces =
            mem_grow(splice->pieces, splice->count ? splice->count * 2 : 1, sizeof *splice->pieces);
    return &splice->pieces[splice->count++];
}

/* Literals are always new pieces: callers remember ranges of pieces. */
static void close_literal(struct splice *splice, size_t start) {
    if (splice->literals.length > start)
        *add_piece(splice) =
            (struct splice_piece){.from = start, .length = splice->literals.length - start, .field = -1};
}

void splice_add(struct splice *splice, const char *literal) {
    size_t start = splice->literals.length;
    buf_add_text(&splice->literals, literal);
    close_literal(splice, start);
}

/* RFC 3986: what may stand in a URL as it is; everything else is percent-encoded. */
static bool url_byte(unsigned char c) {
    return c > 0x20 && c < 0x7F && !strchr("\"<>\\^`{|}", c);
}
static bool unreserved(unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c && strchr("-._~", c));
}

static void add_percent(struct buf *out, unsigned char c) {
    static const char HEX[] = "0123456789ABCDEF";
    buf_add(out, (char[]){'%', HEX[c >> 4], HEX[c & 15]}, 3);
}

static void add_url_literal(struct buf *out, unsigned char c, bool html) {
    if (!url_byte(c))
        add_percent(out, c);
    else if (html && c == '&')
        buf_add_text(out, "&amp;");
    else if (html && c == '\'')
        buf_add_text(out, "&#39;");
    else
        buf_add_char(out, (char)c);
}

static const char NO_BREAK_SPACE[] = "\u00A0";

/* Whether the space at at must not be broken: « x » : ; ? ! in French. */
static bool french_space(const char *start, const char *at, const char *end) {
    if (at + 1 < end && strchr(":;?!", at[1]) && at[1]) return true;
    if (end - at > 2 && !memcmp(at + 1, "»", 2)) return true;
    return at - start >= 2 && !memcmp(at - 2, "«", 2);
}

static void add_literal(struct buf *out, const char *start, const char *at, const char *end,
                        enum splice_place place) {
    bool prose = place == SPLICE_PROSE_TEXT || place == SPLICE_PROSE_HTML;
    bool url = place == SPLICE_URL_TEXT || place == SPLICE_URL_HTML;
    if (url)
        add_url_literal(out, (unsigned char)*at, place == SPLICE_URL_HTML);
    else if (prose && *at == ' ' && french_space(start, at, end))
        buf_add_text(out, NO_BREAK_SPACE);
    else if (place == SPLICE_HTML || place == SPLICE_PROSE_HTML)
        mustache_escape_html(out, at, 1);
    else
        buf_add_char(out, *at);
}

void splice_add_marked(struct splice *splice, const char *text, size_t length, enum splice_place place) {
    size_t start = splice->literals.length;
    const char *end = text + length;
    for (const char *at = text; at < end;) {
        int field = splice_marker_at(at, end);
        if (field < 0) {
            add_literal(&splice->literals, text, at, end, place);
            at++;
            continue;
        }
        close_literal(splice, start);
        start = splice->literals.length;
        *add_piece(splice) = (struct splice_piece){.field = field,
                                                   .place = place,
                                                   .url = at == text                  ? SPLICE_WHOLE
                                                          : text_starts(text, "tel:") ? SPLICE_DIGITS
                                                                                      : SPLICE_PART};
        at += SPLICE_MARKER_BYTES;
    }
    close_literal(splice, start);
}

/* -- rendering ----------------------------------------------------------------------------------------- */
static bool has_scheme(const char *url, size_t length) {
    static const char *const SCHEMES[] = {"https://", "http://", "mailto:"};
    for (size_t i = 0; i < COUNT(SCHEMES); i++)
        if (length > strlen(SCHEMES[i]) && !memcmp(url, SCHEMES[i], strlen(SCHEMES[i]))) return true;
    return false;
}

static bool add_whole_url(struct buf *out, const struct splice_piece *piece, const char *url, size_t length,
                          struct err *err) {
    bool good = has_scheme(url, length);
    for (size_t i = 0; i < length && good; i++) good = url_byte((unsigned char)url[i]);
    if (!good)
        return err_set(err, ERR_INPUT, "NOT_A_LINK",
                       "le champ « %s » sert de lien et vaut « %.*s » : il doit commencer par https://, "
                       "http:// ou mailto: et ne "
                       "contenir ni espace ni guillemet",
                       FIELD_NAME[piece->field], (int)(length < 80 ? length : 80), url);
    for (size_t i = 0; i < length; i++)
        add_url_literal(out, (unsigned char)url[i], piece->place == SPLICE_URL_HTML);
    return true;
}

/* 01 44 18 13 50, +33 1 … : what a telephone dials (RFC 3966, no visual separators). */
static void add_digits(struct buf *out, const char *text, size_t length) {
    for (size_t i = 0; i < length; i++)
        if ((text[i] >= '0' && text[i] <= '9') || (text[i] == '+' && !i)) buf_add_char(out, text[i]);
}

static bool add_hole(struct buf *out, const struct splice_piece *piece, const char *text, size_t length,
                     struct err *err) {
    switch (piece->place) {
    case SPLICE_TEXT:
    case SPLICE_PROSE_TEXT:
        buf_add(out, text, length);
        return true;
    case SPLICE_HTML:
    case SPLICE_PROSE_HTML:
        mustache_escape_html(out, text, length);
        return true;
    case SPLICE_URL_TEXT:
    case SPLICE_URL_HTML:
        break;
    }
    if (piece->url == SPLICE_WHOLE) return add_whole_url(out, piece, text, length, err);
    if (piece->url == SPLICE_DIGITS) return add_digits(out, text, length), true;
    for (size_t i = 0; i < length; i++) {
        if (unreserved((unsigned char)text[i]))
            buf_add_char(out, text[i]);
        else
            add_percent(out, (unsigned char)text[i]);
    }
    return true;
}

bool splice_render(const struct splice *splice, size_t from, size_t to, const struct splice_values *values,
                   struct buf *out, struct err *err) {
    for (size_t i = from; i < to; i++) {
        const struct splice_piece *piece = &splice->pieces[i];
        if (piece->field < 0)
            buf_add(out, splice->literals.bytes + piece->from, piece->length);
        else if (!add_hole(out, piece, values->of[piece->field].text, values->of[piece->field].length, err))
            return false;
    }
    return true;
}

bool splice_url_allowed(const char *url) {
    size_t length = strlen(url);
    int field = splice_marker_at(url, url + length);
    if (field >= 0) return field == FIELD_lien_public || field == FIELD_lien_opposition;
    return has_scheme(url, length) || (text_starts(url, "tel:") && length > strlen("tel:"));
}
