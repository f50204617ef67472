/* Facts about a party's place in a campaign, in SQL, and the state they add up to. */
#include "mailer/enrolment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const ENROLMENT_FACT[] = {"informed",   "selected", "answered",
                                      "unanswered", "objected", "withdrawn"};
enum { DAY_TEXT = 11, PARTY_TEXT = 64 };

/* -- the state, from facts in the order they were learnt --------------------------------------------------
 */
struct state {
    bool enrolled, selected, answered, objected, withdrawn;
    int64_t answered_ms;
    char answered_on[DAY_TEXT]; /* "" = the day is not known */
};

static void apply(struct state *state, enum enrolment_fact fact, int64_t at_ms, const char *answered_on) {
    state->enrolled = true;
    switch (fact) {
    case FACT_INFORMED:
        break;
    case FACT_SELECTED:
        state->selected = true;
        break;
    case FACT_ANSWERED:
        if (!state->answered) state->answered_ms = at_ms;
        state->answered = true;
        if (*answered_on) snprintf(state->answered_on, sizeof state->answered_on, "%s", answered_on);
        break;
    case FACT_UNANSWERED:
        state->answered = false;
        state->answered_on[0] = '\0';
        break;
    case FACT_OBJECTED:
        state->objected = true;
        break;
    case FACT_WITHDRAWN:
        state->withdrawn = true;
        break;
    }
}

/* A fact that changes nothing is not written again: importing a list twice adds nothing. */
static bool in_force(const struct state *state, enum enrolment_fact fact, const char *answered_on) {
    switch (fact) {
    case FACT_INFORMED:
        return state->enrolled;
    case FACT_SELECTED:
        return state->selected;
    case FACT_ANSWERED:
        return state->answered && (!*answered_on || *state->answered_on);
    case FACT_UNANSWERED:
        return !state->answered;
    case FACT_OBJECTED:
        return state->objected;
    case FACT_WITHDRAWN:
        return state->withdrawn;
    }
    return false;
}

static bool load_state(struct db *db, int64_t campaign_id, const char *party_id, struct state *state,
                       struct err *err) {
    *state = (struct state){0};
    AUTO(db_rows)
    rows = db_query(db, err,
                    "SELECT selected, answered, objected, withdrawn, answered_ms, answered_on FROM enrolment "
                    "WHERE campaign_id = $1 AND party_id = $2",
                    DB_I(campaign_id), DB_T(party_id));
    int got = db_next(rows, err);
    if (got <= 0) return got == 0;
    *state = (struct state){.enrolled = true,
                            .selected = db_int(rows, 0),
                            .answered = db_int(rows, 1),
                            .objected = db_int(rows, 2),
                            .withdrawn = db_int(rows, 3),
                            .answered_ms = db_int(rows, 4)};
    snprintf(state->answered_on, sizeof state->answered_on, "%s", db_text(rows, 5));
    return true;
}

static bool save_state(struct db *db, int64_t campaign_id, const char *party_id, const struct state *state,
                       struct err *err) {
    const char *answered_on = *state->answered_on ? state->answered_on : NULL;
    return db_run(
        db, err,
        "INSERT INTO enrolment (campaign_id, party_id, selected, answered, answered_on, answered_ms, "
        "objected, "
        "withdrawn) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (campaign_id, party_id) DO UPDATE "
        "SET "
        "selected = excluded.selected, answered = excluded.answered, answered_on = excluded.answered_on, "
        "answered_ms = excluded.answered_ms, objected = excluded.objected, withdrawn = excluded.withdrawn",
        DB_I(campaign_id), DB_T(party_id), DB_I(state->selected), DB_I(state->answered), DB_T(answered_on),
        DB_I_OR_NULL(state->answered_ms, state->answered), DB_I(state->objected), DB_I(state->withdrawn));
}

/* -- one fact -------------------------------------------------------------------------------------------- */
struct fact_source {                             /* where facts come from */
    int64_t campaign_id, import_id, now_ms; /* import_id 0 = none */
    const char *origin, *by_whom;
};

/* The fact and its line in the ledger. */
static bool write_fact(struct db *db, const struct fact_source *source, const char *party_id,
                       enum enrolment_fact fact, const char *answered_on, struct err *err) {
    return db_run(db, err,
                  "INSERT INTO enrolment_fact (campaign_id, party_id, fact, at_ms, answered_on, import_id, "
                  "origin, by_whom) "
                  "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                  DB_I(source->campaign_id), DB_T(party_id), DB_T(ENROLMENT_FACT[fact]), DB_I(source->now_ms),
                  DB_T(*answered_on ? answered_on : NULL),
                  DB_I_OR_NULL(source->import_id, source->import_id > 0), DB_T(source->origin),
                  DB_T(source->by_whom)) &&
           db_run(db, err,
                  "INSERT INTO event (at_ms, campaign_id, party_id, event, text, origin, by_whom) "
                  "VALUES ($1, $2, $3, $4, $5, $6, $7)",
                  DB_I(source->now_ms), DB_I(source->campaign_id), DB_T(party_id), DB_T(ENROLMENT_FACT[fact]),
                  DB_T(answered_on), DB_T(source->origin), DB_T(source->by_whom));
}

/* facts: bits 1u << enum enrolment_fact. Those not in force are written, and the state with them. */
static bool add_facts(struct db *db, const struct fact_source *source, const char *party_id, unsigned facts,
                      const char *answered_on, struct err *err) {
    struct state state;
    bool changed = false;
    if (!load_state(db, source->campaign_id, party_id, &state, err)) return false;
    for (enum enrolment_fact fact = 0; fact < COUNT(ENROLMENT_FACT); fact++) {
        const char *day = fact == FACT_ANSWERED ? answered_on : "";
        if (!(facts >> fact & 1) || in_force(&state, fact, day)) continue;
        if (!write_fact(db, source, party_id, fact, day, err)) return false;
        apply(&state, fact, source->now_ms, day);
        changed = true;
    }
    return !changed || save_state(db, source->campaign_id, party_id, &state, err);
}

bool enrolment_add(struct db *db, int64_t campaign_id, const char *party_id, enum enrolment_fact fact,
                   const char *answered_on, int64_t now_ms, const char *origin, const char *by_whom,
                   struct err *err) {
    struct fact_source source = {
        .campaign_id = campaign_id, .now_ms = now_ms, .origin = origin, .by_whom = by_whom};
    return add_facts(db, &source, party_id, 1u << fact, answered_on ? answered_on : "", err);
}

/* -- a list ---------------------------------------------------------------------------------------------- */
static int by_id(const void *key, const void *date) {
    return strcmp(key, ((const struct list_date *)date)->id);
}

static const char *day_of_answer(const struct list_result *list, const char *id) {
    const struct list_date *found =
        list->date_count ? bsearch(id, list->dates, list->date_count, sizeof *list->dates, by_id) : NULL;
    return found ? found->day : "";
}

bool enrolment_import(struct db *db, int64_t campaign_id, const struct list_result *list, int64_t import_id,
                      int64_t now_ms, const char *origin, const char *by_whom, struct err *err) {
    static const unsigned MEANS[] = {[LIST_INFORMED] = 0,
                                     [LIST_SELECTED] = 1u << FACT_SELECTED,
                                     [LIST_ANSWERED] = 1u << FACT_ANSWERED,
                                     [LIST_OPPOSITION] = 1u << FACT_OBJECTED};
    struct fact_source source = {
        .campaign_id = campaign_id, .import_id = import_id, .now_ms = now_ms, .by_whom = by_whom};
    if (list->relay_count) return true; /* networks are told, never enrolled */
    for (size_t from = 0, to; from < list->line_count; from = to) {
        const char *id = list->lines[from].id, *day = day_of_answer(list, id);
        unsigned facts = *day ? 1u << FACT_ANSWERED : 0;
        long line = list->lines[from].line;
        for (to = from; to < list->line_count && !strcmp(list->lines[to].id, id); to++) {
            facts |= MEANS[list->lines[to].status];
            if (list->lines[to].line < line) line = list->lines[to].line;
        }
        char place[400];
        snprintf(place, sizeof place, "%.300s:%ld", origin, line);
        source.origin = place;
        if (!add_facts(db, &source, id, facts ? facts : 1u << FACT_INFORMED, day, err)) return false;
    }
    return true;
}

/* -- deriving anew --------------------------------------------------------------------------------------- */
static enum enrolment_fact fact_named(const char *name) {
    for (enum enrolment_fact fact = 0; fact < COUNT(ENROLMENT_FACT); fact++)
        if (!strcmp(ENROLMENT_FACT[fact], name)) return fact;
    return FACT_INFORMED; /* the table's CHECK knows no other name */
}

bool enrolment_derive(struct db *db, int64_t campaign_id, const char *party_id, struct err *err) {
    const char *only = party_id ? party_id : "";
    if (!db_run(db, err, "DELETE FROM enrolment WHERE campaign_id = $1 AND ($2 = '' OR party_id = $2)",
                DB_I(campaign_id), DB_T(only)))
        return false;
    AUTO(db_rows)
    rows = db_query(db, err,
                    "SELECT f.party_id, f.fact, f.at_ms, f.answered_on FROM enrolment_fact f "
                    "LEFT JOIN import i ON i.id = f.import_id "
                    "WHERE f.campaign_id = $1 AND ($2 = '' OR f.party_id = $2) AND i.undone_ms IS NULL "
                    "ORDER BY f.party_id, f.id",
                    DB_I(campaign_id), DB_T(only));
    struct state state = {0};
    char party[PARTY_TEXT] = "";
    int got;
    while ((got = db_next(rows, err)) > 0) {
        if (strcmp(party, db_text(rows, 0))) {
            if (state.enrolled && !save_state(db, campaign_id, party, &state, err)) return false;
            state = (struct state){0};
            snprintf(party, sizeof party, "%s", db_text(rows, 0));
        }
        apply(&state, fact_named(db_text(rows, 1)), db_int(rows, 2), db_text(rows, 3));
    }
    return got == 0 && (!state.enrolled || save_state(db, campaign_id, party, &state, err));
}
