/* A file as a finished part of a message: type by its name's ending, name by RFC 2231, content in base64. Made once,
 * put into every message as it is. */
#ifndef TEMPLATES_ATTACHMENT_H
#define TEMPLATES_ATTACHMENT_H

#include "base/buf.h"
#include "base/err.h"

/* Of one message's files together, before base64 makes a third more of them: what mail servers of mairies take, and what
 * 36,000 copies may weigh. */
enum { ATTACHMENTS_MOST = 5, ATTACHMENTS_MOST_BYTES = 1500000, ATTACHMENT_NAME = 120 };

/* The types of file a message may carry, for error messages: "pdf, odt, …". */
extern const char ATTACHMENT_ENDINGS[];
/* A bare file name (no folder, no control, not hidden) with an ending that is known. */
bool attachment_name_valid(const char *name, size_t length);
/* Appends the part, from Content-Type to its last CRLF. type NULL: by the name's ending; text is declared UTF-8 when it
 * is, and unnamed bytes otherwise. ERR_INPUT when the name is none. */
bool attachment_build(const char *name, const char *type, const char *bytes, size_t length, struct buf *out, struct err *err);

#endif
