/* Secrets kept in files: passwords, tokens and keys, read where only their owner can, wiped when done with. */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include "base/buf.h"
#include "base/err.h"

enum { SECRET_BYTES = 16384 };

/* The first line of path, without its line end, into out, which is emptied before. ERR_INPUT SECRET: no file, empty, longer
 * than SECRET_BYTES, a NUL in it; SECRET_OPEN: others than its owner can read it. A group may where root has arranged it so:
 * the file is root's, and we are not (systemd's credentials, a group of the service). Texts name the path, never what is in it. */
bool secret_file_read(const char *path, struct buf *out, struct err *err) MUST_USE;
/* The whole of path, which may hold anything: a key. Judged as above, under the codes CODE and CODE_OPEN. */
bool secret_bytes_read(const char *path, const char *code, struct buf *out, struct err *err) MUST_USE;
/* The first line of what a program has said, the same way. whence: for texts, « la commande … ». */
bool secret_line(struct buf *bytes, const char *whence, struct err *err) MUST_USE;

void secret_wipe_text(char *text); /* its bytes become 0; NULL is fine */
/* Wiped, then buf_release. A buffer that is to be wiped must have been given its room at once (secret_room), for growing
 * leaves copies behind. */
void secret_release(struct buf *buf);
char *secret_room(struct buf *buf);
#define AUTO_SECRET __attribute__((cleanup(secret_release))) struct buf

#endif
