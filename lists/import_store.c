/* The table of imports. */
#include "lists/import_store.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

bool import_begin(struct db *db, const struct import_note *note, int64_t *import_id, struct err *err) {
    if (!db_run(db, err,
                "INSERT INTO import (file, sha256, kind, campaign_id, at_ms, by_whom) VALUES ($1, $2, $3, $4, $5, $6)",
                DB_T(note->file), DB_T(note->sha256), DB_T(note->kind),
                DB_I_OR_NULL(note->campaign_id, note->campaign_id > 0), DB_I(note->at_ms), DB_T(note->by_whom)))
        return false;
    *import_id = db_inserted_id(db);
    return true;
}

bool import_reveal(struct db *db, int64_t import_id, const char *report, int64_t now_ms, struct err *err) {
    return db_run(db, err, "UPDATE import SET visible_ms = $2, report = $3 WHERE id = $1", DB_I(import_id),
                  DB_I(now_ms), DB_T(report));
}

bool import_purge(struct db *db, struct err *err) {
    int64_t left;
    int got = db_get_int(db, err, &left, "SELECT 1 FROM import WHERE visible_ms IS NULL LIMIT 1");
    if (got <= 0) return got == 0;
    return db_run(db, err, "DELETE FROM contact_fact WHERE import_id IN (SELECT id FROM import WHERE visible_ms IS NULL)") &&
           db_run(db, err, "DELETE FROM import WHERE visible_ms IS NULL");
}

bool import_load(struct db *db, int64_t import_id, struct import_row *import, struct err *err) {
    AUTO(db_rows) rows = db_query(db, err,
                                  "SELECT COALESCE(campaign_id, 0), at_ms, COALESCE(undone_ms, -1), kind, file, by_whom, undone_by "
                                  "FROM import WHERE id = $1 AND visible_ms IS NOT NULL AND kind <> 'lift'", /* mailer/inbox/lift_store.h */
                                  DB_I(import_id));
    int got = db_next(rows, err);
    *import = (struct import_row){.id = import_id};
    if (got == 0)
        return err_set(err, ERR_INPUT, "UNKNOWN_IMPORT",
                       "aucun import ne porte le numéro %" PRId64 " ; « relais imports » les montre tous", import_id);
    if (got < 0) return false;
    import->campaign_id = db_int(rows, 0);
    import->at_ms = db_int(rows, 1);
    import->undone_ms = db_int(rows, 2);
    snprintf(import->kind, sizeof import->kind, "%s", db_text(rows, 3));
    import->file = text_dup(db_text(rows, 4));
    import->by_whom = text_dup(db_text(rows, 5));
    import->undone_by = text_dup(db_text(rows, 6));
    return true;
}

void import_row_release(struct import_row *import) {
    free(import->file);
    free(import->by_whom);
    free(import->undone_by);
    *import = (struct import_row){0};
}

bool import_undo(struct db *db, const struct import_row *import, int64_t now_ms, const char *by_whom, struct err *err) {
    if (import->undone_ms >= 0)
        return err_set(err, ERR_INPUT, "ALREADY_UNDONE",
                       "l'import n° %" PRId64 " (%s) est déjà annulé ; pour le rétablir, importez de nouveau sa liste",
                       import->id, import->file);
    return db_run(db, err, "UPDATE import SET undone_ms = $2, undone_by = $3 WHERE id = $1", DB_I(import->id),
                  DB_I(now_ms), DB_T(by_whom));
}
