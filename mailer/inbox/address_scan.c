/* Finding addresses in running text: around each "@", as far as their characters go. */
#include "mailer/inbox/address_scan.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

static bool word(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
static bool beyond_ascii(char c) {
    return (unsigned char)c >= 0x80;
}
/* An accented Latin letter's first byte in UTF-8; any other script's begins a label (RFC 6531), or is the sentence that goes on
 * without a space: "a@b.jp您好". */
static bool latin(char c) {
    return (unsigned char)c >= 0xC3 && (unsigned char)c <= 0xC5;
}
static bool local_char(char c) {
    return word(c) || (c && strchr(".!#$%&'*+/=?^_`{|}~-", c)) || beyond_ascii(c);
}

static const char *domain_end(const char *at, const char *end) {
    for (bool ascii = false; at < end; at++) {
        if (*at == '.')
            ascii = false;
        else if (word(*at) || *at == '-')
            ascii = true;
        else if (!beyond_ascii(*at) || (ascii && !latin(*at) && !beyond_ascii(at[-1])))
            break;
    }
    return at;
}

/* The same to the left of the @: "收件人：a@b.test". */
static const char *local_start(const char *at, const char *floor) {
    while (at > floor && local_char(at[-1])) {
        const char *lead = at - 1;
        while (lead > floor && beyond_ascii(*lead) && (unsigned char)*lead < 0xC0) lead--;
        if (beyond_ascii(*lead) && !beyond_ascii(*at) && *at != '@' && !latin(*lead)) break;
        at = lead;
    }
    return at;
}

const char *address_scan(const char *at, const char *end, struct found_address *found) {
    const char *floor = at;
    *found = (struct found_address){NULL, 0};
    for (const char *sign; at < end && (sign = memchr(at, '@', (size_t)(end - at))); at = sign + 1) {
        const char *start = local_start(sign, floor), *stop = sign + 1;
        stop = domain_end(stop, end);
        while (stop > sign && !word(stop[-1]) && !beyond_ascii(stop[-1])) stop--;
        /* Quotes, bullets and X.400's "SMTP=" are not the address's own. */
        while (start < sign && strchr("'`*.-=|/", *start) && !(start[0] == '=' && start[1] == '?')) start++;
        if (sign - start > 5 && !strncasecmp(start, "smtp=", 5)) start += 5;
        if (start == sign || !memchr(sign, '.', (size_t)(stop - sign))) continue;
        *found = (struct found_address){start, (size_t)(stop - start)};
        return stop;
    }
    return end;
}
