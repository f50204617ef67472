/* A party's rows of the ledger; enrolment writes its facts there too. */
#include "mailer/reports/history.h"

#include <stdlib.h>

#include "mailer/campaign.h"

static const char EVENTS[] =
    "SELECT v.at_ms, c.name, w.name, v.event, v.address, v.code, v.text, v.origin, v.by_whom, "
    /* of a dispatch, its last attempt is known, and no earlier one */
    "CASE WHEN v.event IN ('sent', 'deferred', 'refused', 'failed', 'in_doubt', 'released') AND (v.at_ms = p.ended_ms OR (v.event = 'in_doubt' "
    "AND (p.ended_ms IS NULL OR p.ended_ms < p.armed_ms) AND v.at_ms >= p.armed_ms)) THEN p.relay END FROM event v LEFT JOIN dispatch p ON p.id = v.dispatch_id "
    "LEFT JOIN campaign c ON c.id = v.campaign_id LEFT JOIN wave w ON w.id = v.wave_id "
    "WHERE ($2 = 0 OR v.campaign_id = $2) AND v.id IN (SELECT id FROM event WHERE party_id = $1 AND delivery_id IS NULL UNION ALL "
    "SELECT s.id FROM delivery d JOIN event s ON s.delivery_id = d.id WHERE d.party_id = $1) ORDER BY v.at_ms, v.id";

static bool load_events(struct db *db, int64_t campaign_id, struct history *history, struct err *err) {
    AUTO(db_rows) rows = db_query(db, err, EVENTS, DB_T(history->party.id), DB_I(campaign_id));
    int got;
    while ((got = db_next(rows, err)) > 0) {
        history->all = mem_grow(history->all, history->count + 1, sizeof *history->all);
        history->all[history->count++] = (struct history_event){
            .at_ms = db_int(rows, 0),
            .campaign = text_dup(db_text(rows, 1)),
            .wave = text_dup(db_text(rows, 2)),
            .event = text_dup(db_text(rows, 3)),
            .address = text_dup(db_text(rows, 4)),
            .code = text_dup(db_text(rows, 5)),
            .text = text_dup(db_text(rows, 6)),
            .origin = text_dup(db_text(rows, 7)),
            .by = text_dup(db_text(rows, 8)),
            .relay = text_dup(db_text(rows, 9)),
        };
    }
    return got == 0;
}

bool history_load(struct db *db, const char *id, const char *campaign_name, struct history *history,
                  struct err *err) {
    *history = (struct history){0};
    AUTO(tx) snapshot = tx_begin(db, TX_READ, err);
    struct campaign campaign = {0};
    bool good = snapshot && party_find(db, id, &history->party, err) &&
                (!campaign_name || campaign_load(db, campaign_name, &campaign, err)) &&
                load_events(db, campaign.id, history, err);
    campaign_release(&campaign);
    return good;
}

void history_release(struct history *history) {
    for (size_t i = 0; i < history->count; i++) {
        struct history_event *one = &history->all[i];
        char *const texts[] = {one->campaign, one->wave, one->event,  one->address,
                               one->code,     one->text, one->origin, one->by, one->relay};
        for (size_t k = 0; k < COUNT(texts); k++) free(texts[k]);
    }
    free(history->all);
    *history = (struct history){0};
}
