/* What stands before a template's text: lines of "key: value" between two lines of ---.
 *   subject: …            attachments: notice.pdf, guide.odt            calendar: true */
#ifndef TEMPLATES_FRONT_MATTER_H
#define TEMPLATES_FRONT_MATTER_H

#include "base/err.h"
#include "templates/attachment.h"

struct front_matter {
    const char *subject; /* borrowed from the bytes given, unquoted, never empty */
    size_t subject_length;
    long subject_line, subject_column;
    char attachments[ATTACHMENTS_MOST][ATTACHMENT_NAME + 1]; /* names of files beside the template */
    size_t attachment_count;
    long attachments_line;
    bool calendar;                                           /* the deadline goes with it, as an event */
    long calendar_line;
    size_t body; /* where the text begins */
    long body_line;
};
/* ERR_INPUT with the line: no front matter, an unknown or repeated key, no subject, a file that cannot be attached. */
bool front_matter_read(const char *file, const char *bytes, size_t length, struct front_matter *matter,
                       struct err *err);

#endif
