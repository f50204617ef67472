/* Writing a finished report. */
#include "mailer/reports/output.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool to_standard_output(const char *path) {
    return !path || !strcmp(path, "-");
}

bool output_colour(const char *path) {
    const char *refused = getenv("NO_COLOR");
    return to_standard_output(path) && isatty(STDOUT_FILENO) && (!refused || !*refused);
}

static bool write_file(const char *path, const struct buf *bytes) {
    FILE *file = fopen(path, "we");
    if (!file) return false;
    bool good = fwrite(buf_text(bytes), 1, bytes->length, file) == bytes->length;
    return fclose(file) == 0 && good;
}

bool output_write(const struct buf *bytes, const char *path, struct err *err) {
    if (bytes->overflow)
        return err_set(err, ERR_FATAL, "TOO_LARGE", "le rapport dépasse %zu Mo ; limitez-le par --department",
                       bytes->ceiling >> 20);
    if (to_standard_output(path)) {
        fwrite(buf_text(bytes), 1, bytes->length, stdout);
        return true; /* main looks at the stream once, at the end */
    }
    AUTO_BUF part = BUF_INIT(4096);
    buf_add_format(&part, "%s.part", path);
    errno = 0;
    if (write_file(buf_text(&part), bytes) && !rename(buf_text(&part), path)) return true;
    int why = errno;
    unlink(buf_text(&part));
    errno = why;
    return err_errno(err, ERR_INPUT, "OUTPUT", "le fichier « %s » ne peut être écrit", path);
}
