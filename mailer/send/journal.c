/* Writing the send journal: the lines of a turn in memory, one write a turn, the file synchronised with each lease. */
#include "mailer/send/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mailer/send/journal_format.h"

/* Turns that could not be written yet are few: nothing is claimed meanwhile, only what was in flight still ends. */
enum { UNWRITTEN_BYTES = 64 << 20, WAVES = 512 };

struct journal {
    char *path;
    int fd;
    uint64_t file;                     /* which file it is */
    off_t size;                        /* of complete turns */
    bool torn;                         /* a write failed, and what it left could not be cut away yet */
    struct journal_position position;  /* of the last turn ended, written or not */
    char boot_id[BOOT_ID_TEXT];
    struct buf lines, arming;          /* of the turn under way */
    struct buf unwritten;              /* turns ended */
    bool unsynced;
    int64_t waves[WAVES];              /* said by this run; the last waves_new of them by the turn under way */
    size_t wave_count, waves_new;
};

/* -- errors ------------------------------------------------------------------------------------------------------------ */
bool journal_foreign(const char *path, struct err *err) {
    return err_set(err, ERR_INPUT, "JOURNAL_FOREIGN",
                   "« %s » est le journal des envois d'une autre base, ou n'en est pas un ; rien n'est parti : corrigez [store] url ou journal, "
                   "ou rangez ce fichier ailleurs s'il ne sert plus", path);
}

bool journal_unreadable(const char *path, struct err *err) {
    return err_errno(err, ERR_INPUT, "JOURNAL", "le journal des envois « %s » ne peut être lu et écrit ; rien ne part sans lui", path);
}

int journal_open_file(const char *path, int flags, struct err *err) {
    int fd = open(path, flags | O_CLOEXEC, 0660);
    if (fd < 0 && errno == ENOENT && !(flags & O_CREAT))
        err_set(err, ERR_INPUT, "JOURNAL_MISSING", "le journal des envois « %s » manque", path);
    else if (fd < 0) journal_unreadable(path, err);
    return fd;
}

/* -- opening ------------------------------------------------------------------------------------------------------------ */
struct finding { struct journal_position *position; const struct journal_summary *summary; bool any; int64_t damaged_bytes; };

/* A power cut may take a turn and leave the one behind it. What is damaged before the first complete one may be the middle of a turn. */
static bool keep_position(void *ctx, const struct journal_line *line, struct err *err) {
    (void)err;
    struct finding *finding = ctx;
    struct journal_position *position = finding->position;
    if (line->kind != JOURNAL_TURN) return true;
    bool hole = finding->any && finding->summary->damaged_bytes > finding->damaged_bytes && line->turn > position->turn + 1;
    *position = (struct journal_position){.turn = line->turn, .durable_turn = line->durable_turn, .at_ms = line->at_ms,
                                          .cut_bytes = position->cut_bytes, .hole_ms = hole && !position->hole_ms ? position->at_ms : position->hole_ms};
    memcpy(position->boot_id, line->boot_id, sizeof position->boot_id);
    finding->any = true;
    finding->damaged_bytes = finding->summary->damaged_bytes;
    return true;
}

struct beginning { char store_id[JOURNAL_STORE_ID]; int64_t first_turn; };
static bool keep_header(void *ctx, const struct journal_line *line, struct err *err) {
    (void)err;
    struct beginning *beginning = ctx;
    if (line->kind != JOURNAL_HEADER || beginning->store_id[0]) return true;
    memcpy(beginning->store_id, line->store_id, sizeof beginning->store_id);
    beginning->first_turn = line->turn;
    return true;
}

static bool read_at(const struct journal *journal, off_t from, size_t most, struct buf *out, struct err *err) {
    char *room = buf_reserve(out, most);
    size_t length = 0;
    for (ssize_t got; room && length < most; length += (size_t)got) {
        got = pread(journal->fd, room + length, most - length, from + (off_t)length);
        if (got < 0) return journal_unreadable(journal->path, err);
        if (!got) break;
    }
    if (room) buf_wrote(out, room + length);
    return room != NULL;
}

/* Where we are is said by the end of the file: the beginning of what is read may be the middle of a turn. */
static bool find_position(struct journal *journal, struct err *err) {
    AUTO_BUF tail = BUF_INIT(JOURNAL_TAIL_BYTES + 1);
    struct journal_summary summary = {0};
    struct finding finding = {.position = &journal->position, .summary = &summary};
    off_t from = journal->size > JOURNAL_TAIL_BYTES ? journal->size - JOURNAL_TAIL_BYTES : 0;
    if (!read_at(journal, from, JOURNAL_TAIL_BYTES, &tail, err)) return false;
    if (journal_parse(buf_text(&tail), tail.length, true, keep_position, &finding, &summary, err) < 0) return false;
    if (!summary.good_end) { /* a long damage: the whole file, then */
        if (!journal_read(journal->path, keep_position, &finding, &summary, err)) return false;
        from = 0;
    }
    off_t good_end = from + (off_t)summary.good_end;
    if (good_end < journal->size && ftruncate(journal->fd, good_end)) return journal_unreadable(journal->path, err);
    journal->position.cut_bytes = journal->size - good_end;
    journal->size = good_end;
    return true;
}

static bool check_header(struct journal *journal, const char *store_id, struct err *err) {
    AUTO_BUF head = BUF_INIT(513);
    struct beginning beginning = {0};
    struct journal_summary summary = {0};
    if (!read_at(journal, 0, 512, &head, err)) return false;
    buf_cut(&head, strcspn(buf_text(&head), "\n") + 1); /* the first line */
    if (journal_parse(buf_text(&head), head.length, true, keep_header, &beginning, &summary, err) < 0) return false;
    if (!beginning.store_id[0] || strcmp(beginning.store_id, store_id)) return journal_foreign(journal->path, err);
    journal->position.turn = beginning.first_turn;
    return true;
}

/* A file system gives a number that is free again to the next file: with it the instant at which the file was made, where one is kept. */
static uint64_t identity_of(int fd) {
    struct statx found = {0};
    if (statx(fd, "", AT_EMPTY_PATH, STATX_INO | STATX_BTIME, &found)) return 0;
    uint64_t born_ns = found.stx_mask & STATX_BTIME ? (uint64_t)found.stx_btime.tv_sec * 1000000000u + found.stx_btime.tv_nsec : 0;
    return found.stx_ino * 0x9E3779B97F4A7C15u ^ born_ns;
}

static struct journal *journal_new(const char *path, int fd) {
    struct journal *journal = mem_new(1, sizeof *journal);
    *journal = (struct journal){.path = text_dup(path), .fd = fd, .lines = BUF_INIT(JOURNAL_TURN_BYTES), .arming = BUF_INIT(JOURNAL_TURN_BYTES),
                                .unwritten = BUF_INIT(UNWRITTEN_BYTES)};
    boot_id(journal->boot_id);
    journal->file = identity_of(fd);
    return journal;
}

struct journal *journal_open(const char *path, const char *store_id, struct err *err) {
    struct stat status;
    int fd = journal_open_file(path, O_RDWR | O_APPEND, err);
    if (fd < 0) return NULL;
    struct journal *journal = journal_new(path, fd);
    bool good = !fstat(fd, &status) || journal_unreadable(path, err);
    if (good) journal->size = status.st_size;
    if (good && check_header(journal, store_id, err) && find_position(journal, err)) return journal;
    journal_close(journal);
    return NULL;
}

/* So that the file's name is on the disk too. */
bool journal_sync_folder(const char *path) {
    AUTO_TEXT copy = text_dup(path);
    int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool good = fd >= 0 && !fsync(fd);
    if (fd >= 0) close(fd);
    return good;
}

/* Under another name until its first line is on the disk: a journal without one would be nobody's. What a kill left there is
 * begun anew. */
struct journal *journal_create(const char *path, const char *store_id, int64_t turn, struct err *err) {
    char header[120];
    AUTO_BUF beginning = BUF_INIT(4096);
    buf_add_format(&beginning, "%s.new", path);
    const char *under_way = buf_text(&beginning);
    int fd = journal_open_file(under_way, O_RDWR | O_APPEND | O_CREAT | O_TRUNC, err);
    if (fd < 0) return NULL;
    struct journal *journal = journal_new(path, fd);
    int length = snprintf(header, sizeof header, JOURNAL_MAGIC " 1 %s %" PRId64 "\n", store_id, turn);
    journal->position.turn = turn;
    journal->size = length;
    /* One sender at a time: nobody else can have begun one meanwhile. */
    if (access(path, F_OK) && write(fd, header, (size_t)length) == length && !fsync(fd) && !rename(under_way, path) && journal_sync_folder(path))
        return journal;
    journal_unreadable(path, err);
    unlink(under_way);
    journal_close(journal);
    return NULL;
}

int64_t journal_size_bytes(const struct journal *journal) { return journal->size; }
const struct journal_position *journal_position(const struct journal *journal) { return &journal->position; }

void journal_skip_to(struct journal *journal, int64_t turn) { journal->position.turn = max_i64(journal->position.turn, turn); }

void journal_close(struct journal *journal) {
    if (!journal) return;
    close(journal->fd);
    buf_release(&journal->lines);
    buf_release(&journal->arming);
    buf_release(&journal->unwritten);
    free(journal->path);
    free(journal);
}

/* -- the turn under way -------------------------------------------------------------------------------------------------- */
bool journal_knows_wave(const struct journal *journal, int64_t wave_id) {
    for (size_t i = journal->wave_count; i-- > 0;)
        if (journal->waves[i] == wave_id) return true;
    return false;
}

static void add_name(struct buf *out, const char *name) {
    for (const char *at = name; *at; at++)
        if (*at > ' ' && *at < 0x7f && *at != '%') buf_add_char(out, *at);
        else buf_add_format(out, "%%%02x", (unsigned char)*at);
}

void journal_add_wave(struct buf *out, int64_t wave_id, const char *campaign, const char *wave) {
    buf_add_text(out, "W ");
    buf_add_number(out, wave_id);
    buf_add_char(out, ' ');
    add_name(out, campaign);
    buf_add_char(out, ' ');
    add_name(out, wave);
    buf_add_char(out, '\n');
}

void journal_wave(struct journal *journal, int64_t wave_id, const char *campaign, const char *wave) {
    journal_add_wave(&journal->lines, wave_id, campaign, wave);
    if (journal->wave_count == WAVES) journal->wave_count = journal->waves_new = 0; /* they are said again */
    journal->waves[journal->wave_count++] = wave_id;
    journal->waves_new++;
}

void journal_armed(struct journal *journal, const struct journal_arm *arm) {
    struct buf *out = &journal->lines;
    const int64_t before[] = {arm->dispatch_id, arm->wave_id}, after[] = {arm->date_ms, arm->armed_ms};
    buf_add_char(out, 'A');
    for (size_t i = 0; i < COUNT(before); i++) buf_add_char(out, ' '), buf_add_number(out, before[i]);
    buf_add_char(out, ' ');
    add_name(out, arm->party_id);
    for (size_t i = 0; i < COUNT(after); i++) buf_add_char(out, ' '), buf_add_number(out, after[i]);
    buf_add_char(out, ' ');
    buf_add_text(out, arm->sha256);
    buf_add_char(out, '\n');
    if (journal->arming.length) buf_add_char(&journal->arming, ' ');
    buf_add_number(&journal->arming, arm->dispatch_id);
}

void journal_ended(struct journal *journal, int64_t dispatch_id, const char *state, int code) {
    struct buf *out = &journal->lines;
    buf_add_text(out, "R ");
    buf_add_number(out, dispatch_id);
    buf_add_char(out, ' ');
    buf_add_text(out, state);
    buf_add_char(out, ' ');
    buf_add_number(out, code);
    buf_add_char(out, '\n');
}

bool journal_has_lines(const struct journal *journal) { return journal->lines.length > 0; }
size_t journal_line_bytes(const struct journal *journal) { return journal->lines.length; }
int64_t journal_turn(const struct journal *journal) { return journal->position.turn + 1; }
uint64_t journal_file(const struct journal *journal) { return journal->file; }
const char *journal_arming(const struct journal *journal) { return buf_text(&journal->arming); }

void journal_forget(struct journal *journal) {
    journal->wave_count -= journal->waves_new;
    journal->waves_new = 0;
    buf_clear(&journal->lines);
    buf_clear(&journal->arming);
}

/* -- the file ---------------------------------------------------------------------------------------------------------------- */
void journal_add_turn(struct buf *out, const struct journal_position *position, const char *lines, size_t length) {
    size_t from = out->length;
    buf_add_format(out, "T %" PRId64 " %" PRId64 " %" PRId64 " %s %zu ", position->turn, position->durable_turn, max_i64(position->at_ms, 0),
                   *position->boot_id ? position->boot_id : "-", length);
    uint64_t sum = journal_sum(journal_sum(0, buf_text(out) + from, out->length - from), lines, length);
    buf_add_format(out, "%016" PRIx64 "\n", sum);
    buf_add(out, lines, length);
}

static void end_turn(struct journal *journal, bool durable, int64_t now_ms) {
    struct journal_position *position = &journal->position;
    position->turn++;
    if (durable) position->durable_turn = position->turn;
    position->at_ms = now_ms;
    memcpy(position->boot_id, journal->boot_id, sizeof position->boot_id);
    journal_add_turn(&journal->unwritten, position, buf_text(&journal->lines), journal->lines.length);
    buf_clear(&journal->lines);
    buf_clear(&journal->arming);
    journal->waves_new = 0;
}

static bool unwritable(const struct journal *journal, struct err *err) {
    const char *code = errno == ENOSPC || errno == EDQUOT ? "JOURNAL_FULL" : "JOURNAL_WRITE";
    return err_errno(err, ERR_RETRY, code, "le journal des envois « %s » ne peut être écrit ; rien ne part sans lui : faites de la place, "
                     "ou vérifiez le disque et les droits", journal->path);
}

bool journal_flush(struct journal *journal, struct err *err) {
    struct buf *out = &journal->unwritten;
    if (journal->torn && ftruncate(journal->fd, journal->size)) return unwritable(journal, err);
    journal->torn = false;
    if (out->overflow) { /* 64 MB of turns that could not be written: the database was, nothing was sent since */
        errno = EFBIG;
        return unwritable(journal, err);
    }
    if (out->length) {
        ssize_t wrote = write(journal->fd, buf_text(out), out->length);
        if (wrote != (ssize_t)out->length) {
            int why = wrote < 0 ? errno : ENOSPC;
            journal->torn = wrote > 0 && ftruncate(journal->fd, journal->size);
            errno = why;
            return unwritable(journal, err);
        }
        journal->size += (off_t)out->length;
        buf_clear(out);
    }
    if (journal->unsynced && !journal_sync(journal, err)) return false;
    journal->unsynced = false;
    return true;
}

bool journal_sync(const struct journal *journal, struct err *err) {
    if (!fdatasync(journal->fd)) return true;
    bool for_good = errno == EIO; /* the kernel may now call pages clean that never reached the disk: a second try proves nothing */
    unwritable(journal, err);
    if (for_good && err) err->kind = ERR_FATAL;
    return false;
}

bool journal_in_place(const struct journal *journal, struct err *err) {
    struct stat named, held;
    if (!stat(journal->path, &named) && !fstat(journal->fd, &held) && named.st_dev == held.st_dev && named.st_ino == held.st_ino &&
        named.st_size >= journal->size)
        return true;
    return err_set(err, ERR_FATAL, "JOURNAL_GONE", "le journal des envois « %s » a été supprimé, remplacé ou vidé pendant que Relais y écrivait : plus rien ne part, "
                   "car rien ne dirait qu'une base remise depuis une sauvegarde l'ignore ; remettez-le à sa place, sinon voyez « relais reconcile »", journal->path);
}

void journal_durable_to(struct journal *journal, int64_t turn) { journal->position.durable_turn = max_i64(journal->position.durable_turn, turn); }

bool journal_write(struct journal *journal, bool durable, int64_t now_ms, struct err *err) {
    if (journal->lines.overflow || journal->arming.overflow) return err_set(err, ERR_FATAL, "JOURNAL", "trop de lignes dans un tour du journal des envois");
    end_turn(journal, durable, now_ms);
    journal->unsynced |= durable;
    return journal_flush(journal, err);
}
