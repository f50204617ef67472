/* realpath(3), and what it does not do: files that are yet to be made. */
#include "base/real_path.h"

#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

enum { LINKS = 40 }; /* as many as the kernel follows */

static const char *base_of(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* The folder as written, its slash included; nothing for the one we are in. */
static void add_folder(struct buf *out, const char *path) { buf_add(out, path, (size_t)(base_of(path) - path)); }

static void add_in_real_folder(struct buf *out, const char *path) {
    AUTO_BUF folder = BUF_INIT(PATH_MAX);
    add_folder(&folder, path);
    AUTO_TEXT real = realpath(folder.length ? buf_text(&folder) : ".", NULL);
    if (real) buf_add_format(out, "%s%s%s", real, real[1] ? "/" : "", base_of(path));
    else buf_add_text(out, path);
}

/* Where a link leads, as seen from where it lies; false when it is none. */
static bool add_target(struct buf *out, const char *path) {
    char target[PATH_MAX];
    ssize_t length = readlink(path, target, sizeof target);
    if (length <= 0 || (size_t)length == sizeof target) return false;
    if (target[0] != '/') add_folder(out, path);
    buf_add(out, target, (size_t)length);
    return true;
}

static void follow(const char *path, struct buf *out, int links) {
    AUTO_TEXT real = realpath(path, NULL);
    AUTO_BUF target = BUF_INIT(2 * PATH_MAX);
    if (real) buf_add_text(out, real);
    else if (links && add_target(&target, path)) follow(buf_text(&target), out, links - 1);
    else add_in_real_folder(out, path);
}

void real_path(const char *path, struct buf *out) { follow(path, out, LINKS); }
