/* The gate every message passes before it is queued: judges bytes, knows nothing of how they were built. */
#include "templates/message.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

enum {
    LINE_OCTETS = 998, /* RFC 5322 2.1.1 */
    HEADER_LINE = 78,  /* the same, wherever a fold was possible */
    ENCODED_LINE = 76, /* RFC 2045 6.7, 6.8 */
    HEADERS_MOST = 60,
    MESSAGE_OCTETS = 8 << 20,
};

struct header {
    const char *name;
    size_t name_length;
    const char *value;
    size_t value_length;
    long line;
};
struct checked {
    struct header headers[HEADERS_MOST];
    size_t count;
    long line; /* of what is being judged */
    struct err *err;
};
struct range {
    const char *at, *end;
};

static bool fault(struct checked *checked, const char *what) {
    err_set(checked->err, ERR_INPUT, "MESSAGE_INVALID", "message irrégulier, ligne %ld : %s", checked->line,
            what);
    return false;
}

/* -- bytes and lines ----------------------------------------------------------------------------------- */
/* The next line without its CRLF; lines are known to end with one by then. */
static bool take_line(struct range *from, struct range *line) {
    if (from->at >= from->end) return false;
    const char *end = memchr(from->at, '\r', (size_t)(from->end - from->at));
    *line = (struct range){from->at, end};
    from->at = end + 2;
    return true;
}

static bool check_lines(struct checked *checked, const char *bytes, size_t length) {
    size_t column = 0;
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)bytes[i];
        if (c == '\r' && i + 1 < length && bytes[i + 1] == '\n') {
            i++;
            column = 0;
            checked->line++;
            continue;
        }
        if (c == '\r' || c == '\n') return fault(checked, "retour ou saut de ligne isolé");
        if ((c < 0x20 && c != '\t') || c == 0x7F) return fault(checked, "caractère de commande");
        if (++column > LINE_OCTETS) return fault(checked, "ligne de plus de 998 octets");
    }
    return !column || fault(checked, "la dernière ligne n'est pas finie");
}

static bool eight_bit(struct range text) {
    for (const char *at = text.at; at < text.end; at++)
        if ((unsigned char)*at >= 0x80) return true;
    return false;
}

/* -- headers ------------------------------------------------------------------------------------------- */
static bool name_is(const struct header *header, const char *name) {
    return header->name_length == strlen(name) && !strncasecmp(header->name, name, header->name_length);
}

static bool among(const struct header *header, const char *const names[], size_t count) {
    for (size_t i = 0; i < count; i++)
        if (name_is(header, names[i])) return true;
    return false;
}

/* A line over 78 with a space that has something on both sides could have been folded there. */
static bool could_fold(struct range line) {
    const char *at = line.at;
    while (at < line.end && (*at == ' ' || *at == '\t')) at++;
    for (; at < line.end; at++)
        if ((*at == ' ' || *at == '\t') && at + 1 < line.end) return true;
    return false;
}

static bool start_header(struct checked *checked, struct range line) {
    const char *colon = memchr(line.at, ':', (size_t)(line.end - line.at));
    if (!colon || colon == line.at) return fault(checked, "ni en-tête, ni suite d'en-tête");
    for (const char *at = line.at; at < colon; at++)
        if (*at <= ' ' || (unsigned char)*at >= 0x7F) return fault(checked, "nom d'en-tête irrégulier");
    if (checked->count == HEADERS_MOST) return fault(checked, "trop d'en-têtes");
    checked->headers[checked->count++] = (struct header){line.at, (size_t)(colon - line.at), colon + 1,
                                                         (size_t)(line.end - colon - 1), checked->line};
    return true;
}

static bool check_header_line(struct checked *checked, struct range line) {
    static const char *const RAW[] = {"From", "To", "Reply-To"}; /* an address may need UTF-8 (RFC 6532) */
    if (*line.at == ' ' || *line.at == '\t') {
        if (!checked->count) return fault(checked, "suite d'en-tête sans en-tête");
        struct header *header = &checked->headers[checked->count - 1];
        header->value_length = (size_t)(line.end - header->value);
        const char *at = line.at;
        while (at < line.end && (*at == ' ' || *at == '\t')) at++;
        if (at == line.end) return fault(checked, "suite d'en-tête vide");
    } else if (!start_header(checked, line))
        return false;
    if (line.end - line.at > HEADER_LINE && could_fold(line))
        return fault(checked, "ligne d'en-tête de plus de 78 octets");
    if (!eight_bit(line)) return true;
    return (among(&checked->headers[checked->count - 1], RAW, COUNT(RAW)) &&
            utf8_valid(line.at, (size_t)(line.end - line.at))) ||
           fault(checked, "octet de plus de 7 bits dans un en-tête");
}

/* The headers up to the empty line, which is taken. */
static bool read_headers(struct checked *checked, struct range *from) {
    struct range line;
    checked->count = 0;
    while (take_line(from, &line)) {
        checked->line++;
        if (line.at == line.end) return true;
        if (!check_header_line(checked, line)) return false;
    }
    return fault(checked, "les en-têtes ne finissent pas par une ligne vide");
}

static const struct header *find_header(struct checked *checked, const char *name) {
    for (size_t i = 0; i < checked->count; i++)
        if (name_is(&checked->headers[i], name)) return &checked->headers[i];
    return NULL;
}

static bool check_once(struct checked *checked) {
    static const char *const REQUIRED[] = {"From",       "To",           "Subject",     "Date",
                                           "Message-ID", "MIME-Version", "Content-Type"};
    char what[80];
    for (size_t i = 0; i < COUNT(REQUIRED); i++) {
        if (find_header(checked, REQUIRED[i])) continue;
        snprintf(what, sizeof what, "en-tête %s absent", REQUIRED[i]);
        return fault(checked, what);
    }
    for (size_t i = 0; i < checked->count; i++)
        for (size_t k = 0; k < i; k++) {
            const struct header *a = &checked->headers[i], *b = &checked->headers[k];
            if (a->name_length != b->name_length || strncasecmp(a->name, b->name, a->name_length)) continue;
            checked->line = a->line;
            return fault(checked, "en-tête donné deux fois");
        }
    return true;
}

/* -- values: the little that machines read ------------------------------------------------------------- */
/* Pattern: 0 a digit, A a capital, a a small letter, + a sign, anything else itself. */
static bool matches(struct range text, const char *pattern) {
    for (; *pattern; pattern++, text.at++) {
        if (text.at == text.end) return false;
        char c = *text.at;
        bool good = *pattern == '0'   ? c >= '0' && c <= '9'
                    : *pattern == 'A' ? c >= 'A' && c <= 'Z'
                    : *pattern == 'a' ? c >= 'a' && c <= 'z'
                    : *pattern == '+' ? c == '+' || c == '-'
                                      : c == *pattern;
        if (!good) return false;
    }
    return text.at == text.end;
}

static struct range value_of(const struct header *header) {
    struct range value = {header->value, header->value + header->value_length};
    while (value.at < value.end && strchr(" \t\r\n", *value.at)) value.at++;
    return value;
}

static size_t count_of(struct range text, char c) {
    size_t count = 0;
    for (; text.at < text.end; text.at++) count += *text.at == c;
    return count;
}

/* [phrase] <local@domain>, one. */
static bool one_mailbox(struct range value) {
    const char *open = memrchr(value.at, '<', (size_t)(value.end - value.at));
    if (!open || value.end[-1] != '>' || open + 3 > value.end) return false;
    struct range address = {open + 1, value.end - 1};
    const char *at = memchr(address.at, '@', (size_t)(address.end - address.at));
    return at && at > address.at && at + 1 < address.end && count_of(address, '@') == 1 &&
           !count_of(address, ' ') && !count_of(address, '>');
}

static bool check_value(struct checked *checked, const struct header *header) {
    static const char *const MAILBOXES[] = {"From", "To", "Reply-To"};
    struct range value = value_of(header);
    checked->line = header->line;
    if (value.at == value.end) return fault(checked, "en-tête vide");
    if (among(header, MAILBOXES, COUNT(MAILBOXES)))
        return one_mailbox(value) || fault(checked, "adresse irrégulière");
    if (name_is(header, "Date"))
        return matches(value, "Aaa, 00 Aaa 0000 00:00:00 +0000") || fault(checked, "date irrégulière");
    if (name_is(header, "MIME-Version"))
        return matches(value, "1.0") || fault(checked, "MIME-Version n'est pas 1.0");
    if (!name_is(header, "Message-ID")) return true;
    return (*value.at == '<' && one_mailbox(value)) || fault(checked, "Message-ID irrégulier");
}

/* -- bodies -------------------------------------------------------------------------------------------- */
static bool is_hex(char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F');
}

static bool quoted_line(struct range line) {
    if (line.at < line.end && (line.end[-1] == ' ' || line.end[-1] == '\t')) return false;
    for (const char *at = line.at; at < line.end; at++) {
        if (*at != '=' || at + 1 == line.end) continue; /* an = at the end is a soft line break */
        if (line.end - at < 3 || !is_hex(at[1]) || !is_hex(at[2])) return false;
        at += 2;
    }
    return true;
}

static bool base64_line(struct range line) {
    size_t length = (size_t)(line.end - line.at), letters = 0;
    while (letters < length &&
           (strchr("+/", line.at[letters]) || (line.at[letters] >= '0' && line.at[letters] <= '9') ||
            (line.at[letters] >= 'A' && line.at[letters] <= 'Z') ||
            (line.at[letters] >= 'a' && line.at[letters] <= 'z')))
        letters++;
    return length % 4 == 0 && length - letters <= 2 &&
           count_of((struct range){line.at + letters, line.end}, '=') == length - letters;
}

static bool check_part(struct checked *checked, struct range body) {
    const struct header *encoding = find_header(checked, "Content-Transfer-Encoding");
    const struct header *type = find_header(checked, "Content-Type");
    struct range name = encoding ? value_of(encoding) : (struct range){"", ""}, line;
    bool quoted = matches(name, "quoted-printable"), base64 = matches(name, "base64");
    if (!quoted && !base64) return fault(checked, "codage du corps absent ou inconnu");
    if (!type || !memmem(type->value, type->value_length, "charset=utf-8", strlen("charset=utf-8")))
        return fault(checked, "partie sans type ou sans charset=utf-8");
    while (take_line(&body, &line)) {
        checked->line++;
        if (eight_bit(line)) return fault(checked, "octet de plus de 7 bits dans le corps");
        if (line.end - line.at > ENCODED_LINE) return fault(checked, "ligne codée de plus de 76 octets");
        if (quoted ? !quoted_line(line) : !base64_line(line))
            return fault(checked, "codage du corps irrégulier");
    }
    return true;
}

static bool is_delimiter(struct range line, struct range boundary, const char *behind) {
    size_t length = (size_t)(boundary.end - boundary.at), rest = strlen(behind);
    return (size_t)(line.end - line.at) == 2 + length + rest && line.at[0] == '-' && line.at[1] == '-' &&
           !memcmp(line.at + 2, boundary.at, length) && !memcmp(line.at + 2 + length, behind, rest);
}

/* Parts lie between delimiters; the CRLF before a delimiter belongs to it. */
static bool check_parts(struct checked *checked, struct range body, struct range boundary) {
    struct range line, part = {NULL, NULL};
    long line_number = checked->line, part_line = 0;
    int parts = 0;
    while (take_line(&body, &line)) {
        bool last = is_delimiter(line, boundary, "--");
        line_number++;
        if (!last && !is_delimiter(line, boundary, "")) continue;
        if (part.at) {
            part.end = line.at;
            checked->line = part_line;
            if (part.end == part.at || !read_headers(checked, &part) || !check_part(checked, part))
                return false;
            parts++;
        }
        part.at = body.at;
        part_line = line_number;
        if (!last) continue;
        checked->line = line_number;
        return (parts >= 2 && body.at == body.end) ||
               fault(checked, "moins de deux parties, ou du texte derrière la dernière");
    }
    checked->line = line_number;
    return fault(checked, "la dernière partie n'est pas fermée");
}

static bool check_body(struct checked *checked, struct range body) {
    static const char MULTIPART[] = "multipart/alternative; boundary=\"";
    struct range type = value_of(find_header(checked, "Content-Type"));
    size_t length = strlen(MULTIPART);
    if ((size_t)(type.end - type.at) <= length || memcmp(type.at, MULTIPART, length))
        return check_part(checked, body);
    struct range boundary = {type.at + length,
                             memchr(type.at + length, '"', (size_t)(type.end - type.at) - length)};
    if (!boundary.end || boundary.end == boundary.at || boundary.end - boundary.at > 70)
        return fault(checked, "délimiteur de parties irrégulier");
    return check_parts(checked, body, boundary);
}

bool message_check(const char *bytes, size_t length, struct err *err) {
    struct checked checked = {.line = 1, .err = err};
    struct range rest = {bytes, bytes + length};
    if (!length || length > MESSAGE_OCTETS) return fault(&checked, "message vide ou de plus de 8 Mo");
    if (!check_lines(&checked, bytes, length)) return false;
    checked.line = 0;
    if (!read_headers(&checked, &rest)) return false;
    long body_line = checked.line;
    if (!check_once(&checked)) return false;
    for (size_t i = 0; i < checked.count; i++)
        if (!check_value(&checked, &checked.headers[i])) return false;
    checked.line = body_line;
    return check_body(&checked, rest);
}
