/* The reference in SQL: only what differs is written, and every change of a collectivity is a line in the ledger. */
#include "lists/reference_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/embedded.h"
#include "base/text.h"

static const char FOLDER[] = "lists/reference/";

/* -- into memory --------------------------------------------------------------------------------------- */
/* waiting: those that are gone and whom nobody is known to succeed; else those that exist. */
static bool load_collectivities(struct db *db, bool waiting, struct reference *reference, struct err *err) {
    AUTO(db_rows)
    rows = db_query(db, err,
                    "SELECT id, type, insee, siren, name, name_key, department, epci_siren, postcodes, "
                    "population FROM collectivity WHERE gone = $1 AND successor = '' ORDER BY id",
                    DB_I(waiting));
    int got;
    while ((got = db_next(rows, err)) > 0)
        reference_add(reference, &(struct collectivity){.id = db_text(rows, 0),
                                                        .type = db_text(rows, 1),
                                                        .insee = db_text(rows, 2),
                                                        .siren = db_text(rows, 3),
                                                        .name = db_text(rows, 4),
                                                        .name_key = db_text(rows, 5),
                                                        .department = db_text(rows, 6),
                                                        .epci_siren = db_text(rows, 7),
                                                        .postcodes = db_text(rows, 8),
                                                        .population = db_int(rows, 9)});
    return got == 0;
}

static bool load_former(struct db *db, struct reference *reference, struct err *err) {
    AUTO(db_rows)
    rows = db_query(
        db, err, "SELECT code, name, name_key, nature, current_id FROM former_commune ORDER BY code, name");
    int got;
    while ((got = db_next(rows, err)) > 0)
        reference_add_former(reference, &(struct former_commune){.code = db_text(rows, 0),
                                                                 .name = db_text(rows, 1),
                                                                 .name_key = db_text(rows, 2),
                                                                 .nature = db_text(rows, 3),
                                                                 .current_id = db_text(rows, 4)});
    return got == 0;
}

static bool load_departments(struct db *db, struct reference *reference, struct err *err) {
    AUTO(db_rows)
    rows = db_query(db, err,
                    "SELECT code, name, name_key, region, region_name, zone FROM department ORDER BY code");
    int got;
    while ((got = db_next(rows, err)) > 0)
        reference_add_department(reference, &(struct department){.code = db_text(rows, 0),
                                                                 .name = db_text(rows, 1),
                                                                 .name_key = db_text(rows, 2),
                                                                 .region = db_text(rows, 3),
                                                                 .region_name = db_text(rows, 4),
                                                                 .zone = db_text(rows, 5)});
    return got == 0;
}

struct reference *reference_store_load(struct db *db, struct err *err) {
    struct reference *reference = reference_new();
    if (load_collectivities(db, false, reference, err) && load_former(db, reference, err) &&
        load_departments(db, reference, err) && reference_ready(reference, err))
        return reference;
    reference_free(reference);
    return NULL;
}

int reference_store_year(struct db *db, struct err *err) {
    int64_t year = 0;
    int got = db_get_int(db, err, &year, "SELECT year FROM reference_year ORDER BY id DESC LIMIT 1");
    return got < 0 ? -1 : (int)year;
}

bool reference_store_compare(struct db *db, const struct reference *read, struct reference **before,
                             struct reference_change *change, struct err *err) {
    *before = NULL;
    *change = (struct reference_change){0};
    int year = reference_store_year(db, err);
    if (year < 0) return false;
    if (!year) return reference_compare(NULL, NULL, read, change), true;
    AUTO(reference) waiting = reference_new();
    *before = reference_store_load(db, err);
    if (!*before || !load_collectivities(db, true, waiting, err)) return false;
    reference_compare(*before, waiting, read, change);
    return true;
}

/* -- the ledger ---------------------------------------------------------------------------------------- */
static bool tell(struct db *db, const struct reference_note *note, const char *party_id, const char *event, const char *code,
                 const char *text, struct err *err) {
    return db_run(db, err,
                  "INSERT INTO event (at_ms, party_id, event, code, text, origin, by_whom) VALUES ($1, $2, $3, $4, $5, $6, $7)",
                  DB_I(note->at_ms), DB_T(party_id), DB_T(event), DB_T(code), DB_T(text), DB_T(note->source), DB_T(note->by_whom));
}

static bool tell_all(struct db *db, const struct reference_note *note, const struct reference_change *change, struct err *err) {
    AUTO_BUF text = BUF_INIT(400);
    buf_add_format(&text, "référentiel %d : %zu nouvelles, %zu renommées, %zu disparues", note->year, change->added_count,
                   change->renamed_count, change->vanished_count);
    return tell(db, note, NULL, "reference", "", buf_text(&text), err);
}

/* -- rows ---------------------------------------------------------------------------------------------- */
static bool put_departments(struct db *db, const struct reference *read, struct err *err) {
    size_t count;
    const struct department *all = reference_all_departments(read, &count);
    for (size_t i = 0; i < count; i++)
        if (!db_run(db, err,
                    "INSERT INTO department (code, name, name_key, region, region_name, zone) VALUES ($1, $2, $3, $4, $5, $6) "
                    "ON CONFLICT (code) DO UPDATE SET name = excluded.name, name_key = excluded.name_key, "
                    "region = excluded.region, region_name = excluded.region_name, zone = excluded.zone",
                    DB_T(all[i].code), DB_T(all[i].name), DB_T(all[i].name_key), DB_T(all[i].region),
                    DB_T(all[i].region_name), DB_T(all[i].zone)))
            return false;
    return true;
}

static bool put_collectivity(struct db *db, const struct collectivity *one, int year, struct err *err) {
    return db_run(db, err,
                  "INSERT INTO collectivity (id, type, insee, siren, name, name_key, department, epci_siren, population, "
                  "postcodes, year) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) "
                  "ON CONFLICT (id) DO UPDATE SET type = excluded.type, insee = excluded.insee, siren = excluded.siren, "
                  "name = excluded.name, name_key = excluded.name_key, department = excluded.department, "
                  "epci_siren = excluded.epci_siren, population = excluded.population, postcodes = excluded.postcodes, "
                  "year = excluded.year, gone = 0, successor = ''",
                  DB_T(one->id), DB_T(one->type), DB_T(one->insee), DB_T(one->siren), DB_T(one->name), DB_T(one->name_key),
                  DB_T(one->department), DB_T(one->epci_siren), DB_I(one->population), DB_T(one->postcodes), DB_I(year));
}

static bool put_added(struct db *db, const struct reference_added *added, const struct reference_note *note, bool first,
                      struct err *err) {
    AUTO_BUF text = BUF_INIT(1000);
    if (!put_collectivity(db, added->who, note->year, err)) return false;
    if (first) return true; /* the first reference of a store is nobody's news */
    if (added->from) buf_add_format(&text, "%s, rétablie : elle faisait partie de %s", added->who->name, added->from);
    else buf_add_format(&text, "%s, nouvelle au référentiel %d", added->who->name, note->year);
    return tell(db, note, added->who->id, added->from ? "restored" : "created", added->from ? added->from : "", buf_text(&text), err);
}

static bool put_altered(struct db *db, const struct reference_altered *altered, const struct reference_note *note, struct err *err) {
    AUTO_BUF text = BUF_INIT(1000);
    if (!put_collectivity(db, altered->now, note->year, err)) return false;
    if (!reference_renamed(altered)) return true;
    buf_add_format(&text, "%s s'appelle désormais %s", altered->was->name, altered->now->name);
    return tell(db, note, altered->now->id, "renamed", "", buf_text(&text), err);
}

/* The row stays, and those it had succeeded are led on to its own successor. */
static bool put_gone(struct db *db, const struct reference_vanished *gone, const struct reference_note *note, struct err *err) {
    const char *id = gone->who->id, *into = gone->into ? gone->into->id : "";
    AUTO_BUF text = BUF_INIT(1000);
    buf_add_format(&text, "%s n'existe plus au référentiel %d", gone->who->name, note->year);
    if (*into) buf_add_format(&text, " : %s (%s) lui succède", gone->into->name, into);
    return db_run(db, err, "UPDATE collectivity SET gone = 1, successor = $2 WHERE id = $1", DB_T(id), DB_T(into)) &&
           db_run(db, err, "UPDATE collectivity SET successor = $2 WHERE successor = $1 AND gone = 1", DB_T(id), DB_T(into)) &&
           tell(db, note, id, "vanished", into, buf_text(&text), err);
}

/* What lists said of who is gone, said of its successor too, as facts of the same imports: undoing one takes back both. */
static bool copy_contacts(struct db *db, const struct reference_vanished *gone, int64_t *contacts, struct err *err) {
    int64_t new_ones = 0;
    if (!gone->into) return true;
    if (db_get_int(db, err, &new_ones,
                   "SELECT COUNT(*) FROM contact k WHERE k.party_id = $1 AND NOT EXISTS "
                   "(SELECT 1 FROM contact h WHERE h.party_id = $2 AND h.address = k.address)",
                   DB_T(gone->who->id), DB_T(gone->into->id)) < 0)
        return false;
    *contacts += new_ones;
    return db_run(db, err,
                  "INSERT INTO contact_fact (party_kind, party_id, address, rank, import_id, line) "
                  "SELECT k.party_kind, $2, k.address, k.rank + (SELECT COALESCE(MAX(r.rank), 0) FROM contact_fact r WHERE r.party_id = $2), "
                  "k.import_id, k.line FROM contact_fact k WHERE k.party_id = $1 AND NOT EXISTS (SELECT 1 FROM contact_fact h "
                  "WHERE h.party_id = $2 AND h.address = k.address AND h.import_id = k.import_id) ORDER BY k.rank",
                  DB_T(gone->who->id), DB_T(gone->into->id));
}

static bool put_former(struct db *db, const struct reference_change *change, struct err *err) {
    if (!change->former_changed) return true;
    if (!db_run(db, err, "DELETE FROM former_commune")) return false;
    for (size_t i = 0; i < change->former_count; i++) {
        const struct former_commune *one = &change->former[i];
        if (!db_run(db, err,
                    "INSERT INTO former_commune (code, name, name_key, nature, current_id) VALUES ($1, $2, $3, $4, $5)",
                    DB_T(one->code), DB_T(one->name), DB_T(one->name_key), DB_T(one->nature), DB_T(one->current_id)))
            return false;
    }
    return true;
}

static bool put_changes(struct db *db, const struct reference_change *change, const struct reference_note *note, bool first,
                        int64_t *contacts, struct err *err) {
    for (size_t i = 0; i < change->added_count; i++)
        if (!put_added(db, &change->added[i], note, first, err)) return false;
    for (size_t i = 0; i < change->altered_count; i++)
        if (!put_altered(db, &change->altered[i], note, err)) return false;
    for (size_t i = 0; i < change->vanished_count; i++)
        if (!put_gone(db, &change->vanished[i], note, err) || !copy_contacts(db, &change->vanished[i], contacts, err)) return false;
    return put_former(db, change, err);
}

bool reference_store_apply(struct db *db, const struct reference *read, const struct reference_change *change,
                           const struct reference_note *note, int64_t *contacts, struct err *err) {
    int year = reference_store_year(db, err);
    *contacts = 0;
    if (year < 0) return false;
    if (year == note->year && reference_change_none(change)) return put_departments(db, read, err);
    return put_departments(db, read, err) && put_changes(db, change, note, year == 0, contacts, err) &&
           db_run(db, err, "UPDATE collectivity SET year = $1 WHERE gone = 0 AND year <> $1", DB_I(note->year)) &&
           db_run(db, err, "INSERT INTO reference_year (year, source, at_ms, by_whom) VALUES ($1, $2, $3, $4)",
                  DB_I(note->year), DB_T(note->source), DB_I(note->at_ms), DB_T(note->by_whom)) &&
           (year == 0 || tell_all(db, note, change, err));
}

/* -- what the binary carries --------------------------------------------------------------------------- */
/* Sorted by name: the last of several years is the newest. */
static const struct embedded_file *carried(enum reference_part part) {
    AUTO_BUF name = BUF_INIT(200);
    const struct embedded_file *found = NULL;
    buf_add_format(&name, "%s%s", FOLDER, REFERENCE_FILE[part]);
    for (const struct embedded_file *file = EMBEDDED; file->name; file++)
        if (text_starts(file->name, buf_text(&name))) found = file;
    return found;
}

bool reference_store_fill(struct db *db, int64_t now_ms, const char *by_whom, struct err *err) {
    struct reference_file files[REFERENCE_PARTS];
    for (enum reference_part part = 0; part < REFERENCE_PARTS; part++) {
        const struct embedded_file *file = carried(part);
        if (!file)
            return err_set(err, ERR_FATAL, "REFERENCE", "le programme ne contient pas %s%s : il a été mal construit", FOLDER,
                           REFERENCE_FILE[part]);
        files[part] = (struct reference_file){.name = file->name, .source = SOURCE_OF(file->bytes, file->length), .given = true};
    }
    struct reference_note note = {.year = reference_year_of(files[REFERENCE_COLLECTIVITIES].name), .source = "relais init",
                                  .by_whom = by_whom, .at_ms = now_ms};
    struct remarks remarks = {0};
    struct reference_change change = {0};
    int64_t contacts;
    AUTO(reference) read = reference_read(files, NULL, &remarks, err);
    remarks_release(&remarks);
    if (!read) return false;
    reference_compare(NULL, NULL, read, &change);
    bool good = reference_store_apply(db, read, &change, &note, &contacts, err);
    reference_change_release(&change);
    return good;
}
