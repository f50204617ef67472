/* Finding one embedded file. */
#include "base/embedded.h"

#include <string.h>

const struct embedded_file *embedded_find(const char *name) {
    for (const struct embedded_file *file = EMBEDDED; file->name; file++)
        if (!strcmp(file->name, name)) return file;
    return NULL;
}
