/* A national wave is planned in one transaction: what is the same for a department is worked out once, and a party costs
 * two inserts; the ledger gets all its lines at once. */
#include "mailer/send/plan_parties.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mailer/audience_sql.h"
#include "mailer/send/quiet_store.h"
#include "schedules/plan.h"

enum { PLACES = 200, PARTIES_AT_ONCE = 40000 };

/* What all parties of a department share. */
struct place { char department[8]; int64_t group_ms, open_ms, latest_ms; };

struct left_out { int64_t delivery_id; const struct planned_party *party; const char *reason; };

struct batch {
    const struct planning *planning;
    const struct wave *wave;
    struct place places[PLACES];
    size_t place_count;
    struct day_counts days;
    int64_t next_dispatch_id, first_delivery_id;
    struct left_out *left_out; /* who gets no mail of this wave, and why */
    size_t left_out_count;
    struct quiet_mailboxes quiet;
};

/* PARTIES_AT_ONCE of those whose id comes behind `after`, by id. */
static int load_parties(const struct planning *planning, const struct wave *wave, const char *after, struct planned_party **parties,
                        struct err *err) {
    int count = 0;
    AUTO(db_rows) rows =
        wave->audience == AUDIENCE_RELAYS
            ? db_query(planning->db, err,
                       "SELECT r.id, g.department, g.at_ms FROM relay r JOIN wave_group g ON g.wave_id = $1 AND g.department = " RELAY_DEPARTMENT("r") " "
                       "WHERE g.planned_ms IS NOT NULL AND NOT EXISTS "
                       "(SELECT 1 FROM delivery d WHERE d.wave_id = $1 AND d.party_id = r.id AND d.cancelled = 0) AND r.id > $2 ORDER BY r.id LIMIT $3",
                       DB_I(wave->id), DB_T(after), DB_I(PARTIES_AT_ONCE))
            : db_query(planning->db, err,
                       "SELECT e.party_id, c.department, g.at_ms FROM enrolment e JOIN collectivity c ON c.id = e.party_id "
                       "JOIN wave_group g ON g.wave_id = $1 AND g.department = c.department "
                       "WHERE e.campaign_id = $2 AND g.planned_ms IS NOT NULL AND " AUDIENCE_CONDITION("$3") " AND NOT EXISTS "
                       "(SELECT 1 FROM delivery d WHERE d.wave_id = $1 AND d.party_id = e.party_id AND d.cancelled = 0) "
                       /* Nor whoever succeeds to a place that has had this wave already: 6 and 8 had nothing. */
                       "AND NOT EXISTS (SELECT 1 FROM enrolment_successor s JOIN delivery d ON d.wave_id = $1 AND d.party_id = s.party_id "
                       "WHERE s.campaign_id = $2 AND s.successor_id = e.party_id AND s.taken = 1 AND d.state NOT IN (6, 8)) "
                       "AND e.party_id > $4 ORDER BY e.party_id LIMIT $5",
                       DB_I(wave->id), DB_I(planning->campaign->id), DB_I(wave->audience), DB_T(after), DB_I(PARTIES_AT_ONCE));
    int got;
    while ((got = db_next(rows, err)) > 0) {
        if ((count & (count - 1)) == 0) *parties = mem_grow(*parties, count ? (size_t)count * 2 : 1, sizeof **parties);
        struct planned_party *party = &(*parties)[count++];
        snprintf(party->id, sizeof party->id, "%s", db_text(rows, 0));
        snprintf(party->department, sizeof party->department, "%s", db_text(rows, 1));
        party->group_ms = db_int(rows, 2);
    }
    return got < 0 ? -1 : count;
}

/* Due now, or at the next opening of the recipient's window. NULL on error. */
static const struct place *place_of(struct batch *batch, const struct planned_party *party, struct err *err) {
    const struct planning *planning = batch->planning;
    for (size_t i = 0; i < batch->place_count; i++)
        if (!strcmp(batch->places[i].department, party->department)) return &batch->places[i];
    struct place *place = &batch->places[batch->place_count < PLACES ? batch->place_count++ : PLACES - 1];
    *place = (struct place){.group_ms = party->group_ms};
    memcpy(place->department, party->department, sizeof place->department);
    return plan_window_ms(&planning->campaign->schedule.window, party->department, planning->now_ms, &place->open_ms, err) &&
                   plan_latest_ms(&planning->campaign->schedule, party->department, party->group_ms, &place->latest_ms, err)
               ? place : NULL;
}

/* *due_ms and "", or why the party gets no mail of this wave. */
static bool judge_limits(struct batch *batch, const struct place *place, const struct planned_party *party, int64_t *due_ms, const char **reason,
                         struct err *err) {
    const struct planning *planning = batch->planning;
    *due_ms = place->open_ms;
    if (batch->wave->audience != AUDIENCE_RELAYS &&
        !limit_spacing_ms(planning->db, planning->limits, planning->campaign, 0, party->id, party->department, place->open_ms,
                          place->latest_ms, due_ms, err))
        return false;
    if (*due_ms == LIMIT_NEVER) return *reason = "too-soon", true;
    if (!limit_day_ms(planning->limits, planning->campaign, party->department, *due_ms, &batch->days, due_ms, err)) return false;
    if (*due_ms == LIMIT_NEVER) *reason = "daily-cap";
    return true;
}

/* The contact whose turn it is, and when: past a mailbox at rest to the next, else when it may be written to again. *waits: why
 * later than the others, "" when not. */
static bool mind_quiet(struct batch *batch, const struct planned_party *party, struct chosen_contact *contact, int64_t *due_ms,
                       const char **waits, struct err *err) {
    const struct planning *planning = batch->planning;
    const struct quiet_mailbox *mailbox = quiet_find(&batch->quiet, contact->address);
    if (mailbox && mailbox->rest_until_ms >= 0) {
        struct chosen_contact other;
        enum contact_choice choice = contact_choose_awake(planning->db, party->id, planning->now_ms, &other, err);
        if (choice == CONTACT_ERROR) return false;
        if (choice == CONTACT_CHOSEN) mailbox = quiet_find(&batch->quiet, other.address), *contact = other;
    }
    return !mailbox || quiet_due_ms(mailbox, &planning->campaign->schedule, party->department, due_ms, waits, err);
}

/* Room in the row for what arming writes, given back when it is claimed: a page of rows that have none splits when they are armed. */
#define ROOM_FOR_ARMING "'                                                                                '"

static bool insert_delivery(struct batch *batch, const struct planned_party *party, int64_t due_ms, const char *waits, int64_t dispatch_id,
                            int64_t *id, struct err *err) {
    struct db *db = batch->planning->db;
    if (!db_run(db, err,
                "INSERT INTO delivery (wave_id, party_id, department, state, not_before_ms, dispatch_id, reason, armed_sha256) "
                "VALUES ($1, $2, $3, 0, $4, $5, $6, " ROOM_FOR_ARMING ")",
                DB_I(batch->wave->id), DB_T(party->id), DB_T(party->department), DB_I(due_ms), DB_I_OR_NULL(dispatch_id, dispatch_id), DB_T(waits)))
        return false;
    *id = db_inserted_id(db);
    return true;
}

static bool plan_party(struct batch *batch, const struct planned_party *party, struct err *err) {
    static const char *const NO_MAIL[] = {[CONTACT_CHOSEN] = "", [CONTACT_NONE] = "no-address", [CONTACT_OBJECTED] = "objection",
                                          [CONTACT_ALL_DEAD] = "dead-address"};
    const struct planning *planning = batch->planning;
    const struct place *place = place_of(batch, party, err);
    if (!place) return false;
    struct chosen_contact contact;
    enum contact_choice choice = contact_choose(planning->db, party->id, &contact, err);
    if (choice == CONTACT_ERROR) return false;
    const char *reason = NO_MAIL[choice], *waits = "";
    int64_t due_ms = place->open_ms, delivery_id, dispatch_id = 0;
    if (!*reason && !judge_limits(batch, place, party, &due_ms, &reason, err)) return false;
    if (!*reason && batch->quiet.count && !mind_quiet(batch, party, &contact, &due_ms, &waits, err)) return false;
    planning->planned->deliveries++;
    if (!*reason) dispatch_id = batch->next_dispatch_id++;
    if (!insert_delivery(batch, party, *reason ? place->open_ms : due_ms, waits, dispatch_id, &delivery_id, err)) return false;
    if (!batch->first_delivery_id) batch->first_delivery_id = delivery_id;
    if (!*reason)
        return dispatch_add_numbered(planning->db, dispatch_id, delivery_id, &contact, planning->now_ms, planning->identity, err);
    if (!(batch->left_out_count & (batch->left_out_count - 1)))
        batch->left_out = mem_grow(batch->left_out, batch->left_out_count ? 2 * batch->left_out_count : 1, sizeof *batch->left_out);
    batch->left_out[batch->left_out_count++] = (struct left_out){.delivery_id = delivery_id, .party = party, .reason = reason};
    return true;
}

/* All lines at once: the ledger is the widest of the three tables. */
static bool say_planned(const struct batch *batch, struct err *err) {
    const struct planning *planning = batch->planning;
    return db_run(planning->db, err,
                  "INSERT INTO event (at_ms, campaign_id, wave_id, party_id, delivery_id, dispatch_id, event, address, origin) "
                  "SELECT $1, $2, d.wave_id, d.party_id, d.id, d.dispatch_id, 'planned', COALESCE(p.address, ''), 'plan' "
                  "FROM delivery d LEFT JOIN dispatch p ON p.id = d.dispatch_id WHERE d.id >= $3 AND d.wave_id = $4 ORDER BY d.id",
                  DB_I(planning->now_ms), DB_I(planning->campaign->id), DB_I(batch->first_delivery_id), DB_I(batch->wave->id));
}

/* Those that wait for a mailbox, and what for: of this batch the only ones with a reason while they are ready. */
static bool say_waiting(const struct batch *batch, struct err *err) {
    const struct planning *planning = batch->planning;
    return db_run(planning->db, err,
                  "INSERT INTO event (at_ms, campaign_id, wave_id, party_id, delivery_id, dispatch_id, event, address, text, origin) "
                  "SELECT $1, $2, d.wave_id, d.party_id, d.id, d.dispatch_id, 'postponed', p.address, d.reason, 'plan' "
                  "FROM delivery d JOIN dispatch p ON p.id = d.dispatch_id WHERE d.id >= $3 AND d.wave_id = $4 AND d.reason <> '' ORDER BY d.id",
                  DB_I(planning->now_ms), DB_I(planning->campaign->id), DB_I(batch->first_delivery_id), DB_I(batch->wave->id));
}

/* Planned, then skipped, so that every party is accounted for. */
static bool skip_left_out(const struct batch *batch, struct err *err) {
    const struct planning *planning = batch->planning;
    for (size_t i = 0; i < batch->left_out_count; i++) {
        const struct left_out *one = &batch->left_out[i];
        struct event event = {.at_ms = planning->now_ms, .campaign_id = planning->campaign->id, .wave_id = batch->wave->id,
                              .party_id = one->party->id, .delivery_id = one->delivery_id, .origin = "plan"};
        planning->planned->skipped++;
        if (!delivery_set(planning->db, DELIVERY_READY, DELIVERY_SKIPPED, one->reason, -1, &event, err)) return false;
    }
    return true;
}

bool plan_these_parties(const struct planning *planning, const struct wave *wave, const struct planned_party *parties, int count, struct err *err) {
    struct batch batch = {.planning = planning, .wave = wave};
    bool good = dispatch_next_id(planning->db, &batch.next_dispatch_id, err) && quiet_load(planning->db, planning->now_ms, &batch.quiet, err) &&
                (!planning->limits->messages_a_day || day_counts_load(planning->db, planning->now_ms, &batch.days, err));
    for (int i = 0; i < count && good; i++) good = plan_party(&batch, &parties[i], err);
    good = good && (!count || say_planned(&batch, err)) && (!batch.quiet.count || say_waiting(&batch, err)) && skip_left_out(&batch, err);
    day_counts_release(&batch.days);
    quiet_release(&batch.quiet);
    free(batch.left_out);
    return good;
}

/* -- in an order of no meaning -------------------------------------------------------------------------------------- */
/* Neighbours share a provider, and a list may be sorted by it: sent in the order of the reference, a domain would get its mails
 * in bursts. Drawn from the whole country at once, each message would read pages of the store that no other near it needs. So the
 * reference is cut into blocks, some two dozen blocks are drawn, and their parties shuffled; then the next blocks. The order is that of a
 * mix of wave and party, the same whenever it is planned: a rehearsal plans as the real run. */
enum { BLOCK_PARTIES = 64, BLOCKS_DRAWN = 24, BLOCKS = (PARTIES_AT_ONCE + BLOCK_PARTIES - 1) / BLOCK_PARTIES };

struct block { uint64_t mix; int number; };

static uint64_t mix_of(const char *party_id, int64_t wave_id) {
    uint64_t mix = UINT64_C(14695981039346656037) ^ (uint64_t)wave_id * UINT64_C(0x9E3779B97F4A7C15); /* FNV-1a, then an avalanche */
    for (const char *at = party_id; *at; at++) mix = (mix ^ (unsigned char)*at) * UINT64_C(1099511628211);
    mix = (mix ^ mix >> 32) * UINT64_C(0xD6E8FEB86659FD93);
    return mix ^ mix >> 32;
}

static int by_mix(const void *left, const void *right) {
    const struct block *a = left, *b = right;
    if (a->mix != b->mix) return a->mix < b->mix ? -1 : 1;
    return a->number - b->number;
}

static int by_place(const void *left, const void *right) {
    const struct planned_party *a = left, *b = right;
    if (a->place != b->place) return a->place < b->place ? -1 : 1;
    return strcmp(a->id, b->id);
}

static void shuffle(struct planned_party *parties, int count, int64_t wave_id) {
    struct block blocks[BLOCKS];
    int block_count = (count + BLOCK_PARTIES - 1) / BLOCK_PARTIES, draws = (block_count + BLOCKS_DRAWN - 1) / BLOCKS_DRAWN;
    for (int i = 0; i < block_count; i++) blocks[i] = (struct block){.mix = mix_of(parties[i * BLOCK_PARTIES].id, wave_id), .number = i};
    qsort(blocks, (size_t)block_count, sizeof *blocks, by_mix);
    for (int i = 0; i < block_count; i++)
        for (int k = blocks[i].number * BLOCK_PARTIES; k < count && k < (blocks[i].number + 1) * BLOCK_PARTIES; k++)
            parties[k].place = (uint64_t)(i * draws / block_count) << 48 | mix_of(parties[k].id, wave_id) >> 16;
    if (count) qsort(parties, (size_t)count, sizeof *parties, by_place);
}

bool plan_parties(const struct planning *planning, const struct wave *wave, struct err *err) {
    AUTO_MEM struct planned_party *parties = NULL;
    char last[sizeof parties->id] = "";
    int count;
    do {
        count = load_parties(planning, wave, last, &parties, err);
        if (count < 0) return false;
        if (count) memcpy(last, parties[count - 1].id, sizeof last);
        shuffle(parties, count, wave->id);
        if (!plan_these_parties(planning, wave, parties, count, err)) return false;
    } while (count == PARTIES_AT_ONCE);
    return true;
}
