/* The guard: what must not reach the MIME library does not. */
#include <stdlib.h>

#include "mailer/inbox/guard.h"
#include "tests/tap.h"

static const struct {
    const char *label, *in, *out;
} CASES[] = {
    {"CRLF becomes LF", "A: b\r\n\r\nc\r\n", "A: b\n\nc\n"},
    {"lone CR becomes LF", "A: b\r\rc\r", "A: b\n\nc\n"},
    {"LF stays", "A: b\n\nc\n", "A: b\n\nc\n"},
    {"mixed ends, one message", "A: b\r\nC: d\r\re\n", "A: b\nC: d\n\ne\n"},
    {"last line without an end gets one", "A: b", "A: b\n"},
    {"empty lines before the header go", "\r\n   \r\nA: b\r\n", "A: b\n"},
    {"an mbox line before the header goes", "From x@y.test Mon\nA: b\n", "A: b\n"},
    {"From: is no mbox line", "From: x\n", "From: x\n"},
    {"no backslash in a boundary", "Content-Type: multipart/mixed; boundary=\"\\\"\"\n",
     "Content-Type: multipart/mixed; boundary=\"_\"\"\n"},
    {"nor in one folded", "Content-Type: multipart/mixed;\n boundary=\"a\\\\b\"\n",
     "Content-Type: multipart/mixed;\n boundary=\"a__b\"\n"},
    {"nor behind a fold of it", "X: y; BOUNDARY*0=\"a\n \\\"\"\n", "X: y; BOUNDARY*0=\"a\n _\"\"\n"},
    {"a backslash elsewhere stays", "Subject: a\\b\n", "Subject: a\\b\n"},
    {"the next field is free again", "X: boundary=a\nY: \\\n", "X: boundary=a\nY: \\\n"},
    {"nothing", "", ""},
    {"only blank lines", "\n\n \n", ""},
};

static size_t count(const char *text, char c) {
    size_t n = 0;
    for (; *text; text++) n += *text == c;
    return n;
}

static char *repeated(const char *piece, size_t times) {
    struct buf all = BUF_INIT(8 << 20);
    for (size_t i = 0; i < times; i++) buf_add_text(&all, piece);
    return buf_take(&all);
}

static void check_many(const char *label, const char *piece, size_t times, char of, size_t most) {
    AUTO_TEXT in = repeated(piece, times);
    AUTO_BUF out = BUF_INIT(GUARD_CEILING);
    guard_copy(in, strlen(in), &out);
    size_t got = count(buf_text(&out), of);
    if (!CHECK(label, got <= most && got > 0)) printf("# %zu of %c\n", got, of);
}

static void check_padding(void) {
    AUTO_TEXT big = repeated("0123456789abcd\r\n", 3 * GUARD_BYTES / 16);
    memcpy(big, "A: b\r\n\r\n", 8);
    AUTO_BUF out = BUF_INIT(GUARD_CEILING);
    guard_copy(big, strlen(big), &out);
    CHECK("cut at the cap", out.length <= GUARD_BYTES && out.length > GUARD_BYTES * 14 / 16);
    bool zero = true;
    for (size_t i = 0; i < GUARD_PADDING; i++) zero &= out.bytes[out.length + i] == 0;
    CHECK("padding behind the end", zero && out.room >= out.length + GUARD_PADDING);
}

int main(void) {
    for (size_t i = 0; i < COUNT(CASES); i++) {
        AUTO_BUF out = BUF_INIT(GUARD_CEILING);
        guard_copy(CASES[i].in, strlen(CASES[i].in), &out);
        CHECK_TEXT(CASES[i].label, buf_text(&out), CASES[i].out);
    }
    AUTO_BUF nul = BUF_INIT(GUARD_CEILING);
    guard_copy("A: b\0c\n\n\0\n", 10, &nul);
    CHECK_TEXT("NUL becomes a space", buf_text(&nul), "A: b c\n\n \n");
    check_many("at most 32 comments a line", "(", 5000, '(', GUARD_COMMENTS);
    check_many("folding does not reset them", "(((\n ", 1000, '(', GUARD_COMMENTS);
    check_many("each field has its own 32", "A: (\n", 1000, '(', 1000);
    check_many("delimiters end the copy", "--x\n", 5000, 'x', GUARD_DELIMITERS);
    check_many("header lines are capped", "A: y\n", 9000, 'y', GUARD_HEADER_LINES);
    AUTO_TEXT boundaries = repeated("X: boundary=a\n", 500);
    AUTO_BUF out = BUF_INIT(GUARD_CEILING);
    guard_copy(boundaries, strlen(boundaries), &out);
    size_t left = 0;
    for (const char *at = buf_text(&out); (at = strstr(at, "boundary")); at++) left++;
    CHECK_INT("boundary parameters are capped", left, GUARD_BOUNDARIES);
    check_padding();
    return tap_end();
}
