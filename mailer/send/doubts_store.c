/* Deliveries in doubt, read and settled. */
#include "mailer/send/doubts_store.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/process.h"
#include "lists/contact_store.h"
#include "mailer/audience.h"
#include "mailer/send/delivery_store.h"

const char *const DOUBT_VERDICT[DOUBT_VERDICTS] = {[DOUBT_SENT] = "sent", [DOUBT_RESEND] = "resend", [DOUBT_DROP] = "drop"};

struct doubted {
    int64_t id, dispatch_id, wave_id, campaign_id, resends;
    enum delivery_state state;
    enum audience audience;
    char party_id[32], address[ADDRESS_TEXT];
};

/* The gates of sending that are shut to this party and address for good, in words: 1; 0 = none is; -1. A pause, a closed window, a hold
 * pass: they only make it wait. */
static int party_shut(struct db *db, const struct doubted *doubted, int64_t now_ms, char *said, size_t size_bytes, struct err *err) {
    bool failed = false;
    char suppressed[16];
    const char *out = audience_excludes(db, doubted->campaign_id, doubted->audience, doubted->party_id, now_ms, &failed, err);
    if (failed) return -1;
    if (out && strcmp(out, "hold"))
        return snprintf(said, size_bytes, "%s%s", reason_has_subject(out) ? "" : "le destinataire ", skip_reason_text(out)), 1;
    int found = suppression_find(db, doubted->address, suppressed, err), has = contact_in_force(db, doubted->party_id, doubted->address, err);
    if (found < 0 || has < 0) return -1;
    if (found) return snprintf(said, size_bytes, "son adresse est écartée (opposition, plainte ou adresse morte)"), 1;
    if (!has) return snprintf(said, size_bytes, "son adresse n'est plus connue"), 1;
    return 0;
}

/* -- the list -------------------------------------------------------------------------------------------------------- */
/* Whether the sender will find its gates open when its resend is due, as far as one can see now. 1, 0, -1. */
static int goes_by_itself(struct db *db, const struct campaign *campaign, const struct doubt *doubt, const char *audience, int64_t now_ms, struct err *err) {
    struct doubted about = {.campaign_id = campaign->id, .audience = (enum audience)audience_of(audience)};
    char said[200];
    snprintf(about.party_id, sizeof about.party_id, "%s", doubt->party_id);
    snprintf(about.address, sizeof about.address, "%s", doubt->address);
    int shut = party_shut(db, &about, now_ms, said, sizeof said, err);
    return shut < 0 ? -1 : !shut;
}

/* What a dead sender left, as the next one will find it (runs_recover), reads like a doubt. */
#define LEFT "d.state IN (1, 2)"
#define DOUBTS(which)                                                                                                                        \
    "SELECT d.id, COALESCE(d.dispatch_id, 0), w.name, d.party_id, COALESCE(c.name, r2.name, d.party_id), COALESCE(p.address, ''), "             \
    "COALESCE(p.message_id, ''), CASE WHEN NOT " LEFT " THEN d.reason WHEN " RUN_LOST("$2") " THEN 'lease' ELSE 'killed' END, "                 \
    "COALESCE(d.armed_ms, (SELECT MAX(e.at_ms) FROM event e WHERE e.party_id = d.party_id AND e.delivery_id = d.id "                            \
    "AND e.event = 'in_doubt'), p.armed_ms, r.started_ms, -1), CASE WHEN " LEFT " THEN $3 ELSE d.not_before_ms END, d.resends, "                  \
    "COALESCE(p.code, 0), (SELECT COUNT(*) FROM inbound i WHERE i.proof = 'likely' AND i.delivery_id = d.id), "                                   \
    "COALESCE(d.armed_relay, p.relay, ''), w.audience, CASE WHEN w.uncertain = 'resend' AND w.state <> 'skipped' AND "                            \
    "(" DOUBT_RESENDS("d") " OR (d.state = 2 AND d.resends = 0 AND CASE WHEN " RUN_LOST("$2") " THEN 0 ELSE 1 END = 1)) THEN 1 ELSE 0 END "                      \
    "FROM delivery d JOIN wave w ON w.id = d.wave_id LEFT JOIN dispatch p ON p.id = d.dispatch_id LEFT JOIN run r ON r.id = d.run_id "          \
    "LEFT JOIN collectivity c ON c.id = d.party_id LEFT JOIN relay r2 ON r2.id = d.party_id "                                                     \
    "WHERE w.campaign_id = $1 AND (" which ") ORDER BY w.position, d.party_id, d.id"
#define IN_DOUBT "d.state = 7 AND " DELIVERY_WAITS("d")

bool doubts_load(struct db *db, const struct campaign *campaign, int64_t left_due_ms, int64_t now_ms, struct doubts *doubts, struct err *err) {
    *doubts = (struct doubts){0};
    bool runs = campaign->state != CAMPAIGN_CANCELLED && now_ms < campaign->deadline_ms;
    char boot[BOOT_ID_TEXT];
    boot_id(boot);
    AUTO(db_rows) rows = db_query(db, err, left_due_ms >= 0 ? DOUBTS(IN_DOUBT " OR " DELIVERY_LEFT_IN_DOUBT("$2")) : DOUBTS(IN_DOUBT),
                                  DB_I(campaign->id), DB_T(boot), DB_I(left_due_ms));
    int got;
    while ((got = db_next(rows, err)) > 0) {
        if (!(doubts->count & (doubts->count - 1))) doubts->all = mem_grow(doubts->all, doubts->count ? doubts->count * 2 : 1, sizeof *doubts->all);
        struct doubt *doubt = &doubts->all[doubts->count++];
        *doubt = (struct doubt){.id = db_int(rows, 0), .dispatch_id = db_int(rows, 1), .wave = text_dup(db_text(rows, 2)), .party_id = text_dup(db_text(rows, 3)),
                                .name = text_dup(db_text(rows, 4)), .address = text_dup(db_text(rows, 5)), .message_id = text_dup(db_text(rows, 6)),
                                .reason = text_dup(db_text(rows, 7)), .since_ms = db_int(rows, 8), .resent = db_int(rows, 10) > 0,
                                .code = (int)db_int(rows, 11), .likely_returns = db_int(rows, 12), .relay = text_dup(db_text(rows, 13))};
        int resends = runs && db_int(rows, 15) ? goes_by_itself(db, campaign, doubt, db_text(rows, 14), now_ms, err) : 0;
        if (resends < 0) return false;
        doubt->resend_ms = resends ? db_int(rows, 9) : -1;
    }
    return got == 0;
}

void doubts_release(struct doubts *doubts) {
    for (size_t i = 0; i < doubts->count; i++) {
        struct doubt *doubt = &doubts->all[i];
        char *texts[] = {doubt->wave, doubt->party_id, doubt->name, doubt->address, doubt->message_id, doubt->reason, doubt->relay};
        for (size_t k = 0; k < COUNT(texts); k++) free(texts[k]);
    }
    free(doubts->all);
    *doubts = (struct doubts){0};
}

/* -- settling ------------------------------------------------------------------------------------------------------------ */
static bool load(struct db *db, int64_t delivery_id, struct doubted *doubted, struct err *err) {
    AUTO(db_rows) rows = db_query(db, err,
                                  "SELECT d.id, COALESCE(d.dispatch_id, 0), d.wave_id, w.campaign_id, d.state, d.resends, w.audience, d.party_id, "
                                  "COALESCE(p.address, '') FROM delivery d JOIN wave w ON w.id = d.wave_id LEFT JOIN dispatch p ON p.id = d.dispatch_id "
                                  "WHERE d.id = $1", DB_I(delivery_id));
    int got = db_next(rows, err);
    if (!got) return err_set(err, ERR_INPUT, "UNKNOWN_DELIVERY", "il n'y a pas d'envoi n° %" PRId64 " ; « relais doubts C » donne les numéros", delivery_id);
    if (got < 0) return false;
    *doubted = (struct doubted){.id = db_int(rows, 0), .dispatch_id = db_int(rows, 1), .wave_id = db_int(rows, 2), .campaign_id = db_int(rows, 3),
                                .state = (enum delivery_state)db_int(rows, 4), .resends = db_int(rows, 5),
                                .audience = (enum audience)audience_of(db_text(rows, 6))};
    snprintf(doubted->party_id, sizeof doubted->party_id, "%s", db_text(rows, 7));
    snprintf(doubted->address, sizeof doubted->address, "%s", db_text(rows, 8));
    return true;
}

static bool refuse_resend(const char *why, struct err *err) {
    return err_set(err, ERR_INPUT, "RESEND_REFUSED", "cet envoi ne peut être refait : %s ; réglez-le par sent ou drop", why);
}

static bool may_resend(struct db *db, const struct doubted *doubted, int64_t now_ms, struct err *err) {
    struct campaign campaign = {0};
    char said[200];
    if (doubted->resends) return refuse_resend("il l'a déjà été une fois, et un envoi incertain ne se refait qu'une fois", err);
    if (!campaign_load_id(db, doubted->campaign_id, &campaign, err)) return false;
    bool cancelled = campaign.state == CAMPAIGN_CANCELLED, over = now_ms >= campaign.deadline_ms;
    campaign_release(&campaign);
    if (cancelled) return refuse_resend(skip_reason_text("cancelled"), err);
    if (over) return refuse_resend(skip_reason_text("deadline"), err);
    int shut = party_shut(db, doubted, now_ms, said, sizeof said, err);
    return shut > 0 ? refuse_resend(said, err) : shut == 0;
}

bool doubt_settle(struct db *db, int64_t delivery_id, enum doubt_verdict verdict, int64_t now_ms, const char *by_whom, struct err *err) {
    struct doubted doubted;
    if (!load(db, delivery_id, &doubted, err)) return false;
    if (doubted.state != DELIVERY_IN_DOUBT)
        return err_set(err, ERR_INPUT, "NOT_IN_DOUBT", "l'envoi n° %" PRId64 " n'est pas, ou plus, en doute (état : %s)", delivery_id, DELIVERY[doubted.state].name);
    struct event event = {.at_ms = now_ms, .campaign_id = doubted.campaign_id, .wave_id = doubted.wave_id, .delivery_id = doubted.id,
                          .dispatch_id = doubted.dispatch_id, .party_id = doubted.party_id, .address = doubted.address, .origin = "settle",
                          .by_whom = by_whom};
    if (verdict == DOUBT_SENT) return delivery_set(db, DELIVERY_IN_DOUBT, DELIVERY_SENT, "", -1, &event, err);
    if (verdict == DOUBT_DROP) return delivery_set(db, DELIVERY_IN_DOUBT, DELIVERY_FAILED, "dropped-by-person", -1, &event, err);
    event.event = "resend";
    /* resends: whoever sends it asks for the same bytes, never skips it, and there is no second time. */
    return may_resend(db, &doubted, now_ms, err) && delivery_set(db, DELIVERY_IN_DOUBT, DELIVERY_READY, "", now_ms, &event, err) &&
           db_run(db, err, "UPDATE delivery SET resends = 1 WHERE id = $1", DB_I(delivery_id));
}

/* -- evidence ---------------------------------------------------------------------------------------------------------------- */
int open_doubts_load(struct db *db, struct open_doubt **all, struct err *err) {
    int count = 0, got;
    AUTO(db_rows) rows = db_query(db, err, "SELECT d.id, p.id, p.message_id FROM delivery d JOIN dispatch p ON p.id = d.dispatch_id "
                                  "WHERE " DELIVERY_WAITS("d") " AND (d.state = 7 OR d.resends > 0) ORDER BY p.id");
    while ((got = db_next(rows, err)) > 0) {
        if (!(count & (count - 1))) *all = mem_grow(*all, count ? (size_t)count * 2 : 1, sizeof **all);
        struct open_doubt *doubt = &(*all)[count++];
        *doubt = (struct open_doubt){.delivery_id = db_int(rows, 0), .dispatch_id = db_int(rows, 1)};
        snprintf(doubt->message_id, sizeof doubt->message_id, "%s", db_text(rows, 2));
    }
    return got < 0 ? -1 : count;
}

int doubt_is_claimed(struct db *db, const struct open_doubt *doubt, struct err *err) {
    int64_t one;
    return db_get_int(db, err, &one, "SELECT 1 FROM delivery WHERE id = $1 AND dispatch_id = $2 AND state = $3 AND resends > 0", DB_I(doubt->delivery_id),
                      DB_I(doubt->dispatch_id), DB_I(DELIVERY_CLAIMED));
}

/* Its resend is asked for and no dot of it has left: who has claimed it finds it gone, at the latest when it comes to arm it. */
static bool resend_waits(const struct doubted *doubted) {
    return doubted->resends && (doubted->state == DELIVERY_READY || doubted->state == DELIVERY_DEFERRED || doubted->state == DELIVERY_CLAIMED);
}

bool doubt_prove(struct db *db, const struct open_doubt *open, const char *text, const char *origin, int64_t now_ms, bool *settled, struct err *err) {
    struct doubted doubted;
    *settled = false;
    if (!load(db, open->delivery_id, &doubted, err)) return false;
    bool resending = resend_waits(&doubted);
    if ((doubted.state != DELIVERY_IN_DOUBT && !resending) || doubted.dispatch_id != open->dispatch_id) return true;
    struct event event = {.at_ms = now_ms, .campaign_id = doubted.campaign_id, .wave_id = doubted.wave_id, .delivery_id = doubted.id,
                          .dispatch_id = doubted.dispatch_id, .party_id = doubted.party_id, .address = doubted.address, .text = text, .origin = origin};
    struct event silent = event;
    silent.event = "";
    *settled = true;
    return (!resending || delivery_set(db, doubted.state, DELIVERY_IN_DOUBT, "", -1, &silent, err)) &&
           delivery_set(db, DELIVERY_IN_DOUBT, DELIVERY_SENT, "", -1, &event, err);
}
