/* Who goes where, and when. The choice is made for every message: a hash of its domain, a look at its group, a look at each
 * relay. */
#include <string.h>

#include "mailer/send/relays_parts.h"

enum {
    SLOW_SPENDING_US = 1000000, /* rates slower than this are written down with each message */
    STALLED_US = 1000000,       /* nothing of a full relay ended for so long: the others do not wait for it */
    LAG_MOST = 8,               /* rounds the claims of a full relay and of one with room may lie apart: some four messages */
};

static void wake_at(struct relays *relays, int64_t steady_us) { relays->wake_us = min_i64(relays->wake_us, steady_us); }

/* -- room ----------------------------------------------------------------------------------------------------------- */
/* FULL: it may send, and has its hands full for the moment. */
enum room { ROOM_NONE, ROOM_FULL, ROOM_FREE };

static bool is_full(const struct relay *relay) { return relay->pace.in_hand >= relay->slots; }

/* What counts only where shares are to be kept: elsewhere whoever has room takes it. */
static enum room full(struct relays *relays, const struct relay *relay) {
    int64_t patience_us = relay->quiet_since_us + STALLED_US;
    if (patience_us <= relays->now.steady_us || pacer_ask(&relay->pace, relays->now.clock_ms, relays->now.steady_us) != PACE_GO) return ROOM_NONE;
    wake_at(relays, patience_us);
    return ROOM_FULL;
}

static enum room room_of(struct relays *relays, const struct relay *relay) {
    if (relay_day_is_full(relay)) return ROOM_NONE;
    if (is_full(relay)) return relays->weighted ? full(relays, relay) : ROOM_NONE;
    enum pace_answer answer = pacer_ask(&relay->pace, relays->now.clock_ms, relays->now.steady_us);
    if (answer == PACE_SOON) wake_at(relays, relay->pace.next_us);
    return answer == PACE_GO ? ROOM_FREE : ROOM_NONE;
}

/* -- whom to pass over ---------------------------------------------------------------------------------------------- */
static int relay_named(const struct relays *relays, const char *name) {
    for (size_t i = 0; i < relays->count; i++)
        if (!strcmp(relays->all[i].settings.name, name)) return (int)i;
    return -1;
}

static bool stalls(const struct relays *relays, const struct relay *relay) {
    return is_full(relay) && relay->quiet_since_us + STALLED_US <= relays->now.steady_us;
}

/* Those whose door to the group is shut. Sets of bits, a relay each. */
static unsigned shut_doors(const struct relays *relays, const struct domain_group *group) {
    unsigned shut = 0;
    for (size_t i = 0; i < relays->count && group->doors; i++) shut |= (unsigned)domain_group_shut(group, i, relays->now.clock_ms) << i;
    return shut;
}

/* Who put it off last time is not asked again where another one, no mere spare, may say otherwise. */
static unsigned put_off_before(const struct relays *relays, const struct relays_wanted *wanted, unsigned shut) {
    if (!wanted->put_off_by || !*wanted->put_off_by) return 0;
    int last = relay_named(relays, wanted->put_off_by);
    for (size_t i = 0; i < relays->count && last >= 0; i++) {
        const struct relay *other = &relays->all[i];
        bool able = other->settings.weight && !(shut >> i & 1) && relay_well(relays, other) && !stalls(relays, other);
        if (able && (int)i != last) return 1u << last;
    }
    return 0;
}

/* When the first door opens again, or the first relay that has none shut is back; -1: one of them is up now. */
static int64_t first_door_ms(const struct relays *relays, const struct domain_group *group, unsigned shut) {
    int64_t first_ms = INT64_MAX;
    for (size_t i = 0; i < relays->count; i++) {
        const struct relay *relay = &relays->all[i];
        bool open = !(shut >> i & 1);
        if (open && relay_up(relays, relay)) return -1;
        first_ms = min_i64(first_ms, max_i64(relay_back_ms(relays, relay), open ? 0 : group->doors[i].until_ms));
    }
    return first_ms;
}

/* -- the turn ------------------------------------------------------------------------------------------------------- */
/* Smooth weighted round robin over those that may send. One that may not (its rate, its day, a rest, a stall) gains no claim
 * meanwhile: when it is back it gets its share, not a burst. One that is full keeps its claim, and once that is a few messages
 * more than the claim of those with room, they wait: else whoever is quick would get it all, whatever the weights. */
static struct relay *turn_of(struct relays *relays, unsigned bars, bool spares) {
    struct relay *best = NULL;
    enum room room[RELAYS_MOST];
    int64_t weight[RELAYS_MOST], total = 0, best_turn = 0, full_turn = INT64_MIN;
    for (size_t i = 0; i < relays->count; i++) {
        struct relay *relay = &relays->all[i];
        room[i] = (relay->settings.weight == 0) != spares || bars >> i & 1 ? ROOM_NONE : room_of(relays, relay);
        if (room[i] == ROOM_NONE) continue;
        weight[i] = spares ? 1 : relay->settings.weight;
        total += weight[i];
        int64_t turn = relay->turn + weight[i];
        if (room[i] == ROOM_FULL) full_turn = max_i64(full_turn, turn);
        else if (!best || turn > best_turn) best = relay, best_turn = turn;
    }
    if (!best || (full_turn != INT64_MIN && full_turn - best_turn > LAG_MOST * total)) return NULL;
    for (size_t i = 0; i < relays->count; i++)
        if (room[i] != ROOM_NONE) relays->all[i].turn += weight[i];
    best->turn -= total;
    return best;
}

/* Those of weight 0 only where none of the others could take it, now or in a moment. */
static struct relay *choose_relay(struct relays *relays, unsigned bars) {
    if (relays->count == 1) return room_of(relays, relays->all) == ROOM_FREE ? relays->all : NULL;
    struct relay *best = turn_of(relays, bars, false);
    for (size_t i = 0; i < relays->count && !best; i++)
        if (relays->all[i].settings.weight && !(bars >> i & 1) && relay_up(relays, &relays->all[i])) return NULL;
    return best ? best : turn_of(relays, bars, true);
}

/* -- the choice ----------------------------------------------------------------------------------------------------- */
static void spend(struct relays *relays, struct relay *relay, struct domain_group *group) {
    if (!relay->pace.in_hand) relay->quiet_since_us = relays->now.steady_us;
    pacer_take(&relay->pace, relays->now.steady_us);
    pacer_take(&group->pace, relays->now.steady_us);
    if (relay->settings.a_day) relay->today++;
    if (relay->settings.a_day || relay->pace.next_us - relays->now.steady_us > SLOW_SPENDING_US) relay_changed(relays, relay, true);
    if (group->pace.next_us - relays->now.steady_us > SLOW_SPENDING_US) group_changed(relays, group, true);
}

enum relays_choice relays_choose(struct relays *relays, const struct relays_wanted *wanted, int64_t *until_ms) {
    struct domain_group *group = relays_group(relays, wanted->domain);
    switch (pacer_ask(&group->pace, relays->now.clock_ms, relays->now.steady_us)) {
    case PACE_RESTS: return *until_ms = group->pace.rest_until_ms, RELAYS_LATER;
    case PACE_SOON: return wake_at(relays, group->pace.next_us), RELAYS_PASS;
    case PACE_FULL: return RELAYS_PASS;
    case PACE_GO: break;
    }
    unsigned shut = shut_doors(relays, group), bars = shut;
    if (relays->count > 1) bars |= put_off_before(relays, wanted, shut);
    struct relay *relay = choose_relay(relays, bars);
    if (!relay) return shut && (*until_ms = first_door_ms(relays, group, shut)) >= 0 ? RELAYS_LATER : bars ? RELAYS_PASS : RELAYS_FULL;
    spend(relays, relay, group);
    hand_add(relays, wanted->delivery_id, relay, group);
    return RELAYS_GO;
}

int relays_wait_ms(const struct relays *relays, int wait_ms) {
    if (relays->wake_us == INT64_MAX) return wait_ms;
    return (int)min_i64(wait_ms, max_i64(0, (relays->wake_us - relays->now.steady_us + 999) / 1000));
}
