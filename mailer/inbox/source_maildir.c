/* Reading and emptying a Maildir. */
#include "mailer/inbox/source_maildir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_BYTES = 4096 };
struct maildir {
    char *path, *done; /* done: the subfolder's path */
    char **names;      /* "new/NAME", "cur/NAME:2,S" */
    int64_t count, room;
};

static bool make_folder(const char *path, struct err *err) {
    if (!mkdir(path, 0700) || errno == EEXIST) return true;
    return err_errno(err, ERR_INPUT, "MAILDIR",
                     "le dossier « %s » ne peut être créé ; donnez le droit d'écrire dans le Maildir", path);
}

static bool make_done(const struct maildir *maildir, struct err *err) {
    static const char *const INSIDE[] = {"", "/tmp", "/new", "/cur"};
    char path[PATH_BYTES];
    for (size_t i = 0; i < COUNT(INSIDE); i++) {
        snprintf(path, sizeof path, "%s%s", maildir->done, INSIDE[i]);
        if (!make_folder(path, err)) return false;
    }
    if (!access(path, W_OK | X_OK)) return true;
    return err_errno(err, ERR_INPUT, "MAILDIR",
                     "on ne peut écrire dans « %s » ; changez-en les droits ou le propriétaire", path);
}

struct maildir *maildir_open(const char *path, const char *done_folder, struct err *err) {
    static const char *const NEEDED[] = {"new", "cur"};
    char joined[PATH_BYTES];
    if (done_folder[0] != '.' || !done_folder[1] || done_folder[1] == '.' || strchr(done_folder, '/')) {
        err_set(err, ERR_INPUT, "BAD_SETTING",
                "[inbox] done_folder « %s » : écrivez un point puis un nom, comme .Relais", done_folder);
        return NULL;
    }
    AUTO(maildir) maildir = mem_new(1, sizeof *maildir);
    for (size_t i = 0; i < COUNT(NEEDED); i++) {
        snprintf(joined, sizeof joined, "%s/%s", path, NEEDED[i]);
        /* Messages are moved away: without the right to write, the same ones would be read for ever. */
        if (!access(joined, R_OK | W_OK | X_OK)) continue;
        err_errno(err, ERR_INPUT, "MAILDIR",
                  "[inbox] maildir : « %s » ne peut être lu et vidé ; vérifiez le chemin et les droits",
                  joined);
        return NULL;
    }
    maildir->path = text_dup(path);
    snprintf(joined, sizeof joined, "%s/%s", path, done_folder);
    maildir->done = text_dup(joined);
    if (!make_done(maildir, err)) return NULL;
    struct maildir *opened = maildir;
    maildir = NULL;
    return opened;
}

static void forget_names(struct maildir *maildir) {
    for (int64_t i = 0; i < maildir->count; i++) free(maildir->names[i]);
    maildir->count = 0;
}

void maildir_close(struct maildir *maildir) {
    if (!maildir) return;
    forget_names(maildir);
    free(maildir->names);
    free(maildir->path);
    free(maildir->done);
    free(maildir);
}

static bool list_folder(struct maildir *maildir, const char *folder, struct err *err) {
    char path[PATH_BYTES];
    snprintf(path, sizeof path, "%s/%s", maildir->path, folder);
    DIR *open = opendir(path);
    if (!open)
        return err_errno(err, ERR_INPUT, "MAILDIR",
                         "[inbox] maildir : « %s » ne peut être lu ; vérifiez le chemin et les droits", path);
    for (const struct dirent *entry; (entry = readdir(open));) {
        if (entry->d_name[0] == '.') continue;
        if (maildir->count == maildir->room) {
            maildir->room = maildir->room ? maildir->room * 2 : 64;
            maildir->names = mem_grow(maildir->names, (size_t)maildir->room, sizeof *maildir->names);
        }
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        maildir->names[maildir->count++] = text_dup(path);
    }
    closedir(open);
    return true;
}

/* By name without the folder: order of delivery whichever folder a mail program left it in. */
static int in_order(const void *a, const void *b) {
    return strcmp(*(char *const *)a + strlen("new/"), *(char *const *)b + strlen("new/"));
}

int64_t maildir_list(struct maildir *maildir, struct err *err) {
    forget_names(maildir);
    if (!list_folder(maildir, "new", err) || !list_folder(maildir, "cur", err)) return -1;
    if (maildir->count) qsort(maildir->names, (size_t)maildir->count, sizeof *maildir->names, in_order);
    return maildir->count;
}

const char *maildir_name(const struct maildir *maildir, int64_t index) {
    return maildir->names[index];
}

int maildir_read(struct maildir *maildir, int64_t index, size_t limit_bytes, struct buf *out, bool *cut,
                 struct err *err) {
    char path[PATH_BYTES];
    struct stat info;
    snprintf(path, sizeof path, "%s/%s", maildir->path, maildir->names[index]);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0 && errno == ENOENT) return 0;
    if (fd >= 0 && (fstat(fd, &info) || !S_ISREG(info.st_mode))) {
        close(fd);
        fd = -1;
        errno = EINVAL;
    }
    FILE *file = fd >= 0 ? fdopen(fd, "r") : NULL;
    if (!file) {
        if (fd >= 0) close(fd);
        err_errno(err, ERR_INPUT, "MAILDIR",
                  "le message « %s » ne peut être lu ; vérifiez ses droits, ou retirez-le", path);
        return -1;
    }
    out->ceiling = limit_bytes;
    bool good = buf_add_file(out, file);
    *cut = out->overflow;
    fclose(file);
    if (good || *cut) return 1;
    err_errno(err, ERR_RETRY, "MAILDIR", "le message « %s » ne peut être lu", path);
    return -1;
}

bool maildir_done(struct maildir *maildir, int64_t index, struct err *err) {
    char from[PATH_BYTES], to[PATH_BYTES];
    const char *name = strchr(maildir->names[index], '/') + 1;
    size_t plain = strcspn(name, ":");
    snprintf(from, sizeof from, "%s/%s", maildir->path, maildir->names[index]);
    snprintf(to, sizeof to, "%s/cur/%.*s:2,S", maildir->done, (int)plain, name);
    if (!rename(from, to) || errno == ENOENT) return true; /* gone: another program moved it, its row stays */
    return err_errno(err, ERR_INPUT, "MAILDIR", "« %s » ne peut être rangé dans « %s » ; vérifiez les droits",
                     from, maildir->done);
}
