/* How many messages of a campaign go to groups of recipient domains that have a rate ([domains]): what a forecast must know of
 * addresses. A group's number is its place in a_minute, counted from 1; 0 = a group without a rate. Writes nothing. */
#ifndef MAILER_SEND_DOMAIN_SHARES_STORE_H
#define MAILER_SEND_DOMAIN_SHARES_STORE_H

#include "base/db.h"
#include "mailer/audience.h"
#include "mailer/send/domain_groups.h"

/* The rates, as the groups become known. groups: borrowed, NULL = no group has a rate. Released by free(a_minute). */
struct domain_rates { struct domain_groups *groups; int64_t *a_minute; size_t count; };
bool domain_rates_any(const struct domain_rates *rates);
size_t domain_rates_group(struct domain_rates *rates, const char *address);
const char *domain_rates_name(const struct domain_rates *rates, size_t group); /* "" of 0; borrowed */

/* Enrolled parties of one department and one place in the campaign (or relays) whose first living address is in one group. */
struct domain_share { char department[8]; bool relay; struct audience_place place; size_t group; int64_t count; };
struct domain_shares { struct domain_share *all; size_t count; }; /* of groups with a rate only; released by free(all) */
bool domain_shares_load(struct db *db, int64_t campaign_id, struct domain_rates *rates, struct domain_shares *shares, struct err *err);
bool domain_share_in(const struct domain_share *share, enum audience audience, const char *department);

#endif
