/* Before a campaign starts, every message it would send is made and judged: each wave to come, each recipient. */
#ifndef MAILER_MESSAGE_REVIEW_H
#define MAILER_MESSAGE_REVIEW_H

#include "mailer/compose.h"
#include "mailer/recipients_store.h"
#include "mailer/wave_store.h"

struct review {
    int64_t messages, without_address; /* made and judged; recipients of some wave to come that no mail can reach */
    size_t largest_bytes;
};
/* done of total messages. */
typedef void review_progress(int64_t done, int64_t total, void *ctx);

/* Whoever is in a wave's audience now; when nobody is yet (who is selected is not known), everybody enrolled: any of them
 * may come to be. Waves that are over are left out. The first message at fault ends it: ERR_INPUT MESSAGE_REFUSED names
 * the wave, the collectivité, the address and the row it comes from. */
bool message_review(struct db *db, const struct campaign *campaign, const struct waves *waves, const struct recipients *recipients,
                    const struct sender_identity *identity, int64_t now_ms, review_progress *progress, void *ctx, struct review *review,
                    struct err *err);
/* Whether a wave has still to be sent, to somebody at least. */
bool wave_to_come(const struct wave *wave);

#endif
