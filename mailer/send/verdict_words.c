/* A reply's words without what other people chose: addresses, paths of URLs, host names in <…>; and without what changes
 * from one reply to the next. */
#include "mailer/send/verdict_words.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

static bool letter(char c) { return isalpha((unsigned char)c) && (unsigned char)c < 0x80; }
static bool digit(char c) { return c >= '0' && c <= '9'; }
static bool in_address(char c) { return letter(c) || digit(c) || (unsigned char)c >= 0x80 || (c && strchr(".!#$%&'*+-/=?^_{|}~", c)); }
static bool in_host(char c) { return letter(c) || digit(c) || (unsigned char)c >= 0x80 || c == '.' || c == '-'; }
static bool in_url(char c) { return c > ' ' && !strchr("<>\"()[]", c); }

/* -- what is left out ------------------------------------------------------------------------------------------------ */
/* Each of these: how many bytes at text are one, 0 = none. */
static size_t address_length(const char *text) {
    size_t local = 0, domain = 0;
    while (in_address(text[local])) local++;
    if (!local || text[local] != '@') return 0;
    while (in_host(text[local + 1 + domain])) domain++;
    return domain ? local + 1 + domain : 0;
}

/* "<x@a.test>", "<mx.a.test[192.0.2.1]>": one word in angle brackets. */
static size_t angle_length(const char *text) {
    size_t length = 1;
    if (*text != '<') return 0;
    while (text[length] && !strchr(" <>", text[length])) length++;
    return text[length] == '>' ? length + 1 : 0;
}

/* Scheme and host, which may name a block list; *path is what follows. */
static size_t url_length(const char *text, size_t *path) {
    size_t host = !strncasecmp(text, "https://", 8) ? 8 : !strncasecmp(text, "http://", 7) ? 7 : 0, rest = 0;
    if (!host) return 0;
    while (in_host(text[host])) host++;
    while (in_url(text[host + rest])) rest++;
    *path = rest;
    return host;
}

/* "[192.0.2.1]", "[mx.test 2024-06-24T08:58:06Z 08DC93]"; "[TSS04]" says something and stays. */
static size_t bracket_length(const char *text) {
    size_t length = 1;
    bool literal = false;
    if (*text != '[') return 0;
    for (; text[length] && !strchr("[]", text[length]); length++) literal = literal || strchr(" .:", text[length]);
    return literal && text[length] == ']' ? length + 1 : 0;
}

/* A word that is an id: with a digit, a capital after a small letter ("BXpE"), or twelve capitals and more. */
static size_t id_length(const char *text) {
    size_t length = 0, capitals = 0;
    bool id = false;
    for (; letter(text[length]) || digit(text[length]) || (text[length] && strchr("._-:/=+#", text[length])); length++) {
        bool capital = text[length] >= 'A' && text[length] <= 'Z';
        id = id || digit(text[length]) || (capital && length && text[length - 1] >= 'a' && text[length - 1] <= 'z');
        capitals += capital;
    }
    return id || (capitals >= 12 && capitals == length) ? length : 0;
}

static void strip(struct buf *out, const char *text, bool constant) {
    bool begins = true; /* of a word: an address is not looked for in the midst of one */
    while (*text) {
        size_t path = 0, url = url_length(text, &path), skip = angle_length(text);
        if (!skip && begins && !url) skip = address_length(text);
        if (!skip && constant) skip = bracket_length(text);
        if (!skip && constant && begins && !url) skip = id_length(text);
        if (url) buf_add(out, text, url), skip = path, text += url;
        if (skip) buf_add_char(out, ' ');
        else if (!url) begins = !in_address(*text), buf_add_char(out, *text++);
        if (skip || url) text += skip, begins = true;
    }
}

static void add_words(struct buf *words, const char *text, bool constant) {
    AUTO_BUF stripped = BUF_INIT(SIZE_MAX / 2);
    strip(&stripped, text, constant);
    buf_add_char(words, ' ');
    text_normalise(words, buf_text(&stripped), stripped.length);
    buf_add_char(words, ' ');
}

void verdict_words(struct buf *words, const char *text) { add_words(words, text, false); }
void verdict_constant_words(struct buf *words, const char *text) { add_words(words, text, true); }

/* -- codes in the text -------------------------------------------------------------------------------------------------- */
/* "4.7.1", "5.7.26" at text, and no more digits or parts behind: an IP address is no code. */
static bool policy_code(const char *text) {
    size_t at = 4, digits = 0;
    if ((text[0] != '4' && text[0] != '5') || strncmp(text + 1, ".7.", 3)) return false;
    while (digit(text[at + digits])) digits++;
    at += digits;
    return digits >= 1 && digits <= 3 && !(text[at] == '.' && digit(text[at + 1]));
}

bool verdict_quotes_policy(const char *text) {
    for (const char *at = text; *at; at++)
        if ((at == text || (!digit(at[-1]) && at[-1] != '.')) && policy_code(at)) return true;
    return false;
}
