/* Charsets of returned mail, decoded to UTF-8. */
#include "mailer/inbox/charset.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

/* windows-1252, 0x80 to 0x9F; 0 = not assigned. */
static const uint16_t WINDOWS_1252[32] = {0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
                                          0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0,      0x017D, 0,
                                          0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
                                          0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};
/* Where iso-8859-15 differs from iso-8859-1. */
static const struct {
    uint8_t byte;
    uint16_t code_point;
} ISO_8859_15[] = {{0xA4, 0x20AC}, {0xA6, 0x0160}, {0xA8, 0x0161}, {0xB4, 0x017D},
                   {0xB8, 0x017E}, {0xBC, 0x0152}, {0xBD, 0x0153}, {0xBE, 0x0178}};

enum table { TABLE_NONE, TABLE_UTF8, TABLE_1252, TABLE_LATIN9 };
static const struct {
    const char *name;
    enum table table;
} TABLES[] = {{"utf-8", TABLE_UTF8},
              {"utf8", TABLE_UTF8},
              {"us-ascii", TABLE_UTF8},
              {"ascii", TABLE_UTF8},
              {"unknown-8bit", TABLE_UTF8},
              {"x-unknown", TABLE_UTF8},
              {"default", TABLE_UTF8},
              {"ansi_x3.4-1968", TABLE_UTF8},
              {"iso-8859-1", TABLE_1252},
              {"iso8859-1", TABLE_1252},
              {"latin1", TABLE_1252},
              {"windows-1252", TABLE_1252},
              {"cp1252", TABLE_1252},
              {"x-ansi", TABLE_1252},
              {"iso-8859-15", TABLE_LATIN9},
              {"iso8859-15", TABLE_LATIN9},
              {"latin9", TABLE_LATIN9},
              {"latin-9", TABLE_LATIN9}};

/* Converters that may be opened: the name mail writes, the name the C library knows. */
static const struct {
    const char *name, *library;
} LIBRARY[] = {{"iso-8859-2", "ISO-8859-2"},
               {"iso-8859-3", "ISO-8859-3"},
               {"iso-8859-4", "ISO-8859-4"},
               {"iso-8859-5", "ISO-8859-5"},
               {"iso-8859-6", "ISO-8859-6"},
               {"iso-8859-7", "ISO-8859-7"},
               {"iso-8859-8", "ISO-8859-8"},
               {"iso-8859-8-i", "ISO-8859-8"},
               {"iso-8859-9", "ISO-8859-9"},
               {"iso-8859-13", "ISO-8859-13"},
               {"iso-8859-14", "ISO-8859-14"},
               {"windows-1250", "CP1250"},
               {"windows-1251", "CP1251"},
               {"cp1251", "CP1251"},
               {"windows-1253", "CP1253"},
               {"windows-1254", "CP1254"},
               {"windows-1255", "CP1255"},
               {"windows-1256", "CP1256"},
               {"windows-1257", "CP1257"},
               {"windows-1258", "CP1258"},
               {"koi8-r", "KOI8-R"},
               {"koi8-u", "KOI8-U"},
               {"iso-2022-jp", "ISO-2022-JP-2"},
               {"iso-2022-jp-2", "ISO-2022-JP-2"},
               {"shift_jis", "CP932"},
               {"shift-jis", "CP932"},
               {"x-sjis", "CP932"},
               {"cp932", "CP932"},
               {"windows-31j", "CP932"},
               {"euc-jp", "EUC-JP"},
               {"euc-kr", "CP949"},
               {"ks_c_5601-1987", "CP949"},
               {"iso-2022-kr", "ISO-2022-KR"},
               {"gb2312", "GB18030"},
               {"gbk", "GB18030"},
               {"gb18030", "GB18030"},
               {"big5", "BIG5-HKSCS"},
               {"tis-620", "TIS-620"},
               {"windows-874", "CP874"},
               {"macintosh", "MACINTOSH"},
               {"cp850", "CP850"},
               {"ibm850", "CP850"},
               {"utf-7", "UTF-7"},
               {"utf-16", "UTF-16"},
               {"utf-16le", "UTF-16LE"},
               {"utf-16be", "UTF-16BE"}};

_Static_assert(COUNT(LIBRARY) <= CHARSETS_OPEN, "a bit a row");

void charsets_open(struct charsets *charsets, uint64_t named) {
    for (size_t i = 0; i < COUNT(LIBRARY); i++) {
        if (!(named & ~charsets->tried & UINT64_C(1) << i)) continue;
        charsets->tried |= UINT64_C(1) << i;
        iconv_t converter = iconv_open("UTF-8", LIBRARY[i].library);
        if (converter == (iconv_t)-1) continue;
        strcpy(charsets->open[charsets->count].name, LIBRARY[i].name);
        charsets->open[charsets->count++].converter = converter;
    }
}

static bool name_char(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '_' || c == '.';
}

static uint64_t row_named(const char *name, size_t length) {
    for (size_t i = 0; i < COUNT(LIBRARY); i++)
        if (!strncasecmp(LIBRARY[i].name, name, length) && !LIBRARY[i].name[length]) return UINT64_C(1) << i;
    return 0;
}

uint64_t charsets_named(const char *bytes, size_t length) {
    static const char CHARSET[] = "charset";
    enum { BEFORE = sizeof CHARSET - 1 };
    uint64_t named = 0;
    const char *end = bytes + length, *at = bytes;
    while (at < end && (at = memchr(at, '=', (size_t)(end - at)))) {
        bool parameter = at - bytes >= BEFORE && !strncasecmp(at - BEFORE, CHARSET, BEFORE);
        at++;
        if (!parameter && (at == end || *at++ != '?')) continue;
        while (at < end && *at && strchr("\" \t\r\n", *at)) at++;
        const char *name = at;
        while (at < end && at - name < CHARSET_NAME && name_char(*at)) at++;
        if (at > name) named |= row_named(name, (size_t)(at - name));
    }
    return named;
}

void charsets_prepare(struct charsets *charsets, const char *bytes, size_t length) {
    charsets_open(charsets, charsets_named(bytes, length));
}

void charsets_release(struct charsets *charsets) {
    for (size_t i = 0; i < charsets->count; i++) iconv_close(charsets->open[i].converter);
    *charsets = (struct charsets){.count = 0};
}

static void add_code_point(struct buf *out, uint32_t c) {
    buf_add_utf8(out, c ? c : ' ');
}

/* How many bytes of ASCII, NUL not among them, it begins with. */
static size_t ascii_run(const char *bytes, size_t length) {
    size_t run = 0;
    while (run < length && bytes[run] > 0) run++;
    return run;
}

static uint32_t single_byte(enum table table, uint8_t byte) {
    if (byte >= 0x80 && byte < 0xA0) return table == TABLE_1252 && WINDOWS_1252[byte - 0x80] ? WINDOWS_1252[byte - 0x80] : 0xFFFD;
    for (size_t k = 0; table == TABLE_LATIN9 && k < COUNT(ISO_8859_15); k++)
        if (ISO_8859_15[k].byte == byte) return ISO_8859_15[k].code_point;
    return byte;
}

static void decode_single_bytes(enum table table, const char *bytes, size_t length, struct buf *out) {
    for (size_t i = 0, run; i < length; i += run + 1) {
        run = ascii_run(bytes + i, length - i);
        buf_add(out, bytes + i, run);
        if (i + run < length) add_code_point(out, single_byte(table, (uint8_t)bytes[i + run]));
    }
}

static void decode_utf8(const char *bytes, size_t length, struct buf *out) {
    if (utf8_valid(bytes, length) && (!length || !memchr(bytes, 0, length))) {
        buf_add(out, bytes, length);
        return;
    }
    for (const char *at = bytes, *end = bytes + length; at < end;) {
        size_t run = ascii_run(at, (size_t)(end - at));
        buf_add(out, at, run);
        at += run;
        if (at < end) add_code_point(out, *at ? utf8_next(&at, end) : (at++, ' '));
    }
}

static void decode_by_library(iconv_t converter, const char *bytes, size_t length, struct buf *out) {
    AUTO_BUF decoded = BUF_INIT(4u << 20);
    char piece[4096];
    char *in = (char *)(uintptr_t)bytes; /* iconv's prototype lacks the const it keeps */
    iconv(converter, NULL, NULL, NULL, NULL);
    while (length && !decoded.overflow) {
        char *to = piece;
        size_t room = sizeof piece;
        size_t done = iconv(converter, &in, &length, &to, &room);
        buf_add(&decoded, piece, sizeof piece - room);
        if (done != (size_t)-1 || errno == E2BIG) continue;
        if (!length) break;
        buf_add_utf8(&decoded, 0xFFFD);
        in++;
        length--;
    }
    decode_utf8(buf_text(&decoded), decoded.length, out);
}

void charsets_decode(const struct charsets *charsets, const char *name, const char *bytes, size_t length,
                     struct buf *out) {
    enum table table = name && *name ? TABLE_NONE : TABLE_UTF8;
    for (size_t i = 0; i < COUNT(TABLES) && !table; i++)
        if (text_equal_nocase(TABLES[i].name, name)) table = TABLES[i].table;
    for (size_t i = 0; i < charsets->count && !table; i++)
        if (text_equal_nocase(charsets->open[i].name, name)) {
            decode_by_library(charsets->open[i].converter, bytes, length, out);
            return;
        }
    /* Mail that says latin-1, nothing or nonsense is UTF-8 as often as not, and UTF-8 proves itself. */
    if (utf8_valid(bytes, length))
        decode_utf8(bytes, length, out);
    else if (table == TABLE_LATIN9)
        decode_single_bytes(table, bytes, length, out);
    else if (table == TABLE_UTF8 && name && !strncasecmp(name, "utf", 3))
        decode_utf8(bytes, length, out);
    else
        decode_single_bytes(TABLE_1252, bytes, length, out);
}
