/* One SQL interface, several databases behind it: SQLite now, PostgreSQL later, a scripted fake for tests.
 *
 * SQL is one text for all drivers: parameters are $1, $2 …, instants are integers (Unix ms), truths are 0/1,
 * JSON is text. Three words differ and each driver supplies them in migrations and statements:
 *   %ID%    an integer primary key given out by the database     %BYTES%  the type of a byte string
 *   %LOCK%  behind a SELECT whose rows are about to be claimed
 * The SQL text passed must be a string literal (its address keys the cache of prepared statements). */
#ifndef BASE_DB_H
#define BASE_DB_H

#include "base/err.h"

struct db;

/* url: sqlite:PATH (":memory:" too). ERR_INPUT when the file is missing and create is false, is not a
 * database, or is newer than this binary. No migration is run: see db_migrate. */
struct db *db_open(const char *url, bool create, struct err *err);
void db_close(struct db *db); /* NULL is fine */
AUTO_CLOSE(db, db_close)

/* A private copy, in memory, of the store as it is at this instant: what is written to it touches nothing else, and it is gone
 * when it is closed. Others may go on writing meanwhile. ERR_INPUT where the driver cannot. */
struct db *db_copy(struct db *db, struct err *err);

/* Brings the schema to this binary's version, one transaction a migration (schema/NNNN_*.sql, embedded).
 * ERR_INPUT STORE_NEWER when the database is ahead: it is left alone. */
bool db_migrate(struct db *db, struct err *err);
int db_version(struct db *db, struct err *err); /* -1 on error */

/* -- values ------------------------------------------------------------------------------------------- */
enum db_kind { DB_END, DB_NULL, DB_INT, DB_TEXT, DB_BYTES };
struct db_arg {
    enum db_kind kind;
    int64_t number;
    const char *bytes; /* borrowed until the call returns */
    size_t length;
};
#define DB_I(value) ((struct db_arg){.kind = DB_INT, .number = (value)})
#define DB_T(text)  (db_arg_text(text)) /* NULL text is NULL */
#define DB_B(bytes_, length_) ((struct db_arg){.kind = DB_BYTES, .bytes = (const void *)(bytes_), .length = (length_)})
#define DB_N        ((struct db_arg){.kind = DB_NULL})
#define DB_I_OR_NULL(value, given) ((given) ? DB_I(value) : DB_N)
struct db_arg db_arg_text(const char *text);
#define DB_ARGS(...) ((struct db_arg[]){__VA_ARGS__ __VA_OPT__(, ) { .kind = DB_END }})

/* How much of the store this connection keeps in memory, in kB (32 MB at first): who runs for days and writes in order needs
 * little. Not asked of drivers that keep nothing. */
bool db_cache_kb(struct db *db, int kb, struct err *err) MUST_USE;

/* -- statements --------------------------------------------------------------------------------------- */
/* Runs one statement that returns no rows. */
#define db_run(db, err, sql, ...) db_run_args(db, err, sql, DB_ARGS(__VA_ARGS__))
bool db_run_args(struct db *db, struct err *err, const char *sql, const struct db_arg *args) MUST_USE;
int64_t db_changes(struct db *db);     /* rows changed by the last db_run */
int64_t db_inserted_id(struct db *db); /* %ID% of the last inserted row */
/* Asked within two write transactions of this connection: the same mark says that nobody else has written between them.
 * *mark holds the one before (0 at first): a driver that cannot tell gives another one each time. */
bool db_foreign_changes(struct db *db, int64_t *mark, struct err *err) MUST_USE;
bool db_script(struct db *db, const char *sql, struct err *err) MUST_USE; /* several statements, no parameters */

/* Rows: AUTO(db_rows) rows = db_query(...); while ((got = db_next(rows, err)) > 0) … db_int(rows, 0) …
 * Open rows must be closed before the same SQL text runs again on this db. */
struct db_rows;
#define db_query(db, err, sql, ...) db_query_args(db, err, sql, DB_ARGS(__VA_ARGS__))
struct db_rows *db_query_args(struct db *db, struct err *err, const char *sql, const struct db_arg *args);
int db_next(struct db_rows *rows, struct err *err); /* 1 a row, 0 the end, -1 an error; rows may be NULL: -1 */
int64_t db_int(const struct db_rows *rows, int column);
const char *db_text(const struct db_rows *rows, int column); /* "" for NULL; borrowed until the next db_next */
void db_text_copy(const struct db_rows *rows, int column, char *to, size_t size); /* cut to size - 1 bytes, and a NUL */
const void *db_bytes(const struct db_rows *rows, int column, size_t *length);
bool db_is_null(const struct db_rows *rows, int column);
void db_rows_close(struct db_rows *rows); /* NULL is fine */
AUTO_CLOSE(db_rows, db_rows_close)

/* First column of the first row: 1 found, 0 no row (out untouched), -1 error. */
#define db_get_int(db, err, out, sql, ...) db_get_int_args(db, err, out, sql, DB_ARGS(__VA_ARGS__))
int db_get_int_args(struct db *db, struct err *err, int64_t *out, const char *sql, const struct db_arg *args);

/* -- transactions --------------------------------------------------------------------------------------
 * Every write happens in one. A writing one begins as a writer (no upgrade can fail later) and holds, across processes,
 * the lock file that keeps writers and checkpoints apart (SQLite before 3.51.3 can corrupt its WAL).
 *   TX_DURABLE  survives a power cut once tx_commit returned
 *   TX_FAST     survives kill -9; a power cut may take it until db_sync (only the sender uses this)
 *   TX_READ     writes nothing and locks nobody out: every query sees the store as it was at the first one */
enum tx_kind { TX_DURABLE, TX_FAST, TX_READ };
/* What has been committed TX_FAST before the call survives a power cut once this has returned true. The only function that another
 * thread may call while the connection is in use. */
bool db_sync(const struct db *db, struct err *err) MUST_USE;
/* The store is still where it was opened: ERR_FATAL STORE_REPLACED when it has been removed, moved or replaced meanwhile, for what is
 * written then is seen by nobody. Cheap; db_sync and each TX_DURABLE commit ask for themselves. */
bool db_in_place(const struct db *db, struct err *err) MUST_USE;
struct tx;
struct tx *tx_begin(struct db *db, enum tx_kind kind, struct err *err);
bool tx_commit(struct tx *tx, struct err *err) MUST_USE; /* frees tx whatever happens */
void tx_rollback(struct tx *tx);                         /* NULL and committed are fine; frees */
/* A transaction left open by an early return is rolled back. tx_commit must be given TX_TAKE(tx). */
AUTO_CLOSE(tx, tx_rollback)
#define TX_TAKE(tx) tx_take(&(tx))
static inline struct tx *tx_take(struct tx **tx) {
    struct tx *taken = *tx;
    *tx = NULL;
    return taken;
}

#endif
