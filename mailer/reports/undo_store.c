/* What an import held up, counted before and after it is taken out of force. */
#include "mailer/reports/undo_store.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "mailer/campaign.h"
#include "mailer/enrolment.h"
#include "mailer/send/delivery.h"

/* -- mails that rested on it ------------------------------------------------------------------------------- */
/* When it was armed: its delivery knows while it still is. */
#define ARMED "COALESCE(CASE WHEN d.dispatch_id = p.id THEN d.armed_ms END, p.armed_ms)"

/* Armed dispatches whose address this import alone gave, or whose party was in the audience by its word alone when the dot
 * left: no fact of another source said so by then. */
static const char MAILS[] =
    "SELECT d.party_id, COALESCE(c.name, r.name, ''), g.name, w.name, p.address, d.state, " ARMED ", "
    "CASE WHEN k.import_id = $1 THEN 'address' ELSE 'enrolment' END "
    "FROM dispatch p JOIN delivery d ON d.id = p.delivery_id JOIN wave w ON w.id = d.wave_id "
    "JOIN campaign g ON g.id = w.campaign_id LEFT JOIN contact_fact k ON k.id = p.contact_id "
    "LEFT JOIN collectivity c ON c.id = d.party_id LEFT JOIN relay r ON r.id = d.party_id "
    "WHERE " ARMED " IS NOT NULL AND ((k.import_id = $1 AND NOT EXISTS (SELECT 1 FROM contact_fact o JOIN import i ON i.id = o.import_id "
    "WHERE o.party_id = k.party_id AND o.address = k.address AND o.import_id <> $1 AND i.visible_ms <= " ARMED " "
    "AND i.undone_ms IS NULL)) OR EXISTS (SELECT 1 FROM enrolment_fact f "
    "WHERE f.import_id = $1 AND f.campaign_id = w.campaign_id AND f.party_id = d.party_id AND f.at_ms <= " ARMED " "
    "AND (f.fact = 'selected' OR (f.fact IN ('informed', 'answered') AND w.audience NOT IN ('selected', 'selected-unanswered'))) "
    "AND NOT EXISTS (SELECT 1 FROM enrolment_fact o LEFT JOIN import i ON i.id = o.import_id "
    "WHERE o.campaign_id = f.campaign_id AND o.party_id = f.party_id AND COALESCE(o.import_id, 0) <> $1 "
    "AND i.undone_ms IS NULL AND o.at_ms <= " ARMED " AND (o.fact = 'selected' OR (o.fact IN ('informed', 'answered') "
    "AND w.audience NOT IN ('selected', 'selected-unanswered')))))) ORDER BY " ARMED ", p.id";

static bool load_mails(struct db *db, int64_t import_id, struct undoing *undoing, struct err *err) {
    AUTO(db_rows) rows = db_query(db, err, MAILS, DB_I(import_id));
    int got;
    while ((got = db_next(rows, err)) > 0) {
        size_t count = undoing->mail_count;
        if (!(count & (count - 1))) undoing->mails = mem_grow(undoing->mails, count ? count * 2 : 1, sizeof *undoing->mails);
        undoing->mails[undoing->mail_count++] = (struct rested_mail){
            .party_id = text_dup(db_text(rows, 0)), .party_name = text_dup(db_text(rows, 1)),
            .campaign = text_dup(db_text(rows, 2)), .wave = text_dup(db_text(rows, 3)),
            .address = text_dup(db_text(rows, 4)), .state = text_dup(DELIVERY[db_int(rows, 5)].name),
            .at_ms = db_int(rows, 6), .because = *db_text(rows, 7) == 'a' ? "address" : "enrolment"};
    }
    return got == 0;
}

/* -- what is in force ---------------------------------------------------------------------------------------- */
struct in_force { int64_t given, contacts, relays, suppressions; };

static bool count_in_force(struct db *db, int64_t import_id, struct in_force *count, struct err *err) {
    AUTO(db_rows) rows = db_query(db, err,
                                  "SELECT (SELECT COUNT(*) FROM contact_fact WHERE import_id = $1), (SELECT COUNT(*) FROM contact), "
                                  "(SELECT COUNT(*) FROM relay), (SELECT COUNT(*) FROM (SELECT DISTINCT address FROM suppression) AS a)",
                                  DB_I(import_id));
    int got = db_next(rows, err);
    if (got <= 0) return false;
    *count = (struct in_force){db_int(rows, 0), db_int(rows, 1), db_int(rows, 2), db_int(rows, 3)};
    return true;
}

static bool derive_campaign(struct db *db, const struct import_row *import, int64_t now_ms, const char *by_whom,
                            struct undoing *undoing, struct err *err) {
    char origin[64];
    snprintf(origin, sizeof origin, "relais undo %" PRId64, import->id);
    return !import->campaign_id ||
           (enrolment_take_back(db, import->campaign_id, import->id, now_ms, origin, by_whom, &undoing->enrolments, err) &&
            campaign_derive_answers_as_of(db, import->campaign_id, err));
}

bool undo_import(struct db *db, const struct import_row *import, int64_t now_ms, const char *by_whom,
                 struct undoing *undoing, struct err *err) {
    struct in_force was, is;
    char origin[64];
    *undoing = (struct undoing){0};
    snprintf(origin, sizeof origin, "relais undo %" PRId64, import->id);
    struct event event = {.at_ms = now_ms, .campaign_id = import->campaign_id, .event = "import_undone", .text = import->file,
                          .origin = origin, .by_whom = by_whom};
    if (!load_mails(db, import->id, undoing, err) || !count_in_force(db, import->id, &was, err) ||
        !import_undo(db, import, now_ms, by_whom, err) ||
        !derive_campaign(db, import, now_ms, by_whom, undoing, err) || !event_add(db, &event, err) ||
        !count_in_force(db, import->id, &is, err))
        return false;
    undoing->contacts = was.contacts - is.contacts;
    undoing->contacts_kept = was.given - undoing->contacts;
    undoing->relays = was.relays - is.relays;
    undoing->suppressions = was.suppressions - is.suppressions;
    return true;
}

void undoing_release(struct undoing *undoing) {
    for (size_t i = 0; i < undoing->mail_count; i++) {
        char *const texts[] = {undoing->mails[i].party_id, undoing->mails[i].party_name, undoing->mails[i].campaign,
                               undoing->mails[i].wave, undoing->mails[i].address, undoing->mails[i].state};
        for (size_t k = 0; k < COUNT(texts); k++) free(texts[k]);
    }
    free(undoing->mails);
    *undoing = (struct undoing){0};
}
