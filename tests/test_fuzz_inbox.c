/* Hostile mail: bombs, and deterministic mutations of every message there is, through the guard, the MIME library and the judge.
 * Whatever comes, a message is read in 2 s and 64 MB, and no process of ours dies of it.
 *
 * In make test: bombs, each in a child of its own with its real limits; a few mutations of our samples and of tests/corpus/.
 * MUTATIONS=1000: so many mutations of each message of tests/corpus/inbox, tests/corpus/returns and ../shared/bounces/eml, half an hour
 * and more; tests/soak.sh runs that under sanitisers, where each is read in a process without doors, and again with them. What is
 * found is written to build/hostile/, the run goes on with the next message. */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "mailer/inbox/facts.h"
#include "mailer/inbox/guard.h"
#include "mailer/inbox/message_kind.h"
#include "tests/inbox_samples.h"
#include "tests/tap.h"

#if defined(__SANITIZE_ADDRESS__)
enum { INSTRUMENTED = 1, ONE_MS = 30000 }; /* several times slower */
void __sanitizer_set_death_callback(void (*callback)(void));
#else
enum { INSTRUMENTED = 0, ONE_MS = 2000 };
#endif
enum { MUTATIONS_SHORT = 20, SHORT_MS = 8000, MESSAGE_BYTES = 8 << 20 };

/* -- reading one, here or in a child ---------------------------------------------------------------------------------------- */
static int64_t unread, read_count, slowest_ms;

static int64_t own_cpu_ms(void) {
    struct timespec now;
    return clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now) ? 0 : now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void read_in_child(const char *bytes, size_t length) {
    struct inbound_facts facts;
    struct err err = {0};
    int64_t before_ms = monotonic_ms();
    if (!inbound_read(bytes, length, &facts, &err)) {
        CHECK(err.text, false);
        return;
    }
    slowest_ms = max_i64(slowest_ms, monotonic_ms() - before_ms);
    unread += facts.kind == INBOUND_UNREAD;
    read_count++;
    inbound_facts_release(&facts);
}

/* What the child does, in this process: a sanitiser stops right here. The facts must survive their way out of a child. */
static bool read_here(const char *bytes, size_t length, struct buf *told) {
    AUTO_BUF copy = BUF_INIT(GUARD_CEILING);
    AUTO_BUF again = BUF_INIT(FACTS_BYTES);
    AUTO_MEM struct mime *mime = mem_new(1, sizeof *mime);
    struct charsets charsets = {.count = 0};
    struct inbound_facts facts, back;
    int64_t before_ms = own_cpu_ms();
    guard_copy(bytes, length, &copy);
    charsets_prepare(&charsets, bytes, length < GUARD_BYTES ? length : GUARD_BYTES);
    if (!mime_ready(&(struct err){0})) abort();
    mime_parse(mime, &charsets, buf_text(&copy), copy.length);
    message_kind(mime, &charsets, &facts);
    facts_write(&facts, told);
    inbound_facts_release(&facts);
    mime_release(mime);
    charsets_release(&charsets);
    slowest_ms = max_i64(slowest_ms, own_cpu_ms() - before_ms);
    read_count++;
    if (told->overflow || !facts_read(buf_text(told), told->length, &back)) return false;
    facts_write(&back, &again);
    inbound_facts_release(&back);
    return again.length == told->length && !memcmp(buf_text(&again), buf_text(told), told->length);
}

/* -- mutations ------------------------------------------------------------------------------------------------------------- */
static uint64_t state;
static uint32_t next_random(void) { /* xorshift64*: the same every time */
    state ^= state >> 12, state ^= state << 25, state ^= state >> 27;
    return (uint32_t)(state * 0x2545F4914F6CDD1Du >> 32);
}
/* A message's mutations depend on its name and on nothing else. */
static void begin_random(const char *name) {
    state = 0x9E3779B97F4A7C15u;
    for (; *name; name++) state = (state ^ (unsigned char)*name) * 0x100000001B3u;
}

static const char *const PIECES[] = {
    "boundary=\"\\\"\"", "((((((((((((((((((((((((((((((((((", "=?utf-8?B?", "=?x?Q?=41=", "=?iso-2022-jp?B?GyRC?=", "--b1", "--b1--",
    "\n\n", "\r", "\r\n \r\n", "Content-Type: message/rfc822\n\n", "Content-Type: multipart/mixed; boundary=b1\n\n--b1\n",
    "Content-Type: multipart/report; report-type=delivery-status; boundary=b1\n", "Content-Type: message/delivery-status\n\n",
    "Content-Type: text/html\n", "Content-Transfer-Encoding: quoted-printable\n", "Content-Transfer-Encoding: base64\n",
    "Content-Transfer-Encoding: uuencode\n", "=", "=4", "\xFF\xFE", "\xC3", "\xF0\x9F", "charset=utf-7", "charset=iso-2022-jp",
    "charset=gb18030", "charset=utf-16", "\x1B$B", "+AGEA-", "<", ">", "<>", "@", "a@b.c", "\"@\"@b", ";", ":", "::", ",",
    "Final-Recipient: rfc822;", "Original-Recipient: utf-8; ", "Action: failed\n", "Action: delayed\n", "Status: 5.1.1\n", "Status: 4.2.2",
    "Diagnostic-Code: smtp; 550 ", "Auto-Submitted: auto-replied\n", "X-Failed-Recipients: ", "boundary*0*=utf-8''%22", "boundary*1=x",
    "name*99999999999999999999=", "\"\\", "\\", "5.1.1", "550 ", "550-", "<a@b>: ", "&lt;", "&#x110000;", "<!--", "<blockquote>",
    "{\"notificationType\":\"Bounce\",", "\"emailAddress\":", "[[[[[[[[", "Le 1 janv. a \xC3\xA9""crit :", "-----Original Message-----",
    "Message-ID: <", "In-Reply-To: ", "Subject: ", "begin 644 a\n", "From ", "\t", " ", "STOP", "du 32/13/2026 au 99/99/9999"};

/* One to six changes: a byte, a word of the trade over or between what is there, a piece cut, doubled, moved, everything behind dropped. */
static void mutate(struct buf *message) {
    for (uint32_t n = 1 + next_random() % 6; n && message->length; n--) {
        size_t at = next_random() % message->length, room = message->length - at, other = next_random() % message->length;
        const char *piece = PIECES[next_random() % COUNT(PIECES)];
        size_t length = strlen(piece), some = next_random() % 200;
        AUTO_BUF tail = BUF_INIT(MESSAGE_BYTES);
        switch (next_random() % 8) {
        case 0:
            message->bytes[at] = (char)next_random();
            break;
        case 1:
            memcpy(message->bytes + at, piece, length < room ? length : room);
            break;
        case 2:
            if (next_random() % 4 == 0) buf_cut(message, at + 1);
            break;
        case 3:
            memmove(message->bytes + at, message->bytes + at / 2, room < at - at / 2 ? room : at - at / 2);
            break;
        case 4: /* cut out */
            buf_add(&tail, message->bytes + at + (some < room ? some : room), room - (some < room ? some : room));
            buf_cut(message, at);
            buf_add(message, buf_text(&tail), tail.length);
            break;
        case 5: /* doubled */
            buf_add(&tail, message->bytes + at, room);
            buf_add(message, buf_text(&tail), some < tail.length ? some : tail.length);
            break;
        case 6: /* moved */
            some = some < room ? some : room;
            if (some > message->length - other) some = message->length - other;
            memmove(message->bytes + at, message->bytes + other, some);
            break;
        default:
            buf_add(&tail, message->bytes + at, room);
            buf_cut(message, at);
            buf_add_text(message, piece);
            buf_add(message, buf_text(&tail), tail.length);
        }
    }
}

/* -- what was found --------------------------------------------------------------------------------------------------------- */
static struct {
    const char *name, *bytes;
    size_t length;
    int64_t number;
} at_work;

static void keep(void) {
    char path[300];
    snprintf(path, sizeof path, "build/hostile/%s-%" PRId64 ".eml", at_work.name, at_work.number);
    mkdir("build", 0777), mkdir("build/hostile", 0777);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0 || write(fd, at_work.bytes, at_work.length) < 0 || close(fd)) return;
    fprintf(stderr, "# found: %s\n", path);
}
static void keep_and_die(int number) {
    keep();
    _exit(128 + number);
}

/* One mutant. False: found something, and kept it. */
static bool try_one(const struct buf *mutant) {
    AUTO_BUF told = BUF_INIT(FACTS_BYTES);
    int64_t before = unread, slowest = slowest_ms;
    bool good = true;
    slowest_ms = 0;
    alarm(60);
    if (INSTRUMENTED || at_work.number % 10)
        good = read_here(buf_text(mutant), mutant->length, &told);
    else
        read_in_child(buf_text(mutant), mutant->length);
    alarm(0);
    good = good && slowest_ms <= ONE_MS && unread == before;
    if (!good) printf("# %" PRId64 " ms, %s\n", slowest_ms, unread > before ? "unread" : told.overflow ? "overflow" : "facts"), keep();
    slowest_ms = max_i64(slowest_ms, slowest);
    return good;
}

static int64_t mutations(const char *name, const char *bytes, size_t length, int64_t count, int64_t until_ms) {
    int64_t found = 0;
    begin_random(name);
    for (int64_t i = 0; i < count && monotonic_ms() < until_ms; i++) {
        AUTO_BUF mutant = BUF_INIT(MESSAGE_BYTES);
        buf_add(&mutant, bytes, length);
        if (i) mutate(&mutant); /* the first one is as it came */
        AUTO_MEM char *exact = mem_copy(buf_text(&mutant), mutant.length + !mutant.length); /* no room behind: a read too far is seen */
        struct buf view = {.bytes = exact, .length = mutant.length};
        at_work.name = name, at_work.bytes = exact, at_work.length = mutant.length, at_work.number = i;
        found += !try_one(&view);
    }
    return found;
}

/* CR, LF, CRLF: one message, one answer. */
static bool same_with_any_line_end(const char *bytes, size_t length) {
    static const char *const ENDS[] = {"\n", "\r\n", "\r"};
    AUTO_BUF first = BUF_INIT(FACTS_BYTES);
    for (size_t i = 0; i < COUNT(ENDS); i++) {
        AUTO_BUF message = BUF_INIT(MESSAGE_BYTES);
        AUTO_BUF told = BUF_INIT(FACTS_BYTES);
        for (size_t k = 0; k < length; k++)
            if (bytes[k] == '\r' && k + 1 < length && bytes[k + 1] == '\n') continue;
            else if (bytes[k] == '\n' || bytes[k] == '\r') buf_add_text(&message, ENDS[i]);
            else buf_add_char(&message, bytes[k]);
        if (message.length >= GUARD_BYTES || !read_here(buf_text(&message), message.length, &told)) return message.length >= GUARD_BYTES;
        if (i && (first.length != told.length || memcmp(first.bytes, told.bytes, told.length))) return false;
        if (!i) buf_add(&first, buf_text(&told), told.length);
    }
    return true;
}

/* -- folders of messages ---------------------------------------------------------------------------------------------------- */
/* In a process of its own: what kills it is one finding, and the next message is taken. */
static int64_t long_form(const char *name, const char *bytes, size_t length, int64_t count) {
    int status = 0, ends[2];
    struct { int64_t found, read, slowest_ms; } told = {.found = 1};
    fflush(stdout);
    if (pipe(ends)) return 1;
    pid_t pid = fork();
    if (pid == 0) {
#if defined(__SANITIZE_ADDRESS__)
        __sanitizer_set_death_callback(keep);
#else
        static const int DEADLY[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL};
        for (size_t i = 0; i < COUNT(DEADLY); i++) signal(DEADLY[i], keep_and_die);
#endif
        signal(SIGALRM, keep_and_die);
        inbound_reader_close();
        struct err err;
        if (!INSTRUMENTED && !inbound_reader_open(INBOUND_SHOWN, &err)) _exit(1);
        read_count = slowest_ms = 0;
        told.found = mutations(name, bytes, length, count, INT64_MAX);
        told.read = read_count, told.slowest_ms = slowest_ms;
        fflush(stdout);
        inbound_reader_close();
        _exit(write(ends[1], &told, sizeof told) != sizeof told);
    }
    close(ends[1]);
    bool whole = pid > 0 && read(ends[0], &told, sizeof told) == sizeof told;
    close(ends[0]);
    if (pid > 0) waitpid(pid, &status, 0);
    if (!whole) printf("# %s: its process died (%d)\n", name, status);
    read_count += told.read;
    slowest_ms = max_i64(slowest_ms, told.slowest_ms);
    return told.found;
}

static int not_hidden(const struct dirent *entry) {
    return entry->d_name[0] != '.';
}

/* Every message of a folder; *found grows. Returns how many there are. */
static int folder(const char *path, int64_t count, bool longer, int64_t until_ms, int64_t *found, int64_t *differ) {
    struct dirent **names;
    int files = scandir(path, &names, not_hidden, alphasort), messages = 0;
    for (int i = 0; i < files; i++) {
        char file_path[512];
        AUTO_BUF message = BUF_INIT(MESSAGE_BYTES);
        snprintf(file_path, sizeof file_path, "%s/%s", path, names[i]->d_name);
        FILE *file = fopen(file_path, "re");
        struct stat info;
        if (file && !fstat(fileno(file), &info) && S_ISREG(info.st_mode) && buf_add_file(&message, file)) {
            messages++;
            bool same = same_with_any_line_end(buf_text(&message), message.length);
            if (!same) printf("# %s: the line ends make a difference\n", file_path);
            *differ += !same;
            *found += longer ? long_form(names[i]->d_name, buf_text(&message), message.length, count)
                             : mutations(names[i]->d_name, buf_text(&message), message.length, count, until_ms);
        }
        if (file) fclose(file);
        free(names[i]);
    }
    if (files >= 0) free(names);
    return messages;
}

/* -- bombs ------------------------------------------------------------------------------------------------------------------- */
/* head, then times a piece (each '#' in it is the number of the piece), then tail; cut at 4 MB. */
static void bomb(const char *label, const char *head, const char *piece, size_t times, const char *tail) {
    AUTO_BUF message = BUF_INIT(4 << 20);
    int64_t before_ms = monotonic_ms(), unread_before = unread;
    buf_add_text(&message, head);
    for (size_t i = 0; i < times && !message.overflow; i++)
        for (const char *c = piece; *c; c++)
            if (*c == '#') buf_add_format(&message, "%zu", i);
            else buf_add_char(&message, *c);
    buf_add_text(&message, tail);
    at_work.name = "bomb", at_work.bytes = message.bytes, at_work.length = message.length, at_work.number = tap_count;
    AUTO_BUF told = BUF_INIT(FACTS_BYTES); /* instrumented code has no part in the limits of a child */
    if (INSTRUMENTED) unread += !read_here(buf_text(&message), message.length, &told);
    else read_in_child(buf_text(&message), message.length);
    int64_t took_ms = monotonic_ms() - before_ms;
    if (!CHECK(label, took_ms <= ONE_MS && unread == unread_before)) printf("# %" PRId64 " ms, %s\n", took_ms, unread > unread_before ? "unread" : "read"), keep();
    else if (took_ms > ONE_MS / 10) printf("# %" PRId64 " ms: %s\n", took_ms, label);
}

#define TEXT(fields) "Subject: x\nContent-Type: text/plain" fields "\n\n"
#define REPORT_OF_DAEMON "Return-Path: <>\nFrom: MAILER-DAEMON@x.test\nSubject: Undelivered mail\n"
static const struct {
    const char *label, *head, *piece;
    size_t times;
    const char *tail;
} BOMBS[] = {
    /* the library's own holes */
    {"a boundary that ends in a backslash", "Content-Type: multipart/mixed; boundary=\"\\\"\"\n\n--\"\n\nx\n", "", 0, ""},
    {"the same in a part", "Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: multipart/mixed; boundary=\"\\\"\"\n\n--\"\n\nx\n--a--\n", "", 0, ""},
    {"the same in a returned message", "Content-Type: message/rfc822\n\nContent-Type: multipart/mixed;\n boundary=\"\\\"\"\n\n--\"\n\nx\n", "", 0, ""},
    {"a boundary of a backslash and nothing", "Content-Type: multipart/mixed; boundary=\\\n\n--\n\nx\n", "", 0, ""},
    {"a boundary in continuations that end so", "Content-Type: multipart/mixed; boundary*0=\"a\\\"; boundary*1=\"\\\"\n\n--a\n\nx\n", "", 0, ""},
    {"200,000 comments", "Subject: x\nContent-Type: text/plain ", "(", 200000, "\n\nx\n"},
    {"32 comments a line, everywhere", "Subject: x\n", "Content-Type: ((((((((((((((((((((((((((((((((\n", 20000, "\n\nx\n"},
    {"comments in a part's header", "Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: text/plain ", "((((((((\n ", 20000, "\n\nx\n--a--\n"},
    {"quoted-printable cut in the middle of a code", TEXT("\nContent-Transfer-Encoding: quoted-printable"), "", 0, "abc=4"},
    /* depth and parts */
    {"20,000 nested messages", "Subject: x\n", "Content-Type: message/rfc822\n\n", 20000, "x\n"},
    {"5,000 nested multiparts", "Subject: x\n", "Content-Type: multipart/mixed; boundary=a\n\n--a\n", 5000, "x\n"},
    {"nested multiparts of different boundaries", "Subject: x\n", "Content-Type: multipart/mixed; boundary=a#\n\n--a#\n", 8000, "x\n"},
    {"nested reports", "Subject: x\n", "Content-Type: multipart/report; boundary=a#\n\n--a#\nContent-Type: message/rfc822\n\n", 5000, "x\n"},
    {"100,000 parts", "Content-Type: multipart/mixed; boundary=a\n\n", "--a\n\nx\n", 100000, "--a--\n"},
    {"100,000 empty parts", "Content-Type: multipart/mixed; boundary=a\n\n", "--a\n", 100000, "--a--\n"},
    {"a boundary of every line", "Content-Type: multipart/mixed; boundary=\"\"\n\n", "--\n", 200000, "----\n"},
    {"900 returned messages", "Content-Type: multipart/mixed; boundary=a\n\n", "--a\nContent-Type: message/rfc822\n\nMessage-ID: <#@x.test>\nSubject: y\n\nz\n", 900, "--a--\n"},
    {"a boundary of 100,000 characters", "Content-Type: multipart/mixed; boundary=", "abcdefghij", 10000, "\n\n--x\n\ny\n"},
    /* headers */
    {"200,000 header fields", "", "X: y\n", 200000, "\nx\n"},
    {"different ones", "", "X-#: y\n", 100000, "\nx\n"},
    {"a header of one megabyte, folded", "Subject: ", "abcdefgh\n ", 100000, "\n\nx\n"},
    {"a header of one megabyte, in a line", "Subject: ", "abcdefghij", 110000, "\n\nx\n"},
    {"nothing but colons", "", ":", 1000000, ""},
    {"a header that never ends", "From: ", "a", 1100000, ""},
    {"100,000 recipients in the header", "To: ", "a#@b.test, ", 60000, "\n\nx\n"},
    {"60,000 references", "References: ", "<a#@b.test>\n ", 60000, "\n\nx\n"},
    {"100,000 angle brackets in them", "References: ", "<", 1000000, "\n\nx\n"},
    {"1,900 envelope recipients", "", "X-Original-To: a#@b.test\n", 1900, "\nx\n"},
    {"100,000 parameters", "Content-Type: text/plain", "; a#=b", 80000, "\n\nx\n"},
    {"40,000 continuations of one (RFC 2231)", "Content-Type: text/plain; ", "name*#*=%41;\n ", 40000, "x=y\n\nx\n"},
    {"and of the boundary", "Content-Type: multipart/mixed", ";\n boundary*#=a", 40000, "\n\n--a\n\nx\n"},
    {"60,000 encoded words", "Subject: ", "=?utf-8?B?w6k=?= ", 60000, "\n\nx\n"},
    {"of a charset each", "Subject: ", "=?utf-#?Q?a?= ", 50000, "\n\nx\n"},
    {"begun and not ended", "", "Subject: =?a?Q?=?a?Q?=?a?Q?=?a?Q?=?a?Q?=?a?Q?=?a?Q?=?a?Q?=?a?Q?=?a?Q?=?a?Q?=?a?Q?\n", 12000, "\nx\n"},
    {"the same in one field", "Subject: ", "=?a?Q?", 170000, "\n\nx\n"},
    {"one of a megabyte", "Subject: =?utf-8?Q?", "=C3=A9", 170000, "?=\n\nx\n"},
    {"encoded words that shift and shift", "Subject: =?iso-2022-jp?Q?", "=1B$B=1B(B", 100000, "?=\n\nx\n"},
    /* encodings and charsets */
    {"base64 that never ends", TEXT("\nContent-Transfer-Encoding: base64"), "QUFB\n", 200000, ""},
    {"base64 of nothing but padding", TEXT("\nContent-Transfer-Encoding: base64"), "====\n", 200000, ""},
    {"base64 of no base64", TEXT("\nContent-Transfer-Encoding: base64"), "\xFF\xFE\x80!", 250000, "\n"},
    {"soft line ends", TEXT("\nContent-Transfer-Encoding: quoted-printable"), "=\n", 500000, "=4"},
    {"codes and nothing else", TEXT("; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable"), "=FF", 340000, "\n"},
    {"uuencode", TEXT("\nContent-Transfer-Encoding: x-uuencode"), "begin 644 a\nM#\nend\n", 40000, ""},
    {"a returned message in base64, and so on", "Subject: x\n", "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n", 15000, "QUFB\n"},
    {"bytes that become three", TEXT("; charset=windows-1252"), "\x80\x80\x80\x80\x80\x80\x80\x80", 130000, "\n"},
    {"a hundred parts that do", "Content-Type: multipart/mixed; boundary=a\n\n",
     "--a\nContent-Type: text/plain; charset=koi8-r\n\n\xC1\xC1\xC1\xC1\xC1\xC1\xC1\xC1\xC1\xC1\xC1\xC1\xC1\xC1\xC1\xC1\xC1\xC1\xC1\xC1\xC1\xC1\n", 950, "--a--\n"},
    {"shifts of iso-2022-jp", TEXT("; charset=iso-2022-jp"), "\x1B$B0!\x1B(Ba", 100000, "\n"},
    {"shifts that are none", TEXT("; charset=iso-2022-kr"), "\x1B$)C\x0E\x0F\x0E", 150000, "\n"},
    {"utf-7 of utf-7", TEXT("; charset=utf-7"), "+2D/cAA-", 130000, "\n"},
    {"utf-16 of halves", TEXT("; charset=utf-16"), "\xD8\x3D", 500000, "\n"},
    {"gb18030 of four bytes", TEXT("; charset=gb18030"), "\x81\x30\x81\x30\x90\x30\x81\x30", 130000, "\n"},
    {"big5 cut short", TEXT("; charset=big5"), "\x88\x62\xA1", 340000, "\n"},
    {"invalid utf-8", TEXT("; charset=utf-8"), "\xF0\x9F\x98\xC3\xED\xA0\x80", 140000, "\n"},
    {"every charset there is", "Content-Type: multipart/mixed; boundary=a\n\n",
     "--a\nContent-Type: text/plain; charset=iso-8859-#\n\n\xE9\n--a\nContent-Type: text/plain; charset=windows-125#\n\n\xE9\n--a\nContent-Type: text/plain; charset=euc-jp\n\n\xE9\n"
     "--a\nContent-Type: text/plain; charset=shift_jis\n\n\xE9\n--a\nContent-Type: text/plain; charset=gbk\n\n\xE9\n--a\nContent-Type: text/plain; charset=big5\n\n\xE9\n", 16, "--a--\n"},
    /* bodies */
    {"a line of one megabyte", TEXT(""), "abcdefghij", 100000, "\n"},
    {"a million lines", TEXT(""), "\n", 1000000, ""},
    {"half a million of a letter", TEXT(""), "x\n", 500000, ""},
    {"a million lone CRs", TEXT(""), "\r", 1000000, ""},
    {"CRs before the header", "", "\r", 1000000, "Subject: x\r\rx\r"},
    {"CR LF CR LF", TEXT(""), "\r\n\r\r\n\n", 150000, ""},
    {"controls", TEXT(""), "\x01\x02\x7F\x1B", 250000, ""},
    {"delimiters of nothing", TEXT(""), "-- \n", 200000, ""},
    {"From at every line", TEXT(""), "From a@b.test Mon Jan  1 00:00:00 2026\n", 25000, ""},
    {"quotations of quotations", "Subject: Re\n\n", ">>>>>>>>>>>>> Le 1 x a \xC3\xA9" "crit :\n", 30000, ""},
    {"every line says who wrote", "Subject: Re\nIn-Reply-To: <a@b.test>\n\n", "Le lun. 1 janv. 2026 \xC3\xA0 10:00, A <a@b.test> a \xC3\xA9" "crit :\n", 15000, ""},
    {"every line is a signature's", "Subject: Re\n\n", "-- \nA\nMairie\n02 98 00 00 00\n", 30000, ""},
    {"lines of nothing but a mark", TEXT(""), ">\n", 300000, ""},
    {"headers without end in the text", TEXT(""), "To: a\n b\n", 100000, ""},
    {"expanded from", REPORT_OF_DAEMON "\nUnable to deliver:\n", "<a@b.test> (expanded from <c@d.test>)\n", 20000, ""},
    {"messages within messages", "Subject: x\nContent-Type: multipart/mixed; boundary=a\n\n",
     "--a\nContent-Type: message/rfc822\n\nContent-Type: multipart/report; boundary=a; x=/delivery-status\n\n", 5000, ""},
    {"HTML of open tags", "Content-Type: text/html\n\n", "<blockquote><a ", 60000, ""},
    {"HTML of nothing but <", "Content-Type: text/html\n\n", "<", 1000000, ""},
    {"HTML of comments not closed", "Content-Type: text/html\n\n", "<!--", 250000, ""},
    {"HTML of styles not closed", "Content-Type: text/html\n\n", "<style><script>", 70000, ""},
    {"HTML of entities", "Content-Type: text/html\n\n", "&#x#;&lt;&amp", 70000, ""},
    {"an objection in every line", "Subject: STOP\n\n", "STOP d\xC3\xA9sinscription ne plus recevoir\n", 25000, ""},
    {"an absence in every line", "Subject: Absence\nAuto-Submitted: auto-replied\n\n", "absent du 1/1/2026 au 31/12/2026, de retour le 12 janvier 2026\n", 14000, ""},
    {"JSON that only opens", "From: no-reply@sns.amazonaws.com\n\n{\"notificationType\":\"Bounce\",\"bounce\":", "[{\"a\":", 150000, ""},
    {"JSON of 20,000 recipients", "From: no-reply@sns.amazonaws.com\n\n{\"notificationType\":\"Bounce\",\"bounce\":{\"bouncedRecipients\":[", "{\"emailAddress\":\"a#@b.test\"},", 25000, "]}}"},
    {"JSON of quotes", "From: no-reply@sns.amazonaws.com\n\n{\"notificationType\":\"", "\\\"", 400000, ""},
    /* reports */
    {"100,000 addresses", REPORT_OF_DAEMON "\nUnable to deliver:\n", "<a@b.test>:\n", 80000, "\n"},
    {"100,000 different ones", REPORT_OF_DAEMON "\nUnable to deliver:\n", "<a#@b.test>: user unknown\n", 35000, "\n"},
    {"nothing but @", REPORT_OF_DAEMON "\nUnable to deliver:\n", "@", 1000000, "\n"},
    {"a@a@a@a", REPORT_OF_DAEMON "\nUnable to deliver:\n", "a@", 500000, "\n"},
    {"an address that never ends", REPORT_OF_DAEMON "\nUnable to deliver:\n<a@", "b.", 500000, ">\n"},
    {"550 550 550", REPORT_OF_DAEMON "\n", "550 5.1.1 <a#@b.test>\n", 40000, "\n"},
    {"5.1.1.1.1", REPORT_OF_DAEMON "\n5", ".1", 500000, "\n"},
    {"words of failure", REPORT_OF_DAEMON "\n", "mailbox full user unknown quota exceeded spam policy ", 20000, "\n"},
    {"half words of failure", REPORT_OF_DAEMON "\n", "mailbo use unknow mailbox exceed quot ", 28000, "\n"},
    {"16,000 groups for one recipient", "Return-Path: <>\nContent-Type: message/delivery-status\n\n", "Final-Recipient: rfc822; a@b.test\nAction: failed\nStatus: 5.1.1\n\n", 16000, "\n"},
    {"a recipient each", "Return-Path: <>\nContent-Type: message/delivery-status\n\n", "Final-Recipient: rfc822; a#@b.test\nAction: failed\nStatus: 5.1.1\n\n", 16000, "\n"},
    {"the same in a proper report", "Return-Path: <>\nContent-Type: multipart/report; report-type=delivery-status; boundary=a\n\n--a\n\nfailed\n--a\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; x.test\n\n",
     "Final-Recipient: rfc822; a#@b.test\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 user unknown\n\n", 11000, "--a--\n"},
    {"one group of 100,000 fields", "Return-Path: <>\nContent-Type: message/delivery-status\n\n", "Final-Recipient: rfc822; a#@b.test\n", 28000, "\n"},
    {"a diagnostic of one megabyte", "Return-Path: <>\nContent-Type: message/delivery-status\n\nFinal-Recipient: rfc822; a@b.test\nAction: failed\nDiagnostic-Code: smtp; ", "550 no such user\n ", 60000, "\n"},
    {"empty groups", "Return-Path: <>\nContent-Type: message/delivery-status\n\n", "\n \n", 300000, "Final-Recipient: rfc822; a@b.test\nAction: failed\n"},
    {"a returned header of one megabyte", "Return-Path: <>\nContent-Type: text/rfc822-headers\n\n", "Message-ID: <#@x.test>\n", 40000, "\n"},
    {"a complaint of 30,000 recipients", "Content-Type: multipart/report; report-type=feedback-report; boundary=a\n\n--a\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\n", "Original-Rcpt-To: a#@b.test\n", 30000, "--a--\n"},
    {"failed recipients in the header", "Return-Path: <>\nX-Failed-Recipients: ", "a#@b.test,\n ", 60000, "x@y.test\n\nx\n"},
};

static void nul_bomb(const char *label, size_t header) {
    AUTO_MEM char *zeros = mem_new(1 << 20, 1);
    memcpy(zeros, TEXT(""), header);
    int64_t before = unread, before_ms = monotonic_ms();
    read_in_child(zeros, 1 << 20);
    CHECK(label, unread == before && monotonic_ms() - before_ms <= ONE_MS);
}

static void large_message(void) {
    size_t length = 200u << 20;
    AUTO_MEM char *bytes = mem_new(length, 1);
    memset(bytes, 'x', length);
    memcpy(bytes, TEXT(""), strlen(TEXT("")));
    int64_t before = unread, before_ms = monotonic_ms();
    read_in_child(bytes, length);
    CHECK("200 megabytes", unread == before && monotonic_ms() - before_ms <= ONE_MS);
}

static void bombs(void) {
    for (size_t i = 0; i < COUNT(BOMBS); i++) bomb(BOMBS[i].label, BOMBS[i].head, BOMBS[i].piece, BOMBS[i].times, BOMBS[i].tail);
    nul_bomb("a megabyte of NULs", 0);
    nul_bomb("a body of NULs", strlen(TEXT("")));
    large_message();
    printf("# %zu bombs, the slowest %" PRId64 " ms\n", COUNT(BOMBS) + 3, slowest_ms);
}

int main(void) {
    const char *wanted = getenv("MUTATIONS");
    int64_t count = wanted ? atoll(wanted) : MUTATIONS_SHORT, found = 0, differ = 0, until_ms;
    struct err err = {0};
    if (!CHECK("the reader opens", inbound_reader_open(INBOUND_ACTED_ON, &err))) return printf("# %s\n", err.text), tap_end();
    bombs();
    until_ms = monotonic_ms() + SHORT_MS;
    slowest_ms = 0;
    CHECK("the corpus of hostile messages is there", folder("tests/corpus/inbox", count, wanted, until_ms, &found, &differ) >= 8);
    for (size_t i = 0; i < COUNT(SAMPLES); i++)
        found += mutations(SAMPLES[i].label, SAMPLES[i].message, strlen(SAMPLES[i].message), wanted ? count / 10 : count, wanted ? INT64_MAX : until_ms);
    int more = folder("tests/corpus/returns", wanted ? count : 1, wanted, until_ms, &found, &differ);
    if (wanted) more += folder("../shared/bounces/eml", count, true, until_ms, &found, &differ);
    CHECK_INT("no mutation kills, holds up or confuses the reader", found, 0);
    CHECK_INT("line ends make no difference", differ, 0);
    printf("# %" PRId64 " mutations%s, %d messages of the corpora; the slowest %" PRId64 " ms\n", read_count, wanted ? " (long form)" : "", more, slowest_ms);
    CHECK("some were read", read_count > 200);
    return tap_end();
}
