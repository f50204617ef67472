/* What is found in a report: status and reply codes in running text, one entry a recipient. */
#include "mailer/inbox/findings.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "mailer/inbox/phrases.h"

/* -- codes in text --------------------------------------------------------------------------------------------- */
static bool digit(char c) {
    return c >= '0' && c <= '9';
}

/* Length of d.ddd.ddd at text, 0 when it is none. */
static size_t status_length(const char *text) {
    size_t n = 1, start;
    if (text[0] != '2' && text[0] != '4' && text[0] != '5') return 0;
    for (int group = 0; group < 2; group++) {
        if (text[n] != '.') return 0;
        for (start = ++n; digit(text[n]); n++) continue;
        if (n == start || n - start > 3) return 0;
    }
    return text[n] == '.' && digit(text[n + 1]) ? 0 : n;
}

bool status_find(const char *text, bool delivered_too, char out[STATUS_TEXT]) {
    for (const char *at = text; *at; at++) {
        if (at > text &&
            (digit(at[-1]) || at[-1] == '.' || at[-1] == '/' || (at[-1] >= 'A' && at[-1] <= 'z')))
            continue;
        size_t length = status_length(at);
        if (!length || (*at == '2' && !delivered_too)) continue;
        /* "(5.65/1.37)", "v 5.0.2": a version has a word of software or a slash beside it. */
        if (at[length] == '/' || (at[length] >= 'a' && at[length] <= 'z')) continue;
        snprintf(out, STATUS_TEXT, "%.*s", (int)length, at);
        return true;
    }
    return false;
}

int reply_class(const char *text) {
    for (const char *at = text; *at; at++) {
        if ((*at != '4' && *at != '5') || (at > text && (digit(at[-1]) || strchr(".-/@", at[-1])))) continue;
        if (!digit(at[1]) || at[1] > '7' || !digit(at[2]) || digit(at[3])) continue;
        if (at[3] == ' ' || at[3] == '-' || at[3] == ':' || at[3] == ',' || !at[3]) return *at - '0';
    }
    return 0;
}

/* -- findings -------------------------------------------------------------------------------------------------- */
/* Canonical, or in lower case where it is none that could be written to; false when it is too long or has no @. */
static bool canonical(const char *address, size_t length, char out[ADDRESS_TEXT]) {
    if (!memchr(address, '@', length)) return false;
    if (address_canonical(address, length, out)) return true;
    if (length >= ADDRESS_TEXT) return false;
    AUTO_BUF lower = BUF_INIT(ADDRESS_TEXT);
    text_lower(&lower, address, length);
    snprintf(out, ADDRESS_TEXT, "%s", buf_text(&lower));
    return true;
}

struct failed *findings_add(struct findings *findings, const char *address, size_t length) {
    char text[ADDRESS_TEXT];
    if (!canonical(address, length, text)) return NULL;
    for (size_t i = 0; i < findings->count; i++)
        if (!strcmp(findings->all[i].address, text)) return &findings->all[i];
    if (findings->count == FAILED_MAX) return NULL;
    struct failed *failed = &findings->all[findings->count++];
    *failed = (struct failed){.reason = ""};
    snprintf(failed->address, sizeof failed->address, "%s", text);
    return failed;
}

void findings_rename(struct failed *failed, const char *address, size_t length) {
    char text[ADDRESS_TEXT];
    if (canonical(address, length, text)) snprintf(failed->address, sizeof failed->address, "%s", text);
}

static void add_space(struct buf *out) {
    if (out->length && out->bytes[out->length - 1] != ' ') buf_add_char(out, ' ');
}

static bool at_combining_mark(const char *at, const char *end) {
    return at < end && ((unsigned char)*at == 0xCC || (unsigned char)*at == 0xCD); /* U+0300 to U+036F */
}

/* One Latin letter beyond ASCII, without its mark: half of the world's mail servers write without them. 0 when it is none, or a mark
 * follows that may combine with it. Typographic apostrophes and no-break spaces are what people's programs make of ' and space. */
static size_t add_latin(struct buf *out, const char *at, const char *end) {
    unsigned char first = (unsigned char)at[0], second = end - at > 1 ? (unsigned char)at[1] : 0;
    if (end - at > 2 && first == 0xE2 && second == 0x80 && ((unsigned char)at[2] == 0x99 || (unsigned char)at[2] == 0x98)) {
        buf_add_char(out, '\'');
        return 3;
    }
    if (first == 0xC2 && second == 0xA0) return add_space(out), 2;
    if ((first != 0xC3 && first != 0xC5) || second < 0x80 || second > 0xBF || at_combining_mark(at + 2, end)) return 0;
    const char *plain = latin_plain((first & 0x1Fu) << 6 | (second & 0x3Fu));
    if (!plain) return 0;
    if (*plain == ' ') return add_space(out), 2;
    buf_add_text(out, plain);
    return 2;
}

/* Any other, as far as the word goes. */
static size_t add_foreign(struct buf *out, const char *at, const char *end) {
    const char *stop = at;
    while (stop < end && (unsigned char)*stop > ' ') stop++;
    AUTO_BUF lower = BUF_INIT(out->ceiling);
    text_lower(&lower, at, (size_t)(stop - at));
    const char *word = buf_text(&lower), *word_end = word + lower.length;
    while (word < word_end) {
        size_t used = (unsigned char)*word < 0x80 || at_combining_mark(word, word_end) ? 0 : add_latin(out, word, word_end);
        if (!used) buf_add_char(out, *word), used = 1;
        word += used;
    }
    return (size_t)(stop - at);
}

void words_of(struct buf *out, const char *text, size_t length) {
    for (const char *at = text, *end = text + length; at < end;) {
        unsigned char c = (unsigned char)*at;
        size_t used = 1;
        if (c <= ' ')
            add_space(out);
        else if (c < 0x80 && !at_combining_mark(at + 1, end))
            buf_add_char(out, c >= 'A' && c <= 'Z' ? (char)(c + 32) : (char)c);
        else if (c < 0x80 || !(used = add_latin(out, at, end)))
            used = add_foreign(out, at, end);
        at += used;
    }
}
