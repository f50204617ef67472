/* Refusals in a row, and those not believed yet. */
#include "mailer/send/breaker.h"

/* -- runs --------------------------------------------------------------------------------------------------------- */
int breaker_refused(struct breaker_run *run, uint64_t words) {
    if (run->words != words) *run = (struct breaker_run){.words = words};
    return run->count < INT32_MAX ? ++run->count : run->count;
}

int breaker_refused_group(struct breaker *breaker, uint64_t words, uint64_t group) {
    int count = breaker_refused(&breaker->run, words);
    if (count == 1) breaker->group_count = 0;
    for (int i = 0; i < breaker->group_count; i++)
        if (breaker->groups[i] == group) return count;
    if (breaker->group_count < BREAKER_GROUPS) breaker->groups[breaker->group_count++] = group;
    return count;
}

/* -- held --------------------------------------------------------------------------------------------------------- */
bool held_add(struct held_refusals *held, const struct held_refusal *refusal) {
    if (held->count == HELD_MOST) return false;
    held->all[held->count++] = *refusal;
    return true;
}

static bool picked(const struct held_refusal *one, enum held_pick pick, const struct held_refusal *like) {
    switch (pick) {
    case HELD_ACCEPTED:
        return one->relay == like->relay && (one->group == like->group || like->at_us - one->at_us >= HELD_DOUBT_US);
    case HELD_RELAY: return one->relay == like->relay && (!like->words || one->words == like->words);
    case HELD_DOOR: return one->relay == like->relay && one->group == like->group;
    case HELD_GROUP: return one->group == like->group;
    case HELD_IDLE: break;
    }
    return one->relay == like->relay && (!one->policy || one->accepted < like->accepted);
}

static void take_out(struct held_refusals *held, int at, struct held_refusal *out) {
    *out = held->all[at];
    held->all[at] = held->all[--held->count];
}

bool held_forget(struct held_refusals *held, int64_t delivery_id, struct held_refusal *out) {
    for (int i = 0; i < held->count; i++)
        if (held->all[i].delivery_id == delivery_id) return take_out(held, i, out), true;
    return false;
}

bool held_take(struct held_refusals *held, enum held_pick pick, const struct held_refusal *like, struct held_refusal *out) {
    for (int i = 0; i < held->count; i++) {
        if (!picked(&held->all[i], pick, like)) continue;
        return take_out(held, i, out), true;
    }
    return false;
}
