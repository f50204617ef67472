/* Matching a return with what was sent. */
#include "mailer/inbox/match_store.h"

#include <stdio.h>
#include <string.h>

#include "lists/address.h"
#include "mailer/inbox/address_scan.h"

const char *const PROOF[] = {[PROOF_NONE] = "none", [PROOF_LIKELY] = "likely", [PROOF_TOKEN] = "token"};

int match_load(struct db *db, int64_t dispatch_id, struct match *match, struct err *err) {
    AUTO(db_rows)
    rows = db_query(db, err,
                    "SELECT p.id, d.id, d.wave_id, w.campaign_id, d.state, d.dispatch_id, "
                    "COALESCE(c.party_kind, ''), d.party_id, "
                    "d.department, p.address, p.armed_ms, d.resends FROM dispatch p JOIN delivery d ON d.id = p.delivery_id JOIN "
                    "wave w ON w.id = d.wave_id "
                    "LEFT JOIN contact c ON c.id = p.contact_id WHERE p.id = $1",
                    DB_I(dispatch_id));
    int got = db_next(rows, err);
    if (got <= 0) return got;
    match->dispatch_id = db_int(rows, 0);
    match->delivery_id = db_int(rows, 1);
    match->wave_id = db_int(rows, 2);
    match->campaign_id = db_int(rows, 3);
    match->state = (enum delivery_state)db_int(rows, 4);
    match->current = db_int(rows, 5) == match->dispatch_id;
    match->collectivity = strcmp(db_text(rows, 6), "relay") != 0;
    /* What is armed is told to the dispatch when it ends. A power cut or a backup put back may have taken the mark: what is in doubt
     * may have left. */
    bool may_have = match->state == DELIVERY_ARMED || match->state == DELIVERY_IN_DOUBT || db_int(rows, 11) > 0;
    match->left = !db_is_null(rows, 10) || (match->current && may_have);
    snprintf(match->party_id, sizeof match->party_id, "%s", db_text(rows, 7));
    snprintf(match->department, sizeof match->department, "%s", db_text(rows, 8));
    snprintf(match->address, sizeof match->address, "%s", db_text(rows, 9));
    return 1;
}

static int64_t token_of(const struct token_key *key, const struct inbound_facts *facts) {
    int64_t id = token_find(key, buf_text(&facts->proofs), facts->proofs.length);
    return id >= 0 ? id : token_find(key, facts->original_message_id, strlen(facts->original_message_id));
}

int match_last_of_party(struct db *db, int64_t campaign_id, const char *party_id, int64_t *dispatch_id, struct err *err) {
    return db_get_int(db, err, dispatch_id,
                      "SELECT p.id FROM delivery d JOIN wave w ON w.id = d.wave_id JOIN dispatch p ON p.id = d.dispatch_id "
                      "WHERE d.party_id = $1 AND w.campaign_id = $2 AND d.state = 4 ORDER BY p.armed_ms DESC, p.id DESC LIMIT 1",
                      DB_T(party_id), DB_I(campaign_id));
}

/* The last dispatch to an address that left, else the last one planned: 1 found, 0 none, -1 error. */
static int by_address(struct db *db, const char *address, int64_t *dispatch_id, struct err *err) {
    return db_get_int(db, err, dispatch_id,
                      "SELECT id FROM dispatch WHERE address = $1 ORDER BY COALESCE(armed_ms, 0) DESC, id DESC LIMIT 1",
                      DB_T(address));
}

static int by_sender(struct db *db, const char *sender, int64_t *dispatch_id, struct err *err) {
    struct found_address found;
    char address[ADDRESS_TEXT];
    const char *end = sender + strlen(sender), *bracket = strrchr(sender, '<');
    address_scan(bracket ? bracket : sender, end, &found);
    if (!found.start || !address_canonical(found.start, found.length, address)) return 0;
    return by_address(db, address, dispatch_id, err);
}

static int find_likely(struct db *db, const struct inbound_facts *facts, int64_t *dispatch_id,
                       struct err *err) {
    int got = 0;
    int64_t named = token_of_message_id(facts->original_message_id);
    if (named >= 0)
        got = db_get_int(db, err, dispatch_id, "SELECT id FROM dispatch WHERE id = $1 AND message_id = $2", DB_I(named),
                         DB_T(facts->original_message_id));
    for (size_t i = 0; i < facts->recipient_count && !got; i++)
        got = by_address(db, facts->recipients[i].address, dispatch_id, err);
    return got ? got : by_sender(db, facts->sender, dispatch_id, err);
}

bool match_find(struct db *db, const struct token_key *key, const struct inbound_facts *facts,
                struct match *match, struct err *err) {
    *match = (struct match){.proof = PROOF_NONE};
    int64_t dispatch_id = token_of(key, facts);
    int got = dispatch_id >= 0 ? match_load(db, dispatch_id, match, err) : 0;
    /* Whoever has our proof and wants no more mail gets none, wherever it came from. */
    if (got > 0) match->proof = match->left || facts->kind == INBOUND_UNSUBSCRIBE ? PROOF_TOKEN : PROOF_LIKELY;
    bool undeparted = dispatch_id >= 0 && !match->left;
    match->undeparted = undeparted;
    if (got) return got > 0;
    got = find_likely(db, facts, &dispatch_id, err);
    if (got > 0) got = match_load(db, dispatch_id, match, err);
    if (got > 0) match->proof = PROOF_LIKELY;
    match->undeparted = undeparted;
    return got >= 0;
}
