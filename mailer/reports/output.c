/* Writing a finished report, at once or piece by piece. */
#include "mailer/reports/output.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct output {
    FILE *file;
    char *path, *part; /* NULL: standard output */
    bool committed;
};

static bool to_standard_output(const char *path) {
    return !path || !strcmp(path, "-");
}

bool output_colour(const char *path) {
    const char *refused = getenv("NO_COLOR");
    return to_standard_output(path) && isatty(STDOUT_FILENO) && (!refused || !*refused);
}

static bool unwritable(const char *path, struct err *err) {
    return err_errno(err, ERR_INPUT, "OUTPUT", "le fichier « %s » ne peut être écrit", path);
}

struct output *output_open(const char *path, struct err *err) {
    struct output *output = mem_new(1, sizeof *output);
    if (to_standard_output(path)) {
        output->file = stdout;
        return output;
    }
    AUTO_BUF part = BUF_INIT(1 << 16);
    buf_add_format(&part, "%s.part", path);
    output->path = text_dup(path);
    output->part = buf_take(&part);
    errno = 0;
    output->file = fopen(output->part, "we");
    if (output->file) return output;
    unwritable(path, err);
    output->committed = true; /* there is nothing of ours to remove */
    output_close(output);
    return NULL;
}

FILE *output_file(struct output *output) {
    return output->file;
}

const char *output_part(const struct output *output) {
    return output->part;
}

bool output_commit(struct output *output, struct err *err) {
    if (!output->path) return true; /* main looks at the stream once, at the end */
    errno = 0;
    bool good = !ferror(output->file);
    good &= fclose(output->file) == 0;
    output->file = NULL;
    output->committed = good && !rename(output->part, output->path);
    return output->committed || unwritable(output->path, err);
}

void output_close(struct output *output) {
    if (!output) return;
    if (output->path && output->file) fclose(output->file);
    if (output->path && !output->committed) unlink(output->part);
    free(output->path);
    free(output->part);
    free(output);
}

bool output_write(const struct buf *bytes, const char *path, struct err *err) {
    if (bytes->overflow)
        return err_set(err, ERR_FATAL, "TOO_LARGE", "le rapport dépasse %zu Mo ; limitez-le par --department",
                       bytes->ceiling >> 20);
    AUTO(output) output = output_open(path, err);
    if (!output) return false;
    fwrite(buf_text(bytes), 1, bytes->length, output_file(output));
    return output_commit(output, err);
}
