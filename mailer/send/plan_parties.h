/* The deliveries of a wave: one for every party of its audience that has none, with its dispatch and its line in the ledger. */
#ifndef MAILER_SEND_PLAN_PARTIES_H
#define MAILER_SEND_PLAN_PARTIES_H

#include "mailer/send/planner.h"
#include "mailer/wave_store.h"

struct planning {
    struct db *db;
    const struct campaign *campaign;
    const struct message_identity *identity;
    const struct send_limits *limits;
    int64_t now_ms;
    struct planned *planned;
};
/* One to write to; group_ms: from when its wave's lateness is counted. */
struct planned_party { char id[32], department[8]; int64_t group_ms; uint64_t place; /* plan_parties' */ };
/* Of the departments whose group has begun, in the caller's transaction, which holds the writer's lock. */
bool plan_parties(const struct planning *planning, const struct wave *wave, struct err *err);
/* The same for these alone, who must have no delivery of the wave. */
bool plan_these_parties(const struct planning *planning, const struct wave *wave, const struct planned_party *parties, int count, struct err *err);

#endif
