/* Why the next mail to one collectivity or relay is, or is not, planned. */
#ifndef MAILER_REPORTS_WHY_H
#define MAILER_REPORTS_WHY_H

#include "mailer/campaign.h"
#include "mailer/reports/party_store.h"

struct why {
    struct party party;
    char campaign[CAMPAIGN_NAME];
    char next_wave[SCHEDULE_NAME]; /* "" = none to come */
    int64_t next_at_ms;
    /* "planned", or what stands in the way, the first of: "not-started", "paused", "cancelled", "deadline",
     * "not-approved", a reason of audience_excludes, "no-address", "dead-address", "objection", "no-wave". */
    char reason[64];
    char **details;
    size_t detail_count; /* French sentences, in the order things were checked */
};

/* sender: sender_identity_text of who would send now; NULL when there is none yet, and the approval is not looked at.
 * ERR_INPUT UNKNOWN_CAMPAIGN, UNKNOWN_PARTY. Release it also after a failure. */
bool why_load(struct db *db, const char *campaign, const char *id, const char *sender, int64_t now_ms, struct why *why,
              struct err *err);
void why_release(struct why *why);

#endif
