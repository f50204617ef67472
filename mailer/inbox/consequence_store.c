/* The table of rules, and what comes before any of them: the line in the ledger, the end of a doubt, the mark on the delivery. */
#include "mailer/inbox/consequence_store.h"

#include <string.h>

#include "base/text.h"
#include "mailer/inbox/findings.h"
#include "mailer/inbox/rules.h"
#include "mailer/inbox/unattended.h"
#include "mailer/send/doubts_store.h"

/* settles: nobody need look at it once the rule has acted, unless the rule itself says so. */
static const struct {
    const char *event;
    int bit;
    bool settles;
    rule *act;
} RULES[INBOUND_KINDS] = {
    [INBOUND_HARD] = {"bounced_hard", RETURNED_HARD, true, rule_hard},
    [INBOUND_SOFT] = {"bounced_soft", RETURNED_SOFT, true, rule_soft},
    [INBOUND_DELIVERED] = {"delivered", RETURNED_DELIVERED, true, rule_delivered},
    [INBOUND_COMPLAINT] = {"complaint", RETURNED_COMPLAINT, true, rule_complaint},
    [INBOUND_AUTOREPLY] = {"autoreply", RETURNED_AUTOREPLY, true, rule_autoreply},
    [INBOUND_CHALLENGE] = {"challenge", RETURNED_CHALLENGE, false, NULL}, /* somebody must click */
    [INBOUND_UNSUBSCRIBE] = {"objection", RETURNED_OBJECTION, true, rule_objection},
    [INBOUND_REPLY] = {"reply", RETURNED_REPLY, true, rule_reply},
    [INBOUND_OTHER] = {"returned_other", 0, false, NULL},
    [INBOUND_UNREAD] = {"unread", 0, false, NULL}};

int returned_bit(const char *kind) {
    for (int i = 0; i < INBOUND_KINDS; i++)
        if (!strcmp(INBOUND_KIND[i], kind)) return RULES[i].bit;
    return 0;
}

struct event returned_event(const struct returned *returned, const char *name, const char *text) {
    const struct match *match = returned->match;
    const struct inbound_facts *facts = returned->facts;
    bool matched = match->proof != PROOF_NONE;
    return (struct event){.at_ms = returned->now_ms,
                          .campaign_id = match->campaign_id,
                          .wave_id = match->wave_id,
                          .delivery_id = match->delivery_id,
                          .dispatch_id = match->dispatch_id,
                          .party_id = matched ? match->party_id : NULL,
                          .event = name,
                          .address = matched                  ? match->address
                                     : facts->recipient_count ? facts->recipients[0].address
                                                              : "",
                          .text = text,
                          .origin = returned->origin,
                          .by_whom = returned->by_whom};
}

/* Whatever comes back with our token was sent: a doubt about that ends, and its resend does not leave. */
static bool settle_doubt(struct db *db, const struct returned *returned, struct match *match,
                         struct err *err) {
    bool settled;
    const struct open_doubt doubt = {.delivery_id = match->delivery_id, .dispatch_id = match->dispatch_id};
    if (!match->current) return true;
    if (!doubt_prove(db, &doubt, "une preuve est revenue", returned->origin, returned->now_ms, &settled, err)) return false;
    if (settled) match->state = DELIVERY_SENT;
    return true;
}

/* What the ledger says of it: the server's words, else the subject; and whom they are about, when that is not our address. */
static void ledger_text(const struct returned *returned, struct buf *out) {
    const struct inbound_facts *facts = returned->facts;
    const char *text = *facts->diagnostic ? facts->diagnostic : facts->subject;
    if (facts->kind == INBOUND_HARD || facts->kind == INBOUND_SOFT) {
        struct diagnosis diagnosis = diagnosis_of(facts, returned->match->address);
        if (diagnosis.recipient && *diagnosis.recipient->diagnostic) text = diagnosis.recipient->diagnostic;
        if (!diagnosis.own && returned->match->proof == PROOF_TOKEN) {
            buf_add_text(out, "renvoyé vers ");
            text_printable(out, diagnosis.recipient->address, strlen(diagnosis.recipient->address));
            buf_add_text(out, " : ");
        }
    }
    text_printable(out, text, strlen(text));
    while (out->length && !utf8_valid(out->bytes, out->length)) buf_cut(out, out->length - 1);
}

bool consequence_apply(struct db *db, const struct returned *returned, bool *settled, struct err *err) {
    const int kind = returned->facts->kind;
    bool proved = returned->match->proof == PROOF_TOKEN || returned->vouched, person = false;
    AUTO_BUF text = BUF_INIT(DIAGNOSTIC_TEXT - 1);
    ledger_text(returned, &text);
    /* Matched by a person, its own line is in the ledger already. */
    struct event event = returned_event(returned, returned->vouched ? "return_attached" : RULES[kind].event, buf_text(&text));
    event.code = returned->facts->status;
    *settled = false;
    if (!event_add(db, &event, err)) return false;
    if (!proved) {
        /* A mail system's daily report is about nobody: who reads the list of returns need not see it. */
        *settled = kind == INBOUND_OTHER && is_aggregate_report(returned->facts->subject);
        return returned->match->proof == PROOF_NONE || proposal_add(db, returned, &person, err);
    }
    struct match match = *returned->match;
    struct returned now = *returned;
    now.match = &match;
    if (returned->match->proof == PROOF_TOKEN && !settle_doubt(db, &now, &match, err)) return false;
    if (RULES[kind].bit && match.current &&
        !db_run(db, err, "UPDATE delivery SET returned = returned | $1 WHERE id = $2", DB_I(RULES[kind].bit),
                DB_I(match.delivery_id)))
        return false;
    if (RULES[kind].act && !RULES[kind].act(db, &now, &person, err)) return false;
    *settled = RULES[kind].settles && !person;
    return true;
}
