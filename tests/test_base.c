/* Buffers, text and digests: their invariants and known answers. */
#include <stdlib.h>

#include "base/hash.h"
#include "base/odd_bytes.h"
#include "base/text.h"
#include "tests/tap.h"

static const struct { const char *text, *want; } NORMAL[] = {
    {"Saint-Étienne", "saint etienne"}, {"  L'Haÿ-les-Roses ", "l hay les roses"}, {"ST CYR", "saint cyr"},
    {"Ste-Foy", "sainte foy"}, {"Bœuf", "boeuf"}, {"ÆGIR", "aegir"}, {"É́", "e"}, {"Adresse e-mail (1)", "adresse e mail 1"},
    {"", ""}, {"—", ""}, {"Est", "est"}, {"N°", "n"}};

static void check_buf(void) {
    struct buf buf = BUF_INIT(10);
    buf_add_text(&buf, "0123456789");
    CHECK("full is not over", !buf.overflow && buf.length == 10);
    buf_add_char(&buf, 'x');
    CHECK("over the ceiling", buf.overflow && buf.length == 10 && buf.bytes[10] == '\0');
    buf_drop(&buf, 4);
    CHECK_TEXT("dropped from the front", buf_text(&buf), "456789");
    buf_cut(&buf, 2);
    CHECK_TEXT("cut", buf_text(&buf), "45");
    buf_clear(&buf);
    buf_add_format(&buf, "%d", 42);
    CHECK_TEXT("formatted", buf_text(&buf), "42");
    buf_release(&buf);
    CHECK_TEXT("empty text", buf_text(&buf), "");
}

static void check_hash(void) {
    char hex[SHA256_HEX], coded[40];
    uint8_t digest[SHA256_BYTES], back[20];
    sha256_hex("abc", 3, hex);
    CHECK_TEXT("SHA-256 of abc (FIPS 180-4)", hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    struct sha256_stream *stream = sha256_begin();
    sha256_add(stream, "a", 1);
    sha256_add(stream, "bc", 2);
    sha256_end(stream, hex);
    CHECK_TEXT("in pieces", hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    hmac_sha256("Jefe", 4, "what do ya want for nothing?", 28, digest);
    CHECK("HMAC (RFC 4231 case 2)", digest[0] == 0x5b && digest[1] == 0xdc && digest[31] == 0x43);
    base32_encode("foobar", 6, coded);
    CHECK_TEXT("base32 (RFC 4648)", coded, "mzxw6ytboi");
    CHECK("and back", base32_decode("MZXW6ytboi", 10, back, sizeof back) == 6 && !memcmp(back, "foobar", 6));
    CHECK_INT("not base32", base32_decode("mzx1", 4, back, sizeof back), -1);
    CHECK_INT("too long for its place", base32_decode("mzxw6ytboi", 10, back, 3), -1);
}

/* Every byte at every place among eight and more. */
static void check_plain(void) {
    long wrong = 0;
    for (int byte = 1; byte < 256; byte++)
        for (size_t at = 0; at < 19; at++) {
            char text[20] = "abcdefghijklmnopqrs";
            text[at] = (char)byte;
            wrong += text_plain_length(text, 19) != (byte >= ' ' && byte < 0x7F ? 19 : at);
        }
    CHECK_INT("printable ASCII, wrongly told", wrong, 0);
}

/* Every byte at every place of texts that end within, at and beyond a block; and all of them at once. */
static void check_odd(void) {
    static const size_t LENGTHS[] = {0, 1, 15, 16, 63, 64, 65, 127, 128, 150};
    long wrong = 0;
    for (size_t i = 0; i < COUNT(LENGTHS); i++)
        for (size_t at = 0; at < LENGTHS[i]; at++)
            for (int byte = 0; byte < 256; byte++) {
                char text[160];
                memset(text, 'a', sizeof text);
                text[at] = (char)byte;
                text[LENGTHS[i]] = '\n'; /* behind the end */
                struct odd_bytes walk = odd_bytes_of(text, LENGTHS[i]);
                const char *first = odd_next(&walk);
                wrong += first != (byte >= ' ' && byte < 0x7F ? NULL : text + at) || odd_next(&walk);
            }
    char all[150];
    memset(all, '\n', sizeof all);
    struct odd_bytes walk = odd_bytes_of(all, sizeof all);
    for (size_t i = 0; i < sizeof all; i++) wrong += odd_next(&walk) != all + i;
    for (size_t at = 0; at < sizeof all; at++) { /* a line's end at every place, cut by a block's end too; what follows it is told */
        memset(all, 'a', sizeof all);
        all[at] = '\r';
        if (at + 1 < sizeof all) all[at + 1] = '\n';
        if (at + 2 < sizeof all) all[at + 2] = '\n';
        struct odd_bytes lines = odd_bytes_of(all, sizeof all);
        const char *told = odd_next(&lines);
        wrong += told != all + at || odd_ends_line(&lines, told) != (at + 1 < sizeof all);
        told = odd_next(&lines);
        wrong += told != (at + 2 < sizeof all ? all + at + 2 : NULL) || (told && odd_ends_line(&lines, told));
    }
    CHECK_INT("bytes that are not printable ASCII, wrongly told", wrong + (odd_next(&walk) != NULL), 0);
}

int main(void) {
    check_plain();
    check_odd();
    for (size_t i = 0; i < COUNT(NORMAL); i++) {
        AUTO_BUF out = BUF_INIT(1000);
        text_normalise(&out, NORMAL[i].text, strlen(NORMAL[i].text));
        CHECK_TEXT(NORMAL[i].text, buf_text(&out), NORMAL[i].want);
    }
    AUTO_BUF out = BUF_INIT(1000);
    text_lower(&out, "Crème É", strlen("Crème É"));
    CHECK_TEXT("lower case", buf_text(&out), "crème é");
    buf_clear(&out);
    utf8_repair(&out, "a\xff\xc3", 3);
    CHECK_TEXT("repaired", buf_text(&out), "a\xEF\xBF\xBD\xEF\xBF\xBD");
    buf_clear(&out);
    text_printable(&out, "a\x1b[31m\nb\xE2\x80\xAE", 11);
    CHECK_TEXT("nothing a terminal obeys", buf_text(&out), "a [31m b ");
    CHECK_INT("columns of é", (intmax_t)text_columns("é"), 1);
    CHECK("surrogates are not UTF-8", !utf8_valid("\xED\xA0\x80", 3));
    CHECK("overlong is not UTF-8", !utf8_valid("\xC0\xAF", 2));
    CHECK("found", text_find_nocase("Return-PATH", "path") != NULL && !text_find_nocase("abc", "x"));
    check_buf();
    check_hash();
    return tap_end();
}
