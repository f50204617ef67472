/* A forgiving walk through HTML (WHATWG tag names, the entities mail uses): no tree, no failure. */
#include "mailer/inbox/html_text.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct {
    const char *name;
    uint32_t code_point;
} ENTITIES[] = {
    {"amp", '&'},       {"lt", '<'},       {"gt", '>'},       {"quot", '"'},     {"apos", '\''},
    {"nbsp", ' '},      {"eacute", 0xE9},  {"egrave", 0xE8},  {"ecirc", 0xEA},   {"euml", 0xEB},
    {"agrave", 0xE0},   {"acirc", 0xE2},   {"ccedil", 0xE7},  {"icirc", 0xEE},   {"iuml", 0xEF},
    {"ocirc", 0xF4},    {"ugrave", 0xF9},  {"ucirc", 0xFB},   {"uuml", 0xFC},    {"Eacute", 0xC9},
    {"Agrave", 0xC0},   {"oelig", 0x153},  {"laquo", 0xAB},   {"raquo", 0xBB},   {"rsquo", '\''},
    {"lsquo", '\''},    {"ldquo", 0x201C}, {"rdquo", 0x201D}, {"ndash", 0x2013}, {"mdash", 0x2014},
    {"hellip", 0x2026}, {"euro", 0x20AC},  {"copy", 0xA9}};
static const char *const BLOCKS[] = {"br", "p",  "div", "tr", "li", "table",      "ul", "ol",
                                     "h1", "h2", "h3",  "h4", "hr", "blockquote", "pre"};
static const char *const HIDDEN[] = {"script", "style", "head", "title"};

struct html {
    struct buf *out;
    int quotes;
    bool line_begun, space;
};

static bool listed(const char *const *list, size_t count, const char *name, size_t length) {
    for (size_t i = 0; i < count; i++)
        if (strlen(list[i]) == length && !strncasecmp(list[i], name, length)) return true;
    return false;
}

static void new_line(struct html *html) {
    if (html->line_begun) buf_add_char(html->out, '\n');
    html->line_begun = html->space = false;
}

static void add(struct html *html, const char *bytes, size_t length) {
    if (!html->line_begun && html->quotes)
        buf_add_text(html->out, "> ");
    else if (html->space && html->line_begun)
        buf_add_char(html->out, ' ');
    buf_add(html->out, bytes, length);
    html->line_begun = true;
    html->space = false;
}

/* Length of the entity at at (0 none), its character appended. */
static size_t entity(struct html *html, const char *at, size_t length) {
    const char *semicolon = memchr(at, ';', length < 12 ? length : 12);
    if (!semicolon || semicolon - at < 2) return 0;
    uint32_t c = 0;
    if (at[1] == '#')
        c = (uint32_t)(at[2] == 'x' || at[2] == 'X' ? strtoul(at + 3, NULL, 16) : strtoul(at + 2, NULL, 10));
    for (size_t i = 0; i < sizeof ENTITIES / sizeof *ENTITIES && !c; i++)
        if (strlen(ENTITIES[i].name) == (size_t)(semicolon - at - 1) &&
            !strncmp(ENTITIES[i].name, at + 1, (size_t)(semicolon - at - 1)))
            c = ENTITIES[i].code_point;
    if (!c || c > 0x10FFFF || (c >= 0xD800 && c < 0xE000)) return 0;
    if (c <= ' ' || c == 0xA0)
        html->space = true;
    else {
        struct buf one = BUF_INIT(8);
        buf_add_utf8(&one, c);
        add(html, one.bytes, one.length);
        buf_release(&one);
    }
    return (size_t)(semicolon + 1 - at);
}

/* Handles the tag at at ("<…"); returns its length, that of all it hides included. */
static size_t tag(struct html *html, const char *at, size_t length) {
    if (length >= 4 && !memcmp(at, "<!--", 4)) {
        const char *stop = memmem(at, length, "-->", 3);
        return stop ? (size_t)(stop + 3 - at) : length;
    }
    const char *close = memchr(at, '>', length);
    if (!close) return length;
    bool ending = at[1] == '/';
    const char *name = at + 1 + ending;
    size_t n = 0;
    while (name + n < close &&
           ((name[n] | 32) >= 'a' && (name[n] | 32) <= 'z' ? true : name[n] >= '0' && name[n] <= '9'))
        n++;
    bool begun = html->line_begun; /* <br> ends a line, and where none has begun it is an empty one */
    if (listed(BLOCKS, sizeof BLOCKS / sizeof *BLOCKS, name, n)) new_line(html);
    if (n == 2 && !ending && !begun && !strncasecmp(name, "br", 2) && html->out->length &&
        html->out->bytes[html->out->length - 1] == '\n' && !html->line_begun && html->out->length > 1 &&
        html->out->bytes[html->out->length - 2] != '\n')
        buf_add_char(html->out, '\n');
    if (n == 10 && !strncasecmp(name, "blockquote", 10))
        html->quotes += ending ? (html->quotes > 0 ? -1 : 0) : 1;
    size_t used = (size_t)(close + 1 - at);
    if (ending || !listed(HIDDEN, sizeof HIDDEN / sizeof *HIDDEN, name, n)) return used;
    for (const char *in = close, *end = at + length; (in = memmem(in, (size_t)(end - in), "</", 2)); in += 2)
        if ((size_t)(end - in) > n + 2 && !strncasecmp(in + 2, name, n)) return (size_t)(in - at);
    return length;
}

void html_text(const char *text, size_t length, struct buf *out) {
    struct html html = {.out = out};
    size_t used;
    for (size_t i = 0; i < length; i += used) {
        used = 1;
        if (text[i] == '<' && i + 1 < length &&
            (text[i + 1] == '/' || text[i + 1] == '!' || (text[i + 1] | 32) >= 'a'))
            used = tag(&html, text + i, length - i);
        else if (text[i] == '&' && (used = entity(&html, text + i, length - i)) != 0)
            continue;
        else if (used = 1, (unsigned char)text[i] <= ' ')
            html.space = true;
        else {
            while (i + used < length && (unsigned char)text[i + used] > ' ' && text[i + used] != '<' &&
                   text[i + used] != '&')
                used++;
            add(&html, text + i, used);
        }
    }
    new_line(&html);
}
