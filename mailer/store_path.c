/* The store's place. */
#include "mailer/store_path.h"

#include <string.h>

#include "base/text.h"

static const char SQLITE[] = "sqlite:";

void store_url(const struct settings *settings, struct buf *url) {
    const char *given = settings_text(settings, "store", "url");
    const char *path = given + strlen(SQLITE);
    if (!text_starts(given, SQLITE) || *path == '/' || *path == ':') buf_add_text(url, given);
    else buf_add_format(url, "%s%s/%s", SQLITE, settings_folder(settings), path);
}

void store_lock_path(const struct settings *settings, const char *name, struct buf *path) {
    AUTO_BUF url = BUF_INIT(4096);
    store_url(settings, &url);
    const char *at = buf_text(&url);
    if (text_starts(at, SQLITE)) at += strlen(SQLITE);
    buf_add_format(path, "%s-%s", at, name);
}

/* Not "-journal": SQLite would take a file of that name for its own, find it unreadable, and delete it. */
void store_journal_path(const struct settings *settings, struct buf *path) {
    const char *given = settings_path(settings, "store", "journal");
    if (*given) buf_add_text(path, given);
    else store_lock_path(settings, "send-journal", path);
}
