/* The consequences of returns, one function each and one table. */
#include "mailer/inbox/consequence_store.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "lists/contact_store.h"
#include "mailer/enrolment.h"
#include "mailer/inbox/objection.h"
#include "mailer/inbox/reason.h"
#include "mailer/send/delivery_store.h"
#include "mailer/send/doubts_store.h"
#include "schedules/workdays.h"

enum { HOLD_WORKING_DAYS = 3 };
typedef bool consequence(struct db *db, const struct returned *returned, struct err *err);

/* The address is dead: never again to it, and the party's next contact gets the same delivery. */
static bool bury(struct db *db, const struct returned *returned, struct err *err) {
    const struct match *match = returned->match;
    if (!returned->facts->suppress) return true;
    /* An older dispatch of the delivery: the next contact has had its message already. */
    if (!match->current || match->state != DELIVERY_SENT)
        return suppression_add(db, match->address, "dead", returned->now_ms, returned->origin, 0, err);
    bool again;
    return delivery_next_contact(db, match->delivery_id, match->state, ADDRESS_DEAD, returned->now_ms, returned->key,
                                 returned->origin, &again, err);
}

static bool complain(struct db *db, const struct returned *returned, struct err *err) {
    if (!returned->facts->suppress) return true; /* about authentication; nobody complained */
    return suppression_add(db, returned->match->address, "complaint", returned->now_ms, returned->origin, 0,
                           err);
}

static bool object(struct db *db, const struct returned *returned, struct err *err) {
    const struct match *match = returned->match;
    if (!suppression_add(db, match->address, "objection", returned->now_ms, returned->origin, 0, err))
        return false;
    return !match->collectivity || enrolment_add(db, match->campaign_id, match->party_id, FACT_OBJECTED, NULL,
                                                 returned->now_ms, returned->origin, "", err);
}

/* "We have answered": reminders wait until staff have looked, three working days at most. */
static bool hold(struct db *db, const struct returned *returned, struct err *err) {
    const struct match *match = returned->match;
    AUTO_BUF words = BUF_INIT(8192);
    words_of(&words, returned->facts->reply_text, strnlen(returned->facts->reply_text, 4096));
    if (!match->collectivity || !says_answered(buf_text(&words))) return true;
    int64_t day = returned->now_ms / DAY_MS;
    int64_t until_ms =
        returned->now_ms + (working_days_after(day, HOLD_WORKING_DAYS, match->department) - day) * DAY_MS;
    return db_run(db, err,
                  "INSERT INTO hold (campaign_id, party_id, until_ms, inbound_id, reason) VALUES ($1, $2, "
                  "$3, $4, 'answered')",
                  DB_I(match->campaign_id), DB_T(match->party_id), DB_I(until_ms),
                  DB_I(returned->inbound_id));
}

/* settles: nobody need look at it once the rule has acted. */
static const struct rule {
    const char *event;
    int bit;
    bool settles;
    consequence *act;
} RULES[INBOUND_KINDS] = {
    [INBOUND_HARD] = {"bounced_hard", RETURNED_HARD, true, bury},
    [INBOUND_SOFT] = {"bounced_soft", RETURNED_SOFT, true, NULL},
    [INBOUND_DELIVERED] = {"delivered", RETURNED_DELIVERED, true, NULL},
    [INBOUND_COMPLAINT] = {"complaint", RETURNED_COMPLAINT, true, complain},
    [INBOUND_AUTOREPLY] = {"autoreply", RETURNED_AUTOREPLY, true, NULL},
    [INBOUND_CHALLENGE] = {"challenge", RETURNED_CHALLENGE, false, NULL}, /* somebody must click */
    [INBOUND_UNSUBSCRIBE] = {"objection", RETURNED_OBJECTION, true, object},
    [INBOUND_REPLY] = {"reply", RETURNED_REPLY, false, hold},
    [INBOUND_OTHER] = {"returned_other", 0, false, NULL},
    [INBOUND_UNREAD] = {"unread", 0, false, NULL}};

static struct event event_of(const struct returned *returned, const char *name, const char *text) {
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
                          .code = facts->status,
                          .text = text,
                          .origin = returned->origin};
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

/* What the ledger says of it: the server's words, else the subject. */
static void ledger_text(const struct inbound_facts *facts, struct buf *out) {
    const char *text = *facts->diagnostic ? facts->diagnostic : facts->subject;
    text_printable(out, text, strlen(text));
    while (out->length && !utf8_valid(out->bytes, out->length)) buf_cut(out, out->length - 1);
}

bool consequence_apply(struct db *db, const struct returned *returned, bool *settled, struct err *err) {
    const struct rule *rule = &RULES[returned->facts->kind];
    AUTO_BUF text = BUF_INIT(DIAGNOSTIC_TEXT - 1);
    ledger_text(returned->facts, &text);
    struct event event = event_of(returned, rule->event, buf_text(&text));
    *settled = rule->settles && returned->match->proof == PROOF_TOKEN;
    if (!event_add(db, &event, err)) return false;
    if (returned->match->proof != PROOF_TOKEN) return true;
    struct match match = *returned->match;
    struct returned proved = *returned;
    proved.match = &match;
    if (!settle_doubt(db, &proved, &match, err)) return false;
    if (rule->bit && match.current &&
        !db_run(db, err, "UPDATE delivery SET returned = returned | $1 WHERE id = $2", DB_I(rule->bit),
                DB_I(match.delivery_id)))
        return false;
    return !rule->act || rule->act(db, &proved, err);
}
