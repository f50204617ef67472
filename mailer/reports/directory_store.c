/* The directory in SQL: one walk over collectivities and contacts together. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/db.h"
#include "mailer/campaign.h"
#include "mailer/reports/directory.h"

const char *const CONTACT_STATE[CONTACT_STATES] = {"usable", "dead", "objection", "complaint"};

/* The one place that says which collectivities a department sees ($1; '' = all departments): its own, and groupings that
 * belong to a neighbour and have member communes there. */
#define IN_DEPARTMENT                                                                                        \
    "c.gone = 0 AND ($1 = '' OR c.id IN (SELECT v.collectivity_id FROM collectivity_in_department v WHERE v.department = $1))"

static bool find_department(struct db *db, const char *code, struct directory_scope *scope, struct err *err) {
    if (!code) return true;
    AUTO(db_rows) rows = db_query(db, err, "SELECT code FROM department WHERE code = UPPER($1)", DB_T(code));
    int got = db_next(rows, err);
    if (got == 0)
        return err_set(err, ERR_INPUT, "UNKNOWN_DEPARTMENT", "le département « %s » n'existe pas ; écrivez son code : 01 à 95, 2A, 2B, 971 à 989", code);
    if (got > 0) snprintf(scope->department, sizeof scope->department, "%s", db_text(rows, 0));
    return got > 0;
}

static bool find_campaign(struct db *db, const char *name, struct directory_scope *scope, struct err *err) {
    struct campaign campaign = {0};
    if (!name) return true;
    bool good = campaign_load(db, name, &campaign, err);
    scope->campaign_id = campaign.id;
    snprintf(scope->campaign, sizeof scope->campaign, "%s", name);
    campaign_release(&campaign);
    return good;
}

static bool measure(struct db *db, struct directory_scope *scope, struct err *err) {
    AUTO(db_rows) names = db_query(db, err, "SELECT COALESCE(MAX(LENGTH(c.name)), 0) FROM collectivity c WHERE " IN_DEPARTMENT, DB_T(scope->department));
    if (db_next(names, err) <= 0) return false;
    scope->widest_name = (size_t)db_int(names, 0);
    AUTO(db_rows) addresses = db_query(db, err,
                                       "SELECT COALESCE(MAX(LENGTH(k.address)), 0) FROM contact k JOIN collectivity c ON c.id = k.party_id "
                                       "WHERE k.party_kind = 'collectivity' AND " IN_DEPARTMENT,
                                       DB_T(scope->department));
    if (db_next(addresses, err) <= 0) return false;
    scope->widest_address = (size_t)db_int(addresses, 0);
    return true;
}

bool directory_scope(struct db *db, const char *department, const char *campaign, struct directory_scope *scope, struct err *err) {
    *scope = (struct directory_scope){0};
    return find_department(db, department, scope, err) && find_campaign(db, campaign, scope, err) && measure(db, scope, err);
}

/* -- the walk -------------------------------------------------------------------------------------------- */
/* The reason people gave goes before what machines found out. Suppressed addresses are few: they are read once. */
static const char DIRECTORY[] =
    "SELECT c.id, c.insee, c.siren, c.name, c.type, c.department, c.population, "
    "CASE WHEN e.party_id IS NULL THEN '' WHEN e.withdrawn = 1 THEN 'withdrawn' WHEN e.objected = 1 THEN 'objected' "
    "WHEN e.answered = 1 THEN 'answered' WHEN e.selected = 1 THEN 'selected' ELSE 'informed' END, "
    "k.rank, k.address, COALESCE(s.state, 0), k.line, i.file, i.at_ms, i.by_whom "
    "FROM collectivity c "
    "LEFT JOIN enrolment e ON e.campaign_id = $2 AND e.party_id = c.id "
    "LEFT JOIN contact k ON k.party_id = c.id AND k.party_kind = 'collectivity' "
    "LEFT JOIN import i ON i.id = k.import_id "
    "LEFT JOIN (SELECT address, MAX(CASE reason WHEN 'dead' THEN 1 WHEN 'complaint' THEN 2 ELSE 3 END) AS state "
    "FROM suppression GROUP BY address) s ON s.address = k.address "
    "WHERE " IN_DEPARTMENT " ORDER BY CASE WHEN c.department = $1 THEN 0 ELSE 1 END, c.department, CASE c.insee WHEN '' THEN 1 ELSE 0 END, c.name_key, c.id, k.rank, k.id";

static enum contact_state state_of(int64_t word) {
    static const enum contact_state STATES[] = {CONTACT_USABLE, CONTACT_DEAD, CONTACT_COMPLAINT, CONTACT_OBJECTION};
    return word >= 0 && word < (int64_t)COUNT(STATES) ? STATES[word] : CONTACT_OBJECTION;
}

static const char *known_status(const char *word) {
    static const char *const WORDS[] = {"informed", "selected", "answered", "objected", "withdrawn"};
    for (size_t i = 0; i < COUNT(WORDS); i++)
        if (!strcmp(WORDS[i], word)) return WORDS[i];
    return NULL;
}

static void entry_release(struct directory_entry *entry) {
    char *texts[] = {entry->id, entry->insee, entry->siren, entry->name, entry->type, entry->department};
    for (size_t i = 0; i < COUNT(texts); i++) free(texts[i]);
    for (size_t i = 0; i < entry->contact_count; i++) {
        free(entry->contacts[i].address);
        free(entry->contacts[i].file);
        free(entry->contacts[i].by_whom);
    }
    free(entry->contacts);
    *entry = (struct directory_entry){0};
}

static struct directory_entry entry_of(const struct db_rows *rows) {
    return (struct directory_entry){.id = text_dup(db_text(rows, 0)),
                                    .insee = text_dup(db_text(rows, 1)),
                                    .siren = text_dup(db_text(rows, 2)),
                                    .name = text_dup(db_text(rows, 3)),
                                    .type = text_dup(db_text(rows, 4)),
                                    .department = text_dup(db_text(rows, 5)),
                                    .population = db_int(rows, 6),
                                    .status = known_status(db_text(rows, 7))};
}

static void add_contact(struct directory_entry *entry, const struct db_rows *rows) {
    if (db_is_null(rows, 9)) return;
    entry->contacts = mem_grow(entry->contacts, entry->contact_count + 1, sizeof *entry->contacts);
    entry->contacts[entry->contact_count++] = (struct directory_contact){.rank = db_int(rows, 8),
                                                                         .address = text_dup(db_text(rows, 9)),
                                                                         .state = state_of(db_int(rows, 10)),
                                                                         .line = db_int(rows, 11),
                                                                         .file = text_dup(db_text(rows, 12)),
                                                                         .at_ms = db_is_null(rows, 13) ? -1 : db_int(rows, 13),
                                                                         .by_whom = text_dup(db_text(rows, 14))};
}

bool directory_read(struct db *db, const struct directory_scope *scope, directory_each *each, void *ctx, struct err *err) {
    AUTO(db_rows) rows = db_query(db, err, DIRECTORY, DB_T(scope->department), DB_I(scope->campaign_id));
    struct directory_entry entry = {0};
    int got;
    bool good = true;
    while (good && (got = db_next(rows, err)) > 0) {
        if (entry.id && strcmp(entry.id, db_text(rows, 0))) {
            good = each(ctx, &entry, err);
            entry_release(&entry);
        }
        if (!entry.id) entry = entry_of(rows);
        add_contact(&entry, rows);
    }
    good = good && got == 0 && (!entry.id || each(ctx, &entry, err));
    entry_release(&entry);
    return good;
}
