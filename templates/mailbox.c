/* Addresses and header values, judged (RFC 5322 3.4, RFC 5321 4.5.3.1, RFC 6531). */
#include "templates/mailbox.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "templates/message.h"

enum { LOCAL_OCTETS = 64, ADDRESS_OCTETS = 254, LABEL_OCTETS = 63 };

/* What an atom, and what a label of a domain, may hold; beyond ASCII everything (RFC 6531). */
static const bool LABEL[256] = {
    ['a' ... 'z'] = true, ['A' ... 'Z'] = true, ['0' ... '9'] = true, ['-'] = true, [0x80 ... 0xFF] = true};
static const bool ATOM[256] = {
    ['a' ... 'z'] = true, ['A' ... 'Z'] = true, ['0' ... '9'] = true, [0x80 ... 0xFF] = true, ['!'] = true, ['#'] = true,
    ['$'] = true,         ['%'] = true,         ['&'] = true,         ['\''] = true,          ['*'] = true, ['+'] = true,
    ['-'] = true,         ['/'] = true,         ['='] = true,         ['?'] = true,           ['^'] = true, ['_'] = true,
    ['`'] = true,         ['{'] = true,         ['|'] = true,         ['}'] = true,           ['~'] = true};

/* Atoms, or labels, between single dots. */
static bool dotted(const char *text, size_t length, bool domain) {
    const bool *may = domain ? LABEL : ATOM;
    for (const char *at = text, *end = text + length;; at++) {
        const char *part = at;
        while (at < end && may[(unsigned char)*at]) at++;
        if (at == part || (at < end && *at != '.')) return false;
        if (domain && (at - part > LABEL_OCTETS || at[-1] == '-' || *part == '-')) return false;
        if (at == end) return true;
    }
}

bool mailbox_address_valid(const char *address) {
    const char *at = strrchr(address, '@');
    size_t length = strlen(address);
    if (!at || length > ADDRESS_OCTETS || at - address > LOCAL_OCTETS) return false;
    return dotted(address, (size_t)(at - address), false) && dotted(at + 1, length - (size_t)(at + 1 - address), true) &&
           (text_ascii(address, length) || header_value_valid(address));
}

bool header_value_valid(const char *value) {
    const char *end = value + strlen(value);
    while (value < end) {
        value += text_plain_length(value, (size_t)(end - value));
        if (value == end) break;
        const char *from = value;
        uint32_t c = utf8_next(&value, end);
        if (c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029 || (c == 0xFFFD && value - from != 3)) return false;
    }
    return true;
}

/* -- "Name <address>" ---------------------------------------------------------------------------------- */
static bool unquote(const char *text, size_t length, char name[200]) {
    size_t used = 0;
    bool quoted = length >= 2 && text[0] == '"' && text[length - 1] == '"';
    if (quoted) text++, length -= 2;
    for (size_t i = 0; i < length; i++) {
        if (quoted && text[i] == '\\' && i + 1 < length)
            i++;
        else if (strchr(quoted ? "\"" : "\"<>@,;", text[i]))
            return false;
        if (used + 1 >= 200) return false;
        name[used++] = text[i];
    }
    name[used] = '\0';
    return true;
}

static bool refuse(const char *text, struct err *err) {
    return err_set(
        err, ERR_INPUT, "MAILBOX",
        "« %.120s » n'est pas une adresse ; écrivez « Nom <adresse@domaine> » ou « adresse@domaine »", text);
}

bool mailbox_split(const char *text, char name[200], char address[256], struct err *err) {
    const char *from = text + strspn(text, " "), *end = from + strlen(from);
    while (end > from && end[-1] == ' ') end--;
    const char *open = NULL;
    for (const char *at = from; at < end; at++)
        if (*at == '<') open = at;
    bool angle = open && end[-1] == '>';
    const char *name_end = angle ? open : from, *address_from = angle ? open + 1 : from;
    while (name_end > from && name_end[-1] == ' ') name_end--;
    size_t length = (size_t)(end - address_from) - angle;
    if (!header_value_valid(text) || length >= 256 || !unquote(from, (size_t)(name_end - from), name))
        return refuse(text, err);
    memcpy(address, address_from, length);
    address[length] = '\0';
    return mailbox_address_valid(address) || refuse(text, err);
}
