/* Imports: each list that was read, when and by whom. Its facts count from the moment it is revealed until it is undone;
 * the views contact, relay and suppression show what is in force (schema/0001_store.sql). */
#ifndef LISTS_IMPORT_STORE_H
#define LISTS_IMPORT_STORE_H

#include "base/db.h"

struct import_note {
    const char *file, *sha256, *kind, *by_whom;
    int64_t campaign_id; /* 0 = none */
    int64_t at_ms;
};
/* A new import, which nobody sees yet. In the caller's transaction, as all of these. */
bool import_begin(struct db *db, const struct import_note *note, int64_t *import_id, struct err *err);
/* From here on its facts count. report: its JSON answer. */
bool import_reveal(struct db *db, int64_t import_id, const char *report, int64_t now_ms, struct err *err);
/* Removes what imports that died before they were revealed have left. The caller holds the lock "import". */
bool import_purge(struct db *db, struct err *err);

struct import_row {
    int64_t id, campaign_id, at_ms, undone_ms; /* campaign_id 0 = none; undone_ms -1 = in force */
    char kind[16];
    char *file, *by_whom, *undone_by; /* freed by import_row_release */
};
/* ERR_INPUT UNKNOWN_IMPORT where there is none, or it was never revealed. */
bool import_load(struct db *db, int64_t import_id, struct import_row *import, struct err *err);
void import_row_release(struct import_row *import);

/* Takes the import's facts out of force; ERR_INPUT ALREADY_UNDONE when they are. What is derived from them elsewhere
 * (mailer/enrolment.h, mailer/campaign.h) is the caller's to derive anew. */
bool import_undo(struct db *db, const struct import_row *import, int64_t now_ms, const char *by_whom, struct err *err);

#endif
