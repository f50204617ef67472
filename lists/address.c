/* One address to its canonical form (RFC 5321 sections 4.1.2, 4.5.3.1; RFC 5891; UTS 46 non-transitional). */
#include "lists/address.h"

#include <idn2.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

enum { LOCAL_MAX = 64, LABEL_MAX = 63 }; /* octets */
enum { IDNA_FLAGS = IDN2_NONTRANSITIONAL | IDN2_NFC_INPUT };

/* -- scripts ------------------------------------------------------------------------------------------- */
enum script {
    SCRIPT_NONE,
    SCRIPT_COMMON,
    SCRIPT_LATIN,
    SCRIPT_GREEK,
    SCRIPT_CYRILLIC,
    SCRIPT_ARMENIAN,
    SCRIPT_HEBREW,
    SCRIPT_ARABIC,
    SCRIPT_INDIC,
    SCRIPT_THAI,
    SCRIPT_GEORGIAN,
    SCRIPT_KANA,
    SCRIPT_HAN,
    SCRIPT_HANGUL
};

/* Letters of the scripts domains are written in; whatever is in no range has no place in an address. */
static const struct {
    uint32_t first, last;
    enum script script;
} SCRIPTS[] = {
    {'-', '-', SCRIPT_COMMON},       {'0', '9', SCRIPT_COMMON},       {'A', 'Z', SCRIPT_LATIN},
    {'_', '_', SCRIPT_COMMON},       {'a', 'z', SCRIPT_LATIN},        {0xB7, 0xB7, SCRIPT_COMMON},
    {0xC0, 0xD6, SCRIPT_LATIN},      {0xD8, 0xF6, SCRIPT_LATIN},      {0xF8, 0x24F, SCRIPT_LATIN},
    {0x250, 0x2AF, SCRIPT_LATIN},    {0x370, 0x373, SCRIPT_GREEK},    {0x376, 0x377, SCRIPT_GREEK},
    {0x386, 0x386, SCRIPT_GREEK},    {0x388, 0x3FF, SCRIPT_GREEK},    {0x400, 0x481, SCRIPT_CYRILLIC},
    {0x48A, 0x52F, SCRIPT_CYRILLIC}, {0x531, 0x556, SCRIPT_ARMENIAN}, {0x561, 0x587, SCRIPT_ARMENIAN},
    {0x5D0, 0x5EA, SCRIPT_HEBREW},   {0x620, 0x64A, SCRIPT_ARABIC},   {0x66E, 0x6D3, SCRIPT_ARABIC},
    {0x900, 0xDFF, SCRIPT_INDIC},    {0xE01, 0xE4E, SCRIPT_THAI},     {0x10D0, 0x10FA, SCRIPT_GEORGIAN},
    {0x1E00, 0x1EFF, SCRIPT_LATIN},  {0x1F00, 0x1FFC, SCRIPT_GREEK},  {0x3041, 0x3096, SCRIPT_KANA},
    {0x30A1, 0x30FE, SCRIPT_KANA},   {0x3400, 0x4DBF, SCRIPT_HAN},    {0x4E00, 0x9FFF, SCRIPT_HAN},
    {0xAC00, 0xD7A3, SCRIPT_HANGUL},
};

static enum script script_of(uint32_t c) {
    for (size_t i = 0; i < COUNT(SCRIPTS); i++)
        if (c >= SCRIPTS[i].first && c <= SCRIPTS[i].last) return SCRIPTS[i].script;
    return SCRIPT_NONE;
}

/* Each label in one script: "mаirie" with a Cyrillic а is somebody else's domain. */
static bool one_script_a_label(const char *domain, const char *end) {
    enum script label = SCRIPT_COMMON;
    for (const char *at = domain; at < end;) {
        uint32_t c = utf8_next(&at, end);
        enum script script = c == '.' ? SCRIPT_COMMON : script_of(c);
        if (script == SCRIPT_NONE) return false;
        if (c == '.')
            label = SCRIPT_COMMON;
        else if (script == SCRIPT_COMMON)
            continue;
        else if (label != SCRIPT_COMMON && label != script)
            return false;
        else
            label = script;
    }
    return true;
}

/* -- the two halves ------------------------------------------------------------------------------------ */
static bool local_valid(const char *local, size_t length) {
    static const char ALLOWED[] = "abcdefghijklmnopqrstuvwxyz0123456789._+'&=~#$*-";
    if (!length || length > LOCAL_MAX || *local == '-' || *local == '.' || local[length - 1] == '.')
        return false;
    for (const char *at = local, *end = local + length; at < end;) {
        char before = at > local ? at[-1] : 'x';
        uint32_t c = utf8_next(&at, end);
        if (c == '.' && before == '.') return false;
        if (c < 0x80 ? !c || !strchr(ALLOWED, (int)c) : script_of(c) != SCRIPT_LATIN) return false;
    }
    return true;
}

/* Letters, digits, hyphen; at least two labels, the last one not a number (RFC 1123 section 2.1). */
static bool domain_valid(const char *domain) {
    size_t labels = 0;
    const char *label = domain;
    bool number = true;
    for (const char *at = domain;; at++) {
        if (*at == '.' || !*at) {
            size_t length = (size_t)(at - label);
            if (!length || length > LABEL_MAX || *label == '-' || at[-1] == '-') return false;
            labels++;
            if (!*at) return labels >= 2 && !number;
            label = at + 1;
            number = true;
        } else if (*at >= '0' && *at <= '9')
            continue;
        else if ((*at >= 'a' && *at <= 'z') || *at == '-')
            number = false;
        else
            return false;
    }
}

/* A Catalan middle dot stands between two l and nowhere else (RFC 5892, appendix A.3). */
static bool middle_dots_between_l(const char *text) {
    for (const char *dot = text; (dot = strstr(dot, "\xC2\xB7")); dot += 2)
        if (dot == text || dot[-1] != 'l' || dot[2] != 'l') return false;
    return true;
}

/* An A-label must be what its own U-label becomes, and that label of one script. */
static bool a_labels_honest(const char *domain) {
    char *unicode = NULL, *again = NULL;
    bool good = idn2_to_unicode_8z8z(domain, &unicode, 0) == IDN2_OK &&
                one_script_a_label(unicode, unicode + strlen(unicode)) && middle_dots_between_l(unicode) &&
                idn2_lookup_u8((const uint8_t *)unicode, (uint8_t **)&again, IDNA_FLAGS) == IDN2_OK &&
                !strcmp(again, domain);
    idn2_free(unicode);
    idn2_free(again);
    return good;
}

static bool ascii(const char *text, size_t length) {
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)text[i] >= 0x80) return false;
    return true;
}

static bool has_a_label(const char *domain) {
    for (const char *label = domain, *dot;; label = dot + 1) {
        if (text_starts(label, "xn--")) return true;
        if (!(dot = strchr(label, '.'))) return false;
    }
}

/* Its A-labels into out. Case is UTS 46's to map: its capital sigma never becomes a final one, as that of
 * plain lower case does, which would be another domain. */
static bool domain_canonical(const char *text, size_t length, struct buf *out) {
    if (!length || length > 4 * ADDRESS_MAX || memchr(text, '\0', length)) return false;
    if (ascii(text, length))
        text_lower(out, text, length);
    else {
        char *converted = NULL;
        AUTO_TEXT domain = text_dup_n(text, length);
        if (idn2_lookup_u8((const uint8_t *)domain, (uint8_t **)&converted, IDNA_FLAGS) != IDN2_OK)
            return false;
        buf_add_text(out, converted);
        idn2_free(converted);
    }
    const char *domain = buf_text(out);
    if (out->overflow || !domain_valid(domain)) return false;
    return !has_a_label(domain) || a_labels_honest(domain);
}

bool address_canonical(const char *text, size_t length, char out[ADDRESS_TEXT]) {
    const char *at = memchr(text, '@', length);
    if (!at || length > 4 * ADDRESS_MAX || !utf8_valid(text, length)) return false;
    AUTO_BUF local = BUF_INIT(8 * ADDRESS_MAX), domain = BUF_INIT(ADDRESS_MAX),
             address = BUF_INIT(ADDRESS_MAX);
    text_lower(&local, text, (size_t)(at - text));
    if (!local_valid(buf_text(&local), local.length)) return false;
    if (!domain_canonical(at + 1, length - (size_t)(at - text) - 1, &domain)) return false;
    buf_add(&address, local.bytes, local.length);
    buf_add_char(&address, '@');
    buf_add(&address, domain.bytes, domain.length);
    if (address.overflow) return false;
    memcpy(out, address.bytes, address.length + 1);
    return true;
}
