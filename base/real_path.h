/* The one name of a file, whatever links lead to it: what is named after a file must be the same for everybody who means that file. */
#ifndef BASE_REAL_PATH_H
#define BASE_REAL_PATH_H

#include "base/buf.h"

/* Appends it. Of a file that is not there, also behind a link that leads nowhere: the name under which it would be created.
 * As given where its folder is not there either. */
void real_path(const char *path, struct buf *out);

#endif
