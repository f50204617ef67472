/* The SQLite driver: WAL, foreign keys, one writer at a time across processes.
 *
 * SQLite before 3.51.3 can corrupt its WAL when one connection writes while another checkpoints. A lock file
 * ("DATABASE-writer") is therefore held around each write transaction, its COMMIT included, and around each
 * checkpoint; automatic checkpoints are off, and closing checkpoints under that lock only. Opening a store that is in
 * WAL already reads, and needs no lock. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/db_driver.h"
#include "base/process.h"

enum {
    STATEMENTS = 512,           /* cached; a power of two */
    CHECKPOINT_PAGES = 2000,    /* of 4 kB: when the WAL has grown by that much, the next commit checkpoints */
    CHECKPOINT_AGAIN_PAGES = 100, /* later, when somebody's snapshot kept that from moving all of it */
    BUSY_MS = 120000, /* somebody else may hold the store for a minute; the margin is for whoever waits beside us */
    TRY_MS = 50, TRY_AGAIN_MS = 20, /* to begin writing: under the writer's lock, and without it */
    CACHE_KB = 32768,
    PARAMETERS = 40, /* of one statement */
};

struct statement {
    const char *sql; /* a literal: its address is the key */
    sqlite3_stmt *prepared;
    bool busy;
    unsigned char place[PARAMETERS + 1]; /* of $1, $2 …: SQLite's number for it, 0 not asked yet */
};

struct file_id { dev_t device; ino_t number; }; /* number 0: not known */

struct sqlite {
    sqlite3 *handle;
    char *path, *lock_path, *wal_path; /* NULL in memory; path as it was given */
    struct file_id file, wal;          /* as they were opened */
    struct lock *writer;
    enum tx_kind synchronous; /* as last set by PRAGMA */
    int wal_pages;            /* in the WAL after the last commit */
    int checkpoint_pages;     /* so many, and the next commit checkpoints */
    struct statement cache[STATEMENTS];
};

struct sqlite_rows {
    struct sqlite *owner;
    struct statement *cached; /* or: */
    sqlite3_stmt *prepared;
};

static bool failed(struct sqlite *db, struct err *err, const char *doing) {
    int code = sqlite3_errcode(db->handle);
    const char *why = sqlite3_errmsg(db->handle);
    switch (code) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return err_set(err, ERR_RETRY, "STORE_BUSY", "la base est occupée par un autre programme ; réessayez");
    case SQLITE_FULL:
        return err_set(err, ERR_FATAL, "STORE_FULL", "le disque est plein : libérez de la place, puis relancez");
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
        return err_set(err, ERR_FATAL, "STORE_DAMAGED", "la base est abîmée ou n'en est pas une ; restaurez une sauvegarde");
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
        if (sqlite3_system_errno(db->handle)) errno = sqlite3_system_errno(db->handle); /* it does not tell all; what the last call left does */
        if (errno == EMFILE || errno == ENFILE) return err_errno(err, ERR_INPUT, "STORE_READONLY", "la base ne peut être ouverte");
        return err_set(err, ERR_INPUT, "STORE_READONLY", "la base ne peut être ouverte ou écrite ; vérifiez son chemin et les droits du dossier");
    default: return err_set(err, ERR_FATAL, "STORE", "la base refuse (%s) : %s [%d]", doing, why, code);
    }
}

static bool script(void *state, const char *sql, struct err *err) {
    struct sqlite *db = state;
    return sqlite3_exec(db->handle, sql, NULL, NULL, NULL) == SQLITE_OK || failed(db, err, "script");
}

static int on_wal(void *state, sqlite3 *handle, const char *name, int pages) {
    (void)handle;
    (void)name;
    struct sqlite *db = state;
    if (pages < db->wal_pages) db->checkpoint_pages = CHECKPOINT_PAGES; /* all of it was moved: it has begun anew */
    db->wal_pages = pages;
    return SQLITE_OK;
}

static bool cache_kb(void *state, int kb, struct err *err) {
    char pragma[64];
    snprintf(pragma, sizeof pragma, "PRAGMA cache_size=-%d", kb);
    return script(state, pragma, err);
}

/* 1, 0, -1. Reads; waits for nobody who writes. */
static int is_wal(struct sqlite *db, struct err *err) {
    sqlite3_stmt *asked = NULL;
    int found = sqlite3_prepare_v2(db->handle, "PRAGMA journal_mode", -1, &asked, NULL) == SQLITE_OK && sqlite3_step(asked) == SQLITE_ROW
                    ? !strcmp((const char *)sqlite3_column_text(asked, 0), "wal") : -1;
    if (found < 0) failed(db, err, "ouverture");
    sqlite3_finalize(asked);
    return found;
}

/* Setting WAL writes, and the very first connection must not race another's checkpoint. Where it is set already nothing is written,
 * and nobody is waited for: who only reads has an answer whoever holds the store. */
static bool set_wal(struct sqlite *db, struct err *err) {
    int already = is_wal(db, err);
    if (already) return already > 0;
    AUTO(lock) alone = lock_open(db->lock_path, LOCK_WAIT, err);
    return alone && script(db, "PRAGMA journal_mode=WAL", err);
}

static bool set_up(struct sqlite *db, bool in_memory, struct err *err) {
    sqlite3_busy_timeout(db->handle, BUSY_MS);
    sqlite3_extended_result_codes(db->handle, 0);
    if (sqlite3_db_config(db->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL) != SQLITE_OK) /* before anything may fail */
        return failed(db, err, "fermeture sans point de reprise");
    if (!script(db, "PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY; PRAGMA trusted_schema=OFF;", err) ||
        !cache_kb(db, CACHE_KB, err))
        return false;
    if (!in_memory && (!set_wal(db, err) || !script(db, "PRAGMA wal_autocheckpoint=0; PRAGMA synchronous=FULL;", err))) return false;
    /* Plans do not depend on the values bound: else each new value of some parameters prepares its statement anew. */
    if (sqlite3_db_config(db->handle, SQLITE_DBCONFIG_ENABLE_QPSG, 1, NULL) != SQLITE_OK) return failed(db, err, "plans stables");
    sqlite3_wal_hook(db->handle, on_wal, db);
    return true;
}

/* One thread speaks to the store (roles are processes), and nobody asks what memory it takes: no locks, no counts. */
static void configure_once(void) {
    static bool done;
    if (done) return;
    done = true;
    sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

/* By the name SQLite has found, whatever links led there: a database that has two names has one log and one lock. */
static void name_files(struct sqlite *db, const char *path) {
    const char *file = sqlite3_db_filename(db->handle, "main");
    AUTO_BUF lock_path = BUF_INIT(4096);
    buf_add_format(&lock_path, "%s-writer", file);
    db->path = text_dup(path);
    db->lock_path = buf_take(&lock_path);
    db->wal_path = text_dup(sqlite3_filename_wal(file));
}

/* SQLite would keep a log for each of several hard links, and the file would take harm. The one beside which a log lies is in use. */
static bool has_one_name(const struct sqlite *db, struct err *err) {
    struct stat found;
    const char *file = sqlite3_db_filename(db->handle, "main");
    if (stat(file, &found) || found.st_nlink < 2 || !access(db->wal_path, F_OK)) return true;
    return err_set(err, ERR_INPUT, "STORE_LINKED", "cette base a plusieurs noms (liens physiques) et s'abîmerait à être ouverte par celui-ci ; "
                   "n'en gardez qu'un : un lien symbolique convient");
}

static struct file_id id_of(const struct stat *found) { return (struct file_id){.device = found->st_dev, .number = found->st_ino}; }

/* Once the first look at the store has opened both. */
static void remember_files(struct sqlite *db) {
    struct stat found;
    if (!stat(db->path, &found)) db->file = id_of(&found);
    if (!stat(db->wal_path, &found)) db->wal = id_of(&found);
}

static bool is_file(const struct stat *found, const struct file_id *id) {
    return !id->number || (found->st_dev == id->device && found->st_ino == id->number);
}

static bool replaced(const char *path, struct err *err) {
    return err_set(err, ERR_FATAL, "STORE_REPLACED", "« %s » a été supprimé, déplacé ou remplacé pendant que Relais y travaillait : plus rien ne part ni "
                   "n'est écrit ; remettez une base à cette place, puis voyez « relais reconcile »", path);
}

static bool in_place(const void *state, struct err *err) {
    const struct sqlite *db = state;
    struct stat found;
    return !db->path || (!stat(db->path, &found) && is_file(&found, &db->file)) || replaced(db->path, err);
}

/* The last one to leave a store empties its log into it, so that the file alone is the database while nobody works: it may be copied, and
 * one that is put in its place does not get the pages of the one before. Whether it is the last, SQLite finds out. NULL: not now. */
static struct lock *fold_log(const struct sqlite *db) {
    struct stat found;
    struct err ignored;
    int keep = 1;
    if (!db->wal.number || stat(db->wal_path, &found) || !is_file(&found, &db->wal) || !found.st_size || !in_place(db, &ignored) ||
        lock_held(db->lock_path))
        return NULL;
    struct lock *writer = lock_open(db->lock_path, LOCK_TRY, &ignored);
    if (!writer) return NULL;
    sqlite3_busy_timeout(db->handle, 0);
    /* The log's file stays, empty: whoever opens it meanwhile has the one that the others have. */
    if (sqlite3_exec(db->handle, "PRAGMA journal_size_limit=0", NULL, NULL, NULL) == SQLITE_OK &&
        sqlite3_file_control(db->handle, "main", SQLITE_FCNTL_PERSIST_WAL, &keep) == SQLITE_OK)
        sqlite3_db_config(db->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
    return writer;
}

static void sqlite_close(void *state) {
    struct sqlite *db = state;
    for (size_t i = 0; i < STATEMENTS; i++) sqlite3_finalize(db->cache[i].prepared);
    AUTO(lock) writer = db->handle && !db->writer ? fold_log(db) : NULL;
    sqlite3_close(db->handle);
    lock_close(db->writer);
    free(db->path);
    free(db->lock_path);
    free(db->wal_path);
    free(db);
}

static void *sqlite_open(const char *path, bool create, struct err *err) {
    configure_once();
    bool in_memory = !strcmp(path, ":memory:");
    struct stat found;
    if (!in_memory && !create && stat(path, &found)) {
        if (errno == ENOENT)
            err_set(err, ERR_INPUT, "STORE_MISSING", "la base « %s » n'existe pas ; créez-la par « relais init »", path);
        else err_errno(err, ERR_INPUT, "STORE_MISSING", "la base « %s » ne peut être lue", path);
        return NULL;
    }
    if (!in_memory && !create && S_ISREG(found.st_mode) && !found.st_size) {
        err_set(err, ERR_INPUT, "STORE_DAMAGED", "la base « %s » est un fichier vide ; restaurez une sauvegarde", path);
        return NULL;
    }
    struct sqlite *db = mem_new(1, sizeof *db);
    int flags = SQLITE_OPEN_READWRITE | (create ? SQLITE_OPEN_CREATE : 0) | SQLITE_OPEN_NOMUTEX;
    db->checkpoint_pages = CHECKPOINT_PAGES;
    if (sqlite3_open_v2(path, &db->handle, flags, NULL) != SQLITE_OK) {
        failed(db, err, "ouverture");
        err_at(err, path, 0);
        sqlite_close(db);
        return NULL;
    }
    if (!in_memory) name_files(db, path);
    bool good = (in_memory || has_one_name(db, err)) && set_up(db, in_memory, err);
    if (good && !in_memory) remember_files(db);
    if (good) return db;
    sqlite_close(db);
    err_at(err, path, 0);
    return NULL;
}

static sqlite3_stmt *prepare(struct sqlite *db, const char *sql, struct err *err) {
    sqlite3_stmt *prepared = NULL;
    const char *lock_word = strstr(sql, "%LOCK%"); /* SQLite has one writer: the word is empty */
    AUTO_BUF text = BUF_INIT(65536);
    if (lock_word) {
        buf_add(&text, sql, (size_t)(lock_word - sql));
        buf_add_text(&text, lock_word + strlen("%LOCK%"));
        sql = buf_text(&text);
    }
    if (sqlite3_prepare_v3(db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &prepared, NULL) != SQLITE_OK)
        failed(db, err, sql);
    return prepared;
}

/* A cached statement, marked busy; NULL in *cached when the cache has no free place (then the caller finalizes). */
static sqlite3_stmt *take(struct sqlite *db, const char *sql, struct statement **cached, struct err *err) {
    size_t hash = ((uintptr_t)sql >> 3) * 2654435761u;
    *cached = NULL;
    for (size_t probe = 0; probe < 16; probe++) {
        struct statement *at = &db->cache[(hash + probe) & (STATEMENTS - 1)];
        if (at->sql && at->sql != sql) continue;
        if (at->busy) break;
        if (!at->prepared && !(at->prepared = prepare(db, sql, err))) return NULL;
        at->sql = sql;
        at->busy = true;
        *cached = at;
        return at->prepared;
    }
    return prepare(db, sql, err);
}

static void give_back(struct statement *cached, sqlite3_stmt *prepared) {
    if (!cached) {
        sqlite3_finalize(prepared);
        return;
    }
    sqlite3_reset(prepared);
    sqlite3_clear_bindings(prepared);
    cached->busy = false;
}

/* SQLite numbers "$1" by first appearance; parameters are found by name so that $2 may come before $1, once. */
static int place_of(struct statement *cached, sqlite3_stmt *prepared, int number) {
    char name[16];
    if (cached && number <= PARAMETERS && cached->place[number]) return cached->place[number];
    snprintf(name, sizeof name, "$%d", number);
    int place = sqlite3_bind_parameter_index(prepared, name);
    if (cached && number <= PARAMETERS && place <= UCHAR_MAX) cached->place[number] = (unsigned char)place;
    return place;
}

static bool bind(struct sqlite *db, struct statement *cached, sqlite3_stmt *prepared, const struct db_arg *args, struct err *err) {
    for (int i = 0; args[i].kind != DB_END; i++) {
        int at = place_of(cached, prepared, i + 1), status = SQLITE_OK;
        if (!at) return err_set(err, ERR_FATAL, "STORE", "la requête n'a pas de paramètre $%d : %s", i + 1, sqlite3_sql(prepared));
        switch (args[i].kind) {
        case DB_INT: status = sqlite3_bind_int64(prepared, at, args[i].number); break;
        case DB_TEXT:
            status = sqlite3_bind_text64(prepared, at, args[i].bytes, args[i].length, SQLITE_STATIC, SQLITE_UTF8);
            break;
        case DB_BYTES:
            status = sqlite3_bind_blob64(prepared, at, args[i].bytes ? args[i].bytes : "", args[i].length, SQLITE_STATIC);
            break;
        case DB_NULL:
        case DB_END: status = sqlite3_bind_null(prepared, at); break;
        }
        if (status != SQLITE_OK) return failed(db, err, "paramètre");
    }
    return true;
}

static bool run(void *state, const char *sql, const struct db_arg *args, struct err *err) {
    struct sqlite *db = state;
    struct statement *cached;
    sqlite3_stmt *prepared = take(db, sql, &cached, err);
    if (!prepared) return false;
    bool good = bind(db, cached, prepared, args, err);
    if (good) {
        int status;
        do status = sqlite3_step(prepared);
        while (status == SQLITE_ROW); /* RETURNING nobody reads */
        good = status == SQLITE_DONE || failed(db, err, sql);
    }
    give_back(cached, prepared);
    return good;
}

static void *query(void *state, const char *sql, const struct db_arg *args, struct err *err) {
    struct sqlite *db = state;
    struct statement *cached;
    sqlite3_stmt *prepared = take(db, sql, &cached, err);
    if (!prepared) return NULL;
    if (!bind(db, cached, prepared, args, err)) {
        give_back(cached, prepared);
        return NULL;
    }
    struct sqlite_rows *rows = mem_new(1, sizeof *rows);
    *rows = (struct sqlite_rows){.owner = db, .cached = cached, .prepared = prepared};
    return rows;
}

static int next(void *state, struct err *err) {
    struct sqlite_rows *rows = state;
    switch (sqlite3_step(rows->prepared)) {
    case SQLITE_ROW: return 1;
    case SQLITE_DONE: return 0;
    default: failed(rows->owner, err, sqlite3_sql(rows->prepared)); return -1;
    }
}

static enum db_kind kind(const void *state, int column) {
    const struct sqlite_rows *rows = state;
    switch (sqlite3_column_type(rows->prepared, column)) {
    case SQLITE_NULL: return DB_NULL;
    case SQLITE_INTEGER: return DB_INT;
    case SQLITE_BLOB: return DB_BYTES;
    default: return DB_TEXT;
    }
}

static int64_t number(const void *state, int column) {
    return sqlite3_column_int64(((const struct sqlite_rows *)state)->prepared, column);
}

static const char *bytes(const void *state, int column, size_t *length) {
    const struct sqlite_rows *rows = state;
    const char *value = sqlite3_column_type(rows->prepared, column) == SQLITE_BLOB
                            ? sqlite3_column_blob(rows->prepared, column)
                            : (const char *)sqlite3_column_text(rows->prepared, column);
    *length = (size_t)sqlite3_column_bytes(rows->prepared, column);
    return value;
}

static void rows_close(void *state) {
    struct sqlite_rows *rows = state;
    give_back(rows->cached, rows->prepared);
    free(rows);
}

static int64_t changes(void *state) { return sqlite3_changes64(((struct sqlite *)state)->handle); }
static int64_t inserted_id(void *state) { return sqlite3_last_insert_rowid(((struct sqlite *)state)->handle); }

static bool foreign_changes(void *state, int64_t *mark, struct err *err) {
    static const char VERSION[] = "PRAGMA data_version";
    void *rows = query(state, VERSION, DB_ARGS(), err);
    bool good = rows && next(rows, err) > 0;
    if (good) *mark = number(rows, 0);
    if (rows) rows_close(rows);
    return good;
}

static void let_writer_go(struct sqlite *db) {
    lock_close(db->writer);
    db->writer = NULL;
}

static const char BEGIN[] = "BEGIN IMMEDIATE";

/* 1 begun, with the writer's lock; 0 a program that knows nothing of that lock holds the store; -1. The lock is kept for a moment only
 * while it waits for such a one: others have theirs between, in the order in which they came to the lock. */
static int try_to_begin(struct sqlite *db, struct err *err) {
    if (!(db->writer = lock_open(db->lock_path, LOCK_WAIT, err))) return -1;
    sqlite3_busy_timeout(db->handle, TRY_MS);
    bool begun = run(db, BEGIN, DB_ARGS(), err);
    sqlite3_busy_timeout(db->handle, BUSY_MS);
    if (begun) return 1;
    let_writer_go(db);
    return err->kind == ERR_RETRY ? 0 : -1;
}

static bool begin(void *state, enum tx_kind wanted, struct err *err) {
    struct sqlite *db = state;
    static const char SNAPSHOT[] = "BEGIN DEFERRED";
    if (wanted == TX_READ) return run(db, SNAPSHOT, DB_ARGS(), err);
    if (!db->lock_path) return run(db, BEGIN, DB_ARGS(), err);
    if (db->synchronous != wanted) {
        if (!script(db, wanted == TX_FAST ? "PRAGMA synchronous=NORMAL" : "PRAGMA synchronous=FULL", err)) return false;
        db->synchronous = wanted;
    }
    struct err why = {0};
    int begun;
    for (int64_t until_ms = monotonic_ms() + BUSY_MS; !(begun = try_to_begin(db, &why)) && monotonic_ms() < until_ms;) sleep_ms(TRY_AGAIN_MS);
    if (begun <= 0 && err) *err = why;
    return begun > 0;
}

static bool commit(void *state, struct err *err) {
    struct sqlite *db = state;
    static const char COMMIT[] = "COMMIT";
    if (db->synchronous == TX_DURABLE && !in_place(db, err)) return false;
    if (!run(db, COMMIT, DB_ARGS(), err)) return false;
    if (db->wal_pages >= db->checkpoint_pages && db->writer && lock_in_place(db->writer)) { /* else another may be writing */
        /* PASSIVE never waits for readers; what it could not move, the next one will. */
        sqlite3_wal_checkpoint_v2(db->handle, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
        db->checkpoint_pages = db->wal_pages + CHECKPOINT_AGAIN_PAGES;
    }
    let_writer_go(db);
    return true;
}

/* The write-ahead log by a descriptor of its own: SQLite's locks are on other files, so that closing it drops none. What has left
 * the log by a checkpoint was synchronised before. It is there while the connection is: where it is not, somebody has taken it away. */
static bool sync_log(const void *state, struct err *err) {
    const struct sqlite *db = state;
    if (!db->wal_path) return true;
    struct stat found;
    if (!in_place(db, err)) return false;
    int fd = open(db->wal_path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT) return replaced(db->wal_path, err);
    if (fd >= 0 && (fstat(fd, &found) || !is_file(&found, &db->wal))) return close(fd), replaced(db->wal_path, err);
    bool good = fd >= 0 && !fdatasync(fd);
    if (!good) err_errno(err, ERR_FATAL, errno == ENOSPC || errno == EDQUOT ? "STORE_FULL" : "STORE", "« %s » ne peut être mis en sûreté sur le disque : "
                         "faites de la place, ou vérifiez le disque", db->wal_path);
    if (fd >= 0) close(fd);
    return good;
}

static void rollback(void *state) {
    struct sqlite *db = state;
    if (!sqlite3_get_autocommit(db->handle)) {
        static const char ROLLBACK[] = "ROLLBACK";
        struct err ignored;
        (void)!run(db, ROLLBACK, DB_ARGS(), &ignored); /* nothing better is left to do with a failure here */
    }
    let_writer_go(db);
}

/* One step copies all pages under one read snapshot; writers in other processes are not kept waiting, for the WAL is theirs. */
static void *copy(void *state, struct err *err) {
    struct sqlite *from = state, *to = sqlite_open(":memory:", true, err);
    if (!to) return NULL;
    sqlite3_backup *backup = sqlite3_backup_init(to->handle, "main", from->handle, "main");
    int status = backup ? sqlite3_backup_step(backup, -1) : SQLITE_ERROR;
    if (backup) sqlite3_backup_finish(backup);
    if (status == SQLITE_DONE) return to;
    failed(to, err, "copie");
    sqlite_close(to);
    return NULL;
}

const struct db_driver DB_SQLITE = {
    .scheme = "sqlite", .word_id = "INTEGER PRIMARY KEY", .word_bytes = "BLOB", .word_lock = "",
    .open = sqlite_open, .close = sqlite_close, .script = script, .run = run, .query = query, .next = next,
    .kind = kind, .number = number, .bytes = bytes, .rows_close = rows_close, .changes = changes,
    .inserted_id = inserted_id, .begin = begin, .commit = commit, .rollback = rollback, .cache_kb = cache_kb, .sync = sync_log,
    .in_place = in_place, .foreign_changes = foreign_changes, .copy = copy,
};
