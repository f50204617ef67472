/* Taking an mbox file over, and reading what was taken. */
#include "mailer/inbox/source_mbox.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/process.h"
#include "mailer/inbox/mbox.h"
#include "mailer/inbox/mbox_lock.h"

enum { PATH_BYTES = 4096, COPY_BYTES = 1 << 18 };
struct read_message {
    int64_t number, begin, end; /* with its From_ line */
    bool done;
};
struct mbox_source {
    char *path, *taken, *fresh; /* FILE, FILE.relais, FILE.relais-new */
    struct lock *only_one;      /* who reads FILE.relais */
    int fd;                     /* of FILE.relais, -1 = no pass */
    struct mbox mbox;
    char buffer[MBOX_PIECE_BYTES];
    size_t from, to;            /* what of the buffer is to be read */
    int64_t offset;             /* in the file, of buffer[from] */
    struct read_message *kept;  /* of this pass, in order: what is not done, and what is but does not stand last */
    size_t kept_count, kept_room;
    int64_t number;
    char name[40];
};

/* -- taking over --------------------------------------------------------------------------------------------------- */
static bool write_all(int fd, const char *bytes, size_t length) {
    for (ssize_t wrote; length; bytes += wrote, length -= (size_t)wrote)
        if ((wrote = write(fd, bytes, length)) <= 0) return false;
    return true;
}

/* begin to end of one file behind what the other has; end -1 = all there is, also what comes meanwhile. */
static bool copy_range(int from, int64_t begin, int64_t end, int to) {
    AUTO_MEM char *bytes = mem_new(1, COPY_BYTES);
    while (end < 0 || begin < end) {
        size_t most = end < 0 ? COPY_BYTES : (size_t)min_i64(COPY_BYTES, end - begin);
        ssize_t got = pread(from, bytes, most, begin);
        if (got < 0 || (!got && end >= 0) || (got && !write_all(to, bytes, (size_t)got))) return false;
        if (!got) return true;
        begin += got;
    }
    return true;
}

static bool sync_folder(const char *path) {
    char folder[PATH_BYTES];
    const char *slash = strrchr(path, '/');
    snprintf(folder, sizeof folder, "%.*s", slash ? (int)max_i64(slash - path, 1) : 1, slash ? path : ".");
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool good = fd >= 0 && !fsync(fd);
    if (fd >= 0) close(fd);
    return good;
}

static int make_fresh(const struct mbox_source *source) {
    if (unlink(source->fresh) && errno != ENOENT) return -1;
    return open(source->fresh, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
}

static bool put_in_place(const struct mbox_source *source, int fd) {
    return !fsync(fd) && !rename(source->fresh, source->taken) && sync_folder(source->taken);
}

static bool cannot(const struct mbox_source *source, struct err *err) {
    return err_errno(err, ERR_RETRY, "MBOX", "mbox : « %s » ne peut être mis de côté dans « %s » ; vérifiez la place et les droits", source->path, source->taken);
}

/* The empty line the next From_ line needs in front of it, and no more: what is read must not change by it. */
static bool end_with_empty_line(int fd) {
    char last[4] = "";
    off_t size = lseek(fd, 0, SEEK_CUR);
    ssize_t got = size > 0 ? pread(fd, last, (size_t)min_i64(3, size), size - min_i64(3, size)) : 0;
    if (got < 0 || !size) return got >= 0;
    if (got >= 2 && last[got - 1] == '\n' && (last[got - 2] == '\n' || (got == 3 && !memcmp(last, "\n\r", 2)))) return true;
    return write_all(fd, "\n\n" + (last[got - 1] == '\n'), last[got - 1] == '\n' ? 1 : 2);
}

/* What stayed from earlier first. */
static bool copy_both(const struct mbox_source *source, int file, int fresh) {
    int older = open(source->taken, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    bool good = older >= 0 || errno == ENOENT;
    if (older >= 0) {
        good = copy_range(older, 0, -1, fresh) && end_with_empty_line(fresh);
        close(older);
    }
    return good && copy_range(file, 0, -1, fresh);
}

static bool is_mbox(int fd, const char *path, struct err *err) {
    char begin[64] = "";
    ssize_t got = pread(fd, begin, sizeof begin - 1, 0);
    if (got > 0 && !strncmp(begin + strspn(begin, "\r\n"), "From ", 5)) return true;
    return err_set(err, ERR_INPUT, "MBOX", "mbox : « %s » ne commence pas par une ligne « From » : ce n'est pas un fichier mbox, il reste intact", path);
}

static bool take_over(struct mbox_source *source, int file, struct err *err) {
    int fresh = make_fresh(source);
    bool good = fresh >= 0 && copy_both(source, file, fresh) && put_in_place(source, fresh) && !ftruncate(file, 0);
    if (!good) cannot(source, err);
    if (fresh >= 0) close(fresh);
    if (!good) unlink(source->fresh);
    return good;
}

static bool empty_file(struct mbox_source *source, struct err *err) {
    struct stat info;
    struct mbox_lock lock;
    int file = open(source->path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (file < 0 && errno == ENOENT) return true;
    if (file < 0 || fstat(file, &info) || !S_ISREG(info.st_mode)) {
        err_errno(err, ERR_INPUT, "MBOX", "mbox : « %s » ne peut être lu et vidé, ou n'est pas un fichier ; vérifiez le chemin et les droits", source->path);
        if (file >= 0) close(file);
        return false;
    }
    bool good = !info.st_size || (is_mbox(file, source->path, err) && mbox_lock(&lock, file, source->path, err));
    if (good && info.st_size) {
        good = take_over(source, file, err);
        mbox_unlock(&lock);
    }
    close(file);
    return good;
}

/* -- reading ---------------------------------------------------------------------------------------------------------- */
/* A line, or the most there is room for of one. 1, 0 at the end, -1 when the disk is in trouble. */
static int next_piece(struct mbox_source *source, const char **piece, size_t *length) {
    char *buffer = source->buffer;
    for (;;) {
        const char *end = memchr(buffer + source->from, '\n', source->to - source->from);
        bool full = source->from == 0 && source->to == sizeof source->buffer;
        if (end || full) return *piece = buffer + source->from, *length = end ? (size_t)(end + 1 - *piece) : source->to, 1;
        memmove(buffer, buffer + source->from, source->to - source->from);
        source->to -= source->from;
        source->from = 0;
        ssize_t got = pread(source->fd, buffer + source->to, sizeof source->buffer - source->to, source->offset + (int64_t)source->to);
        if (got < 0) return -1;
        if (!got) return *piece = buffer, *length = source->to, source->to > 0;
        source->to += (size_t)got;
    }
}

static void step_over(struct mbox_source *source, size_t length) {
    source->from += length;
    source->offset += (int64_t)length;
}

static void rewind_pass(struct mbox_source *source) {
    source->mbox = (struct mbox)MBOX_INIT;
    source->from = source->to = source->kept_count = 0;
    source->offset = source->number = 0;
}

static int64_t count_messages(struct mbox_source *source) {
    const char *piece;
    size_t length;
    int64_t count = 0;
    AUTO_BUF nowhere = BUF_INIT(0);
    for (rewind_pass(source); next_piece(source, &piece, &length) > 0; step_over(source, length)) count += mbox_take(&source->mbox, piece, length, &nowhere) == MBOX_BEGINS;
    rewind_pass(source);
    return count;
}

static void end_pass(struct mbox_source *source) {
    if (source->fd >= 0) close(source->fd);
    source->fd = -1;
}

static int64_t mbox_list(void *state, struct err *err) {
    struct mbox_source *source = state;
    char path[PATH_BYTES];
    end_pass(source);
    snprintf(path, sizeof path, "%s.relais-lock", source->path);
    if (!source->only_one) {
        if (!(source->only_one = lock_open(path, LOCK_TRY, err))) return -1;
        mbox_lock_sweep(source->path);
    }
    if (!empty_file(source, err)) return -1;
    source->fd = open(source->taken, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (source->fd < 0 && errno == ENOENT) return 0;
    if (source->fd < 0) return cannot(source, err), -1;
    return count_messages(source);
}

static void keep(struct mbox_source *source, int64_t begin, int64_t end) {
    if (source->kept_count == source->kept_room) {
        source->kept_room = source->kept_room ? source->kept_room * 2 : 16;
        source->kept = mem_grow(source->kept, source->kept_room, sizeof *source->kept);
    }
    source->kept[source->kept_count++] = (struct read_message){.number = ++source->number, .begin = begin, .end = end};
}

/* What is done leaves: the file, or a new one with what stays in it. */
static bool leave_behind(struct mbox_source *source, struct err *err) {
    if (!source->kept_count) return (!unlink(source->taken) && sync_folder(source->taken)) || cannot(source, err);
    int fresh = make_fresh(source);
    bool good = fresh >= 0;
    for (size_t i = 0; i < source->kept_count && good; i++)
        good = source->kept[i].done || copy_range(source->fd, source->kept[i].begin, source->kept[i].end, fresh);
    good = good && put_in_place(source, fresh);
    if (!good) cannot(source, err);
    if (fresh >= 0) close(fresh);
    return good;
}

static bool mbox_end(void *state, struct err *err) {
    struct mbox_source *source = state;
    bool good = source->fd < 0 || leave_behind(source, err);
    end_pass(source);
    return good;
}

/* A message is whole at the next From_ line, which stays to be read, or at the end. */
static enum source_got mbox_read(void *state, size_t limit_bytes, struct buf *out, bool *cut, int64_t *ticket, struct err *err) {
    struct mbox_source *source = state;
    if (source->fd < 0) return SOURCE_END;
    out->ceiling = limit_bytes;
    int64_t begin = -1;
    for (;;) {
        const char *piece;
        size_t length;
        struct mbox before = source->mbox;
        int got = next_piece(source, &piece, &length);
        if (got < 0) return err_errno(err, ERR_RETRY, "MBOX", "« %s » ne peut être lu", source->taken), end_pass(source), SOURCE_TROUBLE;
        bool begins = got && mbox_take(&source->mbox, piece, length, out) == MBOX_BEGINS;
        if (begins && begin >= 0) source->mbox = before; /* the next one's */
        if (begin >= 0 && (begins || !got)) break;
        if (!got) return SOURCE_END;
        if (begins) begin = source->offset;
        step_over(source, length);
    }
    if (out->length && out->bytes[out->length - 1] != '\n') buf_add_char(out, '\n'); /* the same whether it ends the file or not */
    keep(source, begin, source->offset);
    *ticket = source->number;
    *cut = out->overflow;
    return SOURCE_MESSAGE;
}

static const char *mbox_name(void *state, int64_t ticket) {
    struct mbox_source *source = state;
    snprintf(source->name, sizeof source->name, "%" PRId64, ticket);
    return source->name;
}

/* It stands among the last ones: those that stay lie before it. */
static bool mbox_done(void *state, int64_t ticket, struct err *err) {
    struct mbox_source *source = state;
    (void)err;
    for (size_t i = source->kept_count; i-- > 0 && source->kept[i].number >= ticket;) source->kept[i].done |= source->kept[i].number == ticket;
    while (source->kept_count && source->kept[source->kept_count - 1].done) source->kept_count--;
    return true;
}

static bool mbox_wait(void *state, struct source_wait *wait, struct err *err) {
    (void)state, (void)err;
    *wait = (struct source_wait){.fd = -1};
    return true;
}

static bool mbox_look(void *state, char *text, size_t size, struct err *err) {
    const struct mbox_source *source = state;
    char folder[PATH_BYTES];
    const char *slash = strrchr(source->path, '/');
    snprintf(folder, sizeof folder, "%.*s", slash ? (int)max_i64(slash - source->path, 1) : 1, slash ? source->path : ".");
    if (access(folder, R_OK | W_OK | X_OK))
        return err_errno(err, ERR_INPUT, "MBOX", "mbox : on ne peut écrire dans « %s » (un verrou et une copie y vont) ; corrigez-en les droits", folder);
    if (access(source->path, R_OK | W_OK) && errno != ENOENT)
        return err_errno(err, ERR_INPUT, "MBOX", "mbox : « %s » ne peut être lu et vidé ; vérifiez le chemin et les droits", source->path);
    snprintf(text, size, "%s", source->path);
    return true;
}

static void mbox_close(void *state) {
    struct mbox_source *source = state;
    end_pass(source);
    lock_close(source->only_one);
    free(source->kept);
    free(source->path);
    free(source->taken);
    free(source->fresh);
    free(source);
}

bool source_mbox(const char *path, struct mail_source *source, struct err *err) {
    static const struct source_driver DRIVER = {.list = mbox_list, .read = mbox_read, .name = mbox_name, .done = mbox_done, .end = mbox_end, .wait = mbox_wait, .look = mbox_look, .close = mbox_close};
    char taken[PATH_BYTES], fresh[PATH_BYTES];
    if (strlen(path) > PATH_BYTES - 20) return err_set(err, ERR_INPUT, "MBOX", "mbox : chemin trop long");
    snprintf(taken, sizeof taken, "%s.relais", path);
    snprintf(fresh, sizeof fresh, "%s.relais-new", path);
    struct mbox_source *state = mem_new(1, sizeof *state);
    state->path = text_dup(path);
    state->taken = text_dup(taken);
    state->fresh = text_dup(fresh);
    state->fd = -1;
    *source = (struct mail_source){.driver = &DRIVER, .state = state};
    return true;
}
