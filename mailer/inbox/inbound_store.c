/* Taking in returned messages. */
#include "mailer/inbox/inbound_store.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/js.h"
#include "base/text.h"
#include "mailer/inbox/consequence_store.h"
#include "mailer/inbox/facts.h"
#include "mailer/inbox/rules.h"
#include "mailer/send/journal_store.h"

/* The writer's lock is held for so long, then let go for so long, that whoever waits has it: he who takes it again at once is faster than who must wake. */
enum { HOLD_MS = 20, GIVE_WAY_MS = 1 };

/* Of its lines, however they end: the same mail read from a Maildir and over IMAP is one. */
static void digest_of(const struct inbound_message *message, char sha256[SHA256_HEX]) {
    const char *at = buf_text(&message->bytes), *end = at + message->bytes.length, *stop;
    if (!memchr(at, '\r', message->bytes.length)) return sha256_hex(at, message->bytes.length, sha256);
    AUTO_BUF lines = BUF_INIT(message->bytes.length);
    for (; at < end; at = stop) {
        stop = memchr(at, '\r', (size_t)(end - at));
        buf_add(&lines, at, (size_t)((stop ? stop : end) - at));
        if (!stop) break;
        buf_add_char(&lines, '\n');
        stop += stop + 1 < end && stop[1] == '\n' ? 2 : 1;
    }
    sha256_hex(buf_text(&lines), lines.length, sha256);
}

static bool read_facts(const struct inbound_message *message, struct inbound_facts *facts, struct err *err) {
    if (!message->cut) return inbound_read(buf_text(&message->bytes), message->bytes.length, facts, err);
    facts_begin(facts, INBOUND_UNREAD);
    return true;
}

/* Same lines, same Message-ID: one look at the digest answers for both, before anything is parsed. */
bool inbound_judge(struct db *db, struct inbound_message *message, struct inbound_judged *judged, struct err *err) {
    *judged = (struct inbound_judged){.kind = INBOUND_UNREAD};
    digest_of(message, judged->sha256);
    int seen = db_get_int(db, err, &judged->inbound_id, "SELECT id FROM inbound WHERE sha256 = $1", DB_T(judged->sha256));
    if (seen < 0 || (!seen && !read_facts(message, &judged->facts, err))) return false;
    judged->end = seen ? INBOUND_SEEN : INBOUND_WAITS;
    judged->message = *message;
    message->bytes = (struct buf){.bytes = NULL};
    return true;
}

void inbound_judged_release(struct inbound_judged *judged) {
    buf_release(&judged->message.bytes);
    inbound_facts_release(&judged->facts);
}

static bool add_row(struct db *db, struct inbound_judged *judged, const struct inbound_facts *facts, const struct match *match, int64_t now_ms,
                    struct err *err) {
    const struct inbound_message *message = &judged->message;
    AUTO(js) recipients = js_array();
    AUTO_BUF recipients_text = BUF_INIT(65536);
    for (size_t i = 0; i < facts->recipient_count; i++) js_add_text(recipients, facts->recipients[i].address);
    js_add_to(recipients, &recipients_text);
    bool matched = match->proof != PROOF_NONE;
    if (!db_run(db, err,
                "INSERT INTO inbound (sha256, message_id, source, received_ms, kind, sender, subject, "
                "recipients, status, reason, "
                "reply_text, proof, campaign_id, party_id, delivery_id, dispatch_id, raw, reply_sort) "
                "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18) ON "
                "CONFLICT DO NOTHING",
                DB_T(judged->sha256), DB_T(facts->message_id), DB_T(message->source), DB_I(now_ms),
                DB_T(INBOUND_KIND[facts->kind]), DB_T(facts->sender), DB_T(facts->subject),
                DB_T(buf_text(&recipients_text)), DB_T(facts->status),
                DB_T(message->cut ? "too-large" : facts->reason), DB_T(facts->reply_text),
                DB_T(PROOF[match->proof]), DB_I_OR_NULL(match->campaign_id, matched),
                matched ? DB_T(match->party_id) : DB_N, DB_I_OR_NULL(match->delivery_id, matched),
                DB_I_OR_NULL(match->dispatch_id, matched), DB_B(message->bytes.bytes, message->bytes.length),
                DB_T(REPLY_SORT[facts->reply_sort])))
        return false;
    judged->end = db_changes(db) ? INBOUND_TAKEN : INBOUND_SEEN; /* a moment ago, or just before in these */
    judged->inbound_id = db_inserted_id(db);
    judged->kind = facts->kind;
    return true;
}

/* The dot may be out and its end is about to be written: what comes back waits for that. What is only claimed does not keep
 * anybody waiting: the sender looks again before it arms. */
static bool leaving_now(const struct match *match) {
    return match->proof == PROOF_TOKEN && match->current && match->state == DELIVERY_ARMED;
}

bool inbound_may_go(enum inbound_end end, struct err *err) {
    if (end == INBOUND_LEAVING) return err_set(err, ERR_RETRY, "LEAVING", "le message concerné est en train de partir ; à relire plus tard");
    return end != INBOUND_UNRECONCILED ||
           err_set(err, ERR_RETRY, "UNRECONCILED", "seul le journal des envois connaît le message concerné, car la base a été remise depuis une "
                   "sauvegarde ; lancez « relais reconcile », ce retour sera relu ensuite");
}

struct taking {
    struct db *db;
    const struct inbound_rules *rules;
    int64_t now_ms;
    enum { NOT_ASKED, UP_TO_DATE, BEHIND } store; /* beside the send journal */
};

/* The store was restored, and nothing was told it yet of what left since: what this concerns will be known. Asked only of returns that prove
 * so much, for the journal is long. */
static bool store_is_behind(struct taking *taking) {
    struct journal_standing standing;
    struct err why = {0};
    if (taking->store == NOT_ASKED) {
        bool behind = !journal_standing(taking->db, taking->rules->journal, &standing, &why) && !strcmp(why.code, "JOURNAL_AHEAD");
        taking->store = behind ? BEHIND : UP_TO_DATE;
    }
    return taking->store == BEHIND;
}

/* One message, its row and what follows from facts. Its end says how it ended; false leaves what has been written so far. */
static bool store(struct taking *taking, struct inbound_judged *judged, const struct inbound_facts *facts, struct err *err) {
    struct db *db = taking->db;
    struct match match;
    bool settled = false;
    char origin[80];
    snprintf(origin, sizeof origin, "inbox:%s", judged->message.source);
    if (!match_find(db, taking->rules->key, facts, &match, err)) return false;
    if (leaving_now(&match)) return judged->end = INBOUND_LEAVING, true;
    if (match.undeparted && store_is_behind(taking)) return judged->end = INBOUND_UNRECONCILED, true;
    if (!add_row(db, judged, facts, &match, taking->now_ms, err)) return false;
    if (judged->end == INBOUND_SEEN) return true;
    snprintf(judged->party_id, sizeof judged->party_id, "%s", match.proof == PROOF_NONE ? "" : match.party_id);
    struct returned returned = {.facts = facts,
                                .match = &match,
                                .key = taking->rules->key,
                                .soft = taking->rules->soft,
                                .origin = origin,
                                .by_whom = "",
                                .now_ms = taking->now_ms,
                                .inbound_id = judged->inbound_id};
    return consequence_apply(db, &returned, &settled, err) &&
           (!settled || db_run(db, err, "UPDATE inbound SET settled = 'auto' WHERE id = $1", DB_I(judged->inbound_id)));
}

/* What its words ask for cannot be stored, and the store is well: without them, so that a person sees it and nobody behind it waits. */
static bool store_unread(struct taking *taking, struct inbound_judged *judged, const struct err *why, struct err *err) {
    const struct inbound_facts *read = &judged->facts;
    const struct inbound_facts unread = {.kind = INBOUND_UNREAD, .sender = read->sender, .subject = read->subject, .message_id = read->message_id, .diagnostic = "",
                                         .new_address = "", .reply_text = "", .original_message_id = ""};
    snprintf(judged->trouble, sizeof judged->trouble, "%.190s", why->text);
    return store(taking, judged, &unread, err);
}

static bool take_one(struct taking *taking, struct inbound_judged *judged, struct err *err) {
    struct db *db = taking->db;
    *judged->trouble = '\0';
    if (!db_run(db, err, "SAVEPOINT returned")) return false;
    if (!store(taking, judged, &judged->facts, err)) {
        const struct err why = *err;
        if (text_starts(why.code, "STORE_") || !db_run(db, err, "ROLLBACK TO returned") || !store_unread(taking, judged, &why, err)) return false;
    }
    return db_run(db, err, "RELEASE returned");
}

static bool was_read(const struct inbound_judged *judged) { return judged->facts.sender != NULL; }
static bool to_take(const struct inbound_judged *judged) { return judged->end == INBOUND_WAITS || judged->end == INBOUND_LEAVING; }

/* Some of them, from *next on, in one transaction. */
static bool take_some(struct taking *taking, struct inbound_judged *all, size_t count, size_t *next, struct err *err) {
    size_t first = *next, at = first;
    AUTO(tx) tx = tx_begin(taking->db, TX_DURABLE, err);
    bool good = tx != NULL;
    for (int64_t began_ms = monotonic_ms(); good && at < count && (at == first || monotonic_ms() - began_ms < HOLD_MS); at++)
        if (to_take(&all[at])) good = take_one(taking, &all[at], err);
    good = good && tx_commit(TX_TAKE(tx), err);
    for (size_t i = first; i < at && !good; i++)
        if (was_read(&all[i])) all[i].end = INBOUND_WAITS;
    *next = at;
    return good;
}

bool inbound_take(struct db *db, const struct inbound_rules *rules, struct inbound_judged *all, size_t count, int64_t now_ms, struct err *err) {
    struct taking taking = {.db = db, .rules = rules, .now_ms = now_ms};
    bool again = false;
    for (size_t next = 0; next < count; again = true) {
        while (next < count && !to_take(&all[next])) next++;
        if (next == count) return true;
        if (again) sleep_ms(GIVE_WAY_MS);
        if (!take_some(&taking, all, count, &next, err)) return false;
    }
    return true;
}
