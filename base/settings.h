/* The configuration file (INI): one table of keys says type, default, range and unit of each. */
#ifndef BASE_SETTINGS_H
#define BASE_SETTINGS_H

#include "base/err.h"

struct settings;

/* Reads path. An unknown section or key, a value out of range, a line that is neither: ERR_INPUT with file,
 * line and remedy. A section may occur twice; a later value wins. */
struct settings *settings_load(const char *path, struct err *err);
void settings_free(struct settings *settings); /* NULL is fine */
AUTO_CLOSE(settings, settings_free)

/* The value given, else the table's default; never NULL, "" where both are empty. Borrowed. A section
 * "smtp.NAME" or "inbox.NAME" has the keys of its family. Asking for a key the table lacks aborts. */
const char *settings_text(const struct settings *settings, const char *section, const char *key);
int64_t settings_int(const struct settings *settings, const char *section, const char *key);
int64_t settings_ms(const struct settings *settings, const char *section, const char *key); /* durations: 90s, 30m, 8h, 2d */
/* A path, relative ones made relative to the file's folder; "" stays "". Borrowed. */
const char *settings_path(const struct settings *settings, const char *section, const char *key);
bool settings_is(const struct settings *settings, const char *section, const char *key, const char *word);

const char *settings_file(const struct settings *settings);   /* as given */
const char *settings_folder(const struct settings *settings); /* "." when the file has no folder */
/* Line where the value in force was given; 0 when it is the default. */
long settings_line(const struct settings *settings, const char *section, const char *key);
/* The index-th section of a family given in the file ("inbox", "inbox.amf29" …), NULL after the last. */
const char *settings_section(const struct settings *settings, const char *family, size_t index);
/* The index-th key of a section: those of the table, then those given in the file under names of the user's own (in the few
 * sections that take them, [domains]); NULL after the last. */
const char *settings_key(const struct settings *settings, const char *section, size_t index);

#endif
