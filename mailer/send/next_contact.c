/* A second message of the same delivery: the address it was for is lost, the party has another contact. */
#include <stdio.h>
#include <string.h>

#include "mailer/campaign.h"
#include "mailer/send/delivery_store.h"
#include "mailer/send/quiet_store.h"
#include "schedules/plan.h"

struct present { int64_t wave_id, campaign_id, dispatch_id; char party_id[32], department[8], address[ADDRESS_TEXT], domain[256]; };

static bool load(struct db *db, int64_t delivery_id, struct present *now, struct err *err) {
    AUTO(db_rows) rows = db_query(db, err,
                                  "SELECT d.wave_id, w.campaign_id, p.id, d.party_id, d.department, p.address, p.message_id "
                                  "FROM delivery d JOIN wave w ON w.id = d.wave_id JOIN dispatch p ON p.id = d.dispatch_id "
                                  "WHERE d.id = $1",
                                  DB_I(delivery_id));
    int got = db_next(rows, err);
    if (got == 0) return err_set(err, ERR_FATAL, "STORE", "envoi %lld absent de la base", (long long)delivery_id);
    if (got < 0) return false;
    now->wave_id = db_int(rows, 0);
    now->campaign_id = db_int(rows, 1);
    now->dispatch_id = db_int(rows, 2);
    snprintf(now->party_id, sizeof now->party_id, "%s", db_text(rows, 3));
    snprintf(now->department, sizeof now->department, "%s", db_text(rows, 4));
    snprintf(now->address, sizeof now->address, "%s", db_text(rows, 5));
    const char *at = strrchr(db_text(rows, 6), '@');
    snprintf(now->domain, sizeof now->domain, "%s", at ? at + 1 : "invalid>");
    now->domain[strcspn(now->domain, ">")] = '\0';
    return true;
}

/* At the next opening of the window, or when the contact's mailbox may be written to again. */
static bool due_ms_of(struct db *db, const struct campaign *campaign, const struct present *present, const char *address, int64_t now_ms,
                      int64_t *due_ms, const char **reason, struct err *err) {
    struct quiet_mailbox mailbox;
    int quiet = quiet_load_one(db, address, now_ms, &mailbox, err);
    return quiet >= 0 && plan_window_ms(&campaign->schedule.window, present->department, now_ms, due_ms, err) &&
           (!quiet || quiet_due_ms(&mailbox, &campaign->schedule, present->department, due_ms, reason, err));
}

static bool dispatch_again(struct db *db, const struct campaign *campaign, const struct present *present,
                           int64_t delivery_id, enum delivery_state state, const struct chosen_contact *contact,
                           int64_t now_ms, const struct token_key *key, const char *origin, struct err *err) {
    int64_t due_ms, dispatch_id;
    const char *reason = "next-contact";
    if (!due_ms_of(db, campaign, present, contact->address, now_ms, &due_ms, &reason, err)) return false;
    struct message_identity identity = {.campaign = campaign->name, .domain = present->domain, .key = key};
    struct event event = {.at_ms = now_ms, .campaign_id = campaign->id, .wave_id = present->wave_id,
                          .delivery_id = delivery_id, .party_id = present->party_id, .event = "next_contact",
                          .address = contact->address, .text = present->address, .origin = origin};
    if (!dispatch_add(db, delivery_id, contact, now_ms, &identity, &dispatch_id, err)) return false;
    event.dispatch_id = dispatch_id;
    /* A new message: its tries, its doubts and what comes back are counted anew. The ledger keeps the old ones. */
    return delivery_set(db, state, DELIVERY_READY, reason, due_ms, &event, err) &&
           db_run(db, err,
                  "UPDATE delivery SET returned = 0, attempts = 0, resends = 0, first_try_ms = NULL, run_id = NULL WHERE id = $1",
                  DB_I(delivery_id));
}

/* The first whose mailbox is not at rest; where all are, the first all the same, unless rest is all that is the matter. */
static enum contact_choice choose(struct db *db, const char *party_id, enum address_loss loss, int64_t now_ms,
                                  struct chosen_contact *contact, struct err *err) {
    enum contact_choice choice = contact_choose_awake(db, party_id, now_ms, contact, err);
    if (choice == CONTACT_CHOSEN || choice == CONTACT_ERROR || loss == ADDRESS_RESTING) return choice;
    return contact_choose(db, party_id, contact, err);
}

bool delivery_next_contact(struct db *db, int64_t delivery_id, enum delivery_state state, enum address_loss loss,
                           int64_t now_ms, const struct token_key *key, const char *origin, bool *again, struct err *err) {
    *again = false;
    struct present present;
    if (!load(db, delivery_id, &present, err) ||
        (loss == ADDRESS_DEAD && !suppression_add(db, present.address, "dead", now_ms, origin, 0, err)))
        return false;
    if (!delivery_may(state, DELIVERY_READY)) return true;
    struct chosen_contact contact;
    enum contact_choice choice = choose(db, present.party_id, loss, now_ms, &contact, err);
    if (choice == CONTACT_ERROR) return false;
    if (choice != CONTACT_CHOSEN || (loss != ADDRESS_DEAD && !strcmp(contact.address, present.address))) return true;
    struct campaign campaign;
    bool good = campaign_load_id(db, present.campaign_id, &campaign, err);
    if (good && campaign.state != CAMPAIGN_CANCELLED && now_ms < campaign.deadline_ms) {
        good = dispatch_again(db, &campaign, &present, delivery_id, state, &contact, now_ms, key, origin, err);
        *again = good;
    }
    campaign_release(&campaign);
    return good;
}
