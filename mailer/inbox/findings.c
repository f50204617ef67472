/* What is found in a report: status and reply codes in running text, one entry a recipient. */
#include "mailer/inbox/findings.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

/* -- codes in text ----------------------------------------------------------------------------------------
 */
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

/* -- findings -----------------------------------------------------------------------------------------------
 */
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

/* From a byte beyond ASCII on, as far as the word goes; the letter before it belongs to it, when marks combine. */
static size_t add_foreign(struct buf *out, const char *text, size_t length) {
    size_t used = 0;
    while (used < length && (unsigned char)text[used] > ' ') used++;
    AUTO_BUF lower = BUF_INIT(out->ceiling);
    text_lower(&lower, text, used);
    for (size_t i = 0; i < lower.length; i++) {
        /* Typographic apostrophes and no-break spaces are what people's programs make of ' and space. */
        const char *at = lower.bytes + i;
        bool apostrophe = lower.length - i > 2 && (!memcmp(at, "\xE2\x80\x99", 3) || !memcmp(at, "\xE2\x80\x98", 3));
        bool space = lower.length - i > 1 && !memcmp(at, "\xC2\xA0", 2);
        if (!space || (out->length && out->bytes[out->length - 1] != ' ')) buf_add_char(out, apostrophe ? '\'' : space ? ' ' : *at);
        i += apostrophe ? 2 : space;
    }
    return used;
}

void words_of(struct buf *out, const char *text, size_t length) {
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c <= ' ') {
            if (out->length && out->bytes[out->length - 1] != ' ') buf_add_char(out, ' ');
        } else if (c < 0x80 && (i + 1 == length || (unsigned char)text[i + 1] < 0x80))
            buf_add_char(out, c >= 'A' && c <= 'Z' ? (char)(c + 32) : (char)c);
        else
            i += add_foreign(out, text + i, length - i) - 1;
    }
}
