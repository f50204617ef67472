/* What has gone out before, for whoever is about to let the next wave go. */
#ifndef MAILER_START_STORE_H
#define MAILER_START_STORE_H

#include "mailer/campaign.h"
#include "mailer/wave_store.h"

enum { DIFFERENCE_REASONS = 8 };
/* Between the last wave that has left and the next one, relays apart: who is not in the next one any more and why (a
 * reason of skip_reason_text), and who is new. */
struct difference {
    const struct wave *last, *next; /* NULL = there is none, and nothing to compare */
    int64_t last_total, next_total, added, gone;
    struct { char reason[24]; int64_t count; } reasons[DIFFERENCE_REASONS];
    size_t reason_count;
};
bool start_difference(struct db *db, const struct campaign *campaign, const struct waves *waves, struct difference *difference, struct err *err);

#endif
