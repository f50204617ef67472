/* A restored database made to know what its journal knows. Tokens and Message-IDs are made of a dispatch's number, so a
 * dispatch that the backup did not have gets its old number back: what returns to it is still recognised. */
#include "mailer/send/reconcile_store.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "mailer/send/delivery_store.h"
#include "mailer/send/plan_parties.h"

/* Where one fact meets the database. */
struct meeting {
    int64_t delivery_id, wave_id, campaign_id, current_id; /* current_id: the delivery's dispatch; 0 = none */
    int64_t armed_ms; /* of the arming the database knows last; -1 = none */
    enum delivery_state state;
    char party_id[32], department[8], campaign[JOURNAL_NAME], wave[JOURNAL_NAME];
};

static int load_meeting(struct db_rows *rows, struct meeting *meeting, struct err *err) {
    int got = db_next(rows, err);
    if (got <= 0) return got;
    *meeting = (struct meeting){.delivery_id = db_int(rows, 0), .wave_id = db_int(rows, 1), .campaign_id = db_int(rows, 2),
                                .current_id = db_int(rows, 3), .state = (enum delivery_state)db_int(rows, 4), .armed_ms = db_int(rows, 9)};
    const struct { char *to; size_t size; } TEXTS[] = {{meeting->party_id, sizeof meeting->party_id}, {meeting->department, sizeof meeting->department},
                                                       {meeting->campaign, sizeof meeting->campaign}, {meeting->wave, sizeof meeting->wave}};
    for (size_t i = 0; i < COUNT(TEXTS); i++) snprintf(TEXTS[i].to, TEXTS[i].size, "%s", db_text(rows, 5 + (int)i));
    return 1;
}

#define MEETING "SELECT d.id, d.wave_id, w.campaign_id, COALESCE(d.dispatch_id, 0), d.state, d.party_id, d.department, c.name, w.name, " \
    "COALESCE(d.armed_ms, (SELECT p.armed_ms FROM dispatch p WHERE p.id = d.dispatch_id), -1) FROM "

static int meet_dispatch(struct db *db, int64_t dispatch_id, struct meeting *meeting, struct err *err) {
    AUTO(db_rows) rows = db_query(db, err, MEETING "dispatch p JOIN delivery d ON d.id = p.delivery_id JOIN wave w ON w.id = d.wave_id "
                                  "JOIN campaign c ON c.id = w.campaign_id WHERE p.id = $1", DB_I(dispatch_id));
    return load_meeting(rows, meeting, err);
}

static int meet_delivery(struct db *db, int64_t wave_id, const char *party_id, struct meeting *meeting, struct err *err) {
    AUTO(db_rows) rows = db_query(db, err, MEETING "delivery d JOIN wave w ON w.id = d.wave_id JOIN campaign c ON c.id = w.campaign_id "
                                  "WHERE d.wave_id = $1 AND d.party_id = $2 AND d.cancelled = 0", DB_I(wave_id), DB_T(party_id));
    return load_meeting(rows, meeting, err);
}

static struct event event_of(const struct reconciling *with, const struct meeting *meeting, int64_t dispatch_id) {
    return (struct event){.at_ms = with->now_ms, .campaign_id = meeting->campaign_id, .wave_id = meeting->wave_id, .delivery_id = meeting->delivery_id,
                          .dispatch_id = dispatch_id, .party_id = meeting->party_id, .text = "journal", .origin = with->origin, .by_whom = with->by_whom};
}

/* -- what the backup does not have ---------------------------------------------------------------------------------- */
/* 1 when wave and party are there, 0 when not. */
static int find_place(struct db *db, const char *campaign, const char *wave, const char *party_id, struct meeting *place, struct err *err) {
    AUTO(db_rows) rows = db_query(db, err,
                                  "SELECT 0, w.id, w.campaign_id, 0, 0, $3, COALESCE((SELECT department FROM collectivity WHERE id = $3), "
                                  "(SELECT department FROM relay WHERE id = $3), '?'), c.name, w.name, -1 FROM wave w JOIN campaign c ON c.id = w.campaign_id "
                                  "WHERE c.name = $1 AND w.name = $2", DB_T(campaign), DB_T(wave), DB_T(party_id));
    int got = load_meeting(rows, place, err);
    return got > 0 && !strcmp(place->department, "?") ? 0 : got;
}

/* The group has begun, as it had: who has no delivery of it yet is planned behind. */
static bool begin_group(struct db *db, const struct meeting *meeting, int64_t armed_ms, struct err *err) {
    return db_run(db, err, "UPDATE wave_group SET planned_ms = $1, skipped = '' WHERE wave_id = $2 AND department = $3 AND planned_ms IS NULL",
                  DB_I(armed_ms), DB_I(meeting->wave_id), DB_T(meeting->department)) &&
           db_run(db, err, "UPDATE wave SET state = 'running' WHERE id = $1 AND state = 'waiting'", DB_I(meeting->wave_id));
}

static bool add_delivery(const struct reconciling *with, const struct journal_fact *fact, struct meeting *meeting, struct reconciled *counts, struct err *err) {
    if (!begin_group(with->db, meeting, fact->armed_ms, err) ||
        !db_run(with->db, err, "INSERT INTO delivery (wave_id, party_id, department, state, not_before_ms) VALUES ($1, $2, $3, 0, $4)",
                DB_I(meeting->wave_id), DB_T(meeting->party_id), DB_T(meeting->department), DB_I(fact->armed_ms)))
        return false;
    meeting->delivery_id = db_inserted_id(with->db);
    meeting->state = DELIVERY_READY;
    struct event event = event_of(with, meeting, fact->dispatch_id);
    event.event = "planned";
    counts->planned++;
    return event_add(with->db, &event, err);
}

/* A number the restored database has given to something else meanwhile, which has not left (no sender ran): it takes another
 * one, with another token, and the number goes back to whom it was. */
static bool renumber(const struct reconciling *with, int64_t dispatch_id, const struct meeting *other, struct reconciled *counts, struct err *err) {
    struct chosen_contact contact = {0};
    int64_t date_ms, new_id;
    struct message_identity identity = {.campaign = other->campaign, .domain = with->domain, .key = with->key};
    {
        AUTO(db_rows) rows = db_query(with->db, err, "SELECT COALESCE(contact_id, 0), address, date_ms FROM dispatch WHERE id = $1", DB_I(dispatch_id));
        if (db_next(rows, err) <= 0) return false;
        contact.id = db_int(rows, 0);
        snprintf(contact.address, sizeof contact.address, "%s", db_text(rows, 1));
        date_ms = db_int(rows, 2);
    }
    counts->renumbered++;
    struct event event = event_of(with, other, dispatch_id);
    event.event = "renumbered";
    return event_add(with->db, &event, err) && dispatch_add(with->db, other->delivery_id, &contact, date_ms, &identity, &new_id, err) &&
           (other->current_id == dispatch_id ||
            db_run(with->db, err, "UPDATE delivery SET dispatch_id = $1 WHERE id = $2", DB_I(other->current_id), DB_I(other->delivery_id))) &&
           db_run(with->db, err, "DELETE FROM dispatch WHERE id = $1", DB_I(dispatch_id));
}

/* The dispatch under its old number, to the party's present contact: which address it was, the journal does not say. */
static bool add_dispatch(const struct reconciling *with, const struct journal_fact *fact, struct meeting *meeting, struct err *err) {
    struct chosen_contact contact = {0};
    struct message_identity identity = {.campaign = meeting->campaign, .domain = with->domain, .key = with->key};
    enum contact_choice choice = contact_choose(with->db, meeting->party_id, &contact, err);
    if (choice == CONTACT_ERROR) return false;
    if (choice != CONTACT_CHOSEN) contact = (struct chosen_contact){0};
    /* The delivery had an address before: that one was given up, this is the next contact's dispatch. */
    if (meeting->state == DELIVERY_SENT) {
        struct event event = event_of(with, meeting, fact->dispatch_id);
        event.event = "next_contact";
        if (!delivery_set(with->db, DELIVERY_SENT, DELIVERY_READY, "next-contact", -1, &event, err)) return false;
        meeting->state = DELIVERY_READY;
    }
    meeting->current_id = fact->dispatch_id;
    return dispatch_add_numbered(with->db, fact->dispatch_id, meeting->delivery_id, &contact, fact->date_ms, &identity, err) &&
           db_run(with->db, err, "UPDATE delivery SET dispatch_id = $1 WHERE id = $2", DB_I(fact->dispatch_id), DB_I(meeting->delivery_id));
}

static bool keep_waiting(const struct reconciling *with, const struct journal_fact *fact, const struct journal_wave_name *name, struct err *err) {
    return db_run(with->db, err,
                  "INSERT INTO journal_fact (dispatch_id, campaign, wave, party_id, date_ms, armed_ms, sha256, ended, state, code, resends) "
                  "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (dispatch_id) DO UPDATE SET ended = excluded.ended, "
                  "state = excluded.state, code = excluded.code, resends = excluded.resends, armed_ms = excluded.armed_ms, sha256 = excluded.sha256",
                  DB_I(fact->dispatch_id), DB_T(name->campaign), DB_T(name->wave), DB_T(fact->party_id), DB_I(fact->date_ms), DB_I(fact->armed_ms),
                  DB_T(fact->sha256), DB_I(fact->ended), DB_I(fact->state), DB_I(fact->code), DB_I(fact->resends));
}

/* -- one fact ------------------------------------------------------------------------------------------------------------ */
/* Armed above the mark while an earlier copy may have arrived: a resend, and there is one. The backup may know that copy only as armed
 * or in doubt, and the journal tell no more than the resend. What a sender that caught up said again is the same arming. */
static int resends_of(const struct journal_fact *fact, const struct meeting *meeting) {
    bool doubted = meeting->state == DELIVERY_IN_DOUBT || (meeting->state == DELIVERY_ARMED && !fact->first_after_end);
    bool again = fact->first_armed_ms >= 0 && fact->first_armed_ms != meeting->armed_ms;
    return fact->resends + (doubted && again);
}

/* In doubt already: armed since, it is held like every doubt of a restored database. */
static bool hold_doubt(const struct reconciling *with, const struct meeting *meeting, struct event *event, struct err *err) {
    event->event = DELIVERY[DELIVERY_IN_DOUBT].name;
    event->text = "restored";
    return event_add(with->db, event, err) && db_run(with->db, err, "UPDATE delivery SET reason = 'restored' WHERE id = $1", DB_I(meeting->delivery_id));
}

static bool to_doubt(const struct reconciling *with, const struct journal_fact *fact, struct meeting *meeting, int resends, struct err *err) {
    struct event event = event_of(with, meeting, fact->dispatch_id);
    enum delivery_state from = meeting->state;
    meeting->state = DELIVERY_IN_DOUBT;
    if (from == DELIVERY_IN_DOUBT) return !resends || hold_doubt(with, meeting, &event, err);
    return delivery_set(with->db, from, DELIVERY_IN_DOUBT, "restored", -1, &event, err);
}

static bool note_dispatch(const struct reconciling *with, const struct journal_fact *fact, const struct meeting *meeting, struct err *err) {
    struct db *db = with->db;
    if (fact->armed_ms >= 0 &&
        (!db_run(db, err, "UPDATE dispatch SET armed_ms = $1, sha256 = $2 WHERE id = $3", DB_I(fact->armed_ms), DB_T(fact->sha256), DB_I(fact->dispatch_id)) ||
         !wave_freeze(db, meeting->wave_id, fact->armed_ms, err) ||
         !begin_group(db, meeting, fact->armed_ms, err)))
        return false;
    return db_run(db, err, "UPDATE dispatch SET ended_ms = $1, code = $2, reply = 'journal' WHERE id = $3",
                  DB_I_OR_NULL(with->now_ms, fact->ended), DB_I(fact->code), DB_I(fact->dispatch_id));
}

/* The delivery ends as the journal says. */
static bool settle(const struct reconciling *with, const struct journal_fact *fact, struct meeting *meeting, struct reconciled *counts, struct err *err) {
    bool accepted = fact->ended && fact->state == DELIVERY_SENT, failed = fact->ended && fact->state == DELIVERY_FAILED;
    const int resends = resends_of(fact, meeting);
    /* A resend that was refused proves nothing of the first copy. */
    bool refused = fact->ended && !accepted && !failed && fact->state != DELIVERY_IN_DOUBT && !resends;
    struct event event = event_of(with, meeting, fact->dispatch_id);
    char code[8] = "";
    if (fact->code) snprintf(code, sizeof code, "%d", fact->code);
    event.code = code;
    if (!note_dispatch(with, fact, meeting, err)) return false;
    if (meeting->state == DELIVERY_SENT || meeting->current_id != fact->dispatch_id) return true; /* known, or a later dispatch speaks */
    if (refused) {
        counts->refused++;
        event.event = "released";
        return meeting->state != DELIVERY_ARMED || delivery_set(with->db, DELIVERY_ARMED, DELIVERY_READY, "", -1, &event, err);
    }
    if (meeting->state != DELIVERY_IN_DOUBT && !delivery_may(meeting->state, DELIVERY_IN_DOUBT)) {
        counts->kept++;
        event.event = "journal_differs";
        return event_add(with->db, &event, err);
    }
    if (!to_doubt(with, fact, meeting, resends, err) ||
        !db_run(with->db, err, "UPDATE delivery SET resends = CASE WHEN resends > $1 THEN resends ELSE $1 END, attempts = CASE WHEN attempts < 1 THEN 1 "
                "ELSE attempts END, first_try_ms = COALESCE(first_try_ms, $2) WHERE id = $3",
                DB_I(resends), DB_I(max_i64(fact->armed_ms, 0)), DB_I(meeting->delivery_id)))
        return false;
    if (!accepted && !failed) return counts->in_doubt++, true;
    counts->sent += accepted;
    counts->failed += failed;
    return delivery_set(with->db, DELIVERY_IN_DOUBT, fact->state, failed ? "refused" : "", -1, &event, err);
}

/* Skipped in the backup and armed since under another number: its party had joined again, and the wave had planned it anew
 * (late_joiners.c). The same happens to it here. */
static bool rejoin(const struct reconciling *with, const struct meeting *meeting, struct err *err) {
    struct event event = event_of(with, meeting, meeting->current_id);
    event.text = "rejoined";
    return delivery_set(with->db, DELIVERY_SKIPPED, DELIVERY_CANCELLED, "rejoined", -1, &event, err) &&
           db_run(with->db, err, "UPDATE wave SET state = 'running' WHERE id = $1 AND state = 'done'", DB_I(meeting->wave_id));
}

static bool same_place(const struct meeting *meeting, const struct journal_fact *fact, const struct journal_wave_name *name) {
    return !name || (!strcmp(meeting->party_id, fact->party_id) && !strcmp(meeting->wave, name->wave) && !strcmp(meeting->campaign, name->campaign));
}

/* *waits: its wave or party is not there. */
static bool take_over(const struct reconciling *with, const struct journal_fact *fact, const struct journal_wave_name *name, bool *waits,
                      struct reconciled *counts, struct err *err) {
    struct meeting meeting, place;
    int has = meet_dispatch(with->db, fact->dispatch_id, &meeting, err);
    *waits = false;
    if (has < 0) return false;
    /* A delivery cancelled since (its wave was moved before anybody reconciled) is planned anew: the fact belongs to the new one. */
    if (has && same_place(&meeting, fact, name) && meeting.state != DELIVERY_CANCELLED) return settle(with, fact, &meeting, counts, err);
    if (!name) return counts->kept++, true; /* its end alone, and nobody knows of what */
    int there = find_place(with->db, name->campaign, name->wave, fact->party_id, &place, err);
    if (there < 0) return false;
    if (!there) return *waits = true, true;
    if (has && !renumber(with, fact->dispatch_id, &meeting, counts, err)) return false;
    int planned = meet_delivery(with->db, place.wave_id, fact->party_id, &meeting, err);
    if (planned < 0) return false;
    bool joined_again = planned && meeting.state == DELIVERY_SKIPPED && fact->armed_ms >= 0;
    if (joined_again && !rejoin(with, &meeting, err)) return false;
    planned = planned && !joined_again;
    if (!planned) meeting = place;
    return (planned || add_delivery(with, fact, &meeting, counts, err)) && add_dispatch(with, fact, &meeting, err) &&
           settle(with, fact, &meeting, counts, err);
}

/* -- all of them ------------------------------------------------------------------------------------------------------------ */
static int by_number(const void *a, const void *b) {
    const struct journal_fact *one = a, *other = b;
    return (one->dispatch_id > other->dispatch_id) - (one->dispatch_id < other->dispatch_id);
}

/* Of the departments that had begun, whoever has no delivery of the wave yet: it begins as it would have gone on. */
static bool top_up(const struct reconciling *with, const char *campaign_name, const char *wave_name, struct reconciled *counts, struct err *err) {
    struct campaign campaign = {0};
    struct waves waves = {0};
    struct planned planned = {0};
    int64_t known = 0;
    if (db_get_int(with->db, err, &known, "SELECT 1 FROM campaign WHERE name = $1", DB_T(campaign_name)) <= 0) return known == 0;
    bool good = campaign_load(with->db, campaign_name, &campaign, err) && waves_load(with->db, campaign.id, &waves, err);
    const struct wave *wave = good ? waves_find(&waves, wave_name) : NULL;
    struct message_identity identity = {.campaign = campaign.name, .domain = with->domain, .key = with->key};
    struct planning planning = {.db = with->db, .campaign = &campaign, .identity = &identity, .limits = with->limits, .now_ms = with->now_ms,
                                .planned = &planned};
    if (wave && with->now_ms < campaign.deadline_ms && campaign.state != CAMPAIGN_CANCELLED) good = plan_parties(&planning, wave, err);
    counts->topped_up += planned.deliveries;
    waves_release(&waves);
    campaign_release(&campaign);
    return good;
}

bool reconcile_facts(const struct reconciling *with, const struct journal_facts *facts, struct reconciled *counts, struct err *err) {
    int64_t planned_before = counts->planned;
    /* In the order of their numbers: of two dispatches of one delivery, the later one has the last word. */
    AUTO_MEM struct journal_fact *sorted = facts->count ? mem_copy(facts->all, facts->count * sizeof *facts->all) : NULL;
    if (sorted) qsort(sorted, facts->count, sizeof *sorted, by_number);
    for (size_t i = 0; i < facts->count; i++) {
        const struct journal_wave_name *name = sorted[i].wave < facts->wave_count ? &facts->waves[sorted[i].wave] : NULL;
        bool waits;
        if (!take_over(with, &sorted[i], name, &waits, counts, err) || (waits && !keep_waiting(with, &sorted[i], name, err))) return false;
        counts->waiting += waits;
    }
    for (size_t i = 0; i < facts->wave_count && counts->planned > planned_before; i++)
        if (!top_up(with, facts->waves[i].campaign, facts->waves[i].wave, counts, err)) return false;
    return true;
}

/* -- those that waited ---------------------------------------------------------------------------------------------------- */
static bool load_waiting(struct db *db, struct journal_facts *facts, struct err *err) {
    AUTO(db_rows) rows = db_query(db, err,
                                  "SELECT f.dispatch_id, f.campaign, f.wave, f.party_id, f.date_ms, f.armed_ms, f.sha256, f.ended, f.state, f.code, f.resends "
                                  "FROM journal_fact f JOIN campaign c ON c.name = f.campaign JOIN wave w ON w.campaign_id = c.id AND w.name = f.wave "
                                  "WHERE EXISTS (SELECT 1 FROM collectivity k WHERE k.id = f.party_id) OR EXISTS (SELECT 1 FROM relay r WHERE r.id = f.party_id) "
                                  "ORDER BY f.dispatch_id");
    int got;
    while ((got = db_next(rows, err)) > 0) {
        if ((facts->count & (facts->count - 1)) == 0) facts->all = mem_grow(facts->all, facts->count ? facts->count * 2 : 1, sizeof *facts->all);
        struct journal_fact *fact = &facts->all[facts->count++];
        *fact = (struct journal_fact){.dispatch_id = db_int(rows, 0), .date_ms = db_int(rows, 4), .armed_ms = db_int(rows, 5), .ended = db_int(rows, 7) != 0,
                                      .state = (enum delivery_state)db_int(rows, 8), .code = (int)db_int(rows, 9), .resends = (int)db_int(rows, 10), .first_armed_ms = -1};
        snprintf(fact->party_id, sizeof fact->party_id, "%s", db_text(rows, 3));
        snprintf(fact->sha256, sizeof fact->sha256, "%s", db_text(rows, 6));
        for (fact->wave = 0; fact->wave < facts->wave_count; fact->wave++)
            if (!strcmp(facts->waves[fact->wave].campaign, db_text(rows, 1)) && !strcmp(facts->waves[fact->wave].wave, db_text(rows, 2))) break;
        if (fact->wave < facts->wave_count) continue;
        facts->waves = mem_grow(facts->waves, ++facts->wave_count, sizeof *facts->waves);
        struct journal_wave_name *name = &facts->waves[fact->wave];
        *name = (struct journal_wave_name){0};
        snprintf(name->campaign, sizeof name->campaign, "%s", db_text(rows, 1));
        snprintf(name->wave, sizeof name->wave, "%s", db_text(rows, 2));
    }
    return got == 0;
}

bool reconcile_waiting(const struct reconciling *with, struct reconciled *counts, int64_t *left, struct err *err) {
    struct journal_facts facts = {0};
    *left = 0;
    if (db_get_int(with->db, err, left, "SELECT COUNT(*) FROM journal_fact") < 0) return false;
    bool good = !*left || (load_waiting(with->db, &facts, err) && reconcile_facts(with, &facts, counts, err));
    for (size_t i = 0; i < facts.count && good; i++)
        good = db_run(with->db, err, "DELETE FROM journal_fact WHERE dispatch_id = $1 AND EXISTS (SELECT 1 FROM dispatch WHERE id = $1)", DB_I(facts.all[i].dispatch_id));
    *left -= (int64_t)facts.count;
    journal_facts_release(&facts);
    return good;
}
