/* Deliveries in the database: leasing, claiming, arming, ending. */
#include "mailer/send/delivery_store.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/process.h"

enum { MESSAGE_ID = 400 };

static void dispatch_texts(const struct message_identity *identity, int64_t dispatch_id, char token[TOKEN_TEXT], char message_id[MESSAGE_ID]) {
    token_make(identity->key, dispatch_id, token);
    snprintf(message_id, MESSAGE_ID, "<%s.%s@%s>", identity->campaign, token, identity->domain);
}

bool dispatch_add(struct db *db, int64_t delivery_id, const struct chosen_contact *contact, int64_t date_ms,
                  const struct message_identity *identity, int64_t *dispatch_id, struct err *err) {
    /* The token names the dispatch, whose id the database gives out: the row first, its texts then. */
    if (!db_run(db, err,
                "INSERT INTO dispatch (delivery_id, contact_id, address, message_id, token, date_ms) VALUES ($1, $2, $3, '', '', $4)",
                DB_I(delivery_id), DB_I(contact->id), DB_T(contact->address), DB_I(date_ms)))
        return false;
    *dispatch_id = db_inserted_id(db);
    char token[TOKEN_TEXT], message_id[MESSAGE_ID];
    dispatch_texts(identity, *dispatch_id, token, message_id);
    return db_run(db, err, "UPDATE dispatch SET message_id = $1, token = $2 WHERE id = $3", DB_T(message_id), DB_T(token),
                  DB_I(*dispatch_id)) &&
           db_run(db, err, "UPDATE delivery SET dispatch_id = $1 WHERE id = $2", DB_I(*dispatch_id), DB_I(delivery_id));
}

bool dispatch_next_id(struct db *db, int64_t *next_id, struct err *err) {
    return db_get_int(db, err, next_id, "SELECT COALESCE(MAX(id), 0) + 1 FROM dispatch") > 0;
}

bool dispatch_add_numbered(struct db *db, int64_t dispatch_id, int64_t delivery_id, const struct chosen_contact *contact,
                           int64_t date_ms, const struct message_identity *identity, struct err *err) {
    char token[TOKEN_TEXT], message_id[MESSAGE_ID];
    dispatch_texts(identity, dispatch_id, token, message_id);
    return db_run(db, err,
                  "INSERT INTO dispatch (id, delivery_id, contact_id, address, message_id, token, date_ms) VALUES ($1, $2, $3, $4, $5, $6, $7)",
                  DB_I(dispatch_id), DB_I(delivery_id), DB_I(contact->id), DB_T(contact->address), DB_T(message_id), DB_T(token), DB_I(date_ms));
}

/* -- runs -------------------------------------------------------------------------------------------------- */
bool run_begin(struct db *db, int64_t now_ms, int64_t *run_id, struct err *err) {
    char boot[BOOT_ID_TEXT];
    boot_id(boot);
    if (!db_run(db, err, "INSERT INTO run (role, boot_id, pid, started_ms) VALUES ('send', $1, $2, $3)", DB_T(boot),
                DB_I(getpid()), DB_I(now_ms)))
        return false;
    *run_id = db_inserted_id(db);
    return true;
}

bool run_end(struct db *db, int64_t run_id, int64_t now_ms, struct err *err) {
    return db_run(db, err,
                  "UPDATE dispatch SET lease_id = NULL WHERE lease_id IN (SELECT id FROM lease WHERE run_id = $1) AND ended_ms IS NULL",
                  DB_I(run_id)) &&
           db_run(db, err, "UPDATE run SET ended_ms = $1 WHERE id = $2", DB_I(now_ms), DB_I(run_id));
}

/* One delivery another run held. */
struct left_behind { int64_t id, dispatch_id, wave_id, campaign_id; enum delivery_state state; char party_id[32]; bool power_cut; };

static bool recover_one(struct db *db, const struct left_behind *left, int64_t now_ms, int64_t doubt_wait_ms,
                        struct recovered *recovered, struct err *err) {
    struct event event = {.at_ms = now_ms, .campaign_id = left->campaign_id, .wave_id = left->wave_id,
                          .delivery_id = left->id, .dispatch_id = left->dispatch_id, .party_id = left->party_id,
                          .origin = "recovery"};
    if (left->state == DELIVERY_CLAIMED && !left->power_cut) {
        event.event = "released";
        recovered->released++;
        /* Not charged: being killed is not a try. */
        return delivery_set(db, DELIVERY_CLAIMED, DELIVERY_READY, "", -1, &event, err) &&
               db_run(db, err,
                      "UPDATE delivery SET attempts = attempts - 1, first_try_ms = CASE WHEN attempts <= 1 THEN NULL ELSE first_try_ms END "
                      "WHERE id = $1", DB_I(left->id));
    }
    recovered->in_doubt++;
    /* "lease" is never resent: after a power cut even the armed marks may be missing. */
    const char *reason = left->power_cut ? "lease" : "killed";
    return delivery_set(db, left->state, DELIVERY_IN_DOUBT, reason, now_ms + doubt_wait_ms, &event, err);
}

static int load_left_behind(struct db *db, struct left_behind **all, struct err *err) {
    char boot[BOOT_ID_TEXT];
    boot_id(boot);
    int count = 0;
    AUTO(db_rows) rows = db_query(
        db, err,
        "SELECT d.id, d.dispatch_id, d.wave_id, w.campaign_id, d.state, d.party_id, "
        "CASE WHEN l.boot_id IS NOT NULL AND l.boot_id <> $1 AND p.ended_ms IS NULL THEN 1 ELSE 0 END "
        "FROM delivery d JOIN wave w ON w.id = d.wave_id LEFT JOIN dispatch p ON p.id = d.dispatch_id "
        "LEFT JOIN lease l ON l.id = p.lease_id "
        "WHERE d.state IN (1, 2) OR (d.state IN (0, 3) AND l.boot_id IS NOT NULL AND l.boot_id <> $1 AND p.ended_ms IS NULL)",
        DB_T(boot));
    int got;
    while ((got = db_next(rows, err)) > 0) {
        *all = mem_grow(*all, (size_t)count + 1, sizeof **all);
        struct left_behind *left = &(*all)[count++];
        *left = (struct left_behind){.id = db_int(rows, 0), .dispatch_id = db_int(rows, 1), .wave_id = db_int(rows, 2),
                                     .campaign_id = db_int(rows, 3), .state = (enum delivery_state)db_int(rows, 4),
                                     .power_cut = db_int(rows, 6)};
        snprintf(left->party_id, sizeof left->party_id, "%s", db_text(rows, 5));
    }
    return got < 0 ? -1 : count;
}

bool runs_recover(struct db *db, int64_t now_ms, int64_t doubt_wait_ms, struct recovered *recovered, struct err *err) {
    *recovered = (struct recovered){0};
    AUTO_MEM struct left_behind *all = NULL;
    int count = load_left_behind(db, &all, err);
    for (int i = 0; i < count; i++)
        if (!recover_one(db, &all[i], now_ms, doubt_wait_ms, recovered, err)) return false;
    return count >= 0 && db_run(db, err, "UPDATE delivery SET run_id = NULL WHERE run_id IS NOT NULL") &&
           db_run(db, err, "UPDATE dispatch SET lease_id = NULL WHERE lease_id IS NOT NULL AND ended_ms IS NULL") &&
           db_run(db, err, "UPDATE run SET ended_ms = $1 WHERE ended_ms IS NULL", DB_I(now_ms));
}

/* -- leasing ------------------------------------------------------------------------------------------------ */
/* What may be claimed. IN_DOUBT: only where the wave allows its one resend, and never when only a lease explains it. */
#define CLAIMABLE                                                                                            \
    "(d.state IN (0, 3) OR (d.state = 7 AND w.uncertain = 'resend' AND d.resends = 0 AND d.reason <> 'lease' "  \
    "AND d.reason <> 'bytes-differ'))"

static void read_held(const struct db_rows *rows, struct held_delivery *held) {
    *held = (struct held_delivery){
        .id = db_int(rows, 0), .dispatch_id = db_int(rows, 1), .wave_id = db_int(rows, 2), .campaign_id = db_int(rows, 3),
        .state = (enum delivery_state)db_int(rows, 4), .audience = (enum audience)audience_of(db_text(rows, 5)),
        .date_ms = db_int(rows, 6), .first_try_ms = db_is_null(rows, 7) ? -1 : db_int(rows, 7),
        .attempts = (int)db_int(rows, 8), .contact_id = db_int(rows, 9)};
    held->doubted = held->state == DELIVERY_IN_DOUBT || db_int(rows, 17) > 0;
    const struct { char *to; size_t size; } TEXTS[] = {
        {held->party_id, sizeof held->party_id}, {held->department, sizeof held->department},
        {held->address, sizeof held->address}, {held->message_id, sizeof held->message_id},
        {held->token, sizeof held->token}, {held->template, sizeof held->template}, {held->sha256, sizeof held->sha256}};
    for (size_t i = 0; i < COUNT(TEXTS); i++) snprintf(TEXTS[i].to, TEXTS[i].size, "%s", db_text(rows, 10 + (int)i));
}

/* One state at a time: the index then gives the rows in the order of their instants, however many are waiting. */
static int read_due(struct db *db, enum delivery_state state, int64_t campaign_id, int64_t now_ms, struct held_delivery *held,
                    int room, struct err *err) {
    int count = 0, got = 0;
    AUTO(db_rows) rows = db_query(
        db, err,
        "SELECT d.id, d.dispatch_id, d.wave_id, w.campaign_id, d.state, w.audience, p.date_ms, d.first_try_ms, d.attempts, "
        "p.contact_id, d.party_id, d.department, p.address, p.message_id, p.token, w.template, p.sha256, d.resends "
        "FROM delivery d JOIN wave w ON w.id = d.wave_id JOIN dispatch p ON p.id = d.dispatch_id "
        "WHERE d.state = $1 AND d.not_before_ms <= $2 AND w.campaign_id = $3 AND p.lease_id IS NULL AND " CLAIMABLE
        " ORDER BY d.not_before_ms, d.id LIMIT $4 %LOCK%",
        DB_I(state), DB_I(now_ms), DB_I(campaign_id), DB_I(room));
    while (count < room && (got = db_next(rows, err)) > 0) read_held(rows, &held[count++]);
    return got < 0 || !rows ? -1 : count;
}

int lease_due(struct db *db, int64_t run_id, int64_t campaign_id, int64_t now_ms, struct held_delivery *held, int room,
              struct err *err) {
    /* What has been tried goes first: it is little, and its time is counted. */
    static const enum delivery_state ORDER[] = {DELIVERY_DEFERRED, DELIVERY_IN_DOUBT, DELIVERY_READY};
    char boot[BOOT_ID_TEXT];
    boot_id(boot);
    int count = 0;
    for (size_t i = 0; i < COUNT(ORDER) && count < room; i++) {
        int more = read_due(db, ORDER[i], campaign_id, now_ms, held + count, room - count, err);
        if (more < 0) return -1;
        count += more;
    }
    if (!count) return 0;
    if (!db_run(db, err, "INSERT INTO lease (run_id, boot_id, at_ms) VALUES ($1, $2, $3)", DB_I(run_id), DB_T(boot), DB_I(now_ms)))
        return -1;
    int64_t lease_id = db_inserted_id(db);
    for (int i = 0; i < count; i++)
        if (!db_run(db, err, "UPDATE dispatch SET lease_id = $1, ended_ms = NULL WHERE id = $2", DB_I(lease_id),
                    DB_I(held[i].dispatch_id)))
            return -1;
    return count;
}

bool lease_return(struct db *db, int64_t dispatch_id, struct err *err) {
    return db_run(db, err, "UPDATE dispatch SET lease_id = NULL WHERE id = $1", DB_I(dispatch_id));
}

/* -- claim, arm, end ------------------------------------------------------------------------------------------ */
static struct event event_of(const struct held_delivery *held, int64_t now_ms) {
    return (struct event){.at_ms = now_ms, .campaign_id = held->campaign_id, .wave_id = held->wave_id,
                          .delivery_id = held->id, .dispatch_id = held->dispatch_id, .party_id = held->party_id,
                          .address = held->address, .origin = "send"};
}

bool delivery_claim(struct db *db, struct held_delivery *held, int64_t run_id, int64_t now_ms, struct err *err) {
    struct event event = event_of(held, now_ms);
    if (held->state == DELIVERY_IN_DOUBT) {
        event.event = "resend";
        if (!delivery_set(db, DELIVERY_IN_DOUBT, DELIVERY_READY, "", -1, &event, err) ||
            !db_run(db, err, "UPDATE delivery SET resends = resends + 1 WHERE id = $1", DB_I(held->id)))
            return false;
        held->state = DELIVERY_READY;
    }
    event.event = NULL;
    if (!delivery_set(db, held->state, DELIVERY_CLAIMED, "", -1, &event, err)) return false;
    held->state = DELIVERY_CLAIMED;
    held->attempts++;
    if (held->first_try_ms < 0) held->first_try_ms = now_ms;
    return db_run(db, err, "UPDATE delivery SET run_id = $1, attempts = $2, first_try_ms = $3 WHERE id = $4", DB_I(run_id),
                  DB_I(held->attempts), DB_I(held->first_try_ms), DB_I(held->id));
}

int delivery_still_held(struct db *db, const struct held_delivery *held, int64_t run_id, struct err *err) {
    int64_t one;
    return db_get_int(db, err, &one, "SELECT 1 FROM delivery WHERE id = $1 AND state = $2 AND run_id = $3", DB_I(held->id),
                      DB_I(held->state), DB_I(run_id));
}

bool delivery_arm(struct db *db, struct held_delivery *held, const char *sha256, int64_t now_ms, struct err *err) {
    struct event event = event_of(held, now_ms);
    if (!delivery_set(db, DELIVERY_CLAIMED, DELIVERY_ARMED, "", -1, &event, err)) return false;
    held->state = DELIVERY_ARMED;
    return db_run(db, err, "UPDATE dispatch SET sha256 = $1, armed_ms = $2 WHERE id = $3", DB_T(sha256), DB_I(now_ms),
                  DB_I(held->dispatch_id)) &&
           db_run(db, err, "UPDATE wave SET frozen_ms = $1 WHERE id = $2 AND frozen_ms IS NULL", DB_I(now_ms),
                  DB_I(held->wave_id));
}

bool delivery_end(struct db *db, const struct held_delivery *held, enum delivery_state to, const char *reason, int code,
                  const char *enhanced, const char *text, int64_t next_ms, int64_t now_ms, struct err *err) {
    char code_text[24] = "";
    if (code) snprintf(code_text, sizeof code_text, "%d%s%s", code, *enhanced ? " " : "", enhanced);
    else snprintf(code_text, sizeof code_text, "%s", enhanced);
    struct event event = event_of(held, now_ms);
    event.code = code_text;
    event.text = *text ? text : reason;
    if (to == DELIVERY_READY) event.event = "released";
    return delivery_set(db, held->state, to, reason, next_ms, &event, err) &&
           /* A delivery let go untried is not charged the attempt: its time to give up has not begun. */
           db_run(db, err,
                  "UPDATE delivery SET run_id = NULL, attempts = attempts - $1, "
                  "first_try_ms = CASE WHEN attempts - $1 <= 0 THEN NULL ELSE first_try_ms END WHERE id = $2",
                  DB_I(to == DELIVERY_READY), DB_I(held->id)) &&
           db_run(db, err, "UPDATE dispatch SET ended_ms = $1, code = $2, reply = $3, lease_id = NULL WHERE id = $4", DB_I(now_ms),
                  DB_I(code), DB_T(text), DB_I(held->dispatch_id));
}

/* -- sweeping --------------------------------------------------------------------------------------------------- */
bool deliveries_expire(struct db *db, int64_t campaign_id, const char *reason, int64_t now_ms, struct err *err) {
    struct event event = {.at_ms = now_ms, .campaign_id = campaign_id, .origin = "send"};
    return delivery_set_all(db, DELIVERY_READY, DELIVERY_SKIPPED, false, reason, &event, err) &&
           delivery_set_all(db, DELIVERY_DEFERRED, DELIVERY_FAILED, false, "gave-up", &event, err) &&
           delivery_set_all(db, DELIVERY_READY, DELIVERY_IN_DOUBT, true, reason, &event, err) &&
           delivery_set_all(db, DELIVERY_DEFERRED, DELIVERY_IN_DOUBT, true, "gave-up", &event, err);
}

bool deliveries_next_ms(struct db *db, int64_t now_ms, int64_t *next_ms, struct err *err) {
    *next_ms = -1;
    AUTO(db_rows) rows = db_query(db, err,
                                  "SELECT MIN(d.not_before_ms) FROM delivery d JOIN wave w ON w.id = d.wave_id "
                                  "JOIN campaign c ON c.id = w.campaign_id "
                                  "WHERE d.state IN (0, 3, 7) AND d.not_before_ms > $1 AND c.state = 'started' AND " CLAIMABLE,
                                  DB_I(now_ms));
    int got = db_next(rows, err);
    if (got > 0 && !db_is_null(rows, 0)) *next_ms = db_int(rows, 0);
    return got >= 0;
}
