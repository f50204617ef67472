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
struct failed *findings_add(struct findings *findings, const char *address, size_t length) {
    char canonical[ADDRESS_TEXT];
    if (!memchr(address, '@', length)) return NULL;
    if (!address_canonical(address, length, canonical)) {
        if (length >= ADDRESS_TEXT) return NULL;
        AUTO_BUF lower = BUF_INIT(ADDRESS_TEXT);
        text_lower(&lower, address, length);
        snprintf(canonical, sizeof canonical, "%s", buf_text(&lower));
    }
    for (size_t i = 0; i < findings->count; i++)
        if (!strcmp(findings->all[i].address, canonical)) return &findings->all[i];
    if (findings->count == FAILED_MAX) return NULL;
    struct failed *failed = &findings->all[findings->count++];
    *failed = (struct failed){.reason = ""};
    snprintf(failed->address, sizeof failed->address, "%s", canonical);
    return failed;
}

void words_of(struct buf *out, const char *text, size_t length) {
    AUTO_BUF lower = BUF_INIT(out->ceiling);
    text_lower(&lower, text, length);
    bool space = out->length == 0;
    for (size_t i = 0; i < lower.length; i++) {
        char c = lower.bytes[i];
        /* Typographic apostrophes and no-break spaces are what people's programs make of ' and space. */
        if ((unsigned char)c == 0xE2 && i + 2 < lower.length && (unsigned char)lower.bytes[i + 1] == 0x80 &&
            ((unsigned char)lower.bytes[i + 2] == 0x99 || (unsigned char)lower.bytes[i + 2] == 0x98))
            c = '\'', i += 2;
        else if ((unsigned char)c == 0xC2 && i + 1 < lower.length &&
                 (unsigned char)lower.bytes[i + 1] == 0xA0)
            c = ' ', i++;
        bool blank = (unsigned char)c <= ' ';
        if (!blank || !space) buf_add_char(out, blank ? ' ' : c);
        space = blank;
    }
}
