/* The table of delivery states and the one function that changes them. */
#include "mailer/send/delivery.h"

#include <inttypes.h>

#define TO(state) (1u << DELIVERY_##state)

/* SENT may become READY only for another contact of the party (the address proved dead); IN_DOUBT becomes READY for
 * the one resend its wave allows, SENT or FAILED by evidence. READY, CLAIMED and DEFERRED fall in doubt when a power
 * cut leaves nothing but their lease. */
const struct delivery_rule DELIVERY[DELIVERY_STATES] = {
    [DELIVERY_READY] = {"ready", TO(CLAIMED) | TO(SKIPPED) | TO(CANCELLED) | TO(IN_DOUBT) | TO(READY)},
    [DELIVERY_CLAIMED] = {"claimed", TO(READY) | TO(ARMED) | TO(DEFERRED) | TO(FAILED) | TO(SKIPPED) | TO(IN_DOUBT) |
                                      TO(CANCELLED), .passing = true},
    [DELIVERY_ARMED] = {"armed", TO(SENT) | TO(DEFERRED) | TO(FAILED) | TO(IN_DOUBT) | TO(READY), .passing = true},
    [DELIVERY_DEFERRED] = {"deferred", TO(CLAIMED) | TO(FAILED) | TO(SKIPPED) | TO(CANCELLED) | TO(IN_DOUBT) | TO(DEFERRED) | TO(READY)},
    [DELIVERY_SENT] = {"sent", TO(READY)},
    [DELIVERY_FAILED] = {"failed", 0},
    [DELIVERY_SKIPPED] = {"skipped", TO(CANCELLED)},
    [DELIVERY_IN_DOUBT] = {"in_doubt", TO(SENT) | TO(FAILED) | TO(READY)},
    [DELIVERY_CANCELLED] = {"cancelled", 0},
};

bool delivery_may(enum delivery_state from, enum delivery_state to) { return DELIVERY[from].may_become >> to & 1; }

bool event_add(struct db *db, const struct event *event, struct err *err) {
    return db_run(db, err,
                  "INSERT INTO event (at_ms, campaign_id, wave_id, party_id, delivery_id, dispatch_id, event, address, code, "
                  "text, origin, by_whom) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
                  DB_I(event->at_ms), DB_I_OR_NULL(event->campaign_id, event->campaign_id),
                  DB_I_OR_NULL(event->wave_id, event->wave_id), DB_T(event->party_id),
                  DB_I_OR_NULL(event->delivery_id, event->delivery_id),
                  DB_I_OR_NULL(event->dispatch_id, event->dispatch_id), DB_T(event->event),
                  DB_T(event->address ? event->address : ""), DB_T(event->code ? event->code : ""),
                  DB_T(event->text ? event->text : ""), DB_T(event->origin ? event->origin : ""),
                  DB_T(event->by_whom ? event->by_whom : ""));
}

/* In which a delivery lets go of its run and of what was armed, and a try that is taken back gives back the time to give up. */
#define MOVE                                                                                                             \
    "UPDATE delivery SET state = $1, reason = $2, not_before_ms = CASE WHEN $3 < 0 THEN not_before_ms ELSE $3 END, "          \
    "run_id = CASE WHEN $1 = 1 THEN $6 END, armed_ms = NULL, armed_sha256 = NULL, armed_relay = NULL, attempts = attempts + $7, first_try_ms = CASE "       \
    "WHEN $7 > 0 THEN COALESCE(first_try_ms, $8) WHEN attempts + $7 <= 0 THEN NULL ELSE first_try_ms END "

static bool may_move(const struct delivery_move *move, struct err *err) {
    return (delivery_may(move->from, move->to) && move->to != DELIVERY_ARMED) || err_set(err, ERR_FATAL, "STATE", "un envoi « %s » ne peut devenir « %s »",
                                                         DELIVERY[move->from].name, DELIVERY[move->to].name);
}

bool delivery_move(struct db *db, const struct delivery_move *move, const struct event *event, struct err *err) {
    const char *reason = move->reason ? move->reason : "";
    if (!may_move(move, err) ||
        !db_run(db, err, MOVE "WHERE id = $4 AND state = $5", DB_I(move->to), DB_T(reason), DB_I(move->not_before_ms),
                DB_I(event->delivery_id), DB_I(move->from), DB_I_OR_NULL(move->run_id, move->run_id), DB_I(move->tries), DB_I(event->at_ms)))
        return false;
    if (db_changes(db) != 1)
        return err_set(err, ERR_FATAL, "STATE", "l'envoi %" PRId64 " n'est plus dans l'état « %s »", event->delivery_id,
                       DELIVERY[move->from].name);
    if (move->to == DELIVERY_CANCELLED &&
        !db_run(db, err, "UPDATE delivery SET cancelled = 1 WHERE id = $1", DB_I(event->delivery_id)))
        return false;
    if (DELIVERY[move->to].passing || (event->event && !*event->event)) return true;
    struct event named = *event;
    if (!named.event) named.event = DELIVERY[move->to].name;
    if (!named.text && move->reason) named.text = move->reason;
    return event_add(db, &named, err);
}

bool delivery_move_all(struct db *db, const struct delivery_move *move, int64_t first_id, int64_t last_id, int64_t count, int64_t now_ms,
                       struct err *err) {
    const char *reason = move->reason ? move->reason : "";
    if (!DELIVERY[move->to].passing) return err_set(err, ERR_FATAL, "STATE", "un envoi de plusieurs a besoin de sa ligne au journal");
    if (!may_move(move, err) ||
        !db_run(db, err, MOVE "WHERE id BETWEEN $4 AND $9 AND state = $5", DB_I(move->to), DB_T(reason), DB_I(move->not_before_ms),
                DB_I(first_id), DB_I(move->from), DB_I_OR_NULL(move->run_id, move->run_id), DB_I(move->tries), DB_I(now_ms), DB_I(last_id)))
        return false;
    return db_changes(db) == count || err_set(err, ERR_FATAL, "STATE", "%" PRId64 " envois « %s » de %" PRId64 " à %" PRId64 ", et non %" PRId64,
                                              db_changes(db), DELIVERY[move->from].name, first_id, last_id, count);
}

bool delivery_arm_row(struct db *db, int64_t delivery_id, const char *sha256, const char *relay, int64_t now_ms, struct err *err) {
    if (!db_run(db, err, "UPDATE delivery SET state = 2, armed_ms = $1, armed_sha256 = $2, armed_relay = $3 WHERE id = $4 AND state = 1", DB_I(now_ms), DB_T(sha256),
                relay ? DB_T(relay) : DB_N, DB_I(delivery_id)))
        return false;
    return db_changes(db) == 1 || err_set(err, ERR_FATAL, "STATE", "l'envoi %" PRId64 " n'est plus dans l'état « %s »", delivery_id,
                                          DELIVERY[DELIVERY_CLAIMED].name);
}

bool delivery_set(struct db *db, enum delivery_state from, enum delivery_state to, const char *reason,
                  int64_t not_before_ms, const struct event *event, struct err *err) {
    return delivery_move(db, &(struct delivery_move){.from = from, .to = to, .reason = reason, .not_before_ms = not_before_ms}, event, err);
}

/* What waits has no uncertain resend behind it: back in doubt, it has not been resent. */
bool delivery_set_all(struct db *db, enum delivery_state from, enum delivery_state to, bool doubted, const char *reason,
                      const struct event *event, struct err *err) {
    if (!delivery_may(from, to))
        return err_set(err, ERR_FATAL, "STATE", "des envois « %s » ne peuvent devenir « %s »", DELIVERY[from].name,
                       DELIVERY[to].name);
    return db_run(db, err,
                  "INSERT INTO event (at_ms, campaign_id, wave_id, party_id, delivery_id, dispatch_id, event, text, origin) "
                  "SELECT $1, $2, d.wave_id, d.party_id, d.id, d.dispatch_id, $3, $4, $5 FROM delivery d "
                  "JOIN wave w ON w.id = d.wave_id WHERE w.campaign_id = $2 AND d.state = $6 AND "
                  "CASE WHEN d.resends > 0 THEN 1 ELSE 0 END = $7 ORDER BY d.id",
                  DB_I(event->at_ms), DB_I(event->campaign_id), DB_T(DELIVERY[to].name), DB_T(reason),
                  DB_T(event->origin), DB_I(from), DB_I(doubted)) &&
           db_run(db, err,
                  "UPDATE delivery SET state = $1, reason = $2, resends = CASE WHEN $1 = 7 THEN 0 ELSE resends END WHERE state = $3 AND "
                  "CASE WHEN resends > 0 THEN 1 ELSE 0 END = $4 AND wave_id IN (SELECT id FROM wave WHERE campaign_id = $5)",
                  DB_I(to), DB_T(reason), DB_I(from), DB_I(doubted), DB_I(event->campaign_id));
}

bool delivery_cancel_wave(struct db *db, const struct event *event, struct err *err) {
    for (int state = 0; state < DELIVERY_STATES; state++) {
        if (!delivery_may((enum delivery_state)state, DELIVERY_CANCELLED)) continue;
        if (!db_run(db, err,
                    "INSERT INTO event (at_ms, campaign_id, wave_id, party_id, delivery_id, dispatch_id, event, text, origin, by_whom) "
                    "SELECT $1, $2, wave_id, party_id, id, dispatch_id, 'cancelled', $3, $4, $5 FROM delivery "
                    "WHERE wave_id = $6 AND cancelled = 0 AND state = $7",
                    DB_I(event->at_ms), DB_I(event->campaign_id), DB_T(event->text), DB_T(event->origin),
                    DB_T(event->by_whom), DB_I(event->wave_id), DB_I(state)) ||
            !db_run(db, err, "UPDATE delivery SET state = $1, cancelled = 1, reason = $2, run_id = NULL WHERE wave_id = $3 AND cancelled = 0 AND state = $4",
                    DB_I(DELIVERY_CANCELLED), DB_T(event->text), DB_I(event->wave_id), DB_I(state)))
            return false;
    }
    return true;
}
