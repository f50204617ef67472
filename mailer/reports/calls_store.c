/* The call list in SQL: the same choice of contact as contact_choose, for a whole campaign at once. */
#include "mailer/reports/calls_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The first contact by rank that is not dead decides; an objection about it never passes on to the next. */
#define ALIVE                                                                                                \
    "FROM contact k WHERE k.party_id = e.party_id AND NOT EXISTS "                                           \
    "(SELECT 1 FROM suppression s WHERE s.address = k.address AND s.reason = 'dead') "
#define WHOSE_TURN "(SELECT k.address " ALIVE "ORDER BY k.rank, k.id LIMIT 1)"
#define TURN_IS(reason_)                                                                                     \
    "WHEN EXISTS (SELECT 1 FROM suppression o WHERE o.reason = '" reason_ "' AND o.address = " WHOSE_TURN    \
    ") THEN '" reason_ "' "

/* The last message of the campaign that reached an end was refused for good, given up, or came back: the address stands,
 * and still nothing gets through (a mailbox full for weeks). */
#define UNDELIVERED                                                                                          \
    "WHEN (SELECT CASE WHEN d.state = 5 OR d.returned % 2 = 1 THEN 1 ELSE 0 END FROM delivery d "              \
    "JOIN wave w ON w.id = d.wave_id WHERE w.campaign_id = $1 AND d.party_id = e.party_id AND d.state IN (4, 5) " \
    "ORDER BY d.id DESC LIMIT 1) = 1 THEN 'undelivered' "

/* Every address that is alive is at rest: for weeks nothing has got through to any of them. */
#define AT_REST                                                                                              \
    "WHEN NOT EXISTS (SELECT 1 " ALIVE "AND NOT EXISTS (SELECT 1 FROM mailbox_rest m WHERE m.address = k.address " \
    "AND m.until_ms > $3)) THEN 'resting' "

static const char CALLS[] =
    "SELECT id, name, department, population, reason FROM "
    "(SELECT c.id AS id, c.name AS name, c.name_key AS name_key, c.department AS department, "
    "c.population AS population, CASE WHEN e.objected = 1 THEN 'objection' "
    "WHEN NOT EXISTS (SELECT 1 FROM contact k WHERE k.party_id = e.party_id) THEN 'no-address' "
    "WHEN NOT EXISTS (SELECT 1 " ALIVE ") THEN 'dead-address' " TURN_IS("objection") TURN_IS(
        "complaint") UNDELIVERED AT_REST "ELSE '' END AS reason "
                     "FROM enrolment e JOIN collectivity c ON c.id = e.party_id "
                     "WHERE e.campaign_id = $1 AND e.selected = 1 AND e.answered = 0 AND e.withdrawn = 0 "
                     "AND ($2 = '' OR c.id IN (SELECT s.collectivity_id FROM collectivity_in_department s WHERE s.department = $2))"
                     ") AS judged WHERE reason <> '' "
                     "ORDER BY CASE WHEN department = $2 THEN 0 ELSE 1 END, department, population DESC, name_key, id";

static const char *known_reason(const char *word) {
    static const char *const REASONS[] = {"no-address", "dead-address", "objection", "complaint", "undelivered", "resting"};
    for (size_t i = 0; i < COUNT(REASONS); i++)
        if (!strcmp(REASONS[i], word)) return REASONS[i];
    return "no-address";
}

/* The address that last proved unusable, and since when. */
static bool last_problem(struct db *db, int64_t campaign_id, struct report_call *call, struct err *err) {
    AUTO(db_rows) rows =
        !strcmp(call->reason, "undelivered")
            ? db_query(db, err,
                       "SELECT p.address, p.ended_ms FROM delivery d JOIN wave w ON w.id = d.wave_id "
                       "JOIN dispatch p ON p.id = d.dispatch_id WHERE w.campaign_id = $1 AND d.party_id = $2 "
                       "AND d.state IN (4, 5) ORDER BY d.id DESC LIMIT 1",
                       DB_I(campaign_id), DB_T(call->id))
        : !strcmp(call->reason, "resting")
            ? db_query(db, err,
                       "SELECT k.address, m.from_ms FROM contact k JOIN mailbox_rest m ON m.address = k.address "
                       "WHERE k.party_id = $1 ORDER BY k.rank, m.until_ms DESC LIMIT 1",
                       DB_T(call->id))
            : db_query(db, err,
                 "SELECT s.address, s.at_ms FROM contact k JOIN suppression s ON s.address = k.address "
                 "WHERE k.party_id = $1 AND (s.reason = $2 OR ($2 = 'dead-address' AND s.reason = 'dead')) "
                 "ORDER BY s.at_ms DESC, k.rank LIMIT 1",
                 DB_T(call->id), DB_T(call->reason));
    int got = db_next(rows, err);
    call->since_ms = got > 0 && !db_is_null(rows, 1) ? db_int(rows, 1) : -1;
    call->address = text_dup(got > 0 ? db_text(rows, 0) : "");
    return got >= 0;
}

bool calls_load(struct db *db, int64_t campaign_id, const char *department, int64_t now_ms, struct report_calls *calls,
                struct err *err) {
    *calls = (struct report_calls){0};
    int got;
    {
        AUTO(db_rows) rows = db_query(db, err, CALLS, DB_I(campaign_id), DB_T(department), DB_I(now_ms));
        while ((got = db_next(rows, err)) > 0) {
            calls->all = mem_grow(calls->all, calls->count + 1, sizeof *calls->all);
            struct report_call *call = &calls->all[calls->count++];
            *call = (struct report_call){.id = text_dup(db_text(rows, 0)),
                                         .name = text_dup(db_text(rows, 1)),
                                         .population = db_int(rows, 3),
                                         .reason = known_reason(db_text(rows, 4))};
            snprintf(call->department, sizeof call->department, "%s", db_text(rows, 2));
            if (!*department || !strcmp(call->department, department)) calls->own = calls->count;
        }
    }
    for (size_t i = 0; i < calls->count && got == 0; i++)
        if (!last_problem(db, campaign_id, &calls->all[i], err)) return false;
    return got == 0;
}

void calls_release(struct report_calls *calls) {
    for (size_t i = 0; i < calls->count; i++) {
        free(calls->all[i].id);
        free(calls->all[i].name);
        free(calls->all[i].address);
    }
    free(calls->all);
    *calls = (struct report_calls){0};
}
