/* Relays as one sender: what is in hand, what is claimed ahead, to and from the senders. */
#include "mailer/send/relays.h"

#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hash.h"
#include "mailer/send/relays_parts.h"

enum {
    SOON_US = 5000000,             /* what its group lets go within this is claimed */
    LOOK_AGAIN_MS = 600000,        /* the rest at the latest then: a pace that recovers must find them */
    CAPACITY_PACE = 60,            /* a minute: of a group that is limited in hand only, and not measured yet */
    EVENTS_EACH = 4,
};

/* -- the deliveries in hand ----------------------------------------------------------------------------------------- */
static size_t hand_home(const struct relays *relays, int64_t delivery_id) {
    return (size_t)((uint64_t)delivery_id * 11400714819323198485u >> 20) & (relays->hand_room - 1); /* Knuth's multiplier */
}

static size_t hand_slot(const struct relays *relays, int64_t delivery_id) {
    size_t at = hand_home(relays, delivery_id);
    while (relays->hand[at].delivery_id && relays->hand[at].delivery_id != delivery_id) at = (at + 1) & (relays->hand_room - 1);
    return at;
}

struct in_hand *hand_find(const struct relays *relays, int64_t delivery_id) {
    struct in_hand *entry = &relays->hand[hand_slot(relays, delivery_id)];
    return entry->delivery_id ? entry : NULL;
}

/* What stood behind it moves up, so that no search stops too early. */
static void hand_close_gap(struct relays *relays, size_t gap) {
    size_t mask = relays->hand_room - 1;
    for (size_t at = (gap + 1) & mask; relays->hand[at].delivery_id; at = (at + 1) & mask) {
        size_t home = hand_home(relays, relays->hand[at].delivery_id);
        if (((at - home) & mask) < ((at - gap) & mask)) continue;
        relays->hand[gap] = relays->hand[at];
        gap = at;
    }
    relays->hand[gap] = (struct in_hand){0};
}

void hand_add(struct relays *relays, int64_t delivery_id, struct relay *relay, struct domain_group *group) {
    size_t slot = hand_slot(relays, delivery_id);
    relays->hand[slot] = (struct in_hand){.delivery_id = delivery_id, .group = group, .relay = (int)(relay - relays->all)};
    relays->hand_count++;
}

void hand_remove(struct relays *relays, struct in_hand *entry) {
    struct relay *relay = &relays->all[entry->relay];
    pacer_give(&relay->pace);
    pacer_give(&entry->group->pace);
    relay->quiet_since_us = relays->now.steady_us;
    if (!entry->armed && relay->settings.a_day && relay->today) {
        relay->today--;
        relay_changed(relays, relay, true);
    }
    relays->hand_count--;
    hand_close_gap(relays, (size_t)(entry - relays->hand));
}

/* -- open, close ---------------------------------------------------------------------------------------------------- */
static bool open_one(struct relays *relays, const struct relay_settings *settings, struct err *err) {
    struct relay *relay = &relays->all[relays->count];
    relay->settings = *settings;
    relay->sender = sender_open(&settings->relay, err);
    if (!relay->sender) return false;
    relays->count++;
    relay->settings.relay = (struct sender_relay){.connections = settings->relay.connections}; /* its texts were borrowed */
    relay->slots = sender_free_slots(relay->sender);
    relay->pace.loose = true;
    return true;
}

static bool watch_all(struct relays *relays, struct err *err) {
    if (relays->count == 1) return true;
    relays->epoll = epoll_create1(EPOLL_CLOEXEC);
    for (size_t i = 0; i < relays->count && relays->epoll >= 0; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.u64 = i};
        if (epoll_ctl(relays->epoll, EPOLL_CTL_ADD, sender_fd(relays->all[i].sender), &event))
            return err_errno(err, ERR_FATAL, "SMTP_EPOLL", "epoll ne prend pas le serveur %s", relays->all[i].settings.name);
    }
    return relays->epoll >= 0 || err_errno(err, ERR_FATAL, "SMTP_EPOLL", "epoll ne s'ouvre pas");
}

static bool shares_differ(const struct relays *relays) {
    int first = 0;
    for (size_t i = 0; i < relays->count; i++) {
        int weight = relays->all[i].settings.weight;
        if (weight && first && weight != first) return true;
        if (weight) first = weight;
    }
    return false;
}

struct relays *relays_open(const struct relay_settings *all, size_t count, struct domain_groups *groups, struct err *err) {
    AUTO(relays) relays = mem_new(1, sizeof *relays);
    int64_t steady_us = monotonic_ms() * 1000;
    relays->groups = groups;
    relays->epoll = -1;
    if (count < 1 || count > RELAYS_MOST) return err_set(err, ERR_INPUT, "RELAYS", "%zu serveurs d'envoi : il en faut de 1 à %d", count, RELAYS_MOST), NULL;
    for (size_t i = 0; i < count; i++) {
        const struct pace_limits most = {.in_hand = all[i].relay.connections, .a_minute = all[i].a_minute};
        pacer_begin(&relays->all[i].pace, most, steady_us);
        if (!open_one(relays, &all[i], err)) return NULL;
    }
    relays->weighted = shares_differ(relays);
    relays->hand_room = 64;
    while (relays->hand_room < 4 * (size_t)relays_room(relays)) relays->hand_room *= 2;
    relays->hand = mem_new(relays->hand_room, sizeof *relays->hand);
    if (!watch_all(relays, err)) return NULL;
    relays->now.steady_us = steady_us;
    struct relays *done = relays;
    relays = NULL;
    return done;
}

void relays_close(struct relays *relays) {
    if (!relays) return;
    for (size_t i = 0; i < relays->count; i++) sender_close(relays->all[i].sender);
    if (relays->epoll >= 0) close(relays->epoll);
    domain_groups_close(relays->groups);
    free(relays->hand);
    free(relays->settled);
    free(relays->dirty);
    free(relays->run_groups);
    free(relays);
}

/* What is in hand and not armed counts for the day it is armed on. The day before is remembered: a clock that is set back comes
 * to it again. */
static void change_day(struct relays *relays, struct relay *relay, int64_t day) {
    int64_t unarmed = 0, again = day == relay->other_day ? relay->other_today : 0;
    for (size_t k = 0; k < relays->hand_room && relay->settings.a_day; k++)
        unarmed += relays->hand[k].delivery_id && &relays->all[relays->hand[k].relay] == relay && !relays->hand[k].armed;
    relay->other_day = relay->day;
    relay->other_today = relay->today - unarmed;
    relay->day = day;
    relay->today = again + unarmed;
}

static bool rest_set_back(int64_t *until_ms, int64_t by_ms) {
    if (!*until_ms) return false;
    *until_ms -= by_ms;
    return true;
}

/* The clock was set back: a rest is as long as it was to be, and one that is over does not begin again. */
static void set_back(struct relays *relays, int64_t by_ms) {
    for (size_t i = 0; i < relays->count; i++)
        if (rest_set_back(&relays->all[i].pace.rest_until_ms, by_ms)) relay_changed(relays, &relays->all[i], true);
    struct domain_group *group;
    for (size_t i = 0; (group = domain_group_at(relays->groups, i)) != NULL; i++) {
        for (size_t k = 0; k < relays->count && group->doors; k++) if (rest_set_back(&group->doors[k].until_ms, by_ms)) group_run_changed(relays, group, k);
        if (rest_set_back(&group->pace.rest_until_ms, by_ms)) group_changed(relays, group, true);
    }
}

void relays_now(struct relays *relays, const struct relays_instant *now) {
    if (now->clock_ms < relays->now.clock_ms) set_back(relays, relays->now.clock_ms - now->clock_ms);
    relays->now = *now;
    relays->wake_us = INT64_MAX;
    for (size_t i = 0; i < relays->count; i++)
        if (relays->all[i].day != now->day) change_day(relays, &relays->all[i], now->day);
}

/* -- room ----------------------------------------------------------------------------------------------------------- */
int relays_room(const struct relays *relays) {
    int room = 0;
    for (size_t i = 0; i < relays->count; i++) room += relays->all[i].slots;
    return room;
}

int relays_in_hand(const struct relays *relays) { return relays->hand_count; }

bool relay_day_is_full(const struct relay *relay) { return relay->settings.a_day && relay->today >= relay->settings.a_day; }

bool relay_up(const struct relays *relays, const struct relay *relay) {
    return relay->pace.rest_until_ms <= relays->now.clock_ms && !relay_day_is_full(relay);
}

bool relay_well(const struct relays *relays, const struct relay *relay) {
    bool puts_off = relay->settings.breaker && relay->put_off.run.count >= relay->settings.breaker;
    return relay_up(relays, relay) && !relay->pace.probing && !puts_off;
}

bool another_is_well(const struct relays *relays, const struct relay *relay) {
    for (size_t i = 0; i < relays->count; i++)
        if (&relays->all[i] != relay && relay_well(relays, &relays->all[i])) return true;
    return false;
}

int64_t relay_back_ms(const struct relays *relays, const struct relay *relay) {
    int64_t rest_ms = relay->pace.rest_until_ms;
    return relay_day_is_full(relay) ? max_i64(rest_ms, relays->now.day_ends_ms) : rest_ms;
}

int64_t relays_rest_until_ms(const struct relays *relays) {
    int64_t first_ms = INT64_MAX;
    for (size_t i = 0; i < relays->count; i++) {
        if (relay_up(relays, &relays->all[i])) return -1;
        first_ms = min_i64(first_ms, relay_back_ms(relays, &relays->all[i]));
    }
    return first_ms;
}

int64_t relays_a_minute(const struct relays *relays) {
    int64_t sum = 0;
    for (size_t i = 0; i < relays->count; i++) {
        const struct relay *relay = &relays->all[i];
        if (!relay_up(relays, relay)) continue;
        if (!relay->pace.now.a_minute) return 0;
        sum += relay->pace.now.a_minute;
    }
    return sum;
}

struct domain_group *relays_group(struct relays *relays, const char *domain) {
    return domain_group_of(relays->groups, domain, relays->now.clock_ms, relays->now.steady_us);
}

/* -- claiming ahead -------------------------------------------------------------------------------------------------- */
void relays_lease(struct relays *relays) { relays->lease++; }

static void count_claimed(struct relays *relays, struct domain_group *group) {
    if (group->counted != relays->lease) group->waiting = 0;
    group->counted = relays->lease;
    group->waiting++;
}

void relays_claimed(struct relays *relays, const char *domain) { count_claimed(relays, relays_group(relays, domain)); }

/* Time each of its messages takes, when the group is limited; 0 when it is not. */
static int64_t each_us(const struct pacer *pace) {
    if (pace->now.a_minute) return 60000000 / pace->now.a_minute;
    return pace->now.in_hand ? 60000000 / max_i64(pacer_pace(pace), CAPACITY_PACE) : 0;
}

bool relays_may_claim(struct relays *relays, const char *domain, int64_t *until_ms) {
    struct domain_group *group = relays_group(relays, domain);
    struct pacer *pace = &group->pace;
    int64_t steady_us = relays->now.steady_us, clock_ms = relays->now.clock_ms, each = each_us(pace);
    if (pace->rest_until_ms > clock_ms) return *until_ms = pace->rest_until_ms, false;
    if (!each) return true;
    int64_t waiting = group->counted == relays->lease ? group->waiting : 0;
    int64_t queue_us = max_i64(0, pace->next_us - steady_us) + waiting * each;
    if (queue_us < SOON_US) return count_claimed(relays, group), true;
    group->booked_us = max_i64(group->booked_us, steady_us + SOON_US) + each;
    int64_t wait_ms = (group->booked_us - steady_us) / 1000;
    if (wait_ms > LOOK_AGAIN_MS) wait_ms = LOOK_AGAIN_MS / 2 + (int64_t)(LOOK_AGAIN_MS / 2 * random_unit());
    relays->put_off_us = max_i64(relays->put_off_us, steady_us + 1000 * wait_ms);
    return *until_ms = clock_ms + wait_ms, false;
}

bool relays_put_off(const struct relays *relays) { return relays->put_off_us > relays->now.steady_us; }

/* -- to and from the senders ------------------------------------------------------------------------------------------ */
static struct sender *sender_of(const struct relays *relays, const struct in_hand *entry) { return relays->all[entry->relay].sender; }

bool relays_submit(struct relays *relays, int64_t delivery_id, const struct smtp_envelope *envelope, struct err *err) {
    struct in_hand *entry = hand_find(relays, delivery_id);
    if (!entry) return err_set(err, ERR_FATAL, "RELAYS", "l'envoi %lld n'a pas de serveur", (long long)delivery_id);
    entry->submitted = true;
    return sender_submit(sender_of(relays, entry), delivery_id, envelope, err);
}

void relays_forget(struct relays *relays, int64_t delivery_id) {
    struct in_hand *entry = hand_find(relays, delivery_id);
    if (entry) hand_remove(relays, entry);
}

size_t relays_events(const struct relays *relays) {
    size_t events = 0;
    for (size_t i = 0; i < relays->count; i++) events += EVENTS_EACH * (size_t)relays->all[i].settings.relay.connections;
    return events;
}

static void wait_for_any(struct relays *relays, int wait_ms) {
    struct epoll_event ready[RELAYS_MOST];
    for (size_t i = 0; i < relays->count; i++) wait_ms = sender_wait_ms(relays->all[i].sender, wait_ms);
    if (wait_ms > 0) epoll_wait(relays->epoll, ready, RELAYS_MOST, wait_ms); /* each is stepped in any case */
}

size_t relays_step(struct relays *relays, int wait_ms, struct sender_event *events, size_t room) {
    if (relays->count == 1) return sender_step(relays->all[0].sender, wait_ms, events, room);
    size_t count = 0;
    wait_for_any(relays, wait_ms);
    for (size_t i = 0; i < relays->count; i++) count += sender_step(relays->all[i].sender, 0, events + count, room - count);
    return count;
}

void relays_armed(struct relays *relays, int64_t delivery_id) {
    struct in_hand *entry = hand_find(relays, delivery_id);
    if (entry) entry->armed = true;
}

void relays_dot(struct relays *relays, int64_t delivery_id) {
    struct in_hand *entry = hand_find(relays, delivery_id);
    if (entry) sender_dot(sender_of(relays, entry), delivery_id);
}

void relays_drop(struct relays *relays, int64_t delivery_id) {
    struct in_hand *entry = hand_find(relays, delivery_id);
    if (!entry) return;
    sender_drop(sender_of(relays, entry), delivery_id);
    hand_remove(relays, entry);
}

bool relays_take_back(struct relays *relays, int64_t delivery_id) {
    struct in_hand *entry = hand_find(relays, delivery_id);
    if (!entry || (entry->submitted && !sender_take_back(sender_of(relays, entry), delivery_id))) return false;
    hand_remove(relays, entry);
    return true;
}

const char *relays_name(const struct relays *relays, int64_t delivery_id) {
    const struct in_hand *entry = hand_find(relays, delivery_id);
    return entry ? relays->all[entry->relay].settings.name : "";
}
