/* Replies as servers send them, and as they should not. */
#include "mailer/send/smtp_reply.h"

#include <stdlib.h>

#include "base/text.h"
#include "tests/tap.h"

#define BYTES(literal) (literal), sizeof(literal) - 1

static const struct {
    const char *label, *bytes;
    size_t length;
    enum smtp_reply_status status;
    int code;
    const char *enhanced, *text;
    size_t used;
} CASES[] = {
    {"one line", BYTES("250 ok\r\n"), SMTP_REPLY_DONE, 250, "", "ok", 8},
    {"enhanced code taken off", BYTES("250 2.1.0 Ok\r\n"), SMTP_REPLY_DONE, 250, "2.1.0", "Ok", 14},
    {"long enhanced code", BYTES("550 5.712.199 no\r\n"), SMTP_REPLY_DONE, 550, "5.712.199", "no", 18},
    {"5.1.10", BYTES("556 5.1.10 null MX\r\n"), SMTP_REPLY_DONE, 556, "5.1.10", "null MX", 20},
    {"code alone", BYTES("250\r\n"), SMTP_REPLY_DONE, 250, "", "", 5},
    {"code and space", BYTES("250 \r\n"), SMTP_REPLY_DONE, 250, "", "", 6},
    {"enhanced alone", BYTES("250 2.0.0\r\n"), SMTP_REPLY_DONE, 250, "2.0.0", "", 11},
    {"bare LF", BYTES("250 ok\n"), SMTP_REPLY_DONE, 250, "", "ok", 7},
    {"lines joined", BYTES("550-5.1.1 The account\r\n550-5.1.1 does not exist\r\n550 5.1.1 x1 - gsmtp\r\n"), SMTP_REPLY_DONE, 550,
     "5.1.1", "The account does not exist x1 - gsmtp", 71},
    {"another enhanced code further down stays to be seen", BYTES("550-5.1.1 no\r\n550 5.7.1 blocked\r\n"), SMTP_REPLY_DONE, 550, "5.1.1",
     "no 5.7.1 blocked", 33},
    {"enhanced code in the first line only", BYTES("452-4.2.2 full\r\n452 come back\r\n"), SMTP_REPLY_DONE, 452, "4.2.2",
     "full come back", 31},
    {"empty middle line", BYTES("250-a\r\n250-\r\n250 b\r\n"), SMTP_REPLY_DONE, 250, "", "a b", 20},
    {"only the first of two", BYTES("250 one\r\n250 two\r\n"), SMTP_REPLY_DONE, 250, "", "one", 9},
    {"354", BYTES("354 go\r\n"), SMTP_REPLY_DONE, 354, "", "go", 8},
    {"looks like an enhanced code, is none", BYTES("550 5.1 no\r\n"), SMTP_REPLY_DONE, 550, "", "5.1 no", 12},
    {"an address, no enhanced code", BYTES("550 5.1.1.1 no\r\n"), SMTP_REPLY_DONE, 550, "", "5.1.1.1 no", 16},
    {"class 3 is none", BYTES("550 3.1.1 no\r\n"), SMTP_REPLY_DONE, 550, "", "3.1.1 no", 14},
    {"four digits are none", BYTES("550 5.1.1234 no\r\n"), SMTP_REPLY_DONE, 550, "", "5.1.1234 no", 17},
    {"UTF-8 kept", BYTES("550 bo\303\256te inconnue\r\n"), SMTP_REPLY_DONE, 550, "", "bo\303\256te inconnue", 21},
    {"Latin-1 replaced", BYTES("550 bo\356te\r\n"), SMTP_REPLY_DONE, 550, "", "bo\357\277\275te", 11},
    {"NUL, controls and escapes are spaces", BYTES("550 a\0b\033[31mc\177\r\n"), SMTP_REPLY_DONE, 550, "", "a b [31mc ", 16},
    {"bare CR inside is a space", BYTES("550 a\rb\r\n"), SMTP_REPLY_DONE, 550, "", "a b", 9},
    {"nothing yet", BYTES(""), SMTP_REPLY_MORE, 0, "", "", 0},
    {"half a code", BYTES("25"), SMTP_REPLY_MORE, 0, "", "", 0},
    {"no line end yet", BYTES("250 ok"), SMTP_REPLY_MORE, 0, "", "", 0},
    {"more lines to come", BYTES("250-ok\r\n"), SMTP_REPLY_MORE, 0, "", "", 0},
    {"two codes", BYTES("250-ok\r\n550 no\r\n"), SMTP_REPLY_NONSENSE, 0, "", "", 0},
    {"no code", BYTES("hello\r\n"), SMTP_REPLY_NONSENSE, 0, "", "", 0},
    {"1yz", BYTES("150 ok\r\n"), SMTP_REPLY_NONSENSE, 0, "", "", 0},
    {"6yz", BYTES("650 ok\r\n"), SMTP_REPLY_NONSENSE, 0, "", "", 0},
    {"code runs on", BYTES("2500 ok\r\n"), SMTP_REPLY_NONSENSE, 0, "", "", 0},
    {"short", BYTES("25\r\n"), SMTP_REPLY_NONSENSE, 0, "", "", 0},
    {"empty line", BYTES("\r\n"), SMTP_REPLY_NONSENSE, 0, "", "", 0},
    {"HTTP", BYTES("HTTP/1.1 400 Bad Request\r\n"), SMTP_REPLY_NONSENSE, 0, "", "", 0},
};

static void check_table(void) {
    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct smtp_reply reply = {.code = 0};
        size_t used = 0;
        CHECK_INT(CASES[i].label, smtp_reply_parse(CASES[i].bytes, CASES[i].length, &reply, &used), CASES[i].status);
        if (CASES[i].status != SMTP_REPLY_DONE) continue;
        CHECK_INT(CASES[i].label, reply.code, CASES[i].code);
        CHECK_TEXT(CASES[i].label, reply.enhanced, CASES[i].enhanced);
        CHECK_TEXT(CASES[i].label, reply.text, CASES[i].text);
        CHECK_INT(CASES[i].label, used, CASES[i].used);
    }
}

/* However the bytes are cut, a scan that keeps its place comes to the same end. */
static void check_dripping(void) {
    bool same = true;
    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct smtp_reply_scan scan = {0};
        enum smtp_reply_status status = SMTP_REPLY_MORE;
        for (size_t length = 1; length <= CASES[i].length && status == SMTP_REPLY_MORE; length++)
            status = smtp_reply_scan(&scan, CASES[i].bytes, length);
        same = same && status == CASES[i].status && (status != SMTP_REPLY_DONE || scan.at == CASES[i].used);
    }
    CHECK("byte by byte equals whole, every case", same);
}

static enum smtp_reply_status parse_lines(size_t lines, size_t width, struct smtp_reply *reply) {
    AUTO_BUF bytes = BUF_INIT(1 << 20);
    size_t used;
    for (size_t i = 0; i < lines; i++) {
        buf_add_text(&bytes, i + 1 < lines ? "250-" : "250 ");
        for (size_t k = 0; k < width; k++) buf_add_char(&bytes, 'x');
        buf_add_text(&bytes, "\r\n");
    }
    return smtp_reply_parse(bytes.bytes, bytes.length, reply, &used);
}

static void check_limits(void) {
    struct smtp_reply reply;
    CHECK_INT("60 kB in 600 lines", parse_lines(600, 94, &reply), SMTP_REPLY_DONE);
    CHECK_INT("text is cut", strlen(reply.text), SMTP_REPLY_TEXT - 1);
    CHECK_INT("70 kB is too much", parse_lines(700, 94, &reply), SMTP_REPLY_NONSENSE);
    CHECK_INT("64 KiB in one line", parse_lines(1, SMTP_REPLY_BYTES - 6, &reply), SMTP_REPLY_DONE);
    CHECK_INT("its text is cut", strlen(reply.text), SMTP_REPLY_TEXT - 1);
    CHECK_INT("one byte more", parse_lines(1, SMTP_REPLY_BYTES - 5, &reply), SMTP_REPLY_NONSENSE);
    AUTO_BUF bytes = BUF_INIT(1 << 20);
    size_t used;
    for (int i = 0; i < SMTP_REPLY_BYTES; i++) buf_add_char(&bytes, '2');
    CHECK_INT("64 KiB without a line end", smtp_reply_parse(bytes.bytes, bytes.length, &reply, &used), SMTP_REPLY_NONSENSE);
    buf_clear(&bytes);
    buf_add_text(&bytes, "550 ");
    for (int i = 0; i < 600; i++) buf_add_text(&bytes, "é");
    buf_add_text(&bytes, "\r\n");
    CHECK_INT("600 accents", smtp_reply_parse(bytes.bytes, bytes.length, &reply, &used), SMTP_REPLY_DONE);
    CHECK("cut between characters", strlen(reply.text) == 998 && utf8_valid(reply.text, strlen(reply.text)));
}

int main(void) {
    check_table();
    check_dripping();
    check_limits();
    return tap_end();
}
