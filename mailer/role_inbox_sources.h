/* The sources of returned messages that the configuration names: [inbox], [inbox.NAME]. */
#ifndef MAILER_ROLE_INBOX_SOURCES_H
#define MAILER_ROLE_INBOX_SOURCES_H

#include "base/settings.h"
#include "mailer/inbox/source.h"

struct inbox_source {
    const char *section; /* borrowed from the settings */
    struct mail_source source;
    size_t limit_bytes;
    int64_t poll_ms;
};
/* Whether the section names a source; one that does not may hold settings only (max_megabytes for a pipe). */
bool inbox_source_named(const struct settings *settings, const char *section);
/* Judges the section's settings and looks at nothing outside. ERR_INPUT with file and line: several sources in one section, a URL that is none, a way to
 * log in that does not go with what there is. */
bool inbox_source_open(const struct settings *settings, const char *section, struct inbox_source *out, struct err *err);

#endif
