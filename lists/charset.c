/* Windows-1252, cp850 and MacRoman: their tables, which one suits, and text that went through the wrong one (RULES 2). */
#include "lists/charset.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

static const uint16_t CP1252[128] = {
    0x20AC, 0x0081, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152,
    0x008D, 0x017D, 0x008F, 0x0090, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122,
    0x0161, 0x203A, 0x0153, 0x009D, 0x017E, 0x0178, 0x00A0, 0x00A1, 0x00A2, 0x00A3, 0x00A4, 0x00A5, 0x00A6,
    0x00A7, 0x00A8, 0x00A9, 0x00AA, 0x00AB, 0x00AC, 0x00AD, 0x00AE, 0x00AF, 0x00B0, 0x00B1, 0x00B2, 0x00B3,
    0x00B4, 0x00B5, 0x00B6, 0x00B7, 0x00B8, 0x00B9, 0x00BA, 0x00BB, 0x00BC, 0x00BD, 0x00BE, 0x00BF, 0x00C0,
    0x00C1, 0x00C2, 0x00C3, 0x00C4, 0x00C5, 0x00C6, 0x00C7, 0x00C8, 0x00C9, 0x00CA, 0x00CB, 0x00CC, 0x00CD,
    0x00CE, 0x00CF, 0x00D0, 0x00D1, 0x00D2, 0x00D3, 0x00D4, 0x00D5, 0x00D6, 0x00D7, 0x00D8, 0x00D9, 0x00DA,
    0x00DB, 0x00DC, 0x00DD, 0x00DE, 0x00DF, 0x00E0, 0x00E1, 0x00E2, 0x00E3, 0x00E4, 0x00E5, 0x00E6, 0x00E7,
    0x00E8, 0x00E9, 0x00EA, 0x00EB, 0x00EC, 0x00ED, 0x00EE, 0x00EF, 0x00F0, 0x00F1, 0x00F2, 0x00F3, 0x00F4,
    0x00F5, 0x00F6, 0x00F7, 0x00F8, 0x00F9, 0x00FA, 0x00FB, 0x00FC, 0x00FD, 0x00FE, 0x00FF,
};
static const uint16_t CP850[128] = {
    0x00C7, 0x00FC, 0x00E9, 0x00E2, 0x00E4, 0x00E0, 0x00E5, 0x00E7, 0x00EA, 0x00EB, 0x00E8, 0x00EF, 0x00EE,
    0x00EC, 0x00C4, 0x00C5, 0x00C9, 0x00E6, 0x00C6, 0x00F4, 0x00F6, 0x00F2, 0x00FB, 0x00F9, 0x00FF, 0x00D6,
    0x00DC, 0x00F8, 0x00A3, 0x00D8, 0x00D7, 0x0192, 0x00E1, 0x00ED, 0x00F3, 0x00FA, 0x00F1, 0x00D1, 0x00AA,
    0x00BA, 0x00BF, 0x00AE, 0x00AC, 0x00BD, 0x00BC, 0x00A1, 0x00AB, 0x00BB, 0x2591, 0x2592, 0x2593, 0x2502,
    0x2524, 0x00C1, 0x00C2, 0x00C0, 0x00A9, 0x2563, 0x2551, 0x2557, 0x255D, 0x00A2, 0x00A5, 0x2510, 0x2514,
    0x2534, 0x252C, 0x251C, 0x2500, 0x253C, 0x00E3, 0x00C3, 0x255A, 0x2554, 0x2569, 0x2566, 0x2560, 0x2550,
    0x256C, 0x00A4, 0x00F0, 0x00D0, 0x00CA, 0x00CB, 0x00C8, 0x0131, 0x00CD, 0x00CE, 0x00CF, 0x2518, 0x250C,
    0x2588, 0x2584, 0x00A6, 0x00CC, 0x2580, 0x00D3, 0x00DF, 0x00D4, 0x00D2, 0x00F5, 0x00D5, 0x00B5, 0x00FE,
    0x00DE, 0x00DA, 0x00DB, 0x00D9, 0x00FD, 0x00DD, 0x00AF, 0x00B4, 0x00AD, 0x00B1, 0x2017, 0x00BE, 0x00B6,
    0x00A7, 0x00F7, 0x00B8, 0x00B0, 0x00A8, 0x00B7, 0x00B9, 0x00B3, 0x00B2, 0x25A0, 0x00A0,
};
static const uint16_t MAC_ROMAN[128] = {
    0x00C4, 0x00C5, 0x00C7, 0x00C9, 0x00D1, 0x00D6, 0x00DC, 0x00E1, 0x00E0, 0x00E2, 0x00E4, 0x00E3, 0x00E5,
    0x00E7, 0x00E9, 0x00E8, 0x00EA, 0x00EB, 0x00ED, 0x00EC, 0x00EE, 0x00EF, 0x00F1, 0x00F3, 0x00F2, 0x00F4,
    0x00F6, 0x00F5, 0x00FA, 0x00F9, 0x00FB, 0x00FC, 0x2020, 0x00B0, 0x00A2, 0x00A3, 0x00A7, 0x2022, 0x00B6,
    0x00DF, 0x00AE, 0x00A9, 0x2122, 0x00B4, 0x00A8, 0x2260, 0x00C6, 0x00D8, 0x221E, 0x00B1, 0x2264, 0x2265,
    0x00A5, 0x00B5, 0x2202, 0x2211, 0x220F, 0x03C0, 0x222B, 0x00AA, 0x00BA, 0x03A9, 0x00E6, 0x00F8, 0x00BF,
    0x00A1, 0x00AC, 0x221A, 0x0192, 0x2248, 0x2206, 0x00AB, 0x00BB, 0x2026, 0x00A0, 0x00C0, 0x00C3, 0x00D5,
    0x0152, 0x0153, 0x2013, 0x2014, 0x201C, 0x201D, 0x2018, 0x2019, 0x00F7, 0x25CA, 0x00FF, 0x0178, 0x2044,
    0x20AC, 0x2039, 0x203A, 0xFB01, 0xFB02, 0x2021, 0x00B7, 0x201A, 0x201E, 0x2030, 0x00C2, 0x00CA, 0x00C1,
    0x00CB, 0x00C8, 0x00CD, 0x00CE, 0x00CF, 0x00CC, 0x00D3, 0x00D4, 0xF8FF, 0x00D2, 0x00DA, 0x00DB, 0x00D9,
    0x0131, 0x02C6, 0x02DC, 0x00AF, 0x02D8, 0x02D9, 0x02DA, 0x00B8, 0x02DD, 0x02DB, 0x02C7,
};

struct charset {
    const char *name, *mixed_name;
    const uint16_t *high;
};
static const struct charset ALL[CHARSETS] = {{"cp1252", "utf-8+cp1252", CP1252},
                                             {"cp850", "utf-8+cp850", CP850},
                                             {"mac_roman", "utf-8+mac_roman", MAC_ROMAN}};

const char *line_end(const char *at, const char *end) {
    while (at < end && *at != '\n' && *at != '\r') at++;
    return at;
}

const char *line_next(const char *at, const char *end) {
    if (at < end && *at == '\r') return at + 1 < end && at[1] == '\n' ? at + 2 : at + 1;
    return at < end ? at + 1 : at;
}

bool charset_blank(uint32_t c) {
    return c == ' ' || (c >= 9 && c <= 13) || c == 0x85 || c == 0xA0 || c == 0x1680 ||
           (c >= 0x2000 && c <= 0x200B) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
           c == 0x3000 || c == 0x2060 || c == 0xFEFF;
}

bool charset_all_blank(const char *utf8, size_t length) {
    for (const char *at = utf8, *end = utf8 + length; at < end;)
        if (!charset_blank(utf8_next(&at, end))) return false;
    return true;
}

/* -- how French a charset makes the text look ---------------------------------------------------------- */
static bool lower_letter(uint32_t c) {
    return (c >= 'a' && c <= 'z') || (c >= 0xDF && c <= 0xFF && c != 0xF7);
}

static bool capital(uint32_t c) {
    return c >= 'A' && c <= 'Z';
}

/* "SâLECTION", "RéMY": a small letter among capitals is none, and a capital behind a small letter neither. */
static bool wrong_case(uint32_t c, uint32_t before, uint32_t after) {
    if (lower_letter(c)) return capital(after) || (capital(before) && !lower_letter(after) && after >= 'A');
    return lower_letter(before);
}

static bool letter(uint32_t c) {
    return (c | 32) - 'a' < 26u || (c >= 0xC0 && c <= 0x17F && c != 0xD7 && c != 0xF7);
}

static bool among(uint32_t c, const char *ascii) {
    return c < 0x80 && c && strchr(ascii, (int)c);
}

/* Where French puts the letter: hardly any word begins with "ô", "û" or "ë", none ends with "î" or "ö", "à" ends few and
 * stands alone, as no other does. Signs of a wrong charset come at these places, for they were quotes and dashes. */
static bool wrong_place(uint32_t c, uint32_t before, uint32_t after) {
    bool starts = !letter(before), ends = !letter(after);
    switch (c | (c >= 0xC0 && c <= 0xDE ? 0x20 : 0)) { /* small letters and capitals alike */
    case 0xE0: return starts ? !ends : ends && !among(before, "lLjJcCgG"); /* à: là, déjà, ça */
    case 0xF4: case 0xFB: case 0xEB: case 0xEF: case 0xF9: return starts; /* ô û ë ï ù */
    case 0xF6: case 0xFC: case 0xEE: case 0xE2: case 0xE7: return ends;   /* ö ü î â ç */
    default: return starts && ends;
    }
}

static bool accented(uint32_t c) {
    return (c >= 0xC0 && c <= 0xFF && c != 0xD7 && c != 0xF7) || c == 0x152 || c == 0x153;
}

static int worth(uint32_t c, uint32_t before, uint32_t after) {
    if (accented(c) && (wrong_case(c, before, after) || wrong_place(c, before, after))) return -5;
    switch (c) {
    case 0xE9:
        return 10; /* é */
    case 0xE8:
    case 0xE0:
    case 0xC9:
        return 6; /* è à É */
    case 0xE7:
    case 0xEA:
    case 0xF4:
    case 0xEE:
    case 0xE2:
    case 0xFB:
    case 0xEB: /* ç ê ô î â û ë */
    case 0xEF:
    case 0xF9:
    case 0x153:
    case 0xFC:
    case 0xF6:
    case 0xFF: /* ï ù œ ü ö ÿ */
    case 0xC8:
    case 0xC0:
    case 0xC7:
    case 0xCA:
        return 4; /* È À Ç Ê */
    case 0xCE:
    case 0xD4:
    case 0xC2:
    case 0xCB:
    case 0xCF:
    case 0x152:
        return 2; /* Î Ô Â Ë Ï Œ */
    case 0xA0:
    case 0xB0:
    case 0xAB:
    case 0xBB:
    case 0x2018:
    case 0x2019:
    case 0x201C:
    case 0x201D:
    case 0x2013:
    case 0x2014:
    case 0x2026:
    case 0x20AC:
    case 0xAD:
    case 0x202F:
        return 1; /* spaces, quotes, dashes */
    default:
        return -3;
    }
}

static uint32_t decode(const struct charset *charset, unsigned char byte) {
    return byte < 0x80 ? byte : charset->high[byte - 0x80];
}

static int64_t plausibility(const struct charset *charset, const char *line, const char *end) {
    int64_t sum = 0;
    uint32_t before = ' ';
    for (; line < end; line++) {
        uint32_t c = decode(charset, (unsigned char)*line);
        if (c >= 0x80) sum += worth(c, before, line + 1 < end ? decode(charset, (unsigned char)line[1]) : ' ');
        before = c;
    }
    return sum;
}

void charset_score(const char *line, const char *end, int64_t scores[CHARSETS]) {
    for (size_t k = 0; k < CHARSETS; k++) scores[k] += plausibility(&ALL[k], line, end);
}

const struct charset *charset_best(const int64_t scores[CHARSETS]) {
    size_t best = 0;
    for (size_t k = 1; k < CHARSETS; k++)
        if (scores[k] > scores[best]) best = k;
    return &ALL[best];
}

const char *charset_name(const struct charset *charset, bool mixed) {
    return mixed ? charset->mixed_name : charset->name;
}

void charset_add(struct buf *out, const struct charset *charset, const char *at, const char *end) {
    for (; at < end; at++) {
        unsigned char byte = (unsigned char)*at;
        buf_add_utf8(out, byte < 0x80 ? byte : charset->high[byte - 0x80]);
    }
}

/* -- mojibake ------------------------------------------------------------------------------------------ */
/* The windows-1252 byte of a character, its undefined bytes being C1 controls; -1 when it has none. */
static int cp1252_byte(uint32_t c) {
    if (c < 0x80 || (c >= 0xA0 && c <= 0xFF)) return (int)c;
    for (int byte = 0; byte < 32; byte++)
        if (CP1252[byte] == c) return 0x80 + byte;
    return -1;
}

static bool unread_once(const char *text, size_t length, struct buf *out) {
    buf_clear(out);
    bool high = false;
    for (const char *at = text, *end = text + length; at < end;) {
        uint32_t c = utf8_next(&at, end);
        int byte = cp1252_byte(c);
        if (byte < 0) return false;
        high |= byte >= 0x80;
        buf_add_char(out, (char)byte);
        if (c == 0xC3 && at < end && *at == ' ') { /* "Ã" + NBSP, whose NBSP became a space: "à" */
            buf_add_char(out, (char)0xA0);
            at++;
        }
    }
    return high && utf8_valid(buf_text(out), out->length);
}

bool charset_repair_mojibake(const char *text, size_t length, struct buf *out) {
    if (text_ascii(text, length) || !unread_once(text, length, out)) return false;
    AUTO_BUF twice = BUF_INIT(SIZE_MAX / 2);
    if (!text_ascii(out->bytes, out->length) && unread_once(out->bytes, out->length, &twice)) {
        buf_clear(out);
        buf_add(out, buf_text(&twice), twice.length);
    }
    return true;
}
