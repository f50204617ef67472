/* Hostile mail: deterministic mutations of our samples and of tests/corpus/inbox/, and bombs, through the
 * reading child. Whatever comes, inbound_read answers, in time, and this process lives on. Under sanitisers a
 * finding kills the child, which shows as a message unread.
 * FUZZ_MUTANTS=1000 FUZZ_FOLDER=../shared/bounces/eml build/tests/test_fuzz_inbox: the long form over another folder, in this process alone. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "mailer/inbox/guard.h"
#include "mailer/inbox/message_kind.h"
#include "tests/inbox_samples.h"
#include "tests/tap.h"

#if defined(__SANITIZE_ADDRESS__)
enum { MUTANTS = 20, ALL_MS = 12000, ONE_MS = 8000 }; /* instrumented code is several times slower */
#else
enum { MUTANTS = 20, ALL_MS = 12000, ONE_MS = 2000 };
#endif
static uint64_t state = 0x9E3779B97F4A7C15u;
static uint32_t next_random(void) { /* xorshift64*: the same every time */
    state ^= state >> 12, state ^= state << 25, state ^= state >> 27;
    return (uint32_t)(state * 0x2545F4914F6CDD1Du >> 32);
}

static const char *const PIECES[] = {"boundary=\"\\\"\"",
                                     "((((((((((((((((((((((((((((((((((",
                                     "=?utf-8?B?",
                                     "=?x?Q?=41=",
                                     "--b1",
                                     "--b1--",
                                     "\n\n",
                                     "\r",
                                     "Content-Type: message/rfc822\n\n",
                                     "Content-Transfer-Encoding: quoted-printable\n",
                                     "=",
                                     "=4",
                                     "\xFF\xFE",
                                     "charset=utf-7",
                                     "charset=iso-2022-jp",
                                     "\x1B$B",
                                     "<",
                                     ">",
                                     "@",
                                     "a@b.c",
                                     ";",
                                     "Final-Recipient: rfc822;",
                                     "boundary*0*=utf-8''%22",
                                     "\"\\",
                                     "5.1.1",
                                     "550 "};

static void mutate(struct buf *message) {
    for (uint32_t n = 1 + next_random() % 6; n && message->length; n--) {
        uint32_t at = next_random() % (uint32_t)message->length;
        const char *piece = PIECES[next_random() % COUNT(PIECES)];
        size_t length = strlen(piece), room = message->length - at;
        switch (next_random() % 4) {
        case 0:
            message->bytes[at] = (char)next_random();
            break;
        case 1:
            memcpy(message->bytes + at, piece, length < room ? length : room);
            break;
        case 2:
            buf_cut(message, at + 1);
            break;
        default:
            memmove(message->bytes + at, message->bytes + at / 2, room < at - at / 2 ? room : at - at / 2);
        }
    }
}

static int64_t unread, read_count, slowest_ms;
static void read_one(const char *bytes, size_t length) {
    struct inbound_facts facts;
    struct err err = {0};
    int64_t before_ms = monotonic_ms();
    if (!inbound_read(bytes, length, &facts, &err)) {
        CHECK("inbound_read answers", false);
        return;
    }
    slowest_ms = max_i64(slowest_ms, monotonic_ms() - before_ms);
    unread += facts.kind == INBOUND_UNREAD;
    read_count++;
    inbound_facts_release(&facts);
}

/* In this process, without a child: faster, and a sanitiser stops right here. */
static void read_here(const char *bytes, size_t length) {
    AUTO_BUF copy = BUF_INIT(GUARD_CEILING);
    AUTO_MEM struct mime *mime = mem_new(1, sizeof *mime);
    struct charsets charsets = {.count = 0};
    struct inbound_facts facts;
    int64_t before_ms = monotonic_ms();
    guard_copy(bytes, length, &copy);
    charsets_prepare(&charsets, buf_text(&copy), copy.length);
    mime_parse(mime, &charsets, buf_text(&copy), copy.length);
    message_kind(mime, &charsets, &facts);
    slowest_ms = max_i64(slowest_ms, monotonic_ms() - before_ms);
    read_count++;
    inbound_facts_release(&facts);
    mime_release(mime);
    charsets_release(&charsets);
}

static void fuzz(const char *seed, size_t length, int mutants, int64_t until_ms) {
    for (int i = 0; i < mutants && monotonic_ms() < until_ms; i++) {
        AUTO_BUF mutant = BUF_INIT(4 << 20);
        buf_add(&mutant, seed, length);
        mutate(&mutant);
        if (i % 10 || mutants > MUTANTS)
            read_here(buf_text(&mutant), mutant.length);
        else
            read_one(buf_text(&mutant), mutant.length);
    }
}

/* -- bombs
 * -------------------------------------------------------------------------------------------------------- */
static void bomb(const char *label, const char *head, const char *piece, size_t times, const char *tail) {
    AUTO_BUF message = BUF_INIT(8 << 20);
    int64_t before_ms = monotonic_ms();
    buf_add_text(&message, head);
    for (size_t i = 0; i < times; i++) buf_add_text(&message, piece);
    buf_add_text(&message, tail);
    read_one(buf_text(&message), message.length);
    int64_t took_ms = monotonic_ms() - before_ms;
    if (!CHECK(label, took_ms <= ONE_MS)) printf("# %" PRId64 " ms\n", took_ms);
}

static void bombs(void) {
    int64_t unread_before = unread;
    bomb("a boundary that ends in a backslash",
         "Content-Type: multipart/mixed; boundary=\"\\\"\"\n\n--\"\n\nx\n", "", 0, "");
    CHECK_INT("  is read, not survived", unread, unread_before);
    bomb("200,000 comments", "Subject: x\nContent-Type: text/plain ", "(", 200000, "\n\nx\n");
    CHECK_INT("  are read, not survived", unread, unread_before);
    bomb("20,000 nested messages", "Subject: x\n", "Content-Type: message/rfc822\n\n", 20000, "x\n");
    bomb("5,000 nested multiparts", "Subject: x\n", "Content-Type: multipart/mixed; boundary=a\n\n--a\n",
         5000, "x\n");
    bomb("100,000 parts", "Content-Type: multipart/mixed; boundary=a\n\n", "--a\n\nx\n", 100000, "--a--\n");
    bomb("200,000 header fields", "", "X: y\n", 200000, "\nx\n");
    bomb("a header of one megabyte", "Subject: ", "abcdefgh\n ", 100000, "\n\nx\n");
    bomb("a line of one megabyte", "Subject: x\n\n", "abcdefghij", 100000, "\n");
    bomb("100,000 encoded words", "Subject: ", "=?utf-8?B?w6k=?= ", 60000, "\n\nx\n");
    bomb("100,000 addresses",
         "Return-Path: <>\nFrom: MAILER-DAEMON@x.test\nSubject: Undelivered mail\n\nUnable to deliver:\n",
         "<a@b.test>:\n", 80000, "\n");
    bomb("100,000 different recipients in a report",
         "Return-Path: <>\nContent-Type: message/delivery-status\n\n",
         "Final-Recipient: rfc822; a@b.test\nAction: failed\nStatus: 5.1.1\n\n", 15000, "\n");
    bomb("base64 that never ends", "Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\n",
         "QUFB\n", 200000, "");
    bomb("quoted-printable cut short",
         "Content-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n\n", "=\n", 200000, "=4");
    bomb("HTML of open tags", "Content-Type: text/html\n\n", "<blockquote><a ", 60000, "");
    bomb("quotations of quotations", "Subject: Re\n\n", ">>>>>>>>>>>>> Le 1 x a écrit :\n", 30000, "");
    bomb("lines of nothing but a mark", "Subject: x\n\n", ">\n", 300000, "");
    bomb("lone CRs", "Subject: x\r\r", "\r", 500000, "");
    bomb("headers without end in the text", "Subject: x\n\n", "To: a\n b\n", 100000, "");
    bomb("expanded from", "Return-Path: <>\nFrom: MAILER-DAEMON@x.test\nSubject: Undelivered mail\n\nUnable to deliver:\n",
         "<a@b.test> (expanded from <c@d.test>)\n", 20000, "");
    bomb("messages within messages", "Subject: x\nContent-Type: multipart/mixed; boundary=a\n\n", "--a\nContent-Type: message/rfc822\n\nContent-Type: multipart/report; boundary=a; x=/delivery-status\n\n", 5000, "");
    bomb("NULs", "Subject: x\n\n", "\x01\x02\x7F", 300000, "");
}

/* Every file of a folder: as it is, then mutated. */
static size_t seeds(const char *name, int mutants, int64_t until_ms) {
    size_t files = 0;
    DIR *folder = opendir(name);
    for (const struct dirent *entry; folder && (entry = readdir(folder));) {
        AUTO_BUF message = BUF_INIT(4 << 20), path = BUF_INIT(1024);
        if (entry->d_name[0] == '.') continue;
        buf_add_format(&path, "%s/%s", name, entry->d_name);
        FILE *file = fopen(buf_text(&path), "re");
        if (!file) continue;
        buf_add_file(&message, file);
        fclose(file);
        files++;
        read_here(buf_text(&message), message.length);
        fuzz(buf_text(&message), message.length, mutants, until_ms);
    }
    if (folder) closedir(folder);
    return files;
}

int main(void) {
    int64_t until_ms = monotonic_ms() + ALL_MS;
    if (getenv("FUZZ_FOLDER")) {
        size_t files = seeds(getenv("FUZZ_FOLDER"), getenv("FUZZ_MUTANTS") ? atoi(getenv("FUZZ_MUTANTS")) : MUTANTS, INT64_MAX);
        printf("# %zu files, %" PRId64 " messages\n", files, read_count);
        CHECK("the folder was read", files > 0 && slowest_ms <= ONE_MS);
        return tap_end();
    }
    bombs();
    CHECK("the corpus of hostile messages is there", seeds("tests/corpus/inbox", MUTANTS, until_ms) >= 8);
    int64_t before = unread;
    for (size_t i = 0; i < COUNT(SAMPLES); i++)
        fuzz(SAMPLES[i].message, strlen(SAMPLES[i].message), MUTANTS, until_ms);
    CHECK("every form of returned mail, mutated", seeds("tests/corpus/returns", 3, monotonic_ms() + ALL_MS / 2) > 100);
    CHECK_INT("no mutation kills the reader", unread - before, 0);
    CHECK("none takes two seconds", slowest_ms <= ONE_MS);
    printf("# %" PRId64 " messages, %" PRId64 " unread, slowest %" PRId64 " ms\n", read_count, unread,
           slowest_ms);
    CHECK("some were read", read_count > 200);
    return tap_end();
}
