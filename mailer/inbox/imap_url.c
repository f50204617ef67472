/* Reading the place of a mailbox. */
#include "mailer/inbox/imap_url.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

static bool refuse(const char *text, struct err *err) {
    return err_set(err, ERR_INPUT, "IMAP_URL", "imap_url = %s : écrivez imaps://serveur/dossier ou imap://serveur/dossier (le port et le dossier peuvent manquer ; "
                   "l'identifiant se met dans username, le mot de passe dans password_file)", text);
}

static int hex(char digit) {
    const char *found = digit ? strchr("0123456789abcdef", digit | (digit >= 'A' && digit <= 'F' ? 0x20 : 0)) : NULL;
    return found ? (int)(found - "0123456789abcdef") : -1;
}

static bool decode(const char *text, char *out, size_t size) {
    size_t length = 0;
    for (; *text; text++, length++) {
        if (length + 1 >= size) return false;
        out[length] = *text;
        if (*text != '%') continue;
        int high = hex(text[1]), low = high < 0 ? -1 : hex(text[2]);
        if (low < 0 || !(high | low)) return false;
        out[length] = (char)(high << 4 | low);
        text += 2;
    }
    out[length] = '\0';
    return true;
}

/* -- modified UTF-7 ------------------------------------------------------------------------------------------------- */
static const char ALPHABET[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";
struct shifted {
    uint32_t bits;
    int count;
    bool on;
};

static void shift_unit(struct buf *out, struct shifted *shifted, uint16_t unit) {
    if (!shifted->on) buf_add_char(out, '&'), *shifted = (struct shifted){.on = true};
    shifted->bits = shifted->bits << 16 | unit;
    for (shifted->count += 16; shifted->count >= 6; shifted->count -= 6) buf_add_char(out, ALPHABET[shifted->bits >> (shifted->count - 6) & 63]);
    shifted->bits &= (1u << shifted->count) - 1;
}

static void shift_end(struct buf *out, struct shifted *shifted) {
    if (!shifted->on) return;
    if (shifted->count) buf_add_char(out, ALPHABET[shifted->bits << (6 - shifted->count) & 63]);
    buf_add_char(out, '-');
    shifted->on = false;
}

bool imap_folder_name(const char *utf8, char *out, size_t size) {
    AUTO_BUF name = BUF_INIT(size - 1);
    struct shifted shifted = {.on = false};
    const char *end = utf8 + strlen(utf8);
    if (!utf8_valid(utf8, strlen(utf8))) return false;
    for (const char *at = utf8; at < end;) {
        uint32_t point = utf8_next(&at, end);
        if (point < ' ' || point == 0x7F) return false;
        if (point < 0x7F) {
            shift_end(&name, &shifted);
            buf_add_char(&name, (char)point);
            if (point == '&') buf_add_char(&name, '-');
        } else if (point < 0x10000) shift_unit(&name, &shifted, (uint16_t)point);
        else {
            shift_unit(&name, &shifted, (uint16_t)(0xD800 + ((point - 0x10000) >> 10)));
            shift_unit(&name, &shifted, (uint16_t)(0xDC00 + ((point - 0x10000) & 0x3FF)));
        }
    }
    shift_end(&name, &shifted);
    snprintf(out, size, "%s", buf_text(&name));
    return !name.overflow;
}

/* -- the parts ---------------------------------------------------------------------------------------------------------- */
static bool read_host(const char **at, char *host, size_t size) {
    bool literal = **at == '[';
    const char *begin = *at + literal, *end = literal ? strchr(begin, ']') : begin + strcspn(begin, ":/");
    if (!end || end == begin || (size_t)(end - begin) >= size) return false;
    snprintf(host, size, "%.*s", (int)(end - begin), begin);
    *at = end + literal;
    return !host[strspn(host, literal ? "0123456789abcdefABCDEF:." : "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_")];
}

static bool read_port(const char **at, char *port, size_t size) {
    if (**at != ':') return true;
    size_t length = strspn(++*at, "0123456789");
    long number = length && length < size ? strtol(*at, NULL, 10) : 0;
    if (number < 1 || number > 65535) return false;
    snprintf(port, size, "%ld", number);
    *at += length;
    return true;
}

bool imap_url_parse(const char *text, struct imap_url *url, struct err *err) {
    char folder[400];
    *url = (struct imap_url){.implicit_tls = text_starts(text, "imaps://")};
    const char *at = text + (url->implicit_tls ? strlen("imaps://") : strlen("imap://"));
    if ((!url->implicit_tls && !text_starts(text, "imap://")) || strpbrk(at, "@?#;")) return refuse(text, err);
    snprintf(url->port, sizeof url->port, "%s", url->implicit_tls ? "993" : "143");
    if (!read_host(&at, url->host, sizeof url->host) || !read_port(&at, url->port, sizeof url->port) || (*at && *at != '/')) return refuse(text, err);
    at += *at == '/';
    if (!decode(*at ? at : "INBOX", folder, sizeof folder) || !*folder || !imap_folder_name(folder, url->folder, sizeof url->folder)) return refuse(text, err);
    return true;
}
