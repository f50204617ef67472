/* Everything that ever happened to one collectivity or relay, oldest first. */
#ifndef MAILER_REPORTS_HISTORY_H
#define MAILER_REPORTS_HISTORY_H

#include "base/buf.h"
#include "mailer/reports/party_store.h"

struct history_event {
    int64_t at_ms;
    char *campaign, *wave, *event, *address, *code, *text, *origin, *by, *relay; /* "" where there is none */
};
struct history {
    struct party party;
    struct history_event *all;
    size_t count;
};

/* campaign may be NULL (all of them). ERR_INPUT
 * UNKNOWN_PARTY, UNKNOWN_CAMPAIGN. Release it also after a failure. */
bool history_load(struct db *db, const char *id, const char *campaign, struct history *history,
                  struct err *err);
void history_release(struct history *history);

/* French for an event, the word itself when it has none. Borrowed. */
const char *event_text(const char *event);
/* Aligned for a terminal; or one JSON object a line. Appended. */
void history_text(const struct history *history, bool colour, struct buf *out);
void history_json(const struct history *history, struct buf *out);
void history_csv(const struct history *history, struct buf *out);

#endif
