/* Literal bytes with holes where field values go, each hole knowing what surrounds it: text, HTML or a URL.
 *
 * While a template is compiled, a field is one private-use code point, its marker; Markdown leaves those
 * alone. Values never pass through the Markdown parser: they are escaped for their hole when a message is
 * rendered. */
#ifndef TEMPLATES_SPLICE_H
#define TEMPLATES_SPLICE_H

#include "base/buf.h"
#include "base/err.h"
#include "templates/fields.h"

enum { SPLICE_MARKER_BYTES = 3 };
void splice_marker(enum field field, char out[SPLICE_MARKER_BYTES + 1]); /* U+E000 + field, UTF-8 */
/* The field whose marker stands at at, or -1. */
int splice_marker_at(const char *at, const char *end);

/* Values fit to be spliced: UTF-8, no control, line break or bidi character. Most are the same from one recipient to
 * the next: a value's version tells whether what was made of it is still good. */
struct splice_values {
    struct splice_value {
        const char *text;
        size_t length;
        uint64_t version;  /* raised when the value changes; 0 = never set */
        bool plain; /* ASCII that is the same in HTML and in quoted-printable */
        enum {
            SPLICE_UNJUDGED,
            SPLICE_LINK,
            SPLICE_LINK_ESCAPED, /* in HTML not as it stands */
            SPLICE_NO_LINK
        } link;
        struct buf given, cleaned;
    } of[FIELD_COUNT];
};
/* Copies those of the fields in wanted, a bit each. */
void splice_values_set(struct splice_values *values, const struct fields *fields, uint32_t wanted);
void splice_values_release(struct splice_values *values);

enum splice_place {
    SPLICE_TEXT,
    SPLICE_HTML,       /* element content or a quoted attribute */
    SPLICE_PROSE_TEXT, /* the same for sentences: French spaces are kept together, those before : ; ? ! » and
                          behind « */
    SPLICE_PROSE_HTML,
    SPLICE_URL_TEXT, /* a URL written out in text */
    SPLICE_URL_HTML, /* a URL inside href="" */
};
struct splice_piece {
    size_t from, length; /* of a literal, in bytes */
    int field;           /* -1 = literal */
    enum splice_place place;
    enum {
        SPLICE_PART,
        SPLICE_WHOLE,
        SPLICE_DIGITS
    } url; /* a URL's hole: a component, all of it, a telephone number */
};
struct splice {
    struct buf literals;
    struct splice_piece *pieces;
    size_t count;
};
#define SPLICE_INIT                                                                                          \
    { .literals = BUF_INIT(4 << 20) }
void splice_release(struct splice *splice);

void splice_add(struct splice *splice, const char *literal); /* as it is */
/* Text with markers: literal parts escaped for the place, markers made holes. */
void splice_add_marked(struct splice *splice, const char *text, size_t length, enum splice_place place);
/* Pieces from..to, appended. ERR_INPUT when a field that is to be a whole URL is none (http, https or
 * mailto). */
bool splice_render(const struct splice *splice, size_t from, size_t to, struct splice_values *values,
                   struct buf *out, struct err *err);

/* Whether a URL with markers may stand in a template: scheme http, https, mailto or tel, or a link field
 * first. */
bool splice_url_allowed(const char *url);

#endif
