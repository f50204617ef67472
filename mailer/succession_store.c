/* Facts copied from who is gone to who succeeds, and the end of the old place. */
#include "mailer/succession_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "mailer/enrolment.h"
#include "mailer/wave_store.h"

const char *const SUCCESSION_OUTCOME[] = {[SUCCESSION_FOLLOWED] = "followed", [SUCCESSION_KEPT] = "kept",
                                          [SUCCESSION_ENDED] = "ended", [SUCCESSION_WAITS] = "waits"};

struct following {
    struct db *db;
    struct err *err;
    int64_t now_ms;
    const char *source, *by_whom;
    struct successions *successions;
};
struct campaign_name { int64_t id; char name[64]; };
struct place { bool enrolled, selected, answered, withdrawn; };

static bool load_place(const struct following *following, int64_t campaign_id, const char *party_id, struct place *place) {
    *place = (struct place){0};
    AUTO(db_rows) rows = db_query(following->db, following->err,
                                  "SELECT selected, answered, withdrawn FROM enrolment WHERE campaign_id = $1 AND party_id = $2",
                                  DB_I(campaign_id), DB_T(party_id));
    int got = db_next(rows, following->err);
    if (got > 0)
        *place = (struct place){.enrolled = true, .selected = db_int(rows, 0), .answered = db_int(rows, 1), .withdrawn = db_int(rows, 2)};
    return got >= 0;
}

/* Facts keep their import, so that undoing it takes back the copies too. Of a successor already enrolled only the place
 * in the survey is added to: it speaks for itself about objections. */
static bool copy_facts(const struct following *following, int64_t campaign_id, const char *from, const char *to, bool all) {
    return db_run(following->db, following->err,
                  "INSERT INTO enrolment_fact (campaign_id, party_id, fact, at_ms, answered_on, import_id, origin, by_whom) "
                  "SELECT campaign_id, $3, fact, at_ms, answered_on, import_id, origin, by_whom FROM enrolment_fact "
                  "WHERE campaign_id = $1 AND party_id = $2 AND ($4 = 1 OR fact IN ('selected', 'answered', 'unanswered')) ORDER BY id",
                  DB_I(campaign_id), DB_T(from), DB_T(to), DB_I(all)) &&
           enrolment_derive(following->db, campaign_id, to, following->err);
}

static bool tell_taken(const struct following *following, int64_t campaign_id, const struct reference_vanished *gone, const struct place *place) {
    AUTO_BUF text = BUF_INIT(1000);
    buf_add_format(&text, "succède à %s (%s) : %s%s", gone->who->name, gone->who->id, place->selected ? "sélectionnée" : "inscrite",
                   place->answered ? ", a répondu" : "");
    return db_run(following->db, following->err,
                  "INSERT INTO event (at_ms, campaign_id, party_id, event, code, text, origin, by_whom) "
                  "VALUES ($1, $2, $3, 'succeeded', $4, $5, $6, $7)",
                  DB_I(following->now_ms), DB_I(campaign_id), DB_T(gone->into->id), DB_T(gone->who->id), DB_T(buf_text(&text)),
                  DB_T(following->source), DB_T(following->by_whom));
}

/* From here on the successor's place judges what was planned for the one that is gone, and those before it. */
static bool mark(const struct following *following, int64_t campaign_id, const char *gone, const char *into, bool taken) {
    return db_run(following->db, following->err,
                  "UPDATE enrolment_successor SET successor_id = $3 WHERE campaign_id = $1 AND successor_id = $2",
                  DB_I(campaign_id), DB_T(gone), DB_T(into)) &&
           db_run(following->db, following->err,
                  "INSERT INTO enrolment_successor (campaign_id, party_id, successor_id, taken, at_ms) VALUES ($1, $2, $3, $4, $5) "
                  "ON CONFLICT (campaign_id, party_id) DO UPDATE SET successor_id = excluded.successor_id, taken = excluded.taken",
                  DB_I(campaign_id), DB_T(gone), DB_T(into), DB_I(taken), DB_I(following->now_ms));
}

static bool end_place(const struct following *following, int64_t campaign_id, const struct reference_vanished *gone) {
    AUTO_BUF origin = BUF_INIT(400);
    buf_add_format(&origin, "%.200s : %s lui succède", following->source, gone->into->id);
    return enrolment_add(following->db, campaign_id, gone->who->id, FACT_WITHDRAWN, NULL, following->now_ms, buf_text(&origin),
                         following->by_whom, following->err);
}

static void note(const struct following *following, const struct campaign_name *campaign, const struct reference_vanished *gone,
                 enum succession_outcome outcome) {
    struct successions *all = following->successions;
    ROOM_FOR_ONE(all->all, all->count);
    struct succession *one = &all->all[all->count++];
    *one = (struct succession){.outcome = outcome};
    snprintf(one->campaign, sizeof one->campaign, "%s", campaign->name);
    snprintf(one->id, sizeof one->id, "%s", gone->who->id);
    snprintf(one->successor, sizeof one->successor, "%s", gone->into ? gone->into->id : "");
}

static bool follow(const struct following *following, const struct campaign_name *campaign, const struct reference_vanished *gone,
                   const struct place *was) {
    struct place own;
    const char *from = gone->who->id, *to = gone->into->id;
    if (!load_place(following, campaign->id, to, &own)) return false;
    bool none = !own.selected && !own.answered && !own.withdrawn; /* merely informed, as everybody is */
    bool takes = !own.enrolled || (none && (was->selected || was->answered));
    if (takes) {
        note(following, campaign, gone, SUCCESSION_FOLLOWED);
        return copy_facts(following, campaign->id, from, to, !own.enrolled) && tell_taken(following, campaign->id, gone, was) &&
               mark(following, campaign->id, from, to, true) && end_place(following, campaign->id, gone);
    }
    if (was->answered) return note(following, campaign, gone, SUCCESSION_KEPT), true;
    note(following, campaign, gone, SUCCESSION_ENDED);
    return mark(following, campaign->id, from, to, false) && end_place(following, campaign->id, gone);
}

/* Those that have not answered go first: of two that merge, the one that still owes an answer gives its successor its place,
 * and the answer of the other goes on counting. */
static bool follow_in(const struct following *following, const struct campaign_name *campaign, const struct reference_change *change) {
    for (int answered = 0; answered <= 1; answered++)
        for (size_t i = 0; i < change->vanished_count; i++) {
            const struct reference_vanished *gone = &change->vanished[i];
            struct place was;
            if (!load_place(following, campaign->id, gone->who->id, &was)) return false;
            if (!was.enrolled || was.withdrawn || was.answered != answered) continue;
            if (!gone->into) note(following, campaign, gone, SUCCESSION_WAITS);
            else if (!follow(following, campaign, gone, &was)) return false;
        }
    return true;
}

static bool add_departments(const struct following *following, const struct campaign_name *name) {
    struct campaign campaign = {0};
    bool good = campaign_load_id(following->db, name->id, &campaign, following->err) &&
                waves_add_departments(following->db, &campaign, following->err);
    campaign_release(&campaign);
    return good;
}

static bool load_campaigns(struct db *db, const char *today, struct campaign_name **all, size_t *count, struct err *err) {
    AUTO(db_rows) rows = db_query(db, err, "SELECT id, name FROM campaign WHERE state <> 'cancelled' AND deadline >= $1 ORDER BY id",
                                  DB_T(today));
    int got;
    while ((got = db_next(rows, err)) > 0) {
        ROOM_FOR_ONE(*all, *count);
        struct campaign_name *one = &(*all)[(*count)++];
        one->id = db_int(rows, 0);
        snprintf(one->name, sizeof one->name, "%s", db_text(rows, 1));
    }
    return got == 0;
}

bool succession_follow(struct db *db, const struct reference_change *change, const char *today, int64_t now_ms,
                       const char *source, const char *by_whom, struct successions *successions, struct err *err) {
    const struct following following = {db, err, now_ms, source, by_whom, successions};
    AUTO_MEM struct campaign_name *campaigns = NULL;
    size_t count = 0;
    *successions = (struct successions){0};
    if (!load_campaigns(db, today, &campaigns, &count, err)) return false;
    for (size_t i = 0; i < count; i++)
        if (!follow_in(&following, &campaigns[i], change) || !add_departments(&following, &campaigns[i])) return false;
    return true;
}

void successions_release(struct successions *successions) {
    free(successions->all);
    *successions = (struct successions){0};
}
