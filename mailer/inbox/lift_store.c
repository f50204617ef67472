/* Lifting: the facts of no import are given one that was undone from the beginning, so that whoever asks what is in force need know nothing of it. */
#include "mailer/inbox/lift_store.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "lists/import_store.h"
#include "mailer/enrolment.h"
#include "mailer/send/delivery.h"

enum { PARTIES_BYTES = 1 << 16 };
static const char ORIGIN[] = "relais suppressions lift";

/* -- what is in force --------------------------------------------------------------------------------------------- */
static void read_row(const struct db_rows *rows, struct suppressed_address *one) {
    *one = (struct suppressed_address){.at_ms = db_int(rows, 2), .import_id = db_int(rows, 4), .origin = text_dup(db_text(rows, 3))};
    db_text_copy(rows, 0, one->address, sizeof one->address);
    db_text_copy(rows, 1, one->reason, sizeof one->reason);
}

bool suppressed_load(struct db *db, const char *address, const char *reason, struct suppressed_addresses *list, struct err *err) {
    AUTO_BUF parties = BUF_INIT(PARTIES_BYTES);
    struct suppressed_address *one = NULL;
    *list = (struct suppressed_addresses){0};
    AUTO(db_rows) rows = db_query(db, err,
                                  "SELECT s.address, s.reason, s.at_ms, s.origin, COALESCE(s.import_id, 0), COALESCE(k.party_id, ''), s.id FROM suppression s "
                                  "LEFT JOIN (SELECT DISTINCT address, party_id FROM contact) k ON k.address = s.address "
                                  "WHERE ($1 = '' OR s.address = $1) AND ($2 = '' OR s.reason = $2) ORDER BY s.address, s.reason, s.id, k.party_id",
                                  DB_T(address), DB_T(reason));
    int got;
    for (int64_t last = 0; (got = db_next(rows, err)) > 0; last = db_int(rows, 6)) {
        if (!one || db_int(rows, 6) != last) {
            if (one) one->parties = text_dup(buf_text(&parties));
            if (!(list->count & (list->count - 1))) list->all = mem_grow(list->all, list->count ? list->count * 2 : 1, sizeof *list->all);
            read_row(rows, one = &list->all[list->count++]);
            buf_clear(&parties);
        }
        if (!*db_text(rows, 5)) continue;
        buf_add_format(&parties, "%s%s", one->party_count ? " " : "", db_text(rows, 5));
        one->party_count++;
    }
    if (one) one->parties = text_dup(buf_text(&parties));
    return got == 0;
}

void suppressed_release(struct suppressed_addresses *list) {
    for (size_t i = 0; i < list->count; i++) {
        free(list->all[i].origin);
        free(list->all[i].parties);
    }
    free(list->all);
    *list = (struct suppressed_addresses){0};
}

/* -- may it be lifted ------------------------------------------------------------------------------------------------ */
static bool because_given(const struct lifting *lifting, struct err *err) {
    const char *because = lifting->because + strspn(lifting->because, " \t\n");
    if (*because && strlen(because) <= LIFT_BECAUSE) return true;
    return err_set(err, ERR_INPUT, "BECAUSE", *because ? "le motif (--because) dépasse %d octets ; abrégez-le" : "donnez le motif : --because TEXTE (au plus %d octets)",
                   LIFT_BECAUSE);
}

/* Says what is in the way when nothing of that reason can be lifted. */
static bool refuse(const struct lifting *lifting, const struct suppressed_addresses *stands, struct err *err) {
    for (size_t i = 0; i < stands->count; i++) {
        const struct suppressed_address *one = &stands->all[i];
        if (!strcmp(one->reason, lifting->reason) && one->import_id)
            return err_set(err, ERR_INPUT, "BY_IMPORT", "c'est une liste qui le dit de %s (%s) : corrigez-la, ou annulez l'import (« relais undo %" PRId64 " »)",
                           lifting->address, one->origin, one->import_id);
    }
    if (stands->count)
        return err_set(err, ERR_INPUT, "OTHER_REASON", "%s est écartée pour une autre raison (%s) ; dites-le : « relais suppressions lift %s %s --because … »",
                       lifting->address, stands->all[0].reason, lifting->address, stands->all[0].reason);
    return err_set(err, ERR_INPUT, "NOT_SUPPRESSED", "%s n'est pas écartée ; « relais suppressions » montre celles qui le sont", lifting->address);
}

/* -- lifting --------------------------------------------------------------------------------------------------------- */
static bool begin(struct db *db, const struct lifting *lifting, int64_t *import_id, struct err *err) {
    const struct import_note note = {.file = lifting->because, .sha256 = "", .kind = "lift", .by_whom = lifting->by_whom, .at_ms = lifting->now_ms};
    struct import_row import = {.undone_ms = -1, .file = ""};
    if (!import_begin(db, &note, import_id, err) || !import_reveal(db, *import_id, "{}", lifting->now_ms, err)) return false;
    import.id = *import_id;
    return import_undo(db, &import, lifting->now_ms, lifting->by_whom, err);
}

/* Objections of no import are those of rule_refusal_store.c, about an address that was written to: its parties, and who has taken over their places. The
 * ledger knows which addresses objected for them; one that still does keeps the mark. */
static bool lift_places(struct db *db, const struct lifting *lifting, int64_t import_id, struct err *err) {
    return db_run(db, err,
                  "UPDATE enrolment_fact SET import_id = $1 WHERE import_id IS NULL AND fact = 'objected' AND id IN (SELECT f.id FROM "
                  "(SELECT d.party_id, w.campaign_id FROM dispatch p JOIN delivery d ON d.id = p.delivery_id JOIN wave w ON w.id = d.wave_id WHERE p.address = $2 "
                  "UNION SELECT t.successor_id, t.campaign_id FROM dispatch p JOIN delivery d ON d.id = p.delivery_id JOIN wave w ON w.id = d.wave_id "
                  "JOIN enrolment_successor t ON t.campaign_id = w.campaign_id AND t.party_id = d.party_id WHERE p.address = $2) y "
                  "JOIN enrolment_fact f ON f.campaign_id = y.campaign_id AND f.party_id = y.party_id WHERE NOT EXISTS "
                  "(SELECT 1 FROM event e JOIN suppression s ON s.address = e.address AND s.reason = 'objection' WHERE e.party_id = f.party_id "
                  "AND e.campaign_id = f.campaign_id AND e.event IN ('objection', 'reply', 'return_settled', 'return_attached') AND e.address <> $2))",
                  DB_I(import_id), DB_T(lifting->address));
}

static bool tell(struct db *db, const struct lifting *lifting, int64_t campaign_id, const char *party_id, struct err *err) {
    const struct event event = {.at_ms = lifting->now_ms, .campaign_id = campaign_id, .party_id = party_id, .event = "suppression_lifted", .address = lifting->address,
                                .code = lifting->reason, .text = lifting->because, .origin = ORIGIN, .by_whom = lifting->by_whom};
    return event_add(db, &event, err);
}

/* Where nothing but the objection was known, there is no place any more. */
static bool forget_place(struct db *db, int64_t campaign_id, const char *party_id, struct err *err) {
    return db_run(db, err,
                  "DELETE FROM enrolment WHERE campaign_id = $1 AND party_id = $2 AND NOT EXISTS (SELECT 1 FROM enrolment_fact f WHERE f.campaign_id = $1 "
                  "AND f.party_id = $2 AND (f.import_id IS NULL OR f.import_id IN (SELECT id FROM import_in_force)))",
                  DB_I(campaign_id), DB_T(party_id));
}

/* Each place derived anew, and told; then the parties that have the address and no such place; nobody's is told all the same. */
static bool tell_all(struct db *db, const struct lifting *lifting, struct lifted *lifted, struct err *err) {
    int got, told = 0;
    {
        AUTO(db_rows) rows = db_query(db, err, "SELECT DISTINCT campaign_id, party_id FROM enrolment_fact WHERE import_id = $1 ORDER BY campaign_id, party_id",
                                      DB_I(lifted->import_id));
        for (; (got = db_next(rows, err)) > 0; told++, lifted->places++)
            if (!forget_place(db, db_int(rows, 0), db_text(rows, 1), err) || !enrolment_derive(db, db_int(rows, 0), db_text(rows, 1), err) || !tell(db, lifting, db_int(rows, 0), db_text(rows, 1), err)) return false;
        if (got < 0) return false;
    }
    {
        AUTO(db_rows) rows = db_query(db, err, "SELECT DISTINCT party_id FROM contact WHERE address = $1 AND party_id NOT IN (SELECT party_id FROM enrolment_fact WHERE import_id = $2) "
                                      "ORDER BY party_id", DB_T(lifting->address), DB_I(lifted->import_id));
        for (; (got = db_next(rows, err)) > 0; told++)
            if (!tell(db, lifting, 0, db_text(rows, 0), err)) return false;
        if (got < 0) return false;
    }
    return told || tell(db, lifting, 0, NULL, err);
}

bool suppression_lift(struct db *db, const struct lifting *lifting, struct lifted *lifted, struct err *err) {
    int64_t facts = 0;
    *lifted = (struct lifted){0};
    if (!because_given(lifting, err) || db_get_int(db, err, &facts, "SELECT COUNT(*) FROM suppression_fact WHERE address = $1 AND reason = $2 AND import_id IS NULL",
                                                   DB_T(lifting->address), DB_T(lifting->reason)) < 0)
        return false;
    if (!facts) return suppressed_load(db, lifting->address, "", &lifted->stands, err) && refuse(lifting, &lifted->stands, err);
    return begin(db, lifting, &lifted->import_id, err) &&
           db_run(db, err, "UPDATE suppression_fact SET import_id = $1 WHERE address = $2 AND reason = $3 AND import_id IS NULL", DB_I(lifted->import_id),
                  DB_T(lifting->address), DB_T(lifting->reason)) &&
           (strcmp(lifting->reason, "objection") != 0 || lift_places(db, lifting, lifted->import_id, err)) && tell_all(db, lifting, lifted, err) &&
           suppressed_load(db, lifting->address, "", &lifted->stands, err);
}
