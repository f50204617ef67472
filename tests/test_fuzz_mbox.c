/* Splitting mbox files: a table, mutations of it, and what must hold: the same messages however the file is cut into pieces, nothing made up,
 * and messages written as mboxrd come back as they were. */
#include <stdlib.h>

#include "mailer/inbox/mbox.h"
#include "tests/mutate.h"

#define FROM "From a@b.test Mon Jan  5 09:05:30 2026\n"
enum { MESSAGES = 400, ALL_BYTES = 1 << 18 };
struct split {
    struct buf all; /* the messages, one behind the other */
    size_t ends[MESSAGES], count, junk;
};

static void end_message(struct split *split) {
    if (split->count && split->count <= MESSAGES) split->ends[split->count - 1] = split->all.length;
}

/* In lines, those cut into parts of at most so many bytes. */
static void split_text(const char *bytes, size_t length, size_t piece_bytes, struct split *split) {
    struct mbox mbox = MBOX_INIT;
    *split = (struct split){.all = {.ceiling = ALL_BYTES}};
    for (size_t i = 0, most; i < length; i += most) {
        const char *end = memchr(bytes + i, '\n', length - i);
        most = end ? (size_t)(end - bytes) + 1 - i : length - i;
        if (most > piece_bytes) most = piece_bytes;
        enum mbox_got got = mbox_take(&mbox, bytes + i, most, &split->all);
        split->junk += got == MBOX_JUNK ? most : 0;
        if (got == MBOX_BEGINS) end_message(split), split->count++;
    }
    end_message(split);
}

static void release(struct split *split) { buf_release(&split->all); }

static void write_mboxrd(const struct split *split, struct buf *out) {
    for (size_t i = 0, begin = 0; i < split->count && i < MESSAGES; begin = split->ends[i++]) {
        buf_add_text(out, FROM);
        for (size_t at = begin; at < split->ends[i];) {
            const char *line = split->all.bytes + at, *end = memchr(line, '\n', split->ends[i] - at);
            size_t length = end ? (size_t)(end + 1 - line) : split->ends[i] - at, marks = 0;
            while (marks < length && line[marks] == '>') marks++;
            if (length - marks >= 5 && !memcmp(line + marks, "From ", 5)) buf_add_char(out, '>');
            buf_add(out, line, length);
            at += length;
        }
        if (split->ends[i] > begin && split->all.bytes[split->ends[i] - 1] != '\n') buf_add_char(out, '\n');
        buf_add_char(out, '\n');
    }
}

static bool same_split(const struct split *a, const struct split *b) {
    return a->count == b->count && a->all.length == b->all.length && (!a->all.length || !memcmp(a->all.bytes, b->all.bytes, a->all.length)) &&
           !memcmp(a->ends, b->ends, sizeof a->ends);
}

static bool holds(const char *bytes, size_t length) {
    struct split whole, again;
    split_text(bytes, length, MBOX_PIECE_BYTES, &whole);
    bool bounded = whole.all.length + whole.junk <= length;
    AUTO_BUF written = BUF_INIT(2 * ALL_BYTES);
    write_mboxrd(&whole, &written);
    split_text(buf_text(&written), written.length, MBOX_PIECE_BYTES, &again);
    bool ends_open = whole.all.length && whole.all.bytes[whole.all.length - 1] != '\n'; /* a last line without an end gets one */
    bool back = ends_open || whole.count > MESSAGES || same_split(&whole, &again);
    release(&again);
    release(&whole);
    MUST_HOLD("no more comes out than went in", bounded);
    MUST_HOLD("what is written as mboxrd comes back", back);
    return true;
}

static const struct fuzz_seed SEEDS[] = {
    SEED(""), SEED("\n"), SEED(FROM), SEED(FROM "Subject: a\n\nx\n\n" FROM "Subject: b\n\ny\n"), SEED(FROM "A: b\r\n\r\n>From x\r\n>>From y\r\n\r\n" FROM "C: d\r\n"),
    SEED("\n\n" FROM "A: b\n\nFrom here on, no date\n\nFrom me Mon is no Jan 5 date\n\n" FROM), SEED("no mbox\nFrom a\n\n" FROM "x\n"),
    SEED(FROM "Content-Length: 100000\n\nshort\n\n" FROM "Content-Length: 0\n\nlong\n\n\n\n"), SEED("From MAILER-DAEMON Fri Jul  3 9:5:0 +0200 2026\nx\n\nFrom \"a b\"@c Sat Jan 1 00:00 2000 +0000\n")};
static const char *const PIECES[] = {"\n", "\r\n", "From ", "\n" FROM, FROM, ">From ", ">>", "Mon ", "Jan ", "2026", "09:05", "\n\n", "\0x"};
static const struct fuzz FUZZ = {.name = "mbox", .seeds = SEEDS, .seed_count = COUNT(SEEDS), .pieces = PIECES, .piece_count = COUNT(PIECES), .rounds = 3000, .holds = holds};

#ifdef FUZZER
FUZZ_MAIN(FUZZ)
#else
static const struct { const char *label, *line; bool from; } LINES[] = {
    {"asctime", "From a@b.test Mon Jan  5 09:05:30 2026\n", true}, {"CRLF", "From a@b.test Mon Jan  5 09:05:30 2026\r\n", true}, {"no line end", "From a Mon Jan 5 09:05:30 2026", true},
    {"no seconds", "From a@b Mon Jan 5 09:05 2026\n", true}, {"a zone before the year", "From a@b Mon Jan 5 09:05:30 CET 2026\n", true},
    {"two of them", "From a@b Mon Jan 5 09:05:30 GMT +0100 2026\n", true}, {"a zone behind it", "From a@b Mon Jan 5 09:05:30 2026 +0100\n", true},
    {"a remote host", "From a@b Mon Jan 5 09:05:30 2026 remote from x\n", true}, {"no sender", "From Mon Jan 5 09:05:30 2026\n", true}, {"a dash", "From - Mon Jan 05 09:05:30 2026\n", true},
    {"a sender with blanks", "From \"a b\"@c.test Mon Jan  5 09:05:30 2026\n", true}, {"a sentence", "From here on nothing is left.\n", false},
    {"a sentence with a day", "From next Mon Jan is away until 2026\n", false}, {"quoted", ">From a@b Mon Jan  5 09:05:30 2026\n", false}, {"a header", "From: a@b Mon Jan  5 09:05:30 2026\n", false},
    {"lower case", "from a@b Mon Jan  5 09:05:30 2026\n", false}, {"no year", "From a@b Mon Jan  5 09:05:30\n", false}, {"empty", "", false}};
static const struct { const char *label, *file, *messages; size_t count; } FILES[] = {
    {"one", FROM "A: b\n\nx\n", "A: b\n\nx\n", 1}, {"the empty line between belongs to neither", FROM "a\n\n" FROM "b\n\n", "a\nb\n", 2},
    {"empty lines of the text stay", FROM "a\n\n\n\n" FROM "b\n", "a\n\n\nb\n", 2}, {"without an empty line it is text", FROM "a\n" FROM "b\n", "a\n" FROM "b\n", 1},
    {"without a date it is text", FROM "a\n\nFrom here\n", "a\n\nFrom here\n", 1}, {"quoting is undone once", FROM "\n>From a\n>>From b\n>Frome\n> From c\n", "\nFrom a\n>From b\n>Frome\n> From c\n", 1},
    {"Content-Length is not believed", FROM "Content-Length: 99\n\nx\n\n" FROM "y\n", "Content-Length: 99\n\nx\ny\n", 2}, {"empty lines first", "\n\n" FROM "a\n", "a\n", 1},
    {"no mbox at all", "Subject: x\n\ny\n", "", 0}, {"the first line needs no date", "From x\na\n", "a\n", 1}, {"CRLF", FROM "a\r\n\r\n" FROM "b\r\n\r\n", "a\r\nb\r\n", 2}};

int main(void) {
    for (size_t i = 0; i < COUNT(LINES); i++) CHECK(LINES[i].label, mbox_is_from(LINES[i].line, strlen(LINES[i].line)) == LINES[i].from);
    for (size_t i = 0; i < COUNT(FILES); i++) {
        struct split split;
        split_text(FILES[i].file, strlen(FILES[i].file), MBOX_PIECE_BYTES, &split);
        CHECK_TEXT(FILES[i].label, buf_text(&split.all), FILES[i].messages);
        CHECK_INT("  so many", (intmax_t)split.count, (intmax_t)FILES[i].count);
        release(&split);
    }
    /* A line longer than a piece: what looks like From_ in the middle of it begins nothing. */
    struct split split;
    split_text(FROM "xxxxx\n\nyyyyyFrom a Mon Jan 5 09:05:30 2026\n", strlen(FROM "xxxxx\n\nyyyyyFrom a Mon Jan 5 09:05:30 2026\n"), strlen(FROM), &split);
    CHECK_INT("a long line in parts", (intmax_t)split.count, 1);
    release(&split);
    return mutate_all(&FUZZ);
}
#endif
