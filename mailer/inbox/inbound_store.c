/* Taking in one returned message. */
#include "mailer/inbox/inbound_store.h"

#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "base/js.h"
#include "mailer/inbox/consequence_store.h"
#include "mailer/inbox/facts.h"
#include "mailer/inbox/rules.h"

/* Of its lines, however they end: the same mail read from a Maildir and over IMAP is one. */
static void digest_of(const struct inbound_message *message, char sha256[SHA256_HEX]) {
    const char *at = message->bytes, *end = at + message->length, *stop;
    if (!message->length || !memchr(at, '\r', message->length)) return sha256_hex(message->bytes, message->length, sha256);
    AUTO_BUF lines = BUF_INIT(message->length);
    for (; at < end; at = stop) {
        stop = memchr(at, '\r', (size_t)(end - at));
        buf_add(&lines, at, (size_t)((stop ? stop : end) - at));
        if (!stop) break;
        buf_add_char(&lines, '\n');
        stop += stop + 1 < end && stop[1] == '\n' ? 2 : 1;
    }
    sha256_hex(buf_text(&lines), lines.length, sha256);
}

/* Same lines, same Message-ID: one look at the digest answers for both, before anything is parsed. */
static int seen_before(struct db *db, const char *sha256, struct inbound_outcome *outcome, struct err *err) {
    int got =
        db_get_int(db, err, &outcome->inbound_id, "SELECT id FROM inbound WHERE sha256 = $1", DB_T(sha256));
    outcome->seen_before = got > 0;
    return got;
}

static bool read_facts(const struct inbound_message *message, struct inbound_facts *facts, struct err *err) {
    if (!message->cut) return inbound_read(message->bytes, message->length, facts, err);
    facts_begin(facts, INBOUND_UNREAD);
    return true;
}

static bool add_row(struct db *db, const struct inbound_message *message, const char *sha256,
                    const struct inbound_facts *facts, const struct match *match, int64_t now_ms,
                    struct inbound_outcome *outcome, struct err *err) {
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
                DB_T(sha256), DB_T(facts->message_id), DB_T(message->source), DB_I(now_ms),
                DB_T(INBOUND_KIND[facts->kind]), DB_T(facts->sender), DB_T(facts->subject),
                DB_T(buf_text(&recipients_text)), DB_T(facts->status),
                DB_T(message->cut ? "too-large" : facts->reason), DB_T(facts->reply_text),
                DB_T(PROOF[match->proof]), DB_I_OR_NULL(match->campaign_id, matched),
                matched ? DB_T(match->party_id) : DB_N, DB_I_OR_NULL(match->delivery_id, matched),
                DB_I_OR_NULL(match->dispatch_id, matched), DB_B(message->bytes, message->length),
                DB_T(REPLY_SORT[facts->reply_sort])))
        return false;
    outcome->seen_before = db_changes(db) == 0;
    outcome->inbound_id = db_inserted_id(db);
    return true;
}

/* The dot may be out and its end is about to be written: what comes back waits for that. What is only claimed does not keep
 * anybody waiting: the sender looks again before it arms. */
static bool leaving_now(const struct match *match) {
    return match->proof == PROOF_TOKEN && match->current && match->state == DELIVERY_ARMED;
}

static bool take(struct db *db, const struct token_key *key, const struct soft_rules *soft, const struct inbound_message *message,
                 const char *sha256, const struct inbound_facts *facts, int64_t now_ms,
                 struct inbound_outcome *outcome, struct err *err) {
    struct match match;
    bool settled = false;
    char origin[80];
    snprintf(origin, sizeof origin, "inbox:%s", message->source);
    AUTO(tx) tx = tx_begin(db, TX_DURABLE, err);
    if (!tx || !match_find(db, key, facts, &match, err)) return false;
    if (leaving_now(&match))
        return err_set(err, ERR_RETRY, "LEAVING",
                       "le message concerné est en train de partir ; à relire plus tard");
    if (!add_row(db, message, sha256, facts, &match, now_ms, outcome, err)) return false;
    if (outcome->seen_before) return true;
    snprintf(outcome->party_id, sizeof outcome->party_id, "%s",
             match.proof == PROOF_NONE ? "" : match.party_id);
    struct returned returned = {.facts = facts,
                                .match = &match,
                                .key = key,
                                .soft = soft,
                                .origin = origin,
                                .by_whom = "",
                                .now_ms = now_ms,
                                .inbound_id = outcome->inbound_id};
    if (!consequence_apply(db, &returned, &settled, err)) return false;
    if (settled &&
        !db_run(db, err, "UPDATE inbound SET settled = 'auto' WHERE id = $1", DB_I(outcome->inbound_id)))
        return false;
    return tx_commit(TX_TAKE(tx), err);
}

bool inbound_take(struct db *db, const struct token_key *key, const struct soft_rules *soft, const struct inbound_message *message,
                  int64_t now_ms, struct inbound_outcome *outcome, struct err *err) {
    char sha256[SHA256_HEX];
    struct inbound_facts facts;
    *outcome = (struct inbound_outcome){.kind = INBOUND_UNREAD};
    digest_of(message, sha256);
    int seen = seen_before(db, sha256, outcome, err);
    if (seen) return seen > 0;
    if (!read_facts(message, &facts, err)) return false;
    bool good = take(db, key, soft, message, sha256, &facts, now_ms, outcome, err);
    outcome->kind = facts.kind;
    inbound_facts_release(&facts);
    return good;
}
