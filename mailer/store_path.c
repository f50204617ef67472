/* The store's place. */
#include "mailer/store_path.h"

#include <string.h>

#include "base/real_path.h"
#include "base/text.h"

static const char SQLITE[] = "sqlite:";

void store_url(const struct settings *settings, struct buf *url) {
    const char *given = settings_text(settings, "store", "url");
    const char *path = given + strlen(SQLITE);
    if (!text_starts(given, SQLITE) || *path == '/' || *path == ':') buf_add_text(url, given);
    else buf_add_format(url, "%s%s/%s", SQLITE, settings_folder(settings), path);
}

void store_file(const struct settings *settings, struct buf *path) {
    AUTO_BUF url = BUF_INIT(4096);
    store_url(settings, &url);
    const char *at = buf_text(&url);
    buf_add_text(path, text_starts(at, SQLITE) ? at + strlen(SQLITE) : at);
}

void store_lock_path(const struct settings *settings, const char *name, struct buf *path) {
    AUTO_BUF file = BUF_INIT(4096);
    store_file(settings, &file);
    if (*buf_text(&file) == ':') buf_add_text(path, buf_text(&file)); /* in memory */
    else real_path(buf_text(&file), path);
    buf_add_format(path, "-%s", name);
}

/* Not "-journal": SQLite would take a file of that name for its own, find it unreadable, and delete it. */
void store_journal_path(const struct settings *settings, struct buf *path) {
    const char *given = settings_path(settings, "store", "journal");
    if (*given) buf_add_text(path, given);
    else store_lock_path(settings, "send-journal", path);
}
