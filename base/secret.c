/* The file is opened once and judged by its descriptor: what is checked is what is read. */
#include "base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void secret_wipe_text(char *text) {
    if (text) explicit_bzero(text, strlen(text));
}

void secret_release(struct buf *buf) {
    if (buf->bytes) explicit_bzero(buf->bytes, buf->room);
    buf_release(buf);
}

char *secret_room(struct buf *buf) {
    buf->ceiling = SECRET_BYTES + 1;
    buf_clear(buf);
    return buf_reserve(buf, SECRET_BYTES);
}

bool secret_line(struct buf *bytes, const char *whence, struct err *err) {
    if (memchr(buf_text(bytes), '\0', bytes->length))
        return err_set(err, ERR_INPUT, "SECRET", "%s contient un caractère nul", whence);
    size_t length = strcspn(buf_text(bytes), "\r\n");
    if (length < bytes->length) explicit_bzero(bytes->bytes + length, bytes->length - length);
    buf_cut(bytes, length);
    return length || err_set(err, ERR_INPUT, "SECRET", "%s ne contient rien sur sa première ligne", whence);
}

static bool open_to_others(const struct stat *facts) {
    bool arranged = facts->st_uid == 0 && geteuid() != 0 && !(facts->st_mode & (S_IWGRP | S_IXGRP));
    return facts->st_mode & (arranged ? S_IRWXO : S_IRWXG | S_IRWXO);
}

static bool read_from(int fd, const char *path, const char *code, struct buf *out, struct err *err) {
    struct stat facts;
    char open_code[40];
    snprintf(open_code, sizeof open_code, "%s_OPEN", code);
    if (fstat(fd, &facts) || !S_ISREG(facts.st_mode)) return err_set(err, ERR_INPUT, code, "« %s » n'est pas un fichier", path);
    if (open_to_others(&facts))
        return err_set(err, ERR_INPUT, open_code, "« %s » est lisible par d'autres que son propriétaire ; faites : chmod 600 %s", path, path);
    if (facts.st_size > SECRET_BYTES)
        return err_set(err, ERR_INPUT, code, "« %s » dépasse %d octets ; vérifiez que c'est le bon fichier", path, SECRET_BYTES);
    char *room = secret_room(out);
    ssize_t length = read(fd, room, SECRET_BYTES); /* a regular file of that size comes at once */
    if (length < 0) return err_errno(err, ERR_INPUT, code, "« %s » ne peut être lu", path);
    buf_wrote(out, room + length);
    return true;
}

bool secret_bytes_read(const char *path, const char *code, struct buf *out, struct err *err) {
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return err_errno(err, ERR_INPUT, code, "« %s » ne peut être ouvert", path);
    bool good = read_from(fd, path, code, out, err);
    close(fd);
    return good;
}

bool secret_file_read(const char *path, struct buf *out, struct err *err) {
    char whence[300];
    snprintf(whence, sizeof whence, "« %.280s »", path);
    return secret_bytes_read(path, "SECRET", out, err) && secret_line(out, whence, err);
}
