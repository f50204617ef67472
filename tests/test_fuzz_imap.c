/* What stands between an IMAP server and libetpan: the guard and the URL, in tables, and the guard under mutations. What must hold: the verdict does not depend on how the
 * bytes are cut into reads, no more than the limits pass, and a literal hides nothing. */
#include <stdlib.h>

#include "mailer/inbox/imap_guard.h"
#include "mailer/inbox/imap_url.h"
#include "tests/mutate.h"

enum { MOST = 5000, LITERAL = 100 };

static const char *verdict(const char *bytes, size_t length, size_t piece_bytes, struct imap_guard *guard) {
    const char *fault = "";
    *guard = (struct imap_guard){.most_bytes = 0};
    imap_guard_begin(guard, MOST, LITERAL);
    for (size_t i = 0; i < length && !*fault; i += piece_bytes) fault = imap_guard_take(guard, bytes + i, length - i < piece_bytes ? length - i : piece_bytes);
    return fault;
}

static bool holds(const char *bytes, size_t length) {
    struct imap_guard whole, cut;
    const char *at_once = verdict(bytes, length, length + 1, &whole), *bytewise = verdict(bytes, length, 1, &cut);
    MUST_HOLD("refused whole, refused in pieces", !*at_once == !*bytewise || length > MOST);
    MUST_HOLD("no more than was allowed", *at_once || length <= MOST);
    MUST_HOLD("the same state", *at_once || (whole.literal_left == cut.literal_left && whole.parentheses == cut.parentheses && whole.lines == cut.lines));
    MUST_HOLD("a literal is within its limit", *at_once || whole.literal_left <= LITERAL);
    return true;
}

static const struct fuzz_seed SEEDS[] = {SEED("* OK ready\r\n"), SEED("* CAPABILITY IMAP4rev1 IDLE\r\n1 OK done\r\n"), SEED("* 1 FETCH (UID 5 BODY[] {10}\r\n0123456789)\r\n2 OK x\r\n"),
                                         SEED("* LIST () \".\" {5}\r\nINBOX\r\n"), SEED("* OK text {50}\r\n* NO {9999999}\r\n"), SEED("+ idling\r\n* 5 EXISTS\r\n* 3 EXPUNGE\r\n")};
static const char *const PIECES[] = {"{", "}", "{100}\r\n", "{101}\r\n", "{0}\r\n", "{18446744073709551617}\r\n", "\r\n", "((((((((((", "* OK ", "* BYE ", "{5+}\r\n", "1 OK "};
static const struct fuzz FUZZ = {.name = "imap", .seeds = SEEDS, .seed_count = COUNT(SEEDS), .pieces = PIECES, .piece_count = COUNT(PIECES), .rounds = 5000, .holds = holds};

#ifdef FUZZER
FUZZ_MAIN(FUZZ)
#else
static const struct { const char *label, *head, *piece, *tail; int times; bool good; } ANSWERS[] = {
    {"an answer", "* 1 FETCH (UID 5)\r\n1 OK done\r\n", "", "", 0, true}, {"a literal", "* 1 FETCH (BODY[] {100}\r\n", "x", ")\r\n", 100, true},
    {"too large a one", "* 1 FETCH (BODY[] {101}\r\n", "", "", 0, false}, {"in words it is none", "* OK see {50}\r\n1 OK\r\n", "", "", 0, true},
    {"nor there may it be large", "* OK see {5000}\r\n", "", "", 0, false}, {"nor behind a tag", "1 NO {50}\r\n2 OK\r\n", "", "", 0, true},
    {"a number that would overflow", "* X {99999999999999999999999999}\r\n", "", "", 0, false}, {"a literal full of NULs", "* X {100}\r\n", "\x01", "\r\n", 100, true},
    {"parentheses", "* X ", "(", "\r\n", IMAP_LINE_PARENTHESES, true}, {"too many", "* X ", "(", "\r\n", IMAP_LINE_PARENTHESES + 1, false},
    {"they are forgotten at the end of the answer", "", "* X ((((((((((\r\n", "", 200, true}, {"but not behind a literal", "* X ", "(((((((((( {1}\r\nx", "\r\n", 51, false},
    {"more than was asked for", "", "* 1 EXISTS\r\n", "", 420, false}};

static const struct { const char *url, *host, *port, *folder; bool tls; } URLS[] = {
    {"imaps://imap.test", "imap.test", "993", "INBOX", true}, {"imap://imap.test/", "imap.test", "143", "INBOX", false}, {"imaps://imap.test:10993/INBOX", "imap.test", "10993", "INBOX", true},
    {"imaps://[::1]:993/a/b", "::1", "993", "a/b", true}, {"imap://127.0.0.1/Retours%20lus", "127.0.0.1", "143", "Retours lus", false},
    {"imaps://x.test/R\xC3\xA9ponses", "x.test", "993", "R&AOk-ponses", true}, {"imaps://x.test/R%C3%A9ponses", "x.test", "993", "R&AOk-ponses", true}, {"imaps://x.test/a&b", "x.test", "993", "a&-b", true},
    {"imaps://x.test/\xE2\x82\xAC\xC3\xA9", "x.test", "993", "&IKwA6Q-", true}, {"imaps://x.test/\xF0\x9F\x93\xAC", "x.test", "993", "&2D3c7A-", true}};
static const char *const NO_URLS[] = {"", "imap.test", "pop://x.test", "imaps://", "imaps:///INBOX", "imaps://a@x.test", "imaps://a:b@x.test/", "imaps://x.test:0", "imaps://x.test:70000", "imaps://x.test:",
                                      "imaps://x.test:99x", "imaps://x.test/a%0Db", "imaps://x.test/a%00", "imaps://x.test/%4", "imaps://x.test/%ff", "imaps://x.test/a?b", "imaps://x.test/a;UID=3", "imaps://x y",
                                      "imaps://[::1", "imaps://x.test/a\r\nb"};

static void tables(void) {
    for (size_t i = 0; i < COUNT(ANSWERS); i++) {
        AUTO_BUF bytes = BUF_INIT(1 << 17);
        struct imap_guard guard;
        buf_add_text(&bytes, ANSWERS[i].head);
        for (int k = 0; k < ANSWERS[i].times; k++) buf_add_text(&bytes, ANSWERS[i].piece);
        buf_add_text(&bytes, ANSWERS[i].tail);
        CHECK(ANSWERS[i].label, !*verdict(buf_text(&bytes), bytes.length, bytes.length, &guard) == ANSWERS[i].good);
    }
    for (size_t i = 0; i < COUNT(URLS); i++) {
        struct imap_url url;
        struct err err = {0};
        CHECK(URLS[i].url, imap_url_parse(URLS[i].url, &url, &err) && url.implicit_tls == URLS[i].tls);
        CHECK_TEXT("  host", url.host, URLS[i].host);
        CHECK_TEXT("  port", url.port, URLS[i].port);
        CHECK_TEXT("  folder", url.folder, URLS[i].folder);
    }
    for (size_t i = 0; i < COUNT(NO_URLS); i++) {
        struct imap_url url;
        struct err err = {0};
        CHECK(i ? "no URL of ours" : "an empty one", !imap_url_parse(NO_URLS[i], &url, &err) && err.kind == ERR_INPUT);
    }
}

int main(void) {
    struct imap_guard guard = {.most_bytes = 0};
    AUTO_BUF line = BUF_INIT(1 << 20);
    tables();
    for (size_t i = 0; i < IMAP_LINE_BYTES + 1; i++) buf_add_char(&line, 'x');
    imap_guard_begin(&guard, IMAP_REPLY_BYTES, 0);
    CHECK("a line without end", !*imap_guard_take(&guard, buf_text(&line), IMAP_LINE_BYTES) && *imap_guard_take(&guard, "x", 1));
    guard = (struct imap_guard){.most_bytes = 0};
    imap_guard_begin(&guard, IMAP_REPLY_BYTES, 0);
    const char *fault = "";
    int lines = 0;
    for (; !*fault; lines++) fault = imap_guard_take(&guard, "* 1 EXISTS\r\n", 12);
    CHECK_INT("lines without end", lines, IMAP_REPLY_LINES + 1);
    guard = (struct imap_guard){.most_bytes = 0};
    imap_guard_begin(&guard, MOST, LITERAL);
    CHECK("a NUL in a line", *imap_guard_take(&guard, "* \0\r\n", 5));
    return mutate_all(&FUZZ);
}
#endif
