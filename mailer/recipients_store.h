/* Everybody a campaign may write to, read once: for checks and samples that go over all of them. */
#ifndef MAILER_RECIPIENTS_STORE_H
#define MAILER_RECIPIENTS_STORE_H

#include "mailer/campaign.h"

struct recipient {
    char id[32], department[8];
    char *name, *address;  /* address NULL = none that may be written to */
    int64_t contact_id, population;
    bool relay, commune, selected, answered;
};
struct recipients { struct recipient *all; size_t count; };

/* Who is enrolled and neither withdrawn nor opposed, and the relays; collectivities first, by code. */
bool recipients_load(struct db *db, int64_t campaign_id, struct recipients *recipients, struct err *err);
void recipients_release(struct recipients *recipients);
bool recipient_in(const struct recipient *recipient, enum audience audience); /* as AUDIENCE_CONDITION says */
/* "liste.csv:12", where the address comes from; "" when nobody knows. */
bool recipient_origin(struct db *db, const struct recipient *recipient, char out[200], struct err *err);

#endif
