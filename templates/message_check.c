/* The gate every message passes before it is queued: judges bytes, knows nothing of how they were built. */
#include "templates/message.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/odd_bytes.h"
#include "base/text.h"
#include "templates/message_check.h"

enum {
    LINE_OCTETS = 998, /* RFC 5322 2.1.1 */
    HEADER_LINE = 78,  /* the same, wherever a fold was possible */
    ENCODED_LINE = 76, /* RFC 2045 6.7, 6.8 */
    PART_DEPTH = 3,
    MESSAGE_OCTETS = 4 << 20,
};

bool check_fault(struct checked *checked, const char *what) {
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

/* Every line ends with CRLF, there is no other CR or LF, none is too long, and no other control but TAB. */
static bool check_lines(struct checked *checked, const char *bytes, size_t length) {
    const char *line = bytes, *end = bytes + length;
    struct odd_bytes walk = odd_bytes_of(bytes, length);
    for (const char *at; (at = odd_next(&walk));) {
        if (odd_ends_line(&walk, at)) {
            if (at - line > LINE_OCTETS) return check_fault(checked, "ligne de plus de 998 octets");
            line = at + 2;
            checked->line++;
        } else if (*at == '\r' || *at == '\n')
            return check_fault(checked, "retour ou saut de ligne isolé");
        else if (*at != '\t' && (unsigned char)*at < 0x80)
            return check_fault(checked, "caractère de commande");
    }
    return line == end || check_fault(checked, end - line > LINE_OCTETS ? "ligne de plus de 998 octets" : "la dernière ligne n'est pas finie");
}

static bool eight_bit(struct range text) {
    const char *at = text.at;
    uint64_t word, found = 0;
    for (; text.end - at >= (ptrdiff_t)sizeof word; at += sizeof word) {
        memcpy(&word, at, sizeof word);
        found |= word;
    }
    unsigned char rest = 0;
    for (; at < text.end; at++) rest |= (unsigned char)*at;
    return (found & 0x8080808080808080u) || rest >= 0x80;
}

/* -- headers ------------------------------------------------------------------------------------------- */
bool header_is(const struct header *header, const char *name) {
    return ((*header->name ^ *name) & 0x5F) == 0 && header->name_length == strlen(name) && !strncasecmp(header->name, name, header->name_length);
}

static bool among(const struct header *header, const char *const names[], size_t count) {
    for (size_t i = 0; i < count; i++)
        if (header_is(header, names[i])) return true;
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
    if (!colon || colon == line.at) return check_fault(checked, "ni en-tête, ni suite d'en-tête");
    for (const char *at = line.at; at < colon; at++)
        if (*at <= ' ' || (unsigned char)*at >= 0x7F) return check_fault(checked, "nom d'en-tête irrégulier");
    if (checked->count == HEADERS_MOST) return check_fault(checked, "trop d'en-têtes");
    checked->headers[checked->count++] = (struct header){line.at, (size_t)(colon - line.at), colon + 1,
                                                         (size_t)(line.end - colon - 1), checked->line};
    return true;
}

static bool check_header_line(struct checked *checked, struct range line) {
    static const char *const RAW[] = {"From", "To", "Reply-To"}; /* an address may need UTF-8 (RFC 6532) */
    if (*line.at == ' ' || *line.at == '\t') {
        if (!checked->count) return check_fault(checked, "suite d'en-tête sans en-tête");
        struct header *header = &checked->headers[checked->count - 1];
        header->value_length = (size_t)(line.end - header->value);
        const char *at = line.at;
        while (at < line.end && (*at == ' ' || *at == '\t')) at++;
        if (at == line.end) return check_fault(checked, "suite d'en-tête vide");
    } else if (!start_header(checked, line))
        return false;
    if (line.end - line.at > HEADER_LINE && could_fold(line))
        return check_fault(checked, "ligne d'en-tête de plus de 78 octets");
    if (!eight_bit(line)) return true;
    return (among(&checked->headers[checked->count - 1], RAW, COUNT(RAW)) &&
            utf8_valid(line.at, (size_t)(line.end - line.at))) ||
           check_fault(checked, "octet de plus de 7 bits dans un en-tête");
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
    return check_fault(checked, "les en-têtes ne finissent pas par une ligne vide");
}

const struct header *header_find(const struct checked *checked, const char *name) {
    for (size_t i = 0; i < checked->count; i++)
        if (header_is(&checked->headers[i], name)) return &checked->headers[i];
    return NULL;
}

struct range header_value(const struct header *header) {
    if (!header) return (struct range){NULL, NULL};
    struct range value = {header->value, header->value + header->value_length};
    while (value.at < value.end && strchr(" \t\r\n", *value.at)) value.at++;
    return value;
}

bool range_matches(struct range text, const char *pattern) {
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

static bool check_once(struct checked *checked) {
    static const char *const REQUIRED[] = {"From",       "To",           "Subject",     "Date",
                                           "Message-ID", "MIME-Version", "Content-Type"};
    char what[80];
    for (size_t i = 0; i < COUNT(REQUIRED); i++) {
        if (header_find(checked, REQUIRED[i])) continue;
        snprintf(what, sizeof what, "en-tête %s absent", REQUIRED[i]);
        return check_fault(checked, what);
    }
    for (size_t i = 0; i < checked->count; i++)
        for (size_t k = 0; k < i; k++) {
            const struct header *a = &checked->headers[i], *b = &checked->headers[k];
            if (a->name_length != b->name_length || strncasecmp(a->name, b->name, a->name_length)) continue;
            checked->line = a->line;
            return check_fault(checked, "en-tête donné deux fois");
        }
    return true;
}

/* -- bodies -------------------------------------------------------------------------------------------- */
static bool is_hex(char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F');
}

static bool quoted_line(struct range line) {
    if (line.at < line.end && (line.end[-1] == ' ' || line.end[-1] == '\t')) return false;
    for (const char *at = line.at; (at = memchr(at, '=', (size_t)(line.end - at))); at += 3) {
        if (at + 1 == line.end) return true; /* an = at the end is a soft line break */
        if (line.end - at < 3 || !is_hex(at[1]) || !is_hex(at[2])) return false;
    }
    return true;
}

static const bool BASE64[256] = {['+'] = true, ['/'] = true, ['0' ... '9'] = true, ['A' ... 'Z'] = true, ['a' ... 'z'] = true};

static bool base64_line(struct range line) {
    size_t length = (size_t)(line.end - line.at), letters = 0;
    while (letters < length && BASE64[(unsigned char)line.at[letters]]) letters++;
    size_t padding = letters;
    while (padding < length && line.at[padding] == '=') padding++;
    return length % 4 == 0 && length - letters <= 2 && padding == length;
}

/* -- parts (RFC 2045, 2046, 2183, 2231) ----------------------------------------------------------------- */
static bool says(struct range value, const char *what) {
    return value.at && memmem(value.at, (size_t)(value.end - value.at), what, strlen(what)) != NULL;
}
static bool is(struct range value, const char *what) {
    return value.at && (size_t)(value.end - value.at) == strlen(what) && !memcmp(value.at, what, strlen(what));
}
static bool type_is(const struct checked *checked, const char *type) {
    struct range value = header_value(header_find(checked, "Content-Type"));
    size_t length = strlen(type);
    return value.at && (size_t)(value.end - value.at) > length && !strncasecmp(value.at, type, length) && value.at[length] == ';';
}

static bool check_lines_of(struct checked *checked, struct range body, bool quoted) {
    struct range line;
    if (eight_bit(body)) return check_fault(checked, "octet de plus de 7 bits dans le corps");
    while (take_line(&body, &line)) {
        checked->line++;
        if (line.end - line.at > ENCODED_LINE) return check_fault(checked, "ligne codée de plus de 76 octets");
        if (quoted ? !quoted_line(line) : !base64_line(line)) return check_fault(checked, "codage du corps irrégulier");
    }
    return true;
}

/* filename="…" or the pieces of RFC 2231, whose escapes must be whole. */
static bool named(struct range disposition) {
    const char *at = memmem(disposition.at, (size_t)(disposition.end - disposition.at), "filename", strlen("filename"));
    if (!at) return false;
    if (at[8] == '=') return at[9] == '"' && disposition.end[-1] == '"' && disposition.end - at > 11;
    struct range text = {at, disposition.end};
    if (!says(text, "filename*0*=utf-8''")) return false;
    for (; at < disposition.end; at++)
        if (*at == '%' && (disposition.end - at < 3 || !is_hex(at[1]) || !is_hex(at[2]))) return false;
    return true;
}

static bool check_file(struct checked *checked, struct range body) {
    struct range disposition = header_value(header_find(checked, "Content-Disposition"));
    if (!header_find(checked, "Content-Type")) return check_fault(checked, "pièce jointe sans type");
    if (!named(disposition)) return check_fault(checked, "pièce jointe sans nom, ou au nom irrégulier");
    if (!is(header_value(header_find(checked, "Content-Transfer-Encoding")), "base64"))
        return check_fault(checked, "pièce jointe qui n'est pas en base64");
    return check_lines_of(checked, body, false);
}

static bool check_text(struct checked *checked, struct range body) {
    struct range encoding = header_value(header_find(checked, "Content-Transfer-Encoding"));
    bool quoted = is(encoding, "quoted-printable"), base64 = is(encoding, "base64");
    if (!quoted && !base64) return check_fault(checked, "codage du corps absent ou inconnu");
    if (!says(header_value(header_find(checked, "Content-Type")), "charset=utf-8"))
        return check_fault(checked, "partie sans type ou sans charset=utf-8");
    return check_lines_of(checked, body, quoted);
}

static bool is_delimiter(struct range line, struct range boundary, const char *behind) {
    if (line.end - line.at < 2 || line.at[0] != '-' || line.at[1] != '-') return false;
    size_t length = (size_t)(boundary.end - boundary.at), rest = strlen(behind);
    return (size_t)(line.end - line.at) == 2 + length + rest && !memcmp(line.at + 2, boundary.at, length) && !memcmp(line.at + 2 + length, behind, rest);
}

/* Which part stands where: in alternative the text, then the HTML; in mixed the message, then files. */
struct parts {
    struct range boundary;
    bool mixed;
    int count, depth;
};
static bool check_entity(struct checked *checked, struct range body, int depth);

static bool check_one(struct checked *checked, const struct parts *parts, struct range part) {
    static const char *const ORDER[] = {"text/plain", "text/html"};
    if (part.end == part.at || !read_headers(checked, &part)) return false;
    if (parts->mixed && parts->count) return check_file(checked, part);
    if (parts->mixed) return check_entity(checked, part, parts->depth + 1);
    if (parts->count >= (int)COUNT(ORDER) || !type_is(checked, ORDER[parts->count]))
        return check_fault(checked, "la première partie n'est pas le texte, ou la seconde pas le HTML");
    return check_text(checked, part);
}

/* Parts lie between delimiters; the CRLF before a delimiter belongs to it. */
static bool check_parts(struct checked *checked, struct range body, struct parts *parts) {
    struct range line, part = {NULL, NULL};
    long line_number = checked->line, part_line = 0;
    while (take_line(&body, &line)) {
        bool last = is_delimiter(line, parts->boundary, "--");
        line_number++;
        if (!last && !is_delimiter(line, parts->boundary, "")) continue;
        if (part.at) {
            part.end = line.at;
            checked->line = part_line;
            if (!check_one(checked, parts, part)) return false;
            parts->count++;
        }
        part.at = body.at;
        part_line = line_number;
        if (!last) continue;
        checked->line = line_number;
        bool blank_rest = body.at == body.end || (parts->depth && body.end - body.at == 2);
        return (parts->count >= 2 && blank_rest) ||
               check_fault(checked, "moins de deux parties, ou du texte derrière la dernière");
    }
    checked->line = line_number;
    return check_fault(checked, "la dernière partie n'est pas fermée");
}

/* What the headers just read describe: parts, or text. */
static bool check_entity(struct checked *checked, struct range body, int depth) {
    struct parts parts = {.depth = depth, .mixed = type_is(checked, "multipart/mixed")};
    if (!parts.mixed && !type_is(checked, "multipart/alternative")) return check_text(checked, body);
    struct range type = header_value(header_find(checked, "Content-Type"));
    const char *quote = memchr(type.at, '"', (size_t)(type.end - type.at));
    if (!quote || !says((struct range){type.at, quote}, "; boundary=") || depth >= PART_DEPTH || (parts.mixed && depth))
        return check_fault(checked, "délimiteur de parties irrégulier");
    parts.boundary.at = quote + 1;
    parts.boundary.end = memchr(quote + 1, '"', (size_t)(type.end - quote - 1));
    if (!parts.boundary.end || parts.boundary.end == quote + 1 || parts.boundary.end - quote > 71)
        return check_fault(checked, "délimiteur de parties irrégulier");
    return check_parts(checked, body, &parts);
}

static bool size_fits(struct checked *checked, size_t length) {
    return (length && length <= MESSAGE_OCTETS) || check_fault(checked, "message vide ou de plus de 4 Mo");
}

bool message_check_lines(const char *bytes, size_t length, struct err *err) {
    struct checked checked = {.line = 1, .err = err};
    return size_fits(&checked, length) && check_lines(&checked, bytes, length);
}

bool message_check(const char *bytes, size_t length, struct err *err) {
    struct checked checked = {.line = 1, .err = err};
    struct range rest = {bytes, bytes + length};
    if (!size_fits(&checked, length) || !check_lines(&checked, bytes, length)) return false;
    checked.line = 0;
    if (!read_headers(&checked, &rest)) return false;
    long body_line = checked.line;
    if (!check_once(&checked) || !check_values(&checked)) return false;
    checked.line = body_line;
    return check_entity(&checked, rest, 0);
}
