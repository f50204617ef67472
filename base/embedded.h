/* The project's own files that the binary carries: migrations, reference, French messages, examples. */
#ifndef BASE_EMBEDDED_H
#define BASE_EMBEDDED_H

#include "base/common.h"

struct embedded_file {
    const char *name; /* its path in the repository: "schema/0001_store.sql" */
    const char *bytes; /* followed by a NUL that is not counted */
    size_t length;
};

extern const struct embedded_file EMBEDDED[]; /* sorted by name, ended by name NULL (tools/embed.sh) */

const struct embedded_file *embedded_find(const char *name); /* NULL when there is none */

#endif
