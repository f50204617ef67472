/* Where a report goes: standard output, or a file that is complete or absent. */
#ifndef MAILER_REPORTS_OUTPUT_H
#define MAILER_REPORTS_OUTPUT_H

#include "base/buf.h"
#include "base/err.h"

/* path NULL or "-": standard output. A file is written beside its place and renamed into it. ERR_INPUT names
 * it. */
bool output_write(const struct buf *bytes, const char *path, struct err *err);
/* Whether colours are welcome there: a terminal, no NO_COLOR, no file. */
bool output_colour(const char *path);

/* The same for what is too long to be in memory at once. Closed without output_commit, a file leaves no trace. */
struct output;
struct output *output_open(const char *path, struct err *err); /* ERR_INPUT OUTPUT */
FILE *output_file(struct output *output);                      /* to write to */
const char *output_part(const struct output *output); /* the file's name until the commit; NULL: standard output */
bool output_commit(struct output *output, struct err *err) MUST_USE; /* once, and then close */
void output_close(struct output *output);                            /* NULL is fine */
AUTO_CLOSE(output, output_close)

#endif
