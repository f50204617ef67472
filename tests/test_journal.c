/* The send journal: what is written is read again, what is torn or foreign is known, a full disk loses nothing. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mailer/send/journal.h"
#include "tests/tap.h"

#define ID "00112233445566778899aabbccddeeff"
#define SHA "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static char folder[] = "/tmp/relais-journal.XXXXXX", path[100];

/* Every line read, one text. */
static bool say(void *ctx, const struct journal_line *line, struct err *err) {
    (void)err;
    struct buf *out = ctx;
    switch (line->kind) {
    case JOURNAL_HEADER: buf_add_format(out, "H %s %" PRId64 "\n", line->store_id, line->turn); break;
    case JOURNAL_TURN: buf_add_format(out, "T %" PRId64 " %" PRId64 " %" PRId64 "\n", line->turn, line->durable_turn, line->at_ms); break;
    case JOURNAL_WAVE: buf_add_format(out, "W %" PRId64 " %s/%s\n", line->wave_id, line->campaign, line->wave); break;
    case JOURNAL_ARMED:
        buf_add_format(out, "A %" PRId64 " %" PRId64 " [%s] %" PRId64 " %" PRId64 " %.4s\n", line->dispatch_id, line->wave_id, line->party_id, line->date_ms,
                       line->armed_ms, line->sha256);
        break;
    case JOURNAL_ENDED: buf_add_format(out, "R %" PRId64 " %s %d\n", line->dispatch_id, line->state, line->code); break;
    }
    return true;
}

static const char *read_all(struct buf *out, struct journal_summary *summary) {
    struct err err = {0};
    buf_clear(out);
    if (!journal_read(path, say, out, summary, &err)) buf_add_text(out, err.code);
    return buf_text(out);
}

static void arm(struct journal *journal, int64_t dispatch_id, const char *party_id) {
    if (!journal_knows_wave(journal, 3)) journal_wave(journal, 3, "enquete-2026", "rappel 1 é%");
    journal_armed(journal, &(struct journal_arm){.dispatch_id = dispatch_id, .wave_id = 3, .date_ms = 1000, .armed_ms = 2000, .party_id = party_id, .sha256 = SHA});
}

static bool write_turn(struct journal *journal, bool durable) {
    struct err err = {0};
    return journal_write(journal, durable, 5000, &err);
}

static void check_round_trip(void) {
    struct err err = {0};
    struct journal_summary summary;
    AUTO_BUF text = BUF_INIT(1 << 20);
    AUTO(journal) journal = journal_create(path, ID, 7, &err);
    if (!CHECK("a new journal", journal != NULL)) return;
    CHECK("only where there is none", !journal_create(path, ID, 7, &err) && !strcmp(err.code, "JOURNAL"));
    CHECK_TEXT("which is left alone", read_all(&text, &summary), "H " ID " 7\n");
    CHECK("a lease says nothing but its turn", write_turn(journal, true));
    arm(journal, 12, "01001");
    arm(journal, 13, "AMF 29 é");
    CHECK_TEXT("what is being armed, for the database", journal_arming(journal), "12 13");
    CHECK_INT("under the next number", journal_turn(journal), 9);
    CHECK("written", write_turn(journal, false) && !journal_has_lines(journal) && !*journal_arming(journal));
    arm(journal, 99, "01002");
    journal_forget(journal);
    CHECK("what was rolled back is forgotten", !journal_has_lines(journal));
    journal_ended(journal, 12, "sent", 250);
    journal_ended(journal, 13, "in_doubt", 0);
    CHECK("results", write_turn(journal, false));
    CHECK_TEXT("all of it is read again, a wave said once", read_all(&text, &summary),
               "H " ID " 7\nT 8 8 5000\nT 9 8 5000\nW 3 enquete-2026/rappel 1 é%\nA 12 3 [01001] 1000 2000 0123\n"
               "A 13 3 [AMF 29 é] 1000 2000 0123\nT 10 8 5000\nR 12 sent 250\nR 13 in_doubt 0\n");
    CHECK_INT("nothing is damaged", summary.damaged_bytes, 0);
}

static void check_position(void) {
    struct err err = {0};
    AUTO(journal) journal = journal_open(path, ID, &err);
    if (!CHECK("opened again", journal != NULL)) return;
    CHECK_INT("where it was", journal_position(journal)->turn, 10);
    CHECK_INT("its last lease", journal_position(journal)->durable_turn, 8);
    char boot[BOOT_ID_TEXT];
    boot_id(boot);
    CHECK_TEXT("in this boot", journal_position(journal)->boot_id, boot);
    CHECK("a run says its waves again", !journal_knows_wave(journal, 3));
    CHECK("another database's is refused", !journal_open(path, "ffffffffffffffffffffffffffffffff", &err) && !strcmp(err.code, "JOURNAL_FOREIGN"));
    CHECK("a missing one is told", !journal_open("/tmp/relais-journal-nowhere", ID, &err) && !strcmp(err.code, "JOURNAL_MISSING"));
}

static int turns_of(const char *text) {
    int count = 0;
    for (const char *at = text; (at = strstr(at, "T ")); at += 2) count += at == text || at[-1] == '\n';
    return count;
}

/* Every length the file may have been cut to: the last whole turn stands, and writing goes on behind it. */
static void check_torn(void) {
    struct err err = {0};
    AUTO_BUF whole = BUF_INIT(1 << 20), text = BUF_INIT(1 << 20);
    FILE *file = fopen(path, "rb");
    bool good = file && buf_add_file(&whole, file);
    if (file) fclose(file);
    if (!CHECK("the file", good)) return;
    size_t header = strcspn(whole.bytes, "\n") + 1, wrong = 0, tried = 0;
    for (int zeros = 0; zeros < 2; zeros++)
        for (size_t length = header; length <= whole.length; length++, tried++) {
            struct journal_summary summary = {0};
            buf_clear(&text);
            journal_parse(whole.bytes, length, true, say, &text, &summary, &err);
            file = fopen(path, "wb");
            good = file && fwrite(whole.bytes, 1, length, file) == length;
            for (int i = 0; i < 700 * zeros && good; i++) good = fputc(0, file) == 0;
            good = file && !fclose(file) && good;
            AUTO(journal) journal = good ? journal_open(path, ID, &err) : NULL;
            struct stat status;
            int64_t turn = journal ? journal_position(journal)->turn : -1;
            wrong += !journal || turn != (summary.good_end == header ? 7 : 7 + turns_of(buf_text(&text))) || stat(path, &status) ||
                     (size_t)status.st_size != summary.good_end ||
                     journal_position(journal)->cut_bytes != (int64_t)(length - summary.good_end) + 700 * zeros || !write_turn(journal, true);
        }
    CHECK_INT("cut anywhere, with zeroes behind it or without", (int64_t)wrong, 0);
    CHECK("all lengths", tried > 800);
    file = fopen(path, "wb");
    CHECK("the whole again", file && fwrite(whole.bytes, 1, whole.length, file) == whole.length && !fclose(file));
}

/* One byte changed anywhere: at most that turn is lost (a line end may take the next one along), and it is counted. */
static void check_damage(void) {
    struct err err = {0};
    AUTO_BUF whole = BUF_INIT(1 << 20), text = BUF_INIT(1 << 20);
    FILE *file = fopen(path, "rb");
    bool good = file && buf_add_file(&whole, file);
    if (file) fclose(file);
    size_t header = strcspn(whole.bytes, "\n") + 1, wrong = 0;
    for (size_t at = header; good && at < whole.length; at++) {
        struct journal_summary summary = {0};
        buf_clear(&text);
        whole.bytes[at] ^= 1;
        journal_parse(whole.bytes, whole.length, true, say, &text, &summary, &err);
        whole.bytes[at] ^= 1;
        wrong += !summary.damaged_bytes || turns_of(buf_text(&text)) < (whole.bytes[at] == '\n' ? 1 : 2);
    }
    CHECK_INT("one bit wrong: one turn is lost, and that is known", (int64_t)wrong, 0);
}

/* In pieces of any size, what is read is the same. */
static void check_pieces(void) {
    struct err err = {0};
    AUTO_BUF whole = BUF_INIT(1 << 20), text = BUF_INIT(1 << 20), want = BUF_INIT(1 << 20);
    struct journal_summary summary;
    read_all(&want, &summary);
    FILE *file = fopen(path, "rb");
    bool good = file && buf_add_file(&whole, file);
    if (file) fclose(file);
    size_t wrong = 0;
    for (size_t size = 1; good && size < 400; size++) {
        size_t from = 0, to = 0;
        buf_clear(&text);
        while (from < whole.length) {
            to = to + size < whole.length ? to + size : whole.length;
            ssize_t used = journal_parse(whole.bytes + from, to - from, to == whole.length, say, &text, &summary, &err);
            if (used < 0) break;
            from += (size_t)used;
        }
        wrong += strcmp(buf_text(&text), buf_text(&want)) != 0;
    }
    CHECK_INT("read in pieces of 1 to 399 bytes", (int64_t)wrong, 0);
}

/* The file may not grow: nothing half of a turn stays, and when there is room again nothing is missing. */
static void check_full_disk(void) {
    struct err err = {0};
    struct rlimit before, limit;
    struct journal_summary summary;
    AUTO_BUF text = BUF_INIT(1 << 20);
    AUTO(journal) journal = journal_open(path, ID, &err);
    struct stat status;
    if (!CHECK("opened", journal && !stat(path, &status) && !getrlimit(RLIMIT_FSIZE, &before))) return;
    signal(SIGXFSZ, SIG_IGN);
    limit = before;
    limit.rlim_cur = (rlim_t)status.st_size + 100;
    arm(journal, 21, "02001");
    arm(journal, 22, "02002");
    CHECK("a limit", !setrlimit(RLIMIT_FSIZE, &limit));
    CHECK("the turn is refused", !journal_write(journal, true, 6000, &err) && err.kind == ERR_RETRY && !strcmp(err.code, "JOURNAL_FULL"));
    int64_t size = status.st_size;
    CHECK("the file is as before", !stat(path, &status) && status.st_size == size);
    journal_ended(journal, 21, "ready", 0);
    CHECK("and so is the next", !journal_write(journal, false, 6001, &err));
    CHECK("room again", !setrlimit(RLIMIT_FSIZE, &before));
    CHECK("both are written", journal_flush(journal, &err));
    CHECK("in order", strstr(read_all(&text, &summary), "T 11 11 6000\nW 3 enquete-2026/rappel 1 é%\nA 21 3 [02001] 1000 2000 0123\n"
                                                      "A 22 3 [02002] 1000 2000 0123\nT 12 11 6001\nR 21 ready 0\n") != NULL);
    CHECK("nothing to flush", journal_flush(journal, &err));
}

/* However long the file is, opening reads its end alone. */
static void check_long(void) {
    struct err err = {0};
    {
        AUTO(journal) journal = journal_open(path, ID, &err);
        for (int turn = 0; journal && turn < 3000; turn++) {
            for (int i = 0; i < 4; i++) arm(journal, 1000 + turn, "29019");
            if (!write_turn(journal, false)) break;
        }
    }
    struct stat status;
    CHECK("a long file", !stat(path, &status) && status.st_size > 2 * JOURNAL_TAIL_BYTES);
    AUTO(journal) journal = journal_open(path, ID, &err);
    CHECK_INT("its position", journal ? journal_position(journal)->turn : -1, 3012);
    CHECK_INT("and nothing cut", journal ? journal_position(journal)->cut_bytes : -1, 0);
}

static void check_cut(void) {
    struct err err = {0};
    struct journal_summary summary;
    AUTO_BUF text = BUF_INIT(16 << 20);
    {
        AUTO(journal) journal = journal_open(path, ID, &err);
        arm(journal, 7777, "29019");
        CHECK("a turn of a later year", journal_write(journal, true, 900000, &err));
        journal_ended(journal, 7777, "sent", 250);
        CHECK("another", journal_write(journal, true, 900001, &err));
    }
    CHECK("nothing old: left alone", journal_cut(path, 1, &err));
    CHECK("what is older is cut away", journal_cut(path, 900000, &err));
    CHECK_TEXT("what is not stays, with the names of its waves", read_all(&text, &summary),
               "H " ID " 3012\nT 3012 3012 900000\nW 3 enquete-2026/rappel 1 é%\nT 3013 3013 900000\nW 3 enquete-2026/rappel 1 é%\n"
               "A 7777 3 [29019] 1000 2000 0123\nT 3014 3014 900001\nR 7777 sent 250\n");
    AUTO(journal) journal = journal_open(path, ID, &err);
    CHECK_INT("and it goes on", journal ? journal_position(journal)->turn : -1, 3014);
}

int main(void) {
    if (!CHECK("folder", mkdtemp(folder) != NULL)) return tap_end();
    snprintf(path, sizeof path, "%s/journal", folder);
    check_round_trip();
    check_position();
    check_torn();
    check_damage();
    check_pieces();
    check_full_disk();
    check_long();
    check_cut();
    unlink(path);
    rmdir(folder);
    return tap_end();
}
