/* The verdicts of staff, as a table; what accepting an address does is in address_proposal_store.c. */
#include "mailer/inbox/settle_store.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "mailer/enrolment.h"
#include "mailer/french_moments.h"
#include "mailer/inbox/rules.h"

typedef bool verdict_act(struct db *db, const struct inbound_return *one, const struct settling *settling, const struct returned *returned,
                         struct settled *settled, struct err *err);

/* -- what each changes ------------------------------------------------------------------------------------------ */
/* Whoever succeeded to the party's place in the campaign has it now. */
static bool add_fact(struct db *db, const struct returned *returned, enum enrolment_fact fact, struct err *err) {
    const struct match *match = returned->match;
    char party_id[32];
    snprintf(party_id, sizeof party_id, "%s", match->party_id);
    {
        AUTO(db_rows) rows = db_query(db, err, "SELECT successor_id FROM enrolment_successor WHERE campaign_id = $1 AND party_id = $2",
                                      DB_I(match->campaign_id), DB_T(match->party_id));
        int got = db_next(rows, err);
        if (got < 0) return false;
        if (got > 0) db_text_copy(rows, 0, party_id, sizeof party_id);
    }
    return enrolment_add(db, match->campaign_id, party_id, fact, NULL, returned->now_ms, returned->origin, returned->by_whom, err);
}

static bool answered(struct db *db, const struct inbound_return *one, const struct settling *settling, const struct returned *returned,
                     struct settled *settled, struct err *err) {
    (void)one, (void)settling, (void)settled;
    /* One collectivity's word makes no list of respondents: what is known of the others is as old as before. */
    return add_fact(db, returned, FACT_ANSWERED, err);
}

static bool not_concerned(struct db *db, const struct inbound_return *one, const struct settling *settling, const struct returned *returned,
                          struct settled *settled, struct err *err) {
    (void)one, (void)settling, (void)settled;
    return add_fact(db, returned, FACT_WITHDRAWN, err);
}

static bool objection(struct db *db, const struct inbound_return *one, const struct settling *settling, const struct returned *returned,
                      struct settled *settled, struct err *err) {
    (void)one, (void)settling;
    bool person;
    snprintf(settled->address, sizeof settled->address, "%s", returned->match->address);
    return rule_objection(db, returned, &person, err);
}

static bool dead(struct db *db, const struct inbound_return *one, const struct settling *settling, const struct returned *returned,
                 struct settled *settled, struct err *err) {
    (void)one, (void)settling;
    snprintf(settled->address, sizeof settled->address, "%s", returned->match->address);
    return rule_bury(db, returned, err);
}

/* The row first: the rule's own rows and lines name what it says. */
static bool attach(struct db *db, const struct inbound_return *one, const struct settling *settling, const struct returned *returned,
                   struct settled *settled, struct err *err) {
    const struct match *match = returned->match;
    struct returned vouched = *returned;
    bool done;
    vouched.facts = settling->facts;
    if (!db_run(db, err, "UPDATE inbound SET campaign_id = $1, party_id = $2, delivery_id = $3, dispatch_id = $4, vouched_by = $5, "
                "proof = 'likely' WHERE id = $6", DB_I(match->campaign_id), DB_T(match->party_id), DB_I(match->delivery_id),
                DB_I(match->dispatch_id), DB_T(returned->by_whom), DB_I(one->id)) ||
        !consequence_apply(db, &vouched, &done, err))
        return false;
    settled->open = !done;
    return true;
}

static bool accept_address(struct db *db, const struct inbound_return *one, const struct settling *settling, const struct returned *returned,
                           struct settled *settled, struct err *err) {
    const char *address = settling->word ? settling->word : *one->decision ? "" : one->proposal;
    return proposal_accept(db, returned, one->id, address, settled->address, &settled->import_id, err);
}

static bool refuse_address(struct db *db, const struct inbound_return *one, const struct settling *settling, const struct returned *returned,
                           struct settled *settled, struct err *err) {
    (void)settling;
    if (!*one->proposal || *one->decision)
        return err_set(err, ERR_INPUT, "NO_PROPOSAL", "le retour n° %" PRId64 " ne propose pas d'adresse qui attende une décision", one->id);
    snprintf(settled->address, sizeof settled->address, "%s", one->proposal);
    return proposal_refuse(db, returned, one->id, one->proposal, err);
}

/* party: whose it is must be known. collectivity: the verdict makes no sense for a relay. confirms: whoever says it says too that a
 * return without token is what it looks like, so that it counts. sort: what the reply turned out to want. */
static const struct {
    const char *name;
    bool party, collectivity, confirms, word;
    enum reply_sort sort;
    verdict_act *act;
} VERDICTS[RETURN_VERDICTS] = {
    [SETTLE_ANSWERED] = {"answered", true, true, true, false, REPLY_ANSWERED, answered},
    [SETTLE_NOT_CONCERNED] = {"not-concerned", true, true, true, false, REPLY_NOT_CONCERNED, not_concerned},
    [SETTLE_QUESTION] = {"question", true, false, true, false, REPLY_QUESTION, NULL},
    [SETTLE_WRONG_PERSON] = {"wrong-person", true, false, true, false, REPLY_WRONG_PERSON, NULL},
    [SETTLE_OTHER] = {"other", true, false, true, false, REPLY_OTHER, NULL},
    [SETTLE_NONE] = {"none", false, false, false, false, REPLY_NONE, NULL},
    [SETTLE_OBJECTION] = {"objection", true, false, true, false, REPLY_OBJECTION, objection},
    [SETTLE_DEAD] = {"dead", true, false, true, false, REPLY_NONE, dead},
    [SETTLE_ATTACH] = {"attach", true, false, false, true, REPLY_NONE, attach},
    [SETTLE_ACCEPT_ADDRESS] = {"accept-address", true, false, true, true, REPLY_NONE, accept_address},
    [SETTLE_REFUSE_ADDRESS] = {"refuse-address", true, false, true, false, REPLY_NONE, refuse_address}};
const char *const RETURN_VERDICT[RETURN_VERDICTS] = {
    "answered", "not-concerned", "question", "wrong-person", "other", "none", "objection", "dead", "attach", "accept-address", "refuse-address"};

/* -- may it be -------------------------------------------------------------------------------------------------- */
static bool check(const struct inbound_return *one, const struct settling *settling, struct err *err) {
    const char *verdict = VERDICTS[settling->verdict].name;
    char when[FRENCH_MOMENT];
    if (*one->settled && strcmp(one->settled, "auto") != 0) {
        french_short_moment(PARIS, one->settled_ms, when);
        return err_set(err, ERR_INPUT, "ALREADY_SETTLED", "le retour n° %" PRId64 " est déjà réglé (%s), par %s le %s", one->id, one->settled,
                       one->settled_by, when);
    }
    if (settling->word && !VERDICTS[settling->verdict].word)
        return err_set(err, ERR_INPUT, "USAGE", "« %.80s » est de trop : %s ne prend pas d'autre mot", settling->word, verdict);
    if (settling->verdict == SETTLE_ATTACH && (!strcmp(one->proof, "token") || *one->vouched_by))
        return err_set(err, ERR_INPUT, "ALREADY_ATTACHED", "le retour n° %" PRId64 " est déjà celui de %s%s%s", one->id, one->party_name,
                       *one->vouched_by ? ", selon " : " : il en porte la preuve", one->vouched_by);
    if (VERDICTS[settling->verdict].party && !*one->party_id && !(settling->verdict == SETTLE_ATTACH && settling->word))
        return err_set(err, ERR_INPUT, "UNMATCHED", "on ne sait pas de qui vient le retour n° %" PRId64 " ; dites-le d'abord : relais returns %s "
                       "settle %" PRId64 " attach CODE", one->id, settling->campaign->name, one->id);
    if (VERDICTS[settling->verdict].collectivity && one->relay)
        return err_set(err, ERR_INPUT, "RELAY", "%s est un relais, qui ne répond pas à l'enquête : %s ne convient pas", one->party_name, verdict);
    return true;
}

/* Whose it is: as it was matched, or for `attach` the last mail that reached whom the person names. */
static bool find_match(struct db *db, const struct inbound_return *one, const struct settling *settling, struct match *match, struct err *err) {
    int64_t dispatch_id = one->dispatch_id;
    *match = (struct match){.proof = PROOF_NONE};
    if (settling->verdict == SETTLE_ATTACH && settling->word) {
        int got = match_last_of_party(db, settling->campaign->id, settling->word, &dispatch_id, err);
        if (got < 0) return false;
        if (!got)
            return err_set(err, ERR_INPUT, "NOTHING_SENT", "la campagne %s n'a rien envoyé à %s : un retour ne peut venir de là",
                           settling->campaign->name, settling->word);
    }
    if (!dispatch_id) return true;
    int got = match_load(db, dispatch_id, match, err);
    if (got > 0) match->proof = strcmp(one->proof, "token") != 0 ? PROOF_LIKELY : PROOF_TOKEN;
    return got >= 0;
}

/* -- all of it -------------------------------------------------------------------------------------------------- */
/* Its reminders wait no longer, unless another reply holds them. */
static bool lift_hold(struct db *db, const struct returned *returned, struct err *err) {
    if (!db_run(db, err, "UPDATE hold SET lifted_ms = $1 WHERE inbound_id = $2 AND lifted_ms IS NULL AND until_ms > $1", DB_I(returned->now_ms),
                DB_I(returned->inbound_id)))
        return false;
    if (!db_changes(db)) return true;
    const struct event lifted = returned_event(returned, "hold_lifted", NULL);
    if (!event_add(db, &lifted, err)) return false;
    AUTO(db_rows) rows = db_query(db, err,
                                  "SELECT d.id, d.wave_id, COALESCE(d.dispatch_id, 0) FROM delivery d JOIN wave w ON w.id = d.wave_id WHERE d.party_id = $1 AND w.campaign_id = $2 "
                                  "AND d.state = 0 AND d.reason = 'hold' AND NOT EXISTS (SELECT 1 FROM hold h WHERE h.campaign_id = $2 AND "
                                  "h.party_id = $1 AND h.lifted_ms IS NULL AND h.until_ms > $3)",
                                  DB_T(returned->match->party_id), DB_I(returned->match->campaign_id), DB_I(returned->now_ms));
    int got;
    while ((got = db_next(rows, err)) > 0) {
        struct event event = returned_event(returned, NULL, NULL);
        event.delivery_id = db_int(rows, 0);
        event.wave_id = db_int(rows, 1);
        event.dispatch_id = db_int(rows, 2);
        if (!delivery_set(db, DELIVERY_READY, DELIVERY_READY, "", returned->now_ms, &event, err)) return false;
    }
    return got == 0;
}

static bool mark(struct db *db, const struct inbound_return *one, const struct settling *settling, const struct settled *settled, struct err *err) {
    const char *verdict = VERDICTS[settling->verdict].name;
    enum reply_sort sort = !strcmp(one->kind, "reply") ? VERDICTS[settling->verdict].sort : REPLY_NONE;
    return (settled->open ||
            db_run(db, err, "UPDATE inbound SET settled = $1, settled_ms = $2, settled_by = $3 WHERE id = $4", DB_T(verdict), DB_I(settling->now_ms),
                   DB_T(settling->by_whom), DB_I(one->id))) &&
           (sort == REPLY_NONE || db_run(db, err, "UPDATE inbound SET reply_sort = $1 WHERE id = $2", DB_T(REPLY_SORT[sort]), DB_I(one->id)));
}

/* A return that had no token counts from the moment a person takes it for what it looks like. */
static bool count_it(struct db *db, const struct inbound_return *one, const struct settling *settling, const struct match *match, struct err *err) {
    if (!VERDICTS[settling->verdict].confirms || match->proof == PROOF_TOKEN || *one->vouched_by || !match->current) return true;
    return db_run(db, err, "UPDATE delivery SET returned = returned | $1 WHERE id = $2", DB_I(returned_bit(one->kind)), DB_I(match->delivery_id));
}

bool return_settle(struct db *db, const struct inbound_return *one, const struct settling *settling, struct settled *settled, struct err *err) {
    static const struct inbound_facts NOTHING = {.sender = "", .subject = "", .diagnostic = "", .new_address = "", .reply_text = "",
                                                 .original_message_id = "", .message_id = ""};
    struct match match;
    char text[40];
    *settled = (struct settled){0};
    if (!check(one, settling, err) || !find_match(db, one, settling, &match, err)) return false;
    const struct returned returned = {.facts = &NOTHING, .match = &match, .key = settling->key, .soft = settling->soft, .origin = "relais returns",
                                      .by_whom = settling->by_whom, .vouched = true, .now_ms = settling->now_ms, .inbound_id = one->id};
    snprintf(settled->party_id, sizeof settled->party_id, "%s", match.party_id);
    snprintf(text, sizeof text, "retour n° %" PRId64, one->id);
    struct event event = returned_event(&returned, "return_settled", text);
    event.code = VERDICTS[settling->verdict].name;
    if (!event.campaign_id) event.campaign_id = settling->campaign->id;
    /* The bit first: a delivery that gets its next contact begins anew. */
    return count_it(db, one, settling, &match, err) && (settling->verdict == SETTLE_ATTACH || event_add(db, &event, err)) &&
           (!VERDICTS[settling->verdict].act || VERDICTS[settling->verdict].act(db, one, settling, &returned, settled, err)) &&
           mark(db, one, settling, settled, err) && (settling->verdict == SETTLE_ATTACH || lift_hold(db, &returned, err));
}
