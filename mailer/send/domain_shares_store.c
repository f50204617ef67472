/* Addresses are read one by one: which domain belongs to which group is known to domain_groups.c alone. */
#include "mailer/send/domain_shares_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mailer/audience_sql.h"

/* Whose turn it is (contact_choose): the first that is not dead. */
#define FIRST_ADDRESS(party)                                                                             \
    "COALESCE((SELECT k.address FROM contact k WHERE k.party_id = " party " AND NOT EXISTS (SELECT 1 FROM suppression s " \
    "WHERE s.address = k.address AND s.reason = 'dead') ORDER BY k.rank, k.id LIMIT 1), '')"

/* -- rates ---------------------------------------------------------------------------------------------------------- */
bool domain_rates_any(const struct domain_rates *rates) {
    const struct domain_group *group;
    for (size_t i = 0; rates->groups && (group = domain_group_at(rates->groups, i)) != NULL; i++)
        if (group->pace.most.a_minute) return true;
    return false;
}

size_t domain_rates_group(struct domain_rates *rates, const char *address) {
    const char *at = strrchr(address, '@');
    if (!at || !rates->groups) return 0;
    const struct domain_group *group = domain_group_of(rates->groups, at + 1, 0, 0);
    if (!group->pace.most.a_minute) return 0;
    size_t place = (size_t)group->key; /* from 1 on */
    if (place > rates->count) {
        rates->a_minute = mem_grow(rates->a_minute, place, sizeof *rates->a_minute);
        memset(rates->a_minute + rates->count, 0, (place - rates->count) * sizeof *rates->a_minute);
        rates->count = place;
    }
    rates->a_minute[place - 1] = group->pace.most.a_minute;
    return place;
}

const char *domain_rates_name(const struct domain_rates *rates, size_t group) {
    const struct domain_group *one;
    for (size_t i = 0; group && (one = domain_group_at(rates->groups, i)) != NULL; i++)
        if (one->key == group) return one->name;
    return "";
}

/* -- shares ----------------------------------------------------------------------------------------------------------- */
static bool same(const struct domain_share *a, const struct domain_share *b) {
    return a->group == b->group && a->relay == b->relay && a->place.selected == b->place.selected && a->place.answered == b->place.answered &&
           !strcmp(a->department, b->department);
}

/* Rows come by department: the one looked for is among the last. */
static void count_one(struct domain_shares *shares, const struct domain_share *one) {
    for (size_t i = shares->count; i-- && !strcmp(shares->all[i].department, one->department);)
        if (same(&shares->all[i], one)) {
            shares->all[i].count++;
            return;
        }
    if (!(shares->count & (shares->count - 1))) shares->all = mem_grow(shares->all, shares->count ? 2 * shares->count : 1, sizeof *shares->all);
    shares->all[shares->count] = *one;
    shares->all[shares->count++].count = 1;
}

/* Rows: department, selected, answered, address. */
static bool count_rows(struct db_rows *rows, bool relay, struct domain_rates *rates, struct domain_shares *shares, struct err *err) {
    int got;
    while ((got = db_next(rows, err)) > 0) {
        struct domain_share one = {.relay = relay, .place = {.selected = db_int(rows, 1), .answered = db_int(rows, 2)},
                                   .group = domain_rates_group(rates, db_text(rows, 3))};
        snprintf(one.department, sizeof one.department, "%s", db_text(rows, 0));
        if (one.group) count_one(shares, &one);
    }
    return got == 0;
}

bool domain_shares_load(struct db *db, int64_t campaign_id, struct domain_rates *rates, struct domain_shares *shares, struct err *err) {
    *shares = (struct domain_shares){0};
    if (!domain_rates_any(rates)) return true;
    AUTO(db_rows) parties = db_query(db, err,
                                     "SELECT c.department, e.selected, e.answered, " FIRST_ADDRESS("e.party_id") " FROM enrolment e "
                                     "JOIN collectivity c ON c.id = e.party_id WHERE e.campaign_id = $1 AND e.withdrawn = 0 AND e.objected = 0 "
                                     "ORDER BY c.department",
                                     DB_I(campaign_id));
    if (!count_rows(parties, false, rates, shares, err)) return false;
    AUTO(db_rows) relays = db_query(db, err, "SELECT " RELAY_DEPARTMENT("r") ", 0, 0, " FIRST_ADDRESS("r.id") " FROM relay r ORDER BY 1");
    return count_rows(relays, true, rates, shares, err);
}

bool domain_share_in(const struct domain_share *share, enum audience audience, const char *department) {
    if (strcmp(share->department, department) != 0 || share->relay != (audience == AUDIENCE_RELAYS)) return false;
    return share->relay || !audience_place_excludes(audience, &share->place);
}
