/* Who is selected late: the invitation it missed, and what was taken from it too early. */
#include <stdio.h>
#include <string.h>

#include "mailer/audience_sql.h"
#include "mailer/send/plan_parties.h"
#include "schedules/plan.h"

struct joiner { char party_id[32], department[8]; int64_t at_ms, skipped_id; /* 0 = it has no delivery of the wave */ };

/* The last line of the ledger that can have brought somebody into an audience. */
static bool last_change(struct db *db, int64_t campaign_id, int64_t *mark, struct err *err) {
    return db_get_int(db, err, mark,
                      "SELECT COALESCE(MAX(last.id), 0) FROM (SELECT MAX(id) AS id FROM event WHERE campaign_id = $1 AND event = 'selected' AND delivery_id IS NULL "
                      "UNION ALL SELECT MAX(id) FROM event WHERE campaign_id = $1 AND event = 'taken_back' AND delivery_id IS NULL "
                      "UNION ALL SELECT MAX(id) FROM event WHERE campaign_id = $1 AND event = 'unanswered' AND delivery_id IS NULL) AS last",
                      DB_I(campaign_id)) >= 0;
}

static const struct wave *first_for(const struct waves *waves, enum audience audience) {
    for (size_t i = 0; i < waves->count; i++)
        if (waves->all[i].audience == audience && waves->all[i].state != WAVE_SKIPPED) return &waves->all[i];
    return NULL;
}

/* Selected, not answered, of the wave's audience, where the wave has been planned; with no mail of it, or with one that was
 * skipped for a reason that holds no more and of which nothing was ever armed. */
static int load_joiners(struct db *db, const struct campaign *campaign, const struct wave *wave, struct joiner **joiners, struct err *err) {
    int count = 0, got;
    AUTO(db_rows) rows = db_query(
        db, err,
        "SELECT e.party_id, c.department, g.at_ms, COALESCE(d.id, 0) FROM enrolment e JOIN collectivity c ON c.id = e.party_id "
        "JOIN wave_group g ON g.wave_id = $1 AND g.department = c.department AND g.planned_ms IS NOT NULL "
        "LEFT JOIN delivery d ON d.wave_id = $1 AND d.party_id = e.party_id AND d.cancelled = 0 "
        "WHERE e.campaign_id = $2 AND e.selected = 1 AND e.answered = 0 AND " AUDIENCE_CONDITION("$3") " AND (d.id IS NULL OR "
        "(d.state = 6 AND d.reason IN ('not-selected', 'not-enrolled', 'answered') AND NOT EXISTS "
        "(SELECT 1 FROM dispatch p WHERE p.delivery_id = d.id AND p.armed_ms IS NOT NULL))) "
        "AND NOT EXISTS (SELECT 1 FROM enrolment_successor s JOIN delivery d2 ON d2.wave_id = $1 AND d2.party_id = s.party_id "
        "WHERE s.campaign_id = $2 AND s.successor_id = e.party_id AND s.taken = 1 AND d2.state NOT IN (6, 8)) ORDER BY e.party_id",
        DB_I(wave->id), DB_I(campaign->id), DB_I(wave->audience));
    while ((got = db_next(rows, err)) > 0) {
        if ((count & (count - 1)) == 0) *joiners = mem_grow(*joiners, count ? (size_t)count * 2 : 1, sizeof **joiners);
        struct joiner *joiner = &(*joiners)[count++];
        *joiner = (struct joiner){.at_ms = db_int(rows, 2), .skipped_id = db_int(rows, 3)};
        snprintf(joiner->party_id, sizeof joiner->party_id, "%s", db_text(rows, 0));
        snprintf(joiner->department, sizeof joiner->department, "%s", db_text(rows, 1));
    }
    return got < 0 ? -1 : count;
}

/* The invitation is for whoever missed it, until the deadline. Any other wave is over for those who come late; only what was
 * taken from somebody too early is given back, while the wave may still start there. */
static bool is_owed(const struct planning *planning, const struct wave *wave, const struct joiner *joiner, bool invitation, bool *owed, struct err *err) {
    int64_t latest_ms;
    bool held = wave->audience == AUDIENCE_SELECTED_UNANSWERED && planning->limits->hold_old_answers &&
                answers_old(planning->limits, planning->campaign, planning->now_ms);
    *owed = invitation;
    if (invitation || !joiner->skipped_id || held) return true;
    if (!plan_latest_ms(&planning->campaign->schedule, joiner->department, joiner->at_ms, &latest_ms, err)) return false;
    *owed = planning->now_ms <= latest_ms;
    return true;
}

static bool forget_skipped(const struct planning *planning, const struct wave *wave, const struct joiner *joiner, struct err *err) {
    if (!joiner->skipped_id) return true;
    return delivery_set(planning->db, DELIVERY_SKIPPED, DELIVERY_CANCELLED, "rejoined", -1,
                        &(struct event){.at_ms = planning->now_ms, .campaign_id = planning->campaign->id, .wave_id = wave->id,
                                        .delivery_id = joiner->skipped_id, .party_id = joiner->party_id, .origin = "plan"}, err);
}

/* Lateness is counted from now: it is their first chance. *again: one may yet be owed it, without another line in the ledger. */
static bool plan_wave_for_joiners(const struct planning *planning, const struct wave *wave, bool invitation, bool *again, struct err *err) {
    AUTO_MEM struct joiner *joiners = NULL;
    AUTO_MEM struct planned_party *parties = NULL;
    AUTO(tx) tx = tx_begin(planning->db, TX_DURABLE, err);
    int count = tx ? load_joiners(planning->db, planning->campaign, wave, &joiners, err) : -1, owed_count = 0;
    if (count > 0) parties = mem_new((size_t)count, sizeof *parties);
    for (int i = 0; i < count; i++) {
        bool owed;
        if (!is_owed(planning, wave, &joiners[i], invitation, &owed, err)) return false;
        if (!owed) {
            *again = true;
            continue;
        }
        if (!forget_skipped(planning, wave, &joiners[i], err)) return false;
        struct planned_party *party = &parties[owed_count++];
        party->group_ms = planning->now_ms;
        memcpy(party->id, joiners[i].party_id, sizeof party->id);
        memcpy(party->department, joiners[i].department, sizeof party->department);
    }
    if (count < 0 || !owed_count) return count >= 0;
    return plan_these_parties(planning, wave, parties, owed_count, err) &&
           db_run(planning->db, err, "UPDATE wave SET state = 'running' WHERE id = $1 AND state = 'done'", DB_I(wave->id)) &&
           tx_commit(TX_TAKE(tx), err);
}

/* Where an earlier sender has got to with the same schedule. */
static bool mark_load(struct db *db, const struct campaign *campaign, int64_t *mark, struct err *err) {
    return db_get_int(db, err, mark, "SELECT joiners_event FROM campaign WHERE id = $1 AND joiners_schedule = schedule", DB_I(campaign->id)) >= 0;
}

static bool mark_keep(struct db *db, const struct campaign *campaign, int64_t mark, struct err *err) {
    AUTO(tx) tx = tx_begin(db, TX_FAST, err);
    return tx && db_run(db, err, "UPDATE campaign SET joiners_event = $1, joiners_schedule = schedule WHERE id = $2", DB_I(mark), DB_I(campaign->id)) &&
           tx_commit(TX_TAKE(tx), err);
}

bool plan_late_joiners(struct db *db, const struct campaign *campaign, const char *domain, const struct token_key *key,
                       const struct send_limits *limits, int64_t *mark, int64_t now_ms, struct planned *planned, struct err *err) {
    const struct message_identity identity = {.campaign = campaign->name, .domain = domain, .key = key};
    const struct planning planning = {.db = db, .campaign = campaign, .identity = &identity, .limits = limits, .now_ms = now_ms, .planned = planned};
    struct waves waves;
    int64_t last = 0;
    if (now_ms >= campaign->deadline_ms) return true;
    if (!last_change(db, campaign->id, &last, err)) return false;
    if (!*mark && !mark_load(db, campaign, mark, err)) return false;
    if (last == *mark) return true;
    bool again = false, good = waves_load(db, campaign->id, &waves, err);
    const struct wave *invitation = good ? first_for(&waves, AUDIENCE_SELECTED) : NULL;
    if (good && !invitation) invitation = first_for(&waves, AUDIENCE_INFORMED);
    for (size_t i = 0; i < waves.count && good; i++) {
        const struct wave *wave = &waves.all[i];
        if (wave->audience == AUDIENCE_RELAYS || (wave->state != WAVE_RUNNING && wave->state != WAVE_DONE)) continue;
        good = plan_wave_for_joiners(&planning, wave, wave == invitation, &again, err);
    }
    waves_release(&waves);
    if (!good) return false;
    *mark = last;
    return again || mark_keep(db, campaign, last, err);
}
