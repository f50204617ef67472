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

/* ASCII but controls, letters of Latin alphabets but C1, and the dashes and quotes of French need no cleaning; what
 * else there is, is looked at closely. */
static bool is_clean(const char *text, size_t length) {
    const unsigned char *at = (const unsigned char *)text, *end = at + length;
    while (at < end) {
        size_t plain = text_plain_length((const char *)at, (size_t)(end - at));
        if (plain)
            at += plain;
        else if (end - at >= 2 && *at >= 0xC2 && *at <= 0xD7 && (at[1] & 0xC0) == 0x80 && (*at > 0xC2 || at[1] >= 0xA0))
            at += 2;
        else if (end - at >= 3 && *at == 0xE2 && at[1] == 0x80 && at[2] >= 0x90 && at[2] <= 0xA7)
            at += 3;
        else
            return false;
    }
    return true;
}

enum { VALUE_BYTES = 1 << 18 };

static void set_value(struct splice_value *value, const char *text) {
    if (value->version && !strcmp(buf_text(&value->given), text)) return;
    size_t length = strlen(text), plain = text_plain_length(text, length);
    struct buf *fit = &value->given;
    value->given.ceiling = value->cleaned.ceiling = VALUE_BYTES;
    buf_clear(&value->given);
    buf_add(&value->given, text, length);
    if (plain < length && !is_clean(text + plain, length - plain)) {
        fit = &value->cleaned;
        buf_clear(fit);
        clean(fit, text, length);
    }
    value->text = buf_text(fit);
    value->length = fit->length;
    value->link = SPLICE_UNJUDGED;
    value->plain = plain == length && strcspn(text, "<>&\"=") == length;
    value->version++;
}

void splice_values_set(struct splice_values *values, const struct fields *fields, uint32_t wanted) {
    for (int i = 0; wanted; i++, wanted >>= 1)
        if (wanted & 1) set_value(&values->of[i], fields->text[i] ? fields->text[i] : "");
}

void splice_values_release(struct splice_values *values) {
    for (int i = 0; i < FIELD_COUNT; i++) {
        buf_release(&values->of[i].given);
        buf_release(&values->of[i].cleaned);
    }
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

/* RFC 3986: what may stand in a URL as it is, and in a component of one; everything else is percent-encoded. */
static const bool URL_BYTE[256] = {['!'] = true,         ['#' ... ';'] = true, ['='] = true, ['?' ... '['] = true,
                                   [']'] = true,         ['_'] = true,         ['~'] = true, ['a' ... 'z'] = true};
static const bool UNRESERVED[256] = {['a' ... 'z'] = true, ['A' ... 'Z'] = true, ['0' ... '9'] = true, ['-'] = true,
                                     ['.'] = true,         ['_'] = true,         ['~'] = true};

static void add_percent(struct buf *out, unsigned char c) {
    static const char HEX[] = "0123456789ABCDEF";
    buf_add(out, (char[]){'%', HEX[c >> 4], HEX[c & 15]}, 3);
}

static void add_url_literal(struct buf *out, unsigned char c, bool html) {
    if (!URL_BYTE[c])
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

/* URL_BYTE of all of it, by what finds a byte among a few faster. */
static void judge_link(struct splice_value *value) {
    const char *text = value->text;
    bool good = has_scheme(text, value->length) && text_plain_length(text, value->length) == value->length &&
                !text[strcspn(text, " \"<>\\^`{|}")];
    value->link = !good ? SPLICE_NO_LINK : text[strcspn(text, "&'")] ? SPLICE_LINK_ESCAPED : SPLICE_LINK;
}

static bool add_whole_url(struct buf *out, const struct splice_piece *piece, struct splice_value *value,
                          struct err *err) {
    if (value->link == SPLICE_UNJUDGED) judge_link(value);
    if (value->link == SPLICE_NO_LINK)
        return err_set(err, ERR_INPUT, "NOT_A_LINK",
                       "le champ « %s » sert de lien et vaut « %.*s » : il doit commencer par https://, "
                       "http:// ou mailto: et ne "
                       "contenir ni espace ni guillemet",
                       FIELD_NAME[piece->field], (int)(value->length < 80 ? value->length : 80), value->text);
    if (piece->place == SPLICE_URL_TEXT || value->link == SPLICE_LINK)
        buf_add(out, value->text, value->length);
    else
        for (size_t i = 0; i < value->length; i++) add_url_literal(out, (unsigned char)value->text[i], true);
    return true;
}

/* 01 44 18 13 50, +33 1 … : what a telephone dials (RFC 3966, no visual separators). */
static void add_digits(struct buf *out, const char *text, size_t length) {
    for (size_t i = 0; i < length; i++)
        if ((text[i] >= '0' && text[i] <= '9') || (text[i] == '+' && !i)) buf_add_char(out, text[i]);
}

static bool add_hole(struct buf *out, const struct splice_piece *piece, struct splice_value *value, struct err *err) {
    const char *text = value->text;
    size_t length = value->length;
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
    if (piece->url == SPLICE_WHOLE) return add_whole_url(out, piece, value, err);
    if (piece->url == SPLICE_DIGITS) return add_digits(out, text, length), true;
    for (size_t i = 0; i < length; i++) {
        if (UNRESERVED[(unsigned char)text[i]])
            buf_add_char(out, text[i]);
        else
            add_percent(out, (unsigned char)text[i]);
    }
    return true;
}

bool splice_render(const struct splice *splice, size_t from, size_t to, struct splice_values *values,
                   struct buf *out, struct err *err) {
    for (size_t i = from; i < to; i++) {
        const struct splice_piece *piece = &splice->pieces[i];
        if (piece->field < 0)
            buf_add(out, splice->literals.bytes + piece->from, piece->length);
        else if (!add_hole(out, piece, &values->of[piece->field], err))
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
