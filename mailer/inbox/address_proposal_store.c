/* The address a return gives instead of ours, as a proposal: a person decides. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lists/contact_store.h"
#include "lists/import_store.h"
#include "mailer/inbox/rules.h"
#include "mailer/send/delivery_store.h"

bool proposal_add(struct db *db, const struct returned *returned, bool *open, struct err *err) {
    const struct match *match = returned->match;
    const char *given = returned->facts->new_address;
    char address[ADDRESS_TEXT], reason[16];
    *open = false;
    if (!*given || !address_canonical(given, strlen(given), address) || !strcmp(address, match->address)) return true;
    int known = contact_in_force(db, match->party_id, address, err);
    int suppressed = known ? known : suppression_find(db, address, reason, err);
    if (known || suppressed) return known > 0 || suppressed > 0; /* known already, or never to be written to */
    if (!db_run(db, err,
                "INSERT INTO address_proposal (inbound_id, party_kind, party_id, address, old_address, at_ms) "
                "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
                DB_I(returned->inbound_id), DB_T(match->collectivity ? "collectivity" : "relay"), DB_T(match->party_id), DB_T(address),
                DB_T(match->address), DB_I(returned->now_ms)))
        return false;
    *open = db_changes(db) > 0; /* proposed before: another return waits for the answer, or a person has given it */
    if (!*open) return true;
    const struct event event = returned_event(returned, "address_proposed", address);
    return event_add(db, &event, err);
}

/* -- a person's answer ------------------------------------------------------------------------------------------- */
static bool decide(struct db *db, const struct returned *returned, int64_t inbound_id, const char *address, const char *decision,
                   int64_t import_id, struct err *err) {
    return db_run(db, err,
                  "UPDATE address_proposal SET decision = CASE WHEN address = $1 THEN $2 ELSE 'refused' END, decided_ms = $3, by_whom = $4, "
                  "import_id = CASE WHEN address = $1 THEN $5 END WHERE inbound_id = $6 AND decision = ''",
                  DB_T(address), DB_T(decision), DB_I(returned->now_ms), DB_T(returned->by_whom), DB_I_OR_NULL(import_id, import_id),
                  DB_I(inbound_id));
}

static bool may_accept(struct db *db, const struct match *match, const char *given, char address[ADDRESS_TEXT], struct err *err) {
    char reason[16];
    struct chosen_contact present;
    if (!*given)
        return err_set(err, ERR_INPUT, "NO_PROPOSAL", "ce retour ne propose pas d'adresse qui attende une décision ; donnez-la : accept-address ADRESSE");
    if (!address_canonical(given, strlen(given), address)) return err_set(err, ERR_INPUT, "ADDRESS", "« %.200s » n'est pas une adresse", given);
    int suppressed = suppression_find(db, address, reason, err);
    if (suppressed > 0) return err_set(err, ERR_INPUT, "SUPPRESSED", "%s est écartée (opposition, plainte ou adresse morte) et le reste", address);
    enum contact_choice choice = suppressed < 0 ? CONTACT_ERROR : contact_choose(db, match->party_id, &present, err);
    if (choice == CONTACT_OBJECTED)
        return err_set(err, ERR_INPUT, "OBJECTED", "une opposition ne se contourne pas par une autre adresse");
    if (choice == CONTACT_CHOSEN && !strcmp(present.address, address))
        return err_set(err, ERR_INPUT, "KNOWN_ADDRESS", "on lui écrit déjà à %s", address);
    return choice != CONTACT_ERROR;
}

static bool add_contact(struct db *db, const struct returned *returned, int64_t inbound_id, const char *address, int64_t *import_id,
                        struct err *err) {
    static const char REPORT[] = "{\"rows\":{\"accepted\":1,\"merged\":0,\"rejected\":0,\"ignored\":0}}";
    char file[40];
    snprintf(file, sizeof file, "retour n° %" PRId64, inbound_id);
    const struct import_note note = {.file = file, .sha256 = "", .kind = "return", .by_whom = returned->by_whom, .at_ms = returned->now_ms};
    return import_begin(db, &note, import_id, err) &&
           contact_add_first(db, returned->match->collectivity ? "collectivity" : "relay", returned->match->party_id, address, *import_id, err) &&
           import_reveal(db, *import_id, REPORT, returned->now_ms, err);
}

struct planned_mail { int64_t id; enum delivery_state state; };

/* What waits to go to another address and was never begun goes to the new one. */
static bool redirect(struct db *db, const struct returned *returned, struct err *err) {
    AUTO_MEM struct planned_mail *all = NULL;
    size_t count = 0;
    int got;
    {
        AUTO(db_rows) rows = db_query(db, err,
                                      "SELECT d.id, d.state FROM delivery d JOIN dispatch p ON p.id = d.dispatch_id WHERE d.party_id = $1 AND "
                                      "(d.state = 0 OR d.state = 1) AND d.resends = 0 AND p.armed_ms IS NULL ORDER BY d.id",
                                      DB_T(returned->match->party_id));
        while ((got = db_next(rows, err)) > 0) {
            all = mem_grow(all, count + 1, sizeof *all);
            all[count++] = (struct planned_mail){.id = db_int(rows, 0), .state = (enum delivery_state)db_int(rows, 1)};
        }
    }
    for (size_t i = 0; i < count && got == 0; i++) {
        bool again;
        if (!delivery_next_contact(db, all[i].id, all[i].state, ADDRESS_TAKEN_BACK, returned->now_ms, returned->key, returned->origin, &again, err))
            return false;
    }
    return got == 0;
}

bool proposal_accept(struct db *db, const struct returned *returned, int64_t inbound_id, const char *given, char address[ADDRESS_TEXT],
                     int64_t *import_id, struct err *err) {
    if (!may_accept(db, returned->match, given, address, err) || !add_contact(db, returned, inbound_id, address, import_id, err) ||
        !decide(db, returned, inbound_id, address, "accepted", *import_id, err))
        return false;
    struct event event = returned_event(returned, "address_accepted", returned->match->address);
    event.address = address;
    return event_add(db, &event, err) && redirect(db, returned, err);
}

bool proposal_refuse(struct db *db, const struct returned *returned, int64_t inbound_id, const char *address, struct err *err) {
    struct event event = returned_event(returned, "address_refused", NULL);
    event.address = address;
    return decide(db, returned, inbound_id, address, "refused", 0, err) && event_add(db, &event, err);
}
