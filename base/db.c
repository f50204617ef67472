/* The driver-independent half: choosing a driver, cursors, transactions. */
#include "base/db.h"

#include <stdlib.h>
#include <string.h>

#include "base/db_driver.h"
#include "base/text.h"

struct db {
    const struct db_driver *driver;
    void *state;
    bool in_transaction;
};

static const struct db_driver *const DRIVERS[] = {&DB_SQLITE, &DB_FAKE};

struct db *db_open(const char *url, bool create, struct err *err) {
    for (size_t i = 0; i < COUNT(DRIVERS); i++) {
        size_t length = strlen(DRIVERS[i]->scheme);
        if (strncmp(url, DRIVERS[i]->scheme, length) || url[length] != ':') continue;
        void *state = DRIVERS[i]->open(url + length + 1, create, err);
        if (!state) return NULL;
        struct db *db = mem_new(1, sizeof *db);
        *db = (struct db){.driver = DRIVERS[i], .state = state};
        return db;
    }
    err_set(err, ERR_INPUT, "STORE_URL",
            "[store] url = %s : base inconnue ; écrivez sqlite:CHEMIN (PostgreSQL n'est pas encore pris en charge)", url);
    return NULL;
}

struct db *db_copy(struct db *db, struct err *err) {
    if (!db->driver->copy) {
        err_set(err, ERR_INPUT, "STORE_COPY", "cette base ne peut être copiée en mémoire");
        return NULL;
    }
    void *state = db->driver->copy(db->state, err);
    if (!state) return NULL;
    struct db *copy = mem_new(1, sizeof *copy);
    *copy = (struct db){.driver = db->driver, .state = state};
    return copy;
}

void db_close(struct db *db) {
    if (!db) return;
    db->driver->close(db->state);
    free(db);
}

struct db_arg db_arg_text(const char *text) {
    if (!text) return DB_N;
    return (struct db_arg){.kind = DB_TEXT, .bytes = text, .length = strlen(text)};
}

bool db_run_args(struct db *db, struct err *err, const char *sql, const struct db_arg *args) {
    return db->driver->run(db->state, sql, args, err);
}

int64_t db_changes(struct db *db) { return db->driver->changes(db->state); }
int64_t db_inserted_id(struct db *db) { return db->driver->inserted_id(db->state); }

static void add_replaced(struct buf *out, const char *sql, const struct db_driver *driver) {
    const struct { const char *token, *word; } WORDS[] = {
        {"%ID%", driver->word_id}, {"%BYTES%", driver->word_bytes}, {"%LOCK%", driver->word_lock}};
    while (*sql) {
        size_t i = 0;
        while (i < COUNT(WORDS) && !text_starts(sql, WORDS[i].token)) i++;
        if (i < COUNT(WORDS)) {
            buf_add_text(out, WORDS[i].word);
            sql += strlen(WORDS[i].token);
        } else buf_add_char(out, *sql++);
    }
}

bool db_script(struct db *db, const char *sql, struct err *err) {
    AUTO_BUF text = BUF_INIT(1 << 20);
    add_replaced(&text, sql, db->driver);
    return db->driver->script(db->state, buf_text(&text), err);
}

bool db_cache_kb(struct db *db, int kb, struct err *err) { return !db->driver->cache_kb || db->driver->cache_kb(db->state, kb, err); }

bool db_in_place(const struct db *db, struct err *err) { return !db->driver->in_place || db->driver->in_place(db->state, err); }
bool db_sync(const struct db *db, struct err *err) { return !db->driver->sync || db->driver->sync(db->state, err); }

bool db_foreign_changes(struct db *db, int64_t *mark, struct err *err) {
    if (db->driver->foreign_changes) return db->driver->foreign_changes(db->state, mark, err);
    ++*mark; /* a driver that cannot tell: everything may have changed */
    return true;
}

struct db_rows *db_query_args(struct db *db, struct err *err, const char *sql, const struct db_arg *args) {
    void *state = db->driver->query(db->state, sql, args, err);
    if (!state) return NULL;
    struct db_rows *rows = mem_new(1, sizeof *rows);
    *rows = (struct db_rows){.driver = db->driver, .state = state};
    return rows;
}

int db_next(struct db_rows *rows, struct err *err) { return rows ? rows->driver->next(rows->state, err) : -1; }
int64_t db_int(const struct db_rows *rows, int column) { return rows->driver->number(rows->state, column); }
bool db_is_null(const struct db_rows *rows, int column) {
    return rows->driver->kind(rows->state, column) == DB_NULL;
}

const char *db_text(const struct db_rows *rows, int column) {
    size_t length;
    const char *text = rows->driver->bytes(rows->state, column, &length);
    return text ? text : "";
}

void db_text_copy(const struct db_rows *rows, int column, char *to, size_t size) {
    size_t length;
    const char *text = rows->driver->bytes(rows->state, column, &length);
    if (length >= size) length = size - 1;
    if (text) memcpy(to, text, length);
    to[text ? length : 0] = '\0';
}

const void *db_bytes(const struct db_rows *rows, int column, size_t *length) {
    return rows->driver->bytes(rows->state, column, length);
}

void db_rows_close(struct db_rows *rows) {
    if (!rows) return;
    rows->driver->rows_close(rows->state);
    free(rows);
}

int db_get_int_args(struct db *db, struct err *err, int64_t *out, const char *sql, const struct db_arg *args) {
    AUTO(db_rows) rows = db_query_args(db, err, sql, args);
    int got = db_next(rows, err);
    if (got > 0) *out = db_int(rows, 0);
    return got;
}

struct tx {
    struct db *db;
};

struct tx *tx_begin(struct db *db, enum tx_kind kind, struct err *err) {
    if (db->in_transaction) abort(); /* transactions do not nest: whoever begins one owns all of it */
    if (!db->driver->begin(db->state, kind, err)) return NULL;
    db->in_transaction = true;
    struct tx *tx = mem_new(1, sizeof *tx);
    tx->db = db;
    return tx;
}

bool tx_commit(struct tx *tx, struct err *err) {
    struct db *db = tx->db;
    bool good = db->driver->commit(db->state, err);
    if (!good) db->driver->rollback(db->state);
    db->in_transaction = false;
    free(tx);
    return good;
}

void tx_rollback(struct tx *tx) {
    if (!tx) return;
    tx->db->driver->rollback(tx->db->state);
    tx->db->in_transaction = false;
    free(tx);
}
