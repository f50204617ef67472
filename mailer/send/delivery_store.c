/* Deliveries in the database: leasing, claiming, arming, ending. */
#include "mailer/send/delivery_store.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/process.h"
#include "mailer/audience.h"

enum { MESSAGE_ID = 400, CODES_TEXT = 24 };

static void dispatch_texts(const struct message_identity *identity, int64_t dispatch_id, char token[TOKEN_TEXT], char message_id[MESSAGE_ID]) {
    token_make(identity->key, dispatch_id, token);
    snprintf(message_id, MESSAGE_ID, "<%s.%s@%s>", identity->campaign, token, identity->domain);
}

bool dispatch_add(struct db *db, int64_t delivery_id, const struct chosen_contact *contact, int64_t date_ms,
                  const struct message_identity *identity, int64_t *dispatch_id, struct err *err) {
    return dispatch_next_id(db, dispatch_id, err) && dispatch_add_numbered(db, *dispatch_id, delivery_id, contact, date_ms, identity, err) &&
           db_run(db, err, "UPDATE delivery SET dispatch_id = $1 WHERE id = $2", DB_I(*dispatch_id), DB_I(delivery_id));
}

/* Above those that wait to be taken over from the journal, too: what has left under one of them comes back to it. */
bool dispatch_next_id(struct db *db, int64_t *next_id, struct err *err) {
    return db_get_int(db, err, next_id,
                      "SELECT COALESCE(MAX(n), 0) + 1 FROM (SELECT MAX(id) AS n FROM dispatch UNION ALL SELECT MAX(dispatch_id) FROM journal_fact) used") > 0;
}

/* Room in the row for what its end will say (digest, relay, instants, reply): a row that grows makes its page split, and a wave's lie
 * page by page. Nobody reads the reply of a dispatch that has not ended. */
#define ROOM_FOR_ITS_END "'                                                                                                              '"

bool dispatch_add_numbered(struct db *db, int64_t dispatch_id, int64_t delivery_id, const struct chosen_contact *contact,
                           int64_t date_ms, const struct message_identity *identity, struct err *err) {
    char token[TOKEN_TEXT], message_id[MESSAGE_ID];
    dispatch_texts(identity, dispatch_id, token, message_id);
    return db_run(db, err,
                  "INSERT INTO dispatch (id, delivery_id, contact_id, address, message_id, token, date_ms, reply) VALUES ($1, $2, $3, $4, $5, $6, $7, "
                  ROOM_FOR_ITS_END ")",
                  DB_I(dispatch_id), DB_I(delivery_id), DB_I(contact->id), DB_T(contact->address), DB_T(message_id), DB_T(token), DB_I(date_ms));
}

/* -- runs -------------------------------------------------------------------------------------------------- */
bool run_begin(struct db *db, bool durable, int64_t now_ms, int64_t *run_id, struct err *err) {
    char boot[BOOT_ID_TEXT];
    boot_id(boot);
    if (!db_run(db, err, "INSERT INTO run (role, boot_id, pid, started_ms, durable) VALUES ('send', $1, $2, $3, $4)", DB_T(boot),
                DB_I(getpid()), DB_I(now_ms), DB_I(durable)))
        return false;
    *run_id = db_inserted_id(db);
    return true;
}

bool run_end(struct db *db, int64_t run_id, int64_t now_ms, struct err *err) {
    return db_run(db, err, "UPDATE run SET ended_ms = $1 WHERE id = $2", DB_I(now_ms), DB_I(run_id));
}

/* One delivery another run held. lost: what happened to it after it was claimed may have gone with the power. */
struct left_behind { int64_t id, dispatch_id, wave_id, campaign_id; enum delivery_state state; char party_id[32]; bool lost; };

static bool recover_one(struct db *db, const struct left_behind *left, int64_t now_ms, int64_t doubt_wait_ms,
                        struct recovered *recovered, struct err *err) {
    struct event event = {.at_ms = now_ms, .campaign_id = left->campaign_id, .wave_id = left->wave_id,
                          .delivery_id = left->id, .dispatch_id = left->dispatch_id, .party_id = left->party_id,
                          .origin = "recovery"};
    struct delivery_move move = {.from = left->state, .to = DELIVERY_IN_DOUBT, .not_before_ms = now_ms + doubt_wait_ms};
    if (left->state == DELIVERY_CLAIMED && !left->lost) {
        event.event = "released";
        recovered->released++;
        move = (struct delivery_move){.from = DELIVERY_CLAIMED, .to = DELIVERY_READY, .not_before_ms = -1, .tries = -1};
        return delivery_move(db, &move, &event, err);
    }
    recovered->in_doubt++;
    /* That it was armed may have gone with the power, and that its wave is frozen with it. */
    if (!dispatch_keep_armed(db, left->id, err) || (left->lost && !wave_freeze(db, left->wave_id, now_ms, err))) return false;
    /* "lease" is never resent: after a power cut even the armed marks may be missing. */
    move.reason = left->lost ? "lease" : "killed";
    return delivery_move(db, &move, &event, err);
}

static int load_left_behind(struct db *db, struct left_behind **all, struct err *err) {
    char boot[BOOT_ID_TEXT];
    boot_id(boot);
    int count = 0;
    AUTO(db_rows) rows = db_query(db, err,
                                  "SELECT d.id, d.dispatch_id, d.wave_id, w.campaign_id, d.state, d.party_id, "
                                  "CASE WHEN " RUN_LOST("$1") " THEN 1 ELSE 0 END "
                                  "FROM delivery d JOIN wave w ON w.id = d.wave_id LEFT JOIN run r ON r.id = d.run_id WHERE d.state IN (1, 2)",
                                  DB_T(boot));
    int got;
    while ((got = db_next(rows, err)) > 0) {
        *all = mem_grow(*all, (size_t)count + 1, sizeof **all);
        struct left_behind *left = &(*all)[count++];
        *left = (struct left_behind){.id = db_int(rows, 0), .dispatch_id = db_int(rows, 1), .wave_id = db_int(rows, 2),
                                     .campaign_id = db_int(rows, 3), .state = (enum delivery_state)db_int(rows, 4),
                                     .lost = db_int(rows, 6)};
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
    return count >= 0 && db_run(db, err, "UPDATE run SET ended_ms = $1 WHERE ended_ms IS NULL", DB_I(now_ms));
}

/* -- claiming ------------------------------------------------------------------------------------------------- */
/* What a sender must know of a delivery, and what says without further looking that it may go: its contact stands in an
 * import in force, nobody has suppressed its address, and no hold or successor makes its place in the campaign more than the
 * row of enrolment. One query, for it is asked for every message; joins, for a subquery opens its tables anew for each row.
 * They repeat a row where there is more than one of what there is rarely any: then it is not clear. */
#define FACTS(no_exception, exceptions)                                                                              \
    "SELECT d.id, d.dispatch_id, p.date_ms, d.first_try_ms, d.attempts, p.contact_id, d.resends, "                     \
    "e.selected, e.answered, e.objected, e.withdrawn, "                                                                 \
    "CASE WHEN i.visible_ms IS NOT NULL AND i.undone_ms IS NULL AND s.id IS NULL" no_exception " THEN 1 ELSE 0 END, "   \
    "c.population, d.party_id, d.department, p.address, p.message_id, p.token, p.sha256, "  \
    "c.name, c.type, c.department, p.relay "                                                                                   \
    "FROM delivery d JOIN dispatch p ON p.id = d.dispatch_id "                                                          \
    "LEFT JOIN collectivity c ON c.id = d.party_id "                                                                    \
    "LEFT JOIN enrolment e ON e.campaign_id = $1 AND e.party_id = d.party_id "                                          \
    "LEFT JOIN contact_fact k ON k.id = p.contact_id AND k.address = p.address LEFT JOIN import i ON i.id = k.import_id " \
    "LEFT JOIN suppression_fact s ON s.address = p.address " exceptions
#define NO_EXCEPTION " AND h.id IS NULL AND t.party_id IS NULL AND u.party_id IS NULL"
#define EXCEPTIONS                                                                                                   \
    "LEFT JOIN hold h ON h.campaign_id = $1 AND h.party_id = d.party_id "                                               \
    "LEFT JOIN enrolment_successor t ON t.campaign_id = $1 AND t.party_id = d.party_id "                                \
    "LEFT JOIN enrolment_successor u ON u.campaign_id = $1 AND u.successor_id = d.party_id "

/* Whether there is any exception in the whole campaign. Most of its time there is none: 1, 0, -1. */
static int has_exceptions(struct db *db, int64_t campaign_id, struct err *err) {
    int64_t any = 0;
    int got = db_get_int(db, err, &any,
                         "SELECT CASE WHEN EXISTS (SELECT 1 FROM hold WHERE campaign_id = $1) OR "
                         "EXISTS (SELECT 1 FROM enrolment_successor WHERE campaign_id = $1) THEN 1 ELSE 0 END", DB_I(campaign_id));
    return got < 0 ? -1 : (int)any;
}

static bool is_clear(const struct db_rows *rows, enum audience audience) {
    if (audience == AUDIENCE_RELAYS || db_is_null(rows, 7) || !db_int(rows, 11)) return false;
    const struct audience_place place = {.selected = db_int(rows, 7), .answered = db_int(rows, 8), .objected = db_int(rows, 9),
                                         .withdrawn = db_int(rows, 10)};
    return !audience_place_excludes(audience, &place);
}

/* What all deliveries of a wave share. frozen_ms: -1 when none of it has been armed. */
struct due_wave { int64_t id, frozen_ms; enum audience audience; bool resend; char template[SCHEDULE_NAME]; };

static int load_waves(struct db *db, int64_t campaign_id, struct due_wave **waves, struct err *err) {
    int count = 0, got;
    AUTO(db_rows) rows = db_query(db, err,
                                  "SELECT id, audience, CASE WHEN uncertain = 'resend' THEN 1 ELSE 0 END, frozen_ms, "
                                  "template FROM wave WHERE campaign_id = $1 AND state <> 'skipped' ORDER BY id",
                                  DB_I(campaign_id));
    while ((got = db_next(rows, err)) > 0) {
        *waves = mem_grow(*waves, (size_t)count + 1, sizeof **waves);
        struct due_wave *wave = &(*waves)[count++];
        *wave = (struct due_wave){.id = db_int(rows, 0), .audience = (enum audience)audience_of(db_text(rows, 1)),
                                  .resend = db_int(rows, 2), .frozen_ms = db_is_null(rows, 3) ? -1 : db_int(rows, 3)};
        snprintf(wave->template, sizeof wave->template, "%s", db_text(rows, 4));
    }
    return got < 0 ? -1 : count;
}

static void read_held(const struct db_rows *rows, const struct due_wave *wave, int64_t campaign_id, enum delivery_state state,
                      struct held_delivery *held) {
    *held = (struct held_delivery){
        .id = db_int(rows, 0), .dispatch_id = db_int(rows, 1), .wave_id = wave->id, .campaign_id = campaign_id, .state = state,
        .audience = wave->audience, .date_ms = db_int(rows, 2), .first_try_ms = db_is_null(rows, 3) ? -1 : db_int(rows, 3),
        .attempts = (int)db_int(rows, 4), .contact_id = db_int(rows, 5), .clear = is_clear(rows, wave->audience),
        .wave_frozen = wave->frozen_ms >= 0};
    held->doubted = state == DELIVERY_IN_DOUBT || db_int(rows, 6) > 0;
    held->party = (struct compose_party){.population = db_int(rows, 12), .enrolled = !db_is_null(rows, 7), .selected = db_int(rows, 7)};
    const struct { char *to; size_t size; } TEXTS[] = {
        {held->party_id, sizeof held->party_id}, {held->department, sizeof held->department}, {held->address, sizeof held->address},
        {held->message_id, sizeof held->message_id}, {held->token, sizeof held->token}, {held->sha256, sizeof held->sha256},
        {held->party.name, sizeof held->party.name}, {held->party.type, sizeof held->party.type},
        {held->party.department, sizeof held->party.department}};
    for (size_t i = 0; i < COUNT(TEXTS); i++) db_text_copy(rows, 13 + (int)i, TEXTS[i].to, TEXTS[i].size);
    if (state == DELIVERY_DEFERRED) db_text_copy(rows, 13 + (int)COUNT(TEXTS), held->put_off_by, sizeof held->put_off_by);
    memcpy(held->template, wave->template, sizeof held->template);
}

/* A doubt only where its wave allows the one resend, and never when only a lease or a restored database explains it, or something has
 * come up against it. */
#define DUE                                                                                                             \
    "WHERE d.wave_id = $2 AND d.state = $3 AND " DELIVERY_WAITS("d") " AND d.not_before_ms <= $4 AND "                       \
    "(d.state <> 7 OR " DOUBT_RESENDS("d") ") "                                                                                 \
    "ORDER BY d.not_before_ms, d.id LIMIT $5 %LOCK%"

static int read_due(struct db *db, const struct due_wave *wave, enum delivery_state state, int64_t campaign_id, bool exceptions, int64_t now_ms,
                    struct held_delivery *const *held, int room, struct err *err) {
    if (state == DELIVERY_IN_DOUBT && !wave->resend) return 0;
    int count = 0, got = 0;
    const struct db_arg args[] = {DB_I(campaign_id), DB_I(wave->id), DB_I(state), DB_I(now_ms), DB_I(room), {.kind = DB_END}};
    AUTO(db_rows) rows = db_query_args(db, err, exceptions ? FACTS(NO_EXCEPTION, EXCEPTIONS) DUE : FACTS("", "") DUE, args);
    while (count < room && (got = db_next(rows, err)) > 0) {
        if (count && held[count - 1]->id == db_int(rows, 0)) continue;
        read_held(rows, wave, campaign_id, state, held[count++]);
    }
    return got < 0 || !rows ? -1 : count;
}

/* Since when the campaign has had mails in hand. INT64_MAX: it has none. */
static int64_t first_armed_ms(const struct due_wave *waves, int count) {
    int64_t first_ms = INT64_MAX;
    for (int i = 0; i < count; i++)
        if (waves[i].frozen_ms >= 0) first_ms = min_i64(first_ms, waves[i].frozen_ms);
    return first_ms;
}

int deliveries_due(struct db *db, int64_t campaign_id, int64_t now_ms, struct held_delivery *const *held, int room, struct err *err) {
    /* What has been tried goes first: it is little, and its time is counted. */
    static const enum delivery_state ORDER[] = {DELIVERY_DEFERRED, DELIVERY_IN_DOUBT, DELIVERY_READY};
    AUTO_MEM struct due_wave *waves = NULL;
    int wave_count = load_waves(db, campaign_id, &waves, err), count = 0, exceptions = has_exceptions(db, campaign_id, err);
    if (exceptions < 0) return -1;
    for (size_t i = 0; i < COUNT(ORDER); i++)
        for (int k = 0; k < wave_count && count < room; k++) {
            int more = read_due(db, &waves[k], ORDER[i], campaign_id, exceptions, now_ms, held + count, room - count, err);
            if (more < 0) return -1;
            count += more;
        }
    int64_t begun_ms = first_armed_ms(waves, wave_count);
    for (int i = 0; i < count; i++) held[i]->may_follow = held[i]->date_ms > begun_ms;
    return wave_count < 0 ? -1 : count;
}

int delivery_clear(struct db *db, const struct held_delivery *held, struct err *err) {
    AUTO(db_rows) rows = db_query(db, err, FACTS(NO_EXCEPTION, EXCEPTIONS) "WHERE d.id = $2", DB_I(held->campaign_id), DB_I(held->id));
    int got = db_next(rows, err);
    return got > 0 ? is_clear(rows, held->audience) : got;
}

/* -- claim, arm, end ------------------------------------------------------------------------------------------ */
static struct event event_of(const struct held_delivery *held, int64_t now_ms) {
    return (struct event){.at_ms = now_ms, .campaign_id = held->campaign_id, .wave_id = held->wave_id,
                          .delivery_id = held->id, .dispatch_id = held->dispatch_id, .party_id = held->party_id,
                          .address = held->address, .origin = "send"};
}

/* The one resend of a doubt: from here on it is as any other that waits. */
static bool resend(struct db *db, struct held_delivery *held, int64_t now_ms, struct err *err) {
    struct event event = event_of(held, now_ms);
    event.event = "resend";
    held->state = DELIVERY_READY;
    return delivery_set(db, DELIVERY_IN_DOUBT, DELIVERY_READY, "", -1, &event, err) &&
           db_run(db, err, "UPDATE delivery SET resends = resends + 1 WHERE id = $1", DB_I(held->id));
}

/* How many from the first on stand one behind the other, so that one statement claims them. */
static int run_of(struct held_delivery *const *held, int count) {
    int length = 1;
    while (length < count && held[length]->id == held[0]->id + length && held[length]->state == held[0]->state) length++;
    return length;
}

bool deliveries_claim(struct db *db, struct held_delivery *const *held, int count, int64_t run_id, int64_t now_ms, struct err *err) {
    for (int i = 0; i < count; i++)
        if (held[i]->state == DELIVERY_IN_DOUBT && !resend(db, held[i], now_ms, err)) return false;
    for (int i = 0, length; i < count; i += length) {
        length = run_of(&held[i], count - i);
        const struct delivery_move move = {.from = held[i]->state, .to = DELIVERY_CLAIMED, .not_before_ms = -1, .run_id = run_id, .tries = 1};
        if (!delivery_move_all(db, &move, held[i]->id, held[i + length - 1]->id, length, now_ms, err)) return false;
    }
    for (int i = 0; i < count; i++) {
        held[i]->state = DELIVERY_CLAIMED;
        held[i]->attempts++;
        if (held[i]->first_try_ms < 0) held[i]->first_try_ms = now_ms;
    }
    return true;
}

int delivery_still_held(struct db *db, const struct held_delivery *held, int64_t run_id, struct err *err) {
    int64_t one;
    return db_get_int(db, err, &one, "SELECT 1 FROM delivery WHERE id = $1 AND state = $2 AND run_id = $3 AND dispatch_id = $4",
                      DB_I(held->id), DB_I(held->state), DB_I(run_id), DB_I(held->dispatch_id));
}

bool wave_freeze(struct db *db, int64_t wave_id, int64_t at_ms, struct err *err) {
    return db_run(db, err, "UPDATE wave SET frozen_ms = $1 WHERE id = $2 AND (frozen_ms IS NULL OR frozen_ms > $1)", DB_I(at_ms), DB_I(wave_id));
}

bool delivery_arm(struct db *db, struct held_delivery *held, const char *sha256, int64_t now_ms, struct err *err) {
    if (!delivery_arm_row(db, held->id, sha256, held->relay, now_ms, err)) return false;
    held->state = DELIVERY_ARMED;
    held->armed_ms = now_ms;
    snprintf(held->sha256, sizeof held->sha256, "%s", sha256);
    return held->wave_frozen || wave_freeze(db, held->wave_id, now_ms, err);
}

/* "250 2.0.0"; either may be missing. Once a message: no format. */
static void write_codes(int code, const char *enhanced, char out[CODES_TEXT]) {
    size_t length = strnlen(enhanced, CODES_TEXT - 5);
    for (int digit = 100; code && digit; digit /= 10) *out++ = (char)('0' + code / digit % 10);
    if (code && length) *out++ = ' ';
    memcpy(out, enhanced, length);
    out[length] = '\0';
}

bool delivery_end(struct db *db, const struct held_delivery *held, enum delivery_state to, const char *reason, int code,
                  const char *enhanced, const char *text, int64_t next_ms, int64_t now_ms, struct err *err) {
    char codes[CODES_TEXT];
    write_codes(code, enhanced, codes);
    struct event event = event_of(held, now_ms);
    event.code = codes;
    event.text = *text ? text : reason;
    if (to == DELIVERY_READY) event.event = "released";
    const struct delivery_move move = {.from = held->state, .to = to, .reason = reason, .not_before_ms = next_ms,
                                       .tries = to == DELIVERY_READY ? -1 : 0};
    return delivery_move(db, &move, &event, err) && dispatch_end(db, held, code, text, now_ms, err);
}

bool doubt_give_back(struct db *db, int64_t delivery_id, struct err *err) {
    return db_run(db, err, "UPDATE delivery SET resends = 0 WHERE id = $1 AND state = $2", DB_I(delivery_id), DB_I(DELIVERY_IN_DOUBT));
}

bool doubt_hold(struct db *db, const char *reason, const struct event *about, struct err *err) {
    struct event event = *about;
    event.event = "resend_held";
    event.text = reason;
    return event_add(db, &event, err) &&
           db_run(db, err, "UPDATE delivery SET reason = $1 WHERE id = $2 AND state = $3", DB_T(reason), DB_I(about->delivery_id), DB_I(DELIVERY_IN_DOUBT));
}

int dispatch_releases(struct db *db, const struct held_delivery *held, struct err *err) {
    int64_t count;
    int got = db_get_int(db, err, &count,
                         "SELECT COUNT(*) FROM event WHERE delivery_id = $1 AND dispatch_id = $2 AND event = 'released' AND code <> '' AND id > "
                         "(SELECT COALESCE(MAX(id), 0) FROM event WHERE delivery_id = $1 AND event = 'deferred')",
                         DB_I(held->id), DB_I(held->dispatch_id));
    return got < 0 ? -1 : (int)count;
}

bool dispatch_end(struct db *db, const struct held_delivery *held, int code, const char *text, int64_t now_ms, struct err *err) {
    bool armed = held->state == DELIVERY_ARMED;
    return db_run(db, err,
                  "UPDATE dispatch SET ended_ms = $1, code = $2, reply = $3, armed_ms = COALESCE($4, armed_ms), sha256 = COALESCE($5, sha256), "
                  "relay = COALESCE($6, relay) WHERE id = $7",
                  DB_I(now_ms), DB_I(code), DB_T(text), DB_I_OR_NULL(held->armed_ms, armed), armed ? DB_T(held->sha256) : DB_N,
                  held->relay ? DB_T(held->relay) : DB_N, DB_I(held->dispatch_id));
}

bool dispatch_keep_armed(struct db *db, int64_t delivery_id, struct err *err) {
    return db_run(db, err,
                  "UPDATE dispatch SET armed_ms = COALESCE((SELECT d.armed_ms FROM delivery d WHERE d.id = $1), armed_ms), "
                  "sha256 = COALESCE((SELECT d.armed_sha256 FROM delivery d WHERE d.id = $1), sha256), "
                  "relay = COALESCE((SELECT d.armed_relay FROM delivery d WHERE d.id = $1), relay) "
                  "WHERE id = (SELECT d.dispatch_id FROM delivery d WHERE d.id = $1)",
                  DB_I(delivery_id));
}

/* -- sweeping --------------------------------------------------------------------------------------------------- */
bool deliveries_expire(struct db *db, int64_t campaign_id, const char *reason, int64_t now_ms, struct err *err) {
    struct event event = {.at_ms = now_ms, .campaign_id = campaign_id, .origin = "send"};
    return delivery_set_all(db, DELIVERY_READY, DELIVERY_SKIPPED, false, reason, &event, err) &&
           delivery_set_all(db, DELIVERY_DEFERRED, DELIVERY_FAILED, false, "gave-up", &event, err) &&
           delivery_set_all(db, DELIVERY_READY, DELIVERY_IN_DOUBT, true, reason, &event, err) &&
           delivery_set_all(db, DELIVERY_DEFERRED, DELIVERY_IN_DOUBT, true, "gave-up", &event, err);
}

/* Wave by wave and state by state, so that each is one look into the index, however many wait. */
bool deliveries_next_ms(struct db *db, int64_t now_ms, int64_t *next_ms, struct err *err) {
    *next_ms = -1;
#define EARLIEST(state) "(SELECT MIN(d.not_before_ms) FROM delivery d WHERE d.wave_id = w.id AND d.state = " state       \
                        " AND " DELIVERY_WAITS("d") " AND d.not_before_ms > $1"
    AUTO(db_rows) rows = db_query(db, err,
                                  "SELECT " EARLIEST("0") "), " EARLIEST("3") "), CASE WHEN w.uncertain = 'resend' THEN "
                                  EARLIEST("7") " AND " DOUBT_RESENDS("d") ") END "
                                  "FROM wave w JOIN campaign c ON c.id = w.campaign_id WHERE c.state = 'started'",
                                  DB_I(now_ms));
#undef EARLIEST
    int got;
    while ((got = db_next(rows, err)) > 0)
        for (int i = 0; i < 3; i++)
            if (!db_is_null(rows, i) && (*next_ms < 0 || db_int(rows, i) < *next_ms)) *next_ms = db_int(rows, i);
    return got == 0;
}
