/* Numbered migrations: schema/NNNN_name.sql, embedded, each run once in a transaction of its own. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/db.h"
#include "base/embedded.h"
#include "base/text.h"

static const char PREFIX[] = "schema/";

int db_version(struct db *db, struct err *err) {
    int64_t version = 0;
    if (!db_script(db, "CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)", err)) return -1;
    if (db_get_int(db, err, &version, "SELECT COALESCE(MAX(version), 0) FROM schema_version") < 0) return -1;
    return (int)version;
}

static int number_of(const struct embedded_file *file) {
    return text_starts(file->name, PREFIX) ? atoi(file->name + strlen(PREFIX)) : 0;
}

static bool apply(struct db *db, const struct embedded_file *file, struct err *err) {
    AUTO(tx) tx = tx_begin(db, TX_DURABLE, err);
    if (!tx) return false;
    if (!db_script(db, file->bytes, err)) return err_at(err, file->name, 0);
    if (!db_run(db, err, "INSERT INTO schema_version (version) VALUES ($1)", DB_I(number_of(file)))) return false;
    return tx_commit(TX_TAKE(tx), err);
}

bool db_migrate(struct db *db, struct err *err) {
    int have = db_version(db, err), newest = 0;
    if (have < 0) return false;
    for (const struct embedded_file *file = EMBEDDED; file->name; file++)
        if (number_of(file) > newest) newest = number_of(file);
    if (have > newest)
        return err_set(err, ERR_INPUT, "STORE_NEWER",
                       "la base est à la version %d, ce programme ne connaît que la version %d ; installez une version "
                       "plus récente de Relais (la base n'a pas été touchée)",
                       have, newest);
    for (int wanted = have + 1; wanted <= newest; wanted++)
        for (const struct embedded_file *file = EMBEDDED; file->name; file++)
            if (number_of(file) == wanted && !apply(db, file, err)) return false;
    return true;
}
