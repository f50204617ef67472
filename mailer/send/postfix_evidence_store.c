/* Reading Postfix's log for the messages whose end nobody knows. */
#include "mailer/send/postfix_evidence_store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mailer/send/doubts_store.h"
#include "mailer/send/postfix_log.h"

enum { PIECE_BYTES = 1 << 20 };

/* A doubt, and how far the log has told its story. */
struct watched {
    struct open_doubt doubt;
    char queue_id[POSTFIX_QUEUE_ID], status[24];
    bool queued;
};

struct postfix_watch {
    char *path;
    int fd;       /* of the file being read; -1 = none yet */
    ino_t inode;
    off_t offset; /* behind the last whole line */
    struct watched *all, **by_id; /* by_id: in the order of their Message-IDs */
    int count, followed;          /* followed: those whose queue id is known */
};

struct postfix_watch *postfix_watch_open(const char *path) {
    struct postfix_watch *watch = mem_new(1, sizeof *watch);
    *watch = (struct postfix_watch){.path = text_dup(path), .fd = -1};
    return watch;
}

static void forget_file(struct postfix_watch *watch) {
    if (watch->fd >= 0) close(watch->fd);
    watch->fd = -1;
}

void postfix_watch_close(struct postfix_watch *watch) {
    if (!watch) return;
    forget_file(watch);
    free(watch->all);
    free(watch->by_id);
    free(watch->path);
    free(watch);
}

/* -- what a line says of one of ours ---------------------------------------------------------------------------------- */
static int by_message_id(const void *a, const void *b) {
    const struct watched *const *one = a, *const *other = b;
    return strcmp((*one)->doubt.message_id, (*other)->doubt.message_id);
}

static void take_message_id(struct postfix_watch *watch, const struct postfix_line *said) {
    struct watched key, *wanted = &key;
    snprintf(key.doubt.message_id, sizeof key.doubt.message_id, "%s", said->value);
    struct watched **found = bsearch(&wanted, watch->by_id, (size_t)watch->count, sizeof *watch->by_id, by_message_id);
    if (!found || (*found)->queued) return;
    watch->followed += !(*found)->queue_id[0];
    snprintf((*found)->queue_id, sizeof (*found)->queue_id, "%s", said->queue_id);
}

/* What is said of the queue ids of ours. */
static void take_queue_line(struct postfix_watch *watch, const struct postfix_line *said) {
    for (int i = 0; i < watch->count; i++) {
        struct watched *one = &watch->all[i];
        if (!one->queue_id[0] || strcmp(one->queue_id, said->queue_id)) continue;
        bool begins = said->event == POSTFIX_BEGINS || said->event == POSTFIX_MESSAGE_ID;
        if (begins && !one->queued) { /* another message's from here on */
            one->queue_id[0] = '\0';
            watch->followed--;
        }
        one->queued |= said->event == POSTFIX_QUEUED || said->event == POSTFIX_STATUS; /* delivered, so from the queue */
        if (said->event == POSTFIX_STATUS) snprintf(one->status, sizeof one->status, "%.20s", said->value);
    }
}

static void take_line(struct postfix_watch *watch, const char *line, size_t length) {
    struct postfix_line said;
    postfix_line_read(line, length, &said);
    if (said.event == POSTFIX_NOTHING || said.event == POSTFIX_REMOVED) return;
    if (watch->followed) take_queue_line(watch, &said);
    if (said.event == POSTFIX_MESSAGE_ID) take_message_id(watch, &said);
}

/* -- the files ------------------------------------------------------------------------------------------------------------ */
static bool unreadable(const char *path, struct err *err) {
    return err_errno(err, ERR_INPUT, "POSTFIX_LOG", "[smtp] log : le journal de Postfix « %s » ne peut être lu ; donnez à Relais le droit de le lire (groupe adm), "
                     "ou videz cette clé", path);
}

/* From offset to the end; an unfinished last line is left for the next time. */
static bool read_on(struct postfix_watch *watch, int fd, off_t *offset, const char *path, struct err *err) {
    AUTO_BUF piece = BUF_INIT(PIECE_BYTES + POSTFIX_LINE_LONGEST + 1);
    for (;;) {
        char *room = buf_reserve(&piece, PIECE_BYTES);
        ssize_t got = room ? pread(fd, room, PIECE_BYTES, *offset + (off_t)piece.length) : -1;
        if (got < 0) return unreadable(path, err);
        if (!got) return true;
        buf_wrote(&piece, room + got);
        size_t used = 0;
        for (const char *newline; (newline = memchr(piece.bytes + used, '\n', piece.length - used)); used = (size_t)(newline + 1 - piece.bytes))
            take_line(watch, piece.bytes + used, (size_t)(newline - piece.bytes) - used);
        if (piece.length - used > POSTFIX_LINE_LONGEST) used = piece.length; /* no line of Postfix's */
        *offset += (off_t)used;
        buf_drop(&piece, used);
    }
}

static off_t tail_of(const struct stat *status) {
    return status->st_size > POSTFIX_LOG_TAIL_BYTES ? status->st_size - POSTFIX_LOG_TAIL_BYTES : 0;
}

/* The file before the last rotation, if there is one: what it cannot tell is no error. */
static void read_rotated(struct postfix_watch *watch) {
    AUTO_BUF path = BUF_INIT(4096);
    struct stat status;
    struct err ignored;
    buf_add_format(&path, "%s.1", watch->path);
    int fd = open(buf_text(&path), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return;
    off_t from = fstat(fd, &status) ? 0 : tail_of(&status);
    (void)!read_on(watch, fd, &from, buf_text(&path), &ignored);
    close(fd);
}

static bool open_log(struct postfix_watch *watch, bool whole, struct err *err) {
    struct stat status;
    watch->fd = open(watch->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (watch->fd < 0 || fstat(watch->fd, &status)) return unreadable(watch->path, err);
    if (!S_ISREG(status.st_mode)) return errno = EINVAL, unreadable(watch->path, err);
    watch->inode = status.st_ino;
    watch->offset = whole ? tail_of(&status) : 0;
    return true;
}

static bool read_log(struct postfix_watch *watch, bool again, struct err *err) {
    struct stat status;
    if (again) {
        forget_file(watch);
        read_rotated(watch);
    }
    if (watch->fd < 0) return open_log(watch, true, err) && read_on(watch, watch->fd, &watch->offset, watch->path, err);
    if (!read_on(watch, watch->fd, &watch->offset, watch->path, err)) return false; /* the rest of a file that was rotated, too */
    bool there = !stat(watch->path, &status);
    if (there && status.st_ino == watch->inode && status.st_size >= watch->offset) return true;
    if (!there) return true; /* between two files */
    forget_file(watch);
    return open_log(watch, false, err) && read_on(watch, watch->fd, &watch->offset, watch->path, err);
}

/* -- settling ------------------------------------------------------------------------------------------------------------------ */
static bool settle(struct postfix_watch *watch, struct db *db, int64_t now_ms, int64_t *settled, struct err *err) {
    int64_t proved = 0;
    for (int i = 0; i < watch->count; i++) proved += watch->all[i].queued;
    if (!proved) return true;
    AUTO(tx) tx = tx_begin(db, TX_DURABLE, err);
    if (!tx) return false;
    for (int i = 0; i < watch->count; i++) {
        const struct watched *one = &watch->all[i];
        char text[120];
        bool done;
        if (!one->queued) continue;
        snprintf(text, sizeof text, "Postfix : en file sous %s%s%s", one->queue_id, *one->status ? ", " : "", one->status);
        if (!doubt_prove(db, &one->doubt, text, "postfix-log", now_ms, &done, err)) return false;
        *settled += done;
    }
    return tx_commit(TX_TAKE(tx), err);
}

static int by_dispatch(const void *a, const void *b) {
    const struct open_doubt *one = a, *other = b;
    return (one->dispatch_id > other->dispatch_id) - (one->dispatch_id < other->dispatch_id);
}

/* Of those watched so far, the ones whose resend is claimed: what the log says now still keeps it from leaving. How many there are then. */
static int add_claimed(const struct postfix_watch *watch, struct db *db, struct open_doubt **open, int count, struct err *err) {
    int known = 0, all = count;
    for (int i = 0; i < watch->count; i++) {
        const struct open_doubt *doubt = &watch->all[i].doubt;
        while (known < count && (*open)[known].dispatch_id < doubt->dispatch_id) known++;
        if (known < count && (*open)[known].dispatch_id == doubt->dispatch_id) continue;
        int claimed = doubt_is_claimed(db, doubt, err);
        if (claimed < 0) return -1;
        if (!claimed) continue;
        *open = mem_grow(*open, (size_t)all + 1, sizeof **open);
        (*open)[all++] = *doubt;
    }
    if (all > count) qsort(*open, (size_t)all, sizeof **open, by_dispatch);
    return all;
}

/* Those still in doubt, with what is known of each. *others: one of them is new. */
static bool refresh(struct postfix_watch *watch, struct db *db, bool *others, struct err *err) {
    AUTO_MEM struct open_doubt *open = NULL;
    int count = open_doubts_load(db, &open, err), known = 0;
    if (count >= 0) count = add_claimed(watch, db, &open, count, err);
    if (count < 0) return false;
    struct watched *all = mem_new((size_t)count + 1, sizeof *all);
    for (int i = 0; i < count; i++) {
        all[i].doubt = open[i];
        while (known < watch->count && watch->all[known].doubt.dispatch_id < open[i].dispatch_id) known++;
        if (known < watch->count && watch->all[known].doubt.dispatch_id == open[i].dispatch_id) all[i] = watch->all[known];
        else *others = true;
    }
    for (int i = 0; i < count && *others; i++) all[i] = (struct watched){.doubt = open[i]}; /* the log will tell it again */
    free(watch->all);
    free(watch->by_id);
    watch->all = all;
    watch->count = count;
    watch->followed = 0;
    watch->by_id = mem_new((size_t)count + 1, sizeof *watch->by_id);
    for (int i = 0; i < count; i++) {
        watch->by_id[i] = &all[i];
        watch->followed += all[i].queue_id[0] != '\0';
    }
    qsort(watch->by_id, (size_t)count, sizeof *watch->by_id, by_message_id);
    return true;
}

bool postfix_watch_look(struct postfix_watch *watch, struct db *db, int64_t now_ms, int64_t *settled, struct err *err) {
    bool others = false;
    *settled = 0;
    if (!refresh(watch, db, &others, err)) return false;
    if (!watch->count) return true;
    return read_log(watch, others, err) && settle(watch, db, now_ms, settled, err);
}
