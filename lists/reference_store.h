/* The reference's rows: filled from the embedded year by init, loaded into memory for an import. */
#ifndef LISTS_REFERENCE_STORE_H
#define LISTS_REFERENCE_STORE_H

#include "base/db.h"
#include "lists/reference.h"

/* Fills collectivity, former_commune and department from the embedded lists/reference/ CSV files, inside the
 * caller's transaction. */
bool reference_store_fill(struct db *db, struct err *err);
struct reference *reference_store_load(struct db *db, struct err *err);

#endif
