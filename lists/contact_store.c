/* Contacts, relays, imports and suppressions in SQL. */
#include "lists/contact_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* -- imports ------------------------------------------------------------------------------------------- */
bool import_store_add(struct db *db, const char *file, const char *sha256, const char *kind,
                      int64_t campaign_id, int64_t now_ms, const char *by_whom, int64_t *import_id,
                      struct err *err) {
    if (!db_run(db, err,
                "INSERT INTO import (file, sha256, kind, campaign_id, at_ms, by_whom, report) VALUES ($1, "
                "$2, $3, $4, $5, $6, '')",
                DB_T(file), DB_T(sha256), DB_T(kind), DB_I_OR_NULL(campaign_id, campaign_id > 0),
                DB_I(now_ms), DB_T(by_whom)))
        return false;
    *import_id = db_inserted_id(db);
    return true;
}

bool import_store_report(struct db *db, int64_t import_id, const char *report, struct err *err) {
    return db_run(db, err, "UPDATE import SET report = $2 WHERE id = $1", DB_I(import_id), DB_T(report));
}

/* -- suppressions -------------------------------------------------------------------------------------- */
bool suppression_add(struct db *db, const char *address, const char *reason, int64_t now_ms,
                     const char *origin, int64_t import_id, struct err *err) {
    return db_run(
        db, err,
        "INSERT INTO suppression (address, reason, at_ms, origin, import_id) VALUES ($1, $2, $3, $4, $5) "
        "ON CONFLICT (address, reason) DO NOTHING",
        DB_T(address), DB_T(reason), DB_I(now_ms), DB_T(origin), DB_I_OR_NULL(import_id, import_id > 0));
}

int suppression_find(struct db *db, const char *address, char reason[16], struct err *err) {
    /* The reason people gave goes before what machines found out. */
    AUTO(db_rows)
    rows = db_query(db, err,
                    "SELECT reason FROM suppression WHERE address = $1 ORDER BY CASE reason "
                    "WHEN 'objection' THEN 1 WHEN 'complaint' THEN 2 ELSE 3 END LIMIT 1",
                    DB_T(address));
    int got = db_next(rows, err);
    if (got > 0) snprintf(reason, 16, "%s", db_text(rows, 0));
    return got;
}

/* -- contacts ------------------------------------------------------------------------------------------ */
static int by_id_rank(const void *left, const void *right) {
    const struct list_line *a = *(const struct list_line *const *)left,
                           *b = *(const struct list_line *const *)right;
    int order = strcmp(a->id, b->id);
    return order ? order : a->rank - b->rank;
}

/* Behind the ranks there are: an earlier import keeps its own. */
static bool add_contact(struct db *db, const struct list_line *line, const char *party_kind,
                        int64_t import_id, struct err *err) {
    return db_run(
        db, err,
        "INSERT INTO contact (party_kind, party_id, address, rank, import_id, line) VALUES ($1, $2, $3, "
        "(SELECT COALESCE(MAX(k.rank), 0) + 1 FROM contact k WHERE k.party_id = $2), $4, $5) "
        "ON CONFLICT (party_id, address) DO NOTHING",
        DB_T(party_kind), DB_T(line->id), DB_T(line->email), DB_I(import_id), DB_I(line->line));
}

static bool add_objection(struct db *db, const struct list_line *line, int64_t import_id, const char *file,
                          int64_t now_ms, struct err *err) {
    char origin[400];
    snprintf(origin, sizeof origin, "%.300s:%ld", file, line->line);
    return suppression_add(db, line->email, "objection", now_ms, origin, import_id, err);
}

static bool add_relay(struct db *db, const struct list_relay *relay, int64_t import_id, struct err *err) {
    return db_run(db, err,
                  "INSERT INTO relay (id, name, department, reply_to, import_id) VALUES ($1, $2, $3, $4, $5) "
                  "ON CONFLICT (id) DO UPDATE SET name = excluded.name, department = excluded.department, "
                  "reply_to = excluded.reply_to, import_id = excluded.import_id",
                  DB_T(relay->id), DB_T(relay->name), DB_T(relay->department), DB_T(relay->reply_to),
                  DB_I(import_id));
}

bool contact_store_import(struct db *db, const struct list_result *list, int64_t import_id, const char *file,
                          int64_t now_ms, struct err *err) {
    const char *party_kind = list->relay_count ? "relay" : "collectivity";
    const struct list_line **sorted = mem_new(list->line_count + 1, sizeof *sorted);
    bool good = true;
    for (size_t i = 0; i < list->line_count; i++) sorted[i] = &list->lines[i];
    qsort(sorted, list->line_count, sizeof *sorted, by_id_rank);
    for (size_t i = 0; i < list->line_count && good; i++) {
        const struct list_line *line = sorted[i];
        if (!*line->email) continue;
        good = add_contact(db, line, party_kind, import_id, err) &&
               (line->status != LIST_OPPOSITION || add_objection(db, line, import_id, file, now_ms, err));
    }
    for (size_t i = 0; i < list->relay_count && good; i++)
        good = add_relay(db, &list->relays[i], import_id, err);
    free(sorted);
    return good;
}

enum contact_choice contact_choose(struct db *db, const char *party_id, struct chosen_contact *chosen,
                                   struct err *err) {
    AUTO(db_rows)
    rows = db_query(
        db, err,
        "SELECT k.id, k.address, "
        "CASE WHEN EXISTS (SELECT 1 FROM suppression s WHERE s.address = k.address AND s.reason = 'dead') "
        "THEN 1 ELSE 0 END, "
        "CASE WHEN EXISTS (SELECT 1 FROM suppression s WHERE s.address = k.address AND s.reason <> 'dead') "
        "THEN 1 ELSE 0 END "
        "FROM contact k WHERE k.party_id = $1 ORDER BY k.rank, k.id",
        DB_T(party_id));
    enum contact_choice choice = CONTACT_NONE;
    int got;
    while ((got = db_next(rows, err)) > 0) {
        choice = CONTACT_ALL_DEAD;
        if (db_int(rows, 2)) continue;
        if (db_int(rows, 3)) return CONTACT_OBJECTED;
        chosen->id = db_int(rows, 0);
        snprintf(chosen->address, sizeof chosen->address, "%s", db_text(rows, 1));
        return CONTACT_CHOSEN;
    }
    return got < 0 ? CONTACT_ERROR : choice;
}
