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

#endif
