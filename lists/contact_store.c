/* Contacts, relays and suppressions in SQL. */
#include "lists/contact_store.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* -- suppressions -------------------------------------------------------------------------------------- */
bool suppression_add(struct db *db, const char *address, const char *reason, int64_t now_ms,
                     const char *origin, int64_t import_id, struct err *err) {
    return db_run(
        db, err,
        "INSERT INTO suppression_fact (address, reason, at_ms, origin, import_id) VALUES ($1, $2, $3, $4, $5) "
        "ON CONFLICT DO NOTHING",
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
static int by_rank(const void *left, const void *right) {
    const struct list_line *a = *(const struct list_line *const *)left, *b = *(const struct list_line *const *)right;
    return (a->rank > b->rank) - (a->rank < b->rank);
}

/* All of one party, whose lines are list->lines[from..to), behind the ranks there are: an earlier import keeps its own. */
static bool add_contacts_of(struct db *db, const struct list_line *lines, size_t count, const char *party_kind,
                            int64_t import_id, struct err *err) {
    int64_t rank = 0;
    AUTO_MEM const struct list_line **sorted = mem_new(count, sizeof *sorted);
    for (size_t i = 0; i < count; i++) sorted[i] = &lines[i];
    if (count > 1) qsort(sorted, count, sizeof *sorted, by_rank);
    if (db_get_int(db, err, &rank, "SELECT COALESCE(MAX(rank), 0) FROM contact_fact WHERE party_id = $1", DB_T(lines->id)) < 0)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!*sorted[i]->email) continue;
        if (!db_run(db, err,
                    "INSERT INTO contact_fact (party_kind, party_id, address, rank, import_id, line) VALUES ($1, $2, $3, $4, $5, $6)",
                    DB_T(party_kind), DB_T(lines->id), DB_T(sorted[i]->email), DB_I(++rank), DB_I(import_id),
                    DB_I(sorted[i]->line)))
            return false;
    }
    return true;
}

/* From the party that begins at *at, about CONTACTS_A_TURN lines; *at then behind them. */
static bool stage_some(struct db *db, const struct list_result *list, size_t *at, int64_t import_id, struct err *err) {
    const char *party_kind = list->relay_count ? "relay" : "collectivity";
    AUTO(tx) tx = tx_begin(db, TX_FAST, err);
    if (!tx) return false;
    for (size_t start = *at; *at < list->line_count && *at - start < CONTACTS_A_TURN;) {
        size_t to = *at + 1;
        while (to < list->line_count && !strcmp(list->lines[to].id, list->lines[*at].id)) to++;
        if (!add_contacts_of(db, &list->lines[*at], to - *at, party_kind, import_id, err)) return false;
        *at = to;
    }
    return tx_commit(TX_TAKE(tx), err);
}

bool contact_store_stage(struct db *db, const struct list_result *list, int64_t import_id, struct err *err) {
    for (size_t at = 0; at < list->line_count;)
        if (!stage_some(db, list, &at, import_id, err)) return false;
    return true;
}

static bool add_objection(struct db *db, const struct list_line *line, int64_t import_id, const char *file,
                          int64_t now_ms, struct err *err) {
    char origin[400];
    snprintf(origin, sizeof origin, "%.300s:%" PRIu32, file, line->line);
    return suppression_add(db, line->email, "objection", now_ms, origin, import_id, err);
}

static bool add_relay(struct db *db, const struct list_relay *relay, int64_t import_id, struct err *err) {
    for (size_t i = 0; i < relay->department_count; i++)
        if (!db_run(db, err, "INSERT INTO relay_department (relay_id, department, import_id) VALUES ($1, $2, $3)", DB_T(relay->id),
                    DB_T(relay->departments[i]), DB_I(import_id)))
            return false;
    return db_run(db, err,
                  "INSERT INTO relay_fact (relay_id, name, department, reply_to, import_id, line) VALUES ($1, $2, $3, $4, $5, $6)",
                  DB_T(relay->id), DB_T(relay->name), DB_T(relay->department), DB_T(relay->reply_to),
                  DB_I(import_id), DB_I(relay->line));
}

bool contact_store_settle(struct db *db, const struct list_result *list, int64_t import_id, const char *file,
                          int64_t now_ms, struct err *err) {
    for (size_t i = 0; i < list->line_count; i++)
        if (list->lines[i].status == LIST_OPPOSITION && *list->lines[i].email &&
            !add_objection(db, &list->lines[i], import_id, file, now_ms, err))
            return false;
    for (size_t i = 0; i < list->relay_count; i++)
        if (!add_relay(db, &list->relays[i], import_id, err)) return false;
    return true;
}

int contact_in_force(struct db *db, const char *party_id, const char *address, struct err *err) {
    int64_t one;
    return db_get_int(db, err, &one, "SELECT 1 FROM contact WHERE party_id = $1 AND address = $2 LIMIT 1", DB_T(party_id),
                      DB_T(address));
}

/* Down the contacts by rank: what stands for each is 0 write to it, 1 pass it over, 2 stop there. */
static enum contact_choice first_of(struct db_rows *rows, struct chosen_contact *chosen, struct err *err) {
    enum contact_choice choice = CONTACT_NONE;
    int got;
    while ((got = db_next(rows, err)) > 0) {
        choice = CONTACT_ALL_DEAD;
        if (db_int(rows, 2) == 1) continue;
        if (db_int(rows, 2) == 2) return CONTACT_OBJECTED;
        chosen->id = db_int(rows, 0);
        snprintf(chosen->address, sizeof chosen->address, "%s", db_text(rows, 1));
        return CONTACT_CHOSEN;
    }
    return got < 0 ? CONTACT_ERROR : choice;
}

/* 1 dead, 2 suppressed for another reason, 0 not. */
#define SUPPRESSED \
    "(SELECT MIN(CASE WHEN s.reason = 'dead' THEN 1 ELSE 2 END) FROM suppression s WHERE s.address = k.address)"

enum contact_choice contact_choose(struct db *db, const char *party_id, struct chosen_contact *chosen,
                                   struct err *err) {
    AUTO(db_rows)
    rows = db_query(db, err,
                    "SELECT k.id, k.address, COALESCE(" SUPPRESSED ", 0) FROM contact k WHERE k.party_id = $1 ORDER BY k.rank, k.id",
                    DB_T(party_id));
    return first_of(rows, chosen, err);
}

enum contact_choice contact_choose_awake(struct db *db, const char *party_id, int64_t now_ms, struct chosen_contact *chosen,
                                         struct err *err) {
    AUTO(db_rows)
    rows = db_query(db, err,
                    "SELECT k.id, k.address, COALESCE(" SUPPRESSED ", (SELECT 1 FROM mailbox_rest r WHERE r.address = k.address "
                    "AND r.until_ms > $2 LIMIT 1), 0) FROM contact k WHERE k.party_id = $1 ORDER BY k.rank, k.id",
                    DB_T(party_id), DB_I(now_ms));
    return first_of(rows, chosen, err);
}

bool contact_add_first(struct db *db, const char *party_kind, const char *party_id, const char *address, int64_t import_id,
                       struct err *err) {
    /* Before the first of any import, undone ones too: who comes back keeps behind it. */
    return db_run(db, err,
                  "INSERT INTO contact_fact (party_kind, party_id, address, rank, import_id, line) "
                  "SELECT $1, $2, $3, COALESCE(MIN(rank), 2) - 1, $4, 0 FROM contact_fact WHERE party_id = $2",
                  DB_T(party_kind), DB_T(party_id), DB_T(address), DB_I(import_id));
}
