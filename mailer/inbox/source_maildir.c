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
    int64_t count, room, next;
    bool looked;       /* the folders can be written to, and the subfolder is there */
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

/* Messages are moved away: without the right to write, the same ones would be read for ever. */
static bool can_empty(const struct maildir *maildir, struct err *err) {
    static const char *const NEEDED[] = {"new", "cur"};
    char joined[PATH_BYTES];
    for (size_t i = 0; i < COUNT(NEEDED); i++) {
        snprintf(joined, sizeof joined, "%s/%s", maildir->path, NEEDED[i]);
        if (access(joined, R_OK | W_OK | X_OK))
            return err_errno(err, ERR_INPUT, "MAILDIR",
                             "maildir : « %s » ne peut être lu et vidé ; vérifiez le chemin et les droits", joined);
    }
    return true;
}

static void forget_names(struct maildir *maildir) {
    for (int64_t i = 0; i < maildir->count; i++) free(maildir->names[i]);
    maildir->count = maildir->next = 0;
}

static void maildir_close(void *state) {
    struct maildir *maildir = state;
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
                         "maildir : « %s » ne peut être lu ; vérifiez le chemin et les droits", path);
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

static int64_t maildir_list(void *state, struct err *err) {
    struct maildir *maildir = state;
    forget_names(maildir);
    if (!maildir->looked && !(can_empty(maildir, err) && make_done(maildir, err))) return -1;
    maildir->looked = true;
    if (!list_folder(maildir, "new", err) || !list_folder(maildir, "cur", err)) return maildir->looked = false, -1;
    if (maildir->count) qsort(maildir->names, (size_t)maildir->count, sizeof *maildir->names, in_order);
    return maildir->count;
}

static const char *maildir_name(void *state, int64_t ticket) { return ((const struct maildir *)state)->names[ticket]; }

/* NULL with errno; only a regular file is read. */
static FILE *open_message(const char *path) {
    struct stat info;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd >= 0 && (fstat(fd, &info) || !S_ISREG(info.st_mode))) {
        close(fd);
        fd = -1;
        errno = EINVAL;
    }
    FILE *file = fd >= 0 ? fdopen(fd, "r") : NULL;
    if (fd >= 0 && !file) close(fd);
    return file;
}

static enum source_got maildir_read(void *state, size_t limit_bytes, struct buf *out, bool *cut, int64_t *ticket, struct err *err) {
    struct maildir *maildir = state;
    char path[PATH_BYTES];
    FILE *file = NULL;
    while (!file) {
        if (maildir->next == maildir->count) return SOURCE_END;
        *ticket = maildir->next++;
        snprintf(path, sizeof path, "%s/%s", maildir->path, maildir->names[*ticket]);
        file = open_message(path);
        if (file || errno == ENOENT) continue; /* gone meanwhile: another program's business */
        err_errno(err, ERR_INPUT, "MAILDIR",
                  "le message « %s » ne peut être lu ; vérifiez ses droits, ou retirez-le", path);
        return SOURCE_STAYS;
    }
    out->ceiling = limit_bytes;
    bool good = buf_add_file(out, file);
    *cut = out->overflow;
    fclose(file);
    if (good || *cut) return SOURCE_MESSAGE;
    err_errno(err, ERR_RETRY, "MAILDIR", "le message « %s » ne peut être lu", path);
    return SOURCE_STAYS;
}

static bool maildir_done(void *state, int64_t ticket, struct err *err) {
    struct maildir *maildir = state;
    char from[PATH_BYTES], to[PATH_BYTES];
    const char *named = maildir->names[ticket], *name = strchr(named, '/') + 1;
    size_t plain = strcspn(name, ":");
    snprintf(from, sizeof from, "%s/%s", maildir->path, named);
    snprintf(to, sizeof to, "%s/cur/%.*s:2,S", maildir->done, (int)plain, name);
    if (!rename(from, to)) return true;
    maildir->looked = false;
    /* The message is gone: another program moved it, its row stays. Or the subfolder is. */
    if (errno == ENOENT && access(from, F_OK)) return true;
    return err_errno(err, ERR_INPUT, "MAILDIR", "« %s » ne peut être rangé dans « %s » ; vérifiez les droits",
                     from, maildir->done);
}

static bool maildir_end(void *state, struct err *err) { return (void)state, (void)err, true; } /* what is done has left */

static bool maildir_wait(void *state, struct source_wait *wait, struct err *err) {
    (void)state, (void)err;
    *wait = (struct source_wait){.fd = -1};
    return true;
}

static bool maildir_look(void *state, char *text, size_t size, struct err *err) {
    const struct maildir *maildir = state;
    snprintf(text, size, "%s", maildir->path);
    return can_empty(maildir, err);
}

bool source_maildir(const char *path, const char *done_folder, struct mail_source *source, struct err *err) {
    static const struct source_driver DRIVER = {.list = maildir_list, .read = maildir_read, .name = maildir_name,
                                                .done = maildir_done, .end = maildir_end, .wait = maildir_wait,
                                                .look = maildir_look, .close = maildir_close};
    char joined[PATH_BYTES];
    if (done_folder[0] != '.' || !done_folder[1] || done_folder[1] == '.' || strchr(done_folder, '/'))
        return err_set(err, ERR_INPUT, "BAD_SETTING",
                       "done_folder « %s » : écrivez un point puis un nom, comme .Relais", done_folder);
    struct maildir *maildir = mem_new(1, sizeof *maildir);
    snprintf(joined, sizeof joined, "%s/%s", path, done_folder);
    *maildir = (struct maildir){.path = text_dup(path), .done = text_dup(joined)};
    *source = (struct mail_source){.driver = &DRIVER, .state = maildir};
    return true;
}
