/* Addresses and header values, judged (RFC 5322 3.4, RFC 5321 4.5.3.1, RFC 6531). */
#include "templates/mailbox.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "templates/message.h"

enum { LOCAL_OCTETS = 64, ADDRESS_OCTETS = 254, LABEL_OCTETS = 63 };

static bool letter_or_digit(unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c >= 0x80;
}
static bool atom_byte(unsigned char c) {
    return letter_or_digit(c) || (c && strchr("!#$%&'*+-/=?^_`{|}~", c));
}

/* Atoms, or labels, between single dots. */
static bool dotted(const char *text, size_t length, bool domain) {
    size_t part = 0;
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        bool edge = !part || i + 1 == length || text[i + 1] == '.';
        if (c == '.') {
            if (!part) return false;
            part = 0;
            continue;
        }
        if (domain ? !(letter_or_digit(c) || (c == '-' && !edge)) : !atom_byte(c)) return false;
        if (++part > LABEL_OCTETS && domain) return false;
    }
    return part > 0;
}

bool mailbox_address_valid(const char *address) {
    const char *at = strrchr(address, '@');
    size_t length = strlen(address);
    if (!at || length > ADDRESS_OCTETS || at - address > LOCAL_OCTETS || !header_value_valid(address))
        return false;
    return dotted(address, (size_t)(at - address), false) &&
           dotted(at + 1, length - (size_t)(at + 1 - address), true);
}

bool header_value_valid(const char *value) {
    const char *end = value + strlen(value);
    if (!utf8_valid(value, (size_t)(end - value))) return false;
    while (value < end) {
        uint32_t c = utf8_next(&value, end);
        if (c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029) return false;
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
