/* The send journal beside its database, at the start of a sender and at each of its commits. */
#include "mailer/send/journal_store.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hash.h"
#include "mailer/send/delivery_store.h"
#include "mailer/send/journal_format.h"

/* Nobody restores a backup older than that; and 36,000 messages are 6 MB. */
enum { CUT_DAYS = 400, CUT_BYTES = 128 << 20 };
enum { CATCH_UP_MS = 60000, CATCH_UP_BYTES = JOURNAL_TURN_BYTES - 2048 };

/* -- the database's mark ---------------------------------------------------------------------------------------- */
bool journal_mark_load(struct db *db, struct journal_mark *mark, struct err *err) {
    *mark = (struct journal_mark){0};
    AUTO(db_rows) rows = db_query(db, err, "SELECT store_id, turn, arming FROM send_journal WHERE id = 1");
    int got = db_next(rows, err);
    if (got <= 0) return got == 0;
    snprintf(mark->store_id, sizeof mark->store_id, "%s", db_text(rows, 0));
    mark->turn = db_int(rows, 1);
    snprintf(mark->arming, sizeof mark->arming, "%s", db_text(rows, 2));
    return true;
}

bool journal_mark_ensure(struct db *db, struct err *err) {
    uint8_t bytes[JOURNAL_STORE_ID / 2];
    char store_id[JOURNAL_STORE_ID];
    random_bytes(bytes, sizeof bytes);
    for (size_t i = 0; i < sizeof bytes; i++) snprintf(store_id + 2 * i, 3, "%02x", bytes[i]);
    return db_run(db, err, "INSERT INTO send_journal (id, store_id, turn) VALUES (1, $1, 0) ON CONFLICT DO NOTHING", DB_T(store_id));
}

static bool mark_turn(struct db *db, const struct journal *journal, const char *arming, struct err *err) {
    return db_run(db, err, "UPDATE send_journal SET turn = $1, arming = $2 WHERE id = 1", DB_I(journal_turn(journal)), DB_T(arming));
}

bool journal_mark_turn(struct db *db, const struct journal *journal, struct err *err) {
    const char *arming = journal_arming(journal);
    AUTO_BUF text = BUF_INIT(sizeof ((struct journal_mark *)0)->arming - 1);
    if (*arming) buf_add_format(&text, "@%" PRIu64 " %s", journal_file(journal), arming);
    return mark_turn(db, journal, text.overflow ? "" : buf_text(&text), err); /* too many: then none is proved unsent */
}

bool journal_mark_set(struct db *db, const char *store_id, int64_t turn, struct err *err) {
    return db_run(db, err,
                  "INSERT INTO send_journal (id, store_id, turn) VALUES (1, $1, $2) ON CONFLICT (id) DO UPDATE SET store_id = excluded.store_id, "
                  "turn = excluded.turn, arming = ''", DB_T(store_id), DB_I(turn));
}

bool journal_say_armed(struct db *db, struct journal *journal, const struct journal_arm *arm, struct err *err) {
    if (!journal_knows_wave(journal, arm->wave_id)) {
        AUTO(db_rows) rows = db_query(db, err, "SELECT c.name, w.name FROM wave w JOIN campaign c ON c.id = w.campaign_id WHERE w.id = $1", DB_I(arm->wave_id));
        if (db_next(rows, err) <= 0) return err_set(err, ERR_FATAL, "STORE", "vague %" PRId64 " absente de la base", arm->wave_id);
        journal_wave(journal, arm->wave_id, db_text(rows, 0), db_text(rows, 1));
    }
    journal_armed(journal, arm);
    return true;
}

/* -- the journal is behind: what it misses is written into it ------------------------------------------------------ */
/* Armed in the last turn, whose lines were never written: not one of these dots has left. Where an earlier copy may have
 * arrived, that does not help: it stays armed, and recovery puts it in doubt. */
static bool release_one(struct db *db, int64_t dispatch_id, int64_t now_ms, struct journal_begun *begun, struct err *err) {
    struct event event = {.at_ms = now_ms, .dispatch_id = dispatch_id, .event = "released", .text = "journal", .origin = "recovery"};
    char party_id[32];
    {
        AUTO(db_rows) rows = db_query(db, err,
                                      "SELECT d.id, d.wave_id, w.campaign_id, d.party_id FROM delivery d JOIN wave w ON w.id = d.wave_id "
                                      "WHERE d.dispatch_id = $1 AND d.state = 2 AND d.resends = 0", DB_I(dispatch_id));
        int got = db_next(rows, err);
        if (got <= 0) return got == 0;
        event.delivery_id = db_int(rows, 0);
        event.wave_id = db_int(rows, 1);
        event.campaign_id = db_int(rows, 2);
        snprintf(party_id, sizeof party_id, "%s", db_text(rows, 3));
        event.party_id = party_id;
    }
    begun->released++;
    const struct delivery_move move = {.from = DELIVERY_ARMED, .to = DELIVERY_READY, .not_before_ms = -1, .tries = -1};
    return delivery_move(db, &move, &event, err);
}

static bool release_unsent(struct db *db, const struct journal *journal, const char *arming, int64_t now_ms, struct journal_begun *begun,
                           struct err *err) {
    char *end;
    /* A copy of the journal that was put back lacks turns whose dots have left: it proves nothing. */
    uint64_t file = *arming == '@' ? strtoull(arming + 1, &end, 10) : 0;
    if (!file || file != journal_file(journal)) return true;
    for (const char *at = end + (*end == ' '); *at;) {
        int64_t dispatch_id = strtoll(at, &end, 10);
        if (end == at) break;
        if (!release_one(db, dispatch_id, now_ms, begun, err)) return false;
        at = end + (*end == ' ');
    }
    return true;
}

struct missed { struct journal_arm arm; char party_id[32], sha256[65]; enum delivery_state state; int code; bool current; };

/* What was armed or ended since a little before the journal's last turn; saying a thing twice does no harm. */
static int load_missed(struct db *db, int64_t since_ms, struct missed **all, struct err *err) {
    int count = 0, got;
    AUTO(db_rows) rows = db_query(db, err,
                                  "SELECT p.id, d.wave_id, d.party_id, p.date_ms, p.armed_ms, COALESCE(p.sha256, ''), d.state, "
                                  "COALESCE(p.code, 0), d.dispatch_id FROM dispatch p JOIN delivery d ON d.id = p.delivery_id "
                                  "WHERE p.armed_ms IS NOT NULL AND (p.armed_ms >= $1 OR p.ended_ms >= $1) "
                                  "UNION ALL SELECT d.dispatch_id, d.wave_id, d.party_id, p.date_ms, d.armed_ms, d.armed_sha256, d.state, 0, d.dispatch_id "
                                  "FROM delivery d JOIN dispatch p ON p.id = d.dispatch_id WHERE d.state = 2 AND d.armed_ms >= $1 ORDER BY 1", DB_I(since_ms));
    while ((got = db_next(rows, err)) > 0) {
        if ((count & (count - 1)) == 0) *all = mem_grow(*all, count ? (size_t)count * 2 : 1, sizeof **all);
        struct missed *one = &(*all)[count++];
        *one = (struct missed){.arm = {.dispatch_id = db_int(rows, 0), .wave_id = db_int(rows, 1), .date_ms = db_int(rows, 3), .armed_ms = db_int(rows, 4)},
                               .state = (enum delivery_state)db_int(rows, 6), .code = (int)db_int(rows, 7)};
        one->current = db_int(rows, 8) == one->arm.dispatch_id;
        snprintf(one->party_id, sizeof one->party_id, "%s", db_text(rows, 2));
        snprintf(one->sha256, sizeof one->sha256, "%s", db_text(rows, 5));
    }
    return got < 0 ? -1 : count;
}

/* As the sender would have said it: the state of the delivery where the dispatch is its last one, else what the code says. */
static const char *ended_as(const struct missed *one) {
    bool waits = DELIVERY[one->state].passing || one->state == DELIVERY_SKIPPED || one->state == DELIVERY_CANCELLED;
    if (one->current) return waits ? NULL : DELIVERY[one->state].name;
    return one->code / 100 == 2 ? DELIVERY[DELIVERY_SENT].name : DELIVERY[DELIVERY_FAILED].name;
}

/* It arms nothing: dots of what it tells again may have left long ago. */
static bool next_turn(struct db *db, struct journal *journal, int64_t now_ms, struct err *err) {
    AUTO(tx) tx = tx_begin(db, TX_DURABLE, err);
    return tx && mark_turn(db, journal, "", err) && tx_commit(TX_TAKE(tx), err) && journal_write(journal, true, now_ms, err);
}

static bool catch_up(struct db *db, struct journal *journal, int64_t since_ms, int64_t now_ms, struct journal_begun *begun, struct err *err) {
    AUTO_MEM struct missed *all = NULL;
    int count = load_missed(db, since_ms, &all, err);
    for (int i = 0; i < count; i++) {
        struct missed *one = &all[i];
        one->arm.party_id = one->party_id;
        one->arm.sha256 = one->sha256;
        if (strlen(one->sha256) != 64) continue; /* of a time before digests were kept */
        if (!journal_say_armed(db, journal, &one->arm, err)) return false;
        const char *state = ended_as(one);
        if (state) journal_ended(journal, one->arm.dispatch_id, state, one->code);
        if (journal_line_bytes(journal) > CATCH_UP_BYTES && !next_turn(db, journal, now_ms, err)) return false;
    }
    begun->caught_up = count;
    return count >= 0;
}

/* -- the journal is ahead, by a power cut ---------------------------------------------------------------------------- */
struct proof { int64_t dispatch_id; bool ended; enum delivery_state state; int code; };
struct proofs { int64_t after_turn; struct proof *all; size_t count; };

static struct proof *proof_of(struct proofs *proofs, int64_t dispatch_id) {
    for (size_t i = proofs->count; i-- > 0;)
        if (proofs->all[i].dispatch_id == dispatch_id) return &proofs->all[i];
    proofs->all = mem_grow(proofs->all, proofs->count + 1, sizeof *proofs->all);
    proofs->all[proofs->count] = (struct proof){.dispatch_id = dispatch_id};
    return &proofs->all[proofs->count++];
}

/* Of one lease at most: a few hundred. */
static bool keep_proof(void *ctx, const struct journal_line *line, struct err *err) {
    (void)err;
    struct proofs *proofs = ctx;
    if (line->turn <= proofs->after_turn || (line->kind != JOURNAL_ARMED && line->kind != JOURNAL_ENDED)) return true;
    struct proof *proof = proof_of(proofs, line->dispatch_id);
    proof->ended = line->kind == JOURNAL_ENDED;
    for (int state = 0; proof->ended && state < DELIVERY_STATES; state++)
        if (!strcmp(DELIVERY[state].name, line->state)) proof->state = (enum delivery_state)state;
    proof->code = line->code;
    return true;
}

/* Only that it was accepted, or refused for good, is taken over: everything else recovery puts in doubt, and holds. */
static bool prove_one(struct db *db, const struct proof *proof, int64_t now_ms, struct journal_begun *begun, struct err *err) {
    struct event event = {.at_ms = now_ms, .dispatch_id = proof->dispatch_id, .text = "journal", .origin = "recovery"};
    char party_id[32], code[8] = "";
    enum delivery_state from;
    if (!proof->ended || (proof->state != DELIVERY_SENT && proof->state != DELIVERY_FAILED)) return true;
    {
        AUTO(db_rows) rows = db_query(db, err,
                                      "SELECT d.id, d.wave_id, w.campaign_id, d.party_id, d.state FROM dispatch p JOIN delivery d ON d.dispatch_id = p.id "
                                      "JOIN wave w ON w.id = d.wave_id WHERE p.id = $1 AND d.state IN (1, 2)",
                                      DB_I(proof->dispatch_id));
        int got = db_next(rows, err);
        if (got <= 0) return got == 0;
        event.delivery_id = db_int(rows, 0);
        event.wave_id = db_int(rows, 1);
        event.campaign_id = db_int(rows, 2);
        snprintf(party_id, sizeof party_id, "%s", db_text(rows, 3));
        from = (enum delivery_state)db_int(rows, 4);
    }
    event.party_id = party_id;
    if (proof->code) snprintf(code, sizeof code, "%d", proof->code);
    event.code = code;
    struct event doubt = event;
    doubt.text = "lease";
    begun->proved++;
    return dispatch_keep_armed(db, event.delivery_id, err) && wave_freeze(db, event.wave_id, now_ms, err) && delivery_set(db, from, DELIVERY_IN_DOUBT, "lease", -1, &doubt, err) &&
           delivery_set(db, DELIVERY_IN_DOUBT, proof->state, "", -1, &event, err) &&
           db_run(db, err, "UPDATE dispatch SET ended_ms = $1, code = $2, reply = 'journal' WHERE id = $3", DB_I(now_ms), DB_I(proof->code),
                  DB_I(proof->dispatch_id));
}

static bool take_proofs(struct db *db, const char *path, int64_t after_turn, int64_t now_ms, struct journal_begun *begun, struct err *err) {
    struct proofs proofs = {.after_turn = after_turn};
    struct journal_summary summary;
    bool good = journal_read(path, keep_proof, &proofs, &summary, err);
    for (size_t i = 0; i < proofs.count && good; i++) good = prove_one(db, &proofs.all[i], now_ms, begun, err);
    free(proofs.all);
    return good;
}

/* -- the start ------------------------------------------------------------------------------------------------------------ */
static bool ahead(const char *path, int64_t has, int64_t knows, struct err *err) {
    return err_set(err, ERR_INPUT, "JOURNAL_AHEAD",
                   "la base est plus ancienne que le journal des envois « %s » (étape %" PRId64 ", et non %" PRId64 ") : elle a sans doute été remise "
                   "depuis une sauvegarde. Rien n'est parti, pour que rien ne parte deux fois ; voyez « relais reconcile »", path, has, knows);
}

static bool missing(const char *path, struct err *err) {
    return err_set(err, ERR_INPUT, "JOURNAL_MISSING",
                   "le journal des envois « %s » manque ; sans lui, on ne sait pas si cette base est à jour. Rien n'est parti : remettez-le à sa place "
                   "([store] journal), sinon voyez « relais reconcile »", path);
}

/* A database that no sender has worked on, and no journal: both begin here. */
static struct journal *first_time(struct db *db, const char *path, struct journal_mark *mark, struct err *err) {
    AUTO(tx) tx = tx_begin(db, TX_DURABLE, err);
    if (!tx || !journal_mark_ensure(db, err) || !journal_mark_load(db, mark, err) || !tx_commit(TX_TAKE(tx), err)) return NULL;
    return journal_create(path, mark->store_id, 0, err);
}

/* Whether the journal of the last run followed its turns (role_send_sync.c): then dots may have left that it does not know of. 1, 0, -1. */
static int journal_followed(struct db *db, struct err *err) {
    int64_t durable = 0;
    int got = db_get_int(db, err, &durable, "SELECT durable FROM run WHERE role = 'send' ORDER BY id DESC LIMIT 1");
    return got < 0 ? -1 : (int)durable;
}

/* In one transaction: what the difference between the two proves. */
static bool learn(struct db *db, const char *path, struct journal *journal, const struct journal_mark *mark, int64_t now_ms,
                  struct journal_begun *begun, struct err *err) {
    const struct journal_position at = *journal_position(journal);
    char boot[BOOT_ID_TEXT];
    boot_id(boot);
    bool known = *boot && *at.boot_id, same_boot = known && !strcmp(boot, at.boot_id), power_cut = known && !same_boot;
    AUTO(tx) tx = tx_begin(db, TX_DURABLE, err);
    if (!tx) return false;
    if (at.turn > mark->turn && (!power_cut || at.durable_turn > mark->turn)) return ahead(path, mark->turn, at.turn, err);
    if (at.turn > mark->turn && !take_proofs(db, path, mark->turn, now_ms, begun, err)) return false;
    int followed = journal_followed(db, err);
    bool never_left = at.turn + 1 == mark->turn && same_boot && !at.cut_bytes && !followed;
    if (followed < 0 || (never_left && !release_unsent(db, journal, mark->arming, now_ms, begun, err))) return false;
    return tx_commit(TX_TAKE(tx), err);
}

struct journal *journal_begin(struct db *db, const char *path, int64_t now_ms, struct journal_begun *begun, struct err *err) {
    struct journal_mark mark;
    struct err why = {0};
    *begun = (struct journal_begun){0};
    if (!journal_mark_load(db, &mark, err)) return NULL;
    AUTO(journal) journal = journal_open(path, mark.store_id, &why);
    if (!journal && !strcmp(why.code, "JOURNAL_MISSING")) {
        if (!mark.turn) return first_time(db, path, &mark, err);
        return missing(path, err), NULL;
    }
    /* A backup from before its first sender, or from before there were journals: whose journal it is, a person knows. */
    if (!journal && !strcmp(why.code, "JOURNAL_FOREIGN") && !mark.store_id[0]) return ahead(path, 0, 1, err), NULL;
    if (!journal) return *err = why, NULL;
    if (journal_position(journal)->turn == mark.turn && journal_size_bytes(journal) > CUT_BYTES) {
        struct err ignored; /* the long one does as well */
        (void)!journal_cut(path, now_ms - CUT_DAYS * (int64_t)DAY_MS, &ignored);
        journal_close(journal);
        if (!(journal = journal_open(path, mark.store_id, err))) return NULL;
    }
    const struct journal_position *at = journal_position(journal);
    /* A hole is told anew at each start, until what journal_open reads lies behind it. */
    bool hole = at->hole_ms > 0;
    int64_t behind = mark.turn - at->turn, since_ms = (hole ? at->hole_ms : at->at_ms) - CATCH_UP_MS;
    if (behind && !learn(db, path, journal, &mark, now_ms, begun, err)) return NULL;
    /* The next turn's number must be new to both. */
    journal_skip_to(journal, mark.turn);
    if ((behind > 0 || hole) && !catch_up(db, journal, since_ms, now_ms, begun, err)) return NULL;
    if ((behind || hole) && !next_turn(db, journal, now_ms, err)) return NULL;
    struct journal *done = journal;
    journal = NULL;
    return done;
}

/* -- asked by a person -------------------------------------------------------------------------------------------------------- */
static bool keep_last(void *ctx, const struct journal_line *line, struct err *err) {
    (void)err;
    struct journal_line *last = ctx;
    if (line->kind == JOURNAL_HEADER) memcpy(last->store_id, line->store_id, sizeof last->store_id);
    if (line->kind != JOURNAL_HEADER && line->kind != JOURNAL_TURN) return true;
    last->turn = line->turn;
    last->durable_turn = line->durable_turn;
    memcpy(last->boot_id, line->boot_id, sizeof last->boot_id);
    return true;
}

bool journal_standing(struct db *db, const char *path, struct journal_standing *standing, struct err *err) {
    struct journal_line last = {0};
    struct journal_summary summary = {0};
    struct journal_mark mark;
    struct err why = {0};
    *standing = (struct journal_standing){0};
    /* The journal first: a sender at work writes it after its database. */
    bool read = journal_read(path, keep_last, &last, &summary, &why);
    if (!journal_mark_load(db, &mark, err)) return false;
    if (!read && !strcmp(why.code, "JOURNAL_MISSING")) return !mark.turn || missing(path, err);
    if (!read) return *err = why, false;
    if (!mark.store_id[0]) return ahead(path, 0, max_i64(last.turn, 1), err);
    if (strcmp(mark.store_id, last.store_id)) return journal_foreign(path, err);
    char boot[BOOT_ID_TEXT];
    boot_id(boot);
    bool power_cut = *boot && *last.boot_id && strcmp(boot, last.boot_id);
    if (last.turn > mark.turn && (!power_cut || last.durable_turn > mark.turn)) return ahead(path, mark.turn, last.turn, err);
    if (access(path, W_OK)) return journal_unreadable(path, err);
    *standing = (struct journal_standing){.turn = last.turn, .behind = max_i64(0, mark.turn - last.turn), .damaged_bytes = summary.damaged_bytes};
    return true;
}
