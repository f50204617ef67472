/* Facts about a party's place in a campaign, in SQL, and the state they add up to. */
#include "mailer/enrolment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const ENROLMENT_FACT[] = {"informed", "selected",   "unselected", "answered",
                                      "unanswered", "objected", "withdrawn"};
enum { DAY_TEXT = 11, PARTY_TEXT = 64 };

/* -- the state, from facts in the order they were learnt ------------------------------------------------------- */
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
    case FACT_UNSELECTED:
        state->selected = false;
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

/* A fact that says nothing new changes nothing, and is no line in the ledger. */
static bool in_force(const struct state *state, enum enrolment_fact fact, const char *answered_on) {
    switch (fact) {
    case FACT_INFORMED:
        return state->enrolled;
    case FACT_SELECTED:
        return state->selected;
    case FACT_UNSELECTED:
        return state->enrolled && !state->selected;
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

/* True when the state is another one now. */
static bool learn(struct state *state, enum enrolment_fact fact, int64_t at_ms, const char *answered_on) {
    if (in_force(state, fact, answered_on)) return false;
    apply(state, fact, at_ms, answered_on);
    return true;
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

static bool write_fact(struct db *db, const struct fact_source *source, const char *party_id, enum enrolment_fact fact,
                       const char *answered_on, struct err *err) {
    return db_run(db, err,
                  "INSERT INTO enrolment_fact (campaign_id, party_id, fact, at_ms, answered_on, import_id, origin, by_whom) "
                  "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                  DB_I(source->campaign_id), DB_T(party_id), DB_T(ENROLMENT_FACT[fact]), DB_I(source->now_ms),
                  DB_T(*answered_on ? answered_on : NULL),
                  DB_I_OR_NULL(source->import_id, source->import_id > 0), DB_T(source->origin),
                  DB_T(source->by_whom));
}

static bool write_event(struct db *db, const struct fact_source *source, const char *party_id, const char *event,
                        const char *text, struct err *err) {
    return db_run(db, err,
                  "INSERT INTO event (at_ms, campaign_id, party_id, event, text, origin, by_whom) "
                  "VALUES ($1, $2, $3, $4, $5, $6, $7)",
                  DB_I(source->now_ms), DB_I(source->campaign_id), DB_T(party_id), DB_T(event), DB_T(text),
                  DB_T(source->origin), DB_T(source->by_whom));
}

/* facts: bits 1u << enum enrolment_fact. All are written, for each source's word must stand when another's is taken back;
 * the ledger hears of those that change something. */
static bool add_facts(struct db *db, const struct fact_source *source, const char *party_id, unsigned facts,
                      const char *answered_on, struct err *err) {
    struct state state;
    bool changed = false;
    if (!load_state(db, source->campaign_id, party_id, &state, err)) return false;
    for (enum enrolment_fact fact = 0; fact < COUNT(ENROLMENT_FACT); fact++) {
        const char *day = fact == FACT_ANSWERED ? answered_on : "";
        if (!(facts >> fact & 1)) continue;
        if (!write_fact(db, source, party_id, fact, day, err)) return false;
        if (!learn(&state, fact, source->now_ms, day)) continue;
        if (!write_event(db, source, party_id, ENROLMENT_FACT[fact], day, err)) return false;
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
                      bool may_downgrade, int64_t now_ms, const char *origin, const char *by_whom, struct err *err) {
    static const unsigned MEANS[] = {[LIST_INFORMED] = 0,
                                     [LIST_SELECTED] = 1u << FACT_SELECTED,
                                     [LIST_ANSWERED] = 1u << FACT_ANSWERED,
                                     [LIST_OPPOSITION] = 1u << FACT_OBJECTED};
    struct fact_source source = {
        .campaign_id = campaign_id, .import_id = import_id, .now_ms = now_ms, .by_whom = by_whom};
    if (list->relay_count) return true; /* networks are told, never enrolled */
    /* A list without any word of who is selected denies nothing. */
    unsigned merely_informed = 1u << FACT_INFORMED | (may_downgrade && list->has_status ? 1u << FACT_UNSELECTED : 0);
    for (size_t from = 0, to; from < list->line_count; from = to) {
        const char *id = list->lines[from].id, *day = day_of_answer(list, id);
        unsigned facts = *day ? 1u << FACT_ANSWERED : 0;
        long line = list->lines[from].line;
        for (to = from; to < list->line_count && !strcmp(list->lines[to].id, id); to++) {
            facts |= MEANS[list->lines[to].status] | MEANS[list->lines[to].beside];
            if (list->lines[to].line < line) line = list->lines[to].line;
        }
        char place[400];
        snprintf(place, sizeof place, "%.300s:%ld", origin, line);
        source.origin = place;
        if (!add_facts(db, &source, id, facts ? facts : merely_informed, day, err)) return false;
    }
    return true;
}

/* -- taking an import back: the state derived anew from what is left ------------------------------------- */
static enum enrolment_fact fact_named(const char *name) {
    for (enum enrolment_fact fact = 0; fact < COUNT(ENROLMENT_FACT); fact++)
        if (!strcmp(ENROLMENT_FACT[fact], name)) return fact;
    return FACT_INFORMED; /* the table's CHECK knows no other name */
}

static bool derive(struct db *db, int64_t campaign_id, const char *party_id, struct state *state, struct err *err) {
    AUTO(db_rows) rows = db_query(db, err,
                                  "SELECT f.fact, f.at_ms, f.answered_on FROM enrolment_fact f WHERE f.campaign_id = $1 AND "
                                  "f.party_id = $2 AND (f.import_id IS NULL OR f.import_id IN (SELECT id FROM import_in_force)) "
                                  "ORDER BY f.id",
                                  DB_I(campaign_id), DB_T(party_id));
    int got;
    *state = (struct state){0};
    while ((got = db_next(rows, err)) > 0)
        learn(state, fact_named(db_text(rows, 0)), db_int(rows, 1), db_text(rows, 2));
    return got == 0;
}

bool enrolment_derive(struct db *db, int64_t campaign_id, const char *party_id, struct err *err) {
    struct state state;
    return derive(db, campaign_id, party_id, &state, err) &&
           (!state.enrolled || save_state(db, campaign_id, party_id, &state, err));
}

static void name_state(const struct state *state, char out[100]) {
    snprintf(out, 100, "%s%s%s%s%s", !state->enrolled ? "absent" : state->selected ? "selected" : "informed",
             state->answered ? " answered" : "", *state->answered_on ? " " : "", state->answered_on,
             state->withdrawn ? " withdrawn" : state->objected ? " objected" : "");
}

/* The state without the import's facts; the ledger says what was and what is. */
static bool take_back_one(struct db *db, const struct fact_source *source, const char *party_id, bool *changed,
                          struct err *err) {
    struct state was, now;
    char was_text[100], now_text[100], text[220];
    if (!load_state(db, source->campaign_id, party_id, &was, err) ||
        !derive(db, source->campaign_id, party_id, &now, err))
        return false;
    name_state(&was, was_text);
    name_state(&now, now_text);
    *changed = strcmp(was_text, now_text) != 0 || was.objected != now.objected;
    snprintf(text, sizeof text, "%s -> %s", was_text, now_text);
    if (*changed && !write_event(db, source, party_id, "taken_back", text, err)) return false;
    return now.enrolled ? save_state(db, source->campaign_id, party_id, &now, err)
                        : db_run(db, err, "DELETE FROM enrolment WHERE campaign_id = $1 AND party_id = $2",
                                 DB_I(source->campaign_id), DB_T(party_id));
}

bool enrolment_take_back(struct db *db, int64_t campaign_id, int64_t import_id, int64_t now_ms, const char *origin,
                         const char *by_whom, int64_t *changed, struct err *err) {
    struct fact_source source = {.campaign_id = campaign_id, .now_ms = now_ms, .origin = origin, .by_whom = by_whom};
    AUTO(db_rows) rows = db_query(db, err, "SELECT DISTINCT party_id FROM enrolment_fact WHERE import_id = $1 ORDER BY party_id",
                                  DB_I(import_id));
    int got;
    *changed = 0;
    while ((got = db_next(rows, err)) > 0) {
        bool one_changed = false;
        if (!take_back_one(db, &source, db_text(rows, 0), &one_changed, err)) return false;
        *changed += one_changed;
    }
    return got == 0;
}
