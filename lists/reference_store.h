/* The reference's rows: a year loaded over the one before, and read into memory for imports. */
#ifndef LISTS_REFERENCE_STORE_H
#define LISTS_REFERENCE_STORE_H

#include "base/db.h"
#include "lists/reference_change.h"
#include "lists/reference_read.h"

/* Who exists this year. NULL with ERR_INPUT REFERENCE_EMPTY when no reference is loaded. */
struct reference *reference_store_load(struct db *db, struct err *err);
/* The year in force, 0 when there is none; -1 on error. */
int reference_store_year(struct db *db, struct err *err);

struct reference_note {
    int year;
    const char *source, *by_whom; /* where it comes from; for the ledger */
    int64_t at_ms;
};
/* What read would change, told from the reference in force (*before, NULL when there is none; the caller frees it, after
 * *change). In the caller's transaction, as the next one. */
bool reference_store_compare(struct db *db, const struct reference *read, struct reference **before,
                             struct reference_change *change, struct err *err);
/* Does it. Who is gone keeps its row and its contacts; its successor gets these too, behind its own (*contacts: how many).
 * A year that differs from the one in force is taken over even when nothing else changes. */
bool reference_store_apply(struct db *db, const struct reference *read, const struct reference_change *change,
                           const struct reference_note *note, int64_t *contacts, struct err *err);

/* The reference the binary carries: its newest year. Inside the caller's transaction; on an empty store. */
bool reference_store_fill(struct db *db, int64_t now_ms, const char *by_whom, struct err *err);

#endif
