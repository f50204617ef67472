/* What stands before a template's text: lines of "key: value" between two lines of ---. */
#ifndef TEMPLATES_FRONT_MATTER_H
#define TEMPLATES_FRONT_MATTER_H

#include "base/err.h"

struct front_matter {
    const char *subject; /* borrowed from the bytes given, unquoted, never empty */
    size_t subject_length;
    long subject_line, subject_column;
    size_t body; /* where the text begins */
    long body_line;
};
/* ERR_INPUT with the line: no front matter, an unknown or repeated key, no subject. */
bool front_matter_read(const char *file, const char *bytes, size_t length, struct front_matter *matter,
                       struct err *err);

#endif
