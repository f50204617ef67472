/* The SQL layer: values of every kind, transactions, migrations, the lock between processes, the fake. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/db.h"
#include "base/db_fake.h"
#include "base/process.h"
#include "tests/tap.h"

static void check_values(struct db *db) {
    struct err err = {0};
    CHECK("table", db_script(db, "CREATE TABLE t (id %ID%, n BIGINT, s TEXT, b %BYTES%)", &err));
    CHECK("insert", db_run(db, &err, "INSERT INTO t (n, s, b) VALUES ($3, $2, $1)", DB_B("a\0b", 3), DB_T("é"), DB_I(INT64_MIN)));
    CHECK_INT("id", db_inserted_id(db), 1);
    CHECK("null", db_run(db, &err, "INSERT INTO t (n, s) VALUES ($1, $2)", DB_N, DB_T(NULL)));
    AUTO(db_rows) rows = db_query(db, &err, "SELECT n, s, b FROM t ORDER BY id");
    size_t length = 0;
    CHECK_INT("first row", db_next(rows, &err), 1);
    CHECK("smallest integer", db_int(rows, 0) == INT64_MIN);
    CHECK_TEXT("text", db_text(rows, 1), "é");
    CHECK("bytes keep their NUL", !memcmp(db_bytes(rows, 2, &length), "a\0b", 3) && length == 3);
    CHECK_INT("second row", db_next(rows, &err), 1);
    CHECK("nulls", db_is_null(rows, 0) && db_is_null(rows, 1) && !strcmp(db_text(rows, 1), ""));
    CHECK_INT("end", db_next(rows, &err), 0);
}

static int64_t rows_in_t(struct db *db) {
    struct err err = {0};
    int64_t count = -1;
    db_get_int(db, &err, &count, "SELECT COUNT(*) FROM t");
    return count;
}

static void leave_early(struct db *db) {
    struct err err = {0};
    AUTO(tx) tx = tx_begin(db, TX_DURABLE, &err);
    if (!tx || !db_run(db, &err, "DELETE FROM t")) CHECK(err.text, false);
}

static void check_transactions(struct db *db, const char *path) {
    struct err err = {0};
    leave_early(db);
    CHECK_INT("an early return rolls back", rows_in_t(db), 2);
    AUTO(tx) tx = tx_begin(db, TX_FAST, &err);
    CHECK("begin", tx != NULL);
    char lock_path[300];
    snprintf(lock_path, sizeof lock_path, "%s-writer", path);
    CHECK("the writer's lock is held", lock_held(lock_path));
    CHECK("delete", db_run(db, &err, "DELETE FROM t WHERE n IS NULL"));
    CHECK_INT("changes", db_changes(db), 1);
    CHECK("commit", tx_commit(TX_TAKE(tx), &err));
    CHECK("the lock is free", !lock_held(lock_path));
    CHECK_INT("committed", rows_in_t(db), 1);
}

/* Two processes each add 200 rows one by one, with checkpoints between: all 400 are there, the file is sound. */
static void check_processes(const char *url) {
    struct err err = {0};
    for (int child = 0; child < 2; child++) {
        if (fork()) continue;
        AUTO(db) db = db_open(url, false, &err);
        for (int i = 0; db && i < 200; i++) {
            AUTO(tx) tx = tx_begin(db, i % 2 ? TX_FAST : TX_DURABLE, &err);
            if (!tx || !db_run(db, &err, "INSERT INTO t (n, b) VALUES ($1, $2)", DB_I(i), DB_B(url, 20)) || !tx_commit(TX_TAKE(tx), &err)) _exit(1);
        }
        _exit(db ? 0 : 1);
    }
    int status, good = 0;
    while (wait(&status) > 0) good += WIFEXITED(status) && !WEXITSTATUS(status);
    CHECK_INT("two writers", good, 2);
    AUTO(db) db = db_open(url, false, &err);
    CHECK_INT("nothing lost between them", rows_in_t(db), 401);
    AUTO(db_rows) rows = db_query(db, &err, "PRAGMA integrity_check");
    CHECK("sound", db_next(rows, &err) > 0 && !strcmp(db_text(rows, 0), "ok"));
}

static void check_migrations(const char *url) {
    struct err err = {0};
    AUTO(db) db = db_open(url, false, &err);
    CHECK("migrated", db_migrate(db, &err));
    int version = db_version(db, &err);
    CHECK("version", version >= 1);
    CHECK("again changes nothing", db_migrate(db, &err) && db_version(db, &err) == version);
    CHECK("a newer one", db_run(db, &err, "INSERT INTO schema_version (version) VALUES ($1)", DB_I(version + 1)));
    CHECK("is refused", !db_migrate(db, &err));
    CHECK_TEXT("with its code", err.code, "STORE_NEWER");
}

static void check_fake(void) {
    struct err err = {0};
    static const char *const CELLS[] = {"7"};
    static const struct db_fake_step STEPS[] = {{.sql_part = "BEGIN"}, {.sql_part = "SELECT x", .cells = CELLS, .rows = 1, .columns = 1},
                                                {.sql_part = "UPDATE", .fail_code = "STORE_FULL"}, {.sql_part = "ROLLBACK"}, {0}};
    db_fake_script(STEPS);
    AUTO(db) db = db_open("fake:", false, &err);
    {
        AUTO(tx) tx = tx_begin(db, TX_DURABLE, &err);
        int64_t value = 0;
        CHECK_INT("scripted row", db_get_int(db, &err, &value, "SELECT x FROM y"), 1);
        CHECK_INT("scripted value", value, 7);
        CHECK("scripted failure", tx && !db_run(db, &err, "UPDATE y SET x = 1"));
        CHECK_TEXT("its code", err.code, "STORE_FULL");
    }
    CHECK("played to the end", db_fake_verdict() == NULL);
    db_fake_script(STEPS);
    CHECK("another statement is noticed", !db_run(db, &err, "DELETE FROM y") && db_fake_verdict() != NULL);
}

static bool fill(struct db *db, int rows) {
    struct err err;
    AUTO(tx) tx = tx_begin(db, TX_FAST, &err);
    for (int i = 0; i < rows && tx; i++)
        if (!db_run(db, &err, "INSERT INTO t (b) VALUES (zeroblob(4000))")) return false;
    return tx && tx_commit(TX_TAKE(tx), &err);
}

static off_t size_of(const char *path) {
    struct stat status;
    return stat(path, &status) ? -1 : status.st_size;
}

/* Who only reads waits for no writer, neither to open the store nor to look at it. */
static void check_reader_beside_writer(const char *url) {
    struct err err = {0};
    AUTO(db) writer = db_open(url, false, &err);
    AUTO(tx) tx = writer ? tx_begin(writer, TX_DURABLE, &err) : NULL;
    CHECK("a writer at work", tx != NULL);
    alarm(20); /* what waits for it waits for ever: it is this process */
    AUTO(db) reader = db_open(url, false, &err);
    CHECK("another opens the store", reader != NULL);
    CHECK("and reads", reader && rows_in_t(reader) > 0);
    alarm(0);
}

/* While somebody holds a snapshot the log cannot begin anew; soon after he lets go, it does, and grows no more. */
static void check_log_begins_anew(const char *url, const char *log) {
    struct err err;
    AUTO(db) db = db_open(url, false, &err);
    AUTO(db) reader = db_open(url, false, &err);
    AUTO(tx) snapshot = reader ? tx_begin(reader, TX_READ, &err) : NULL;
    if (!CHECK("a snapshot", db && snapshot && rows_in_t(reader) > 0)) return;
    for (int i = 0; i < 30; i++)
        if (!CHECK("written beside it", fill(db, 100))) return;
    off_t held = size_of(log);
    CHECK("it keeps the log from beginning anew", held > 3000 * 4096);
    tx_rollback(TX_TAKE(snapshot));
    for (int i = 0; i < 30; i++)
        if (!CHECK("written after it", fill(db, 100))) return;
    CHECK("then the log begins anew", size_of(log) < held + 500 * 4096);
}

/* What is committed fast is synchronised where SQLite has its log, whatever link leads there; a log that is gone is no proof. */
static void check_sync(const char *folder, const char *path) {
    struct err err = {0};
    char link_path[120], link_url[130], log[120];
    snprintf(link_path, sizeof link_path, "%s/link.db", folder);
    snprintf(link_url, sizeof link_url, "sqlite:%s", link_path);
    snprintf(log, sizeof log, "%s-wal", path);
    if (!CHECK("a link to the store", !symlink(path, link_path))) return;
    AUTO(db) db = db_open(link_url, false, &err);
    AUTO(db) memory = db_open("sqlite::memory:", true, &err);
    CHECK("written and synchronised behind a link", db && fill(db, 1) && db_sync(db, &err));
    CHECK("in memory there is nothing to do", memory && db_sync(memory, &err));
    CHECK("its log is taken away", !unlink(log));
    CHECK("that is told", db && !db_sync(db, &err));
    CHECK_TEXT("with a code", err.code, "STORE_REPLACED");
    int other = open(log, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    err = (struct err){0};
    CHECK("another in its place is no better", other >= 0 && db && !db_sync(db, &err));
    CHECK_TEXT("… with the same code", err.code, "STORE_REPLACED");
    close(other);
}

/* Removed, replaced or reached by a link that leads elsewhere now: what would be durable is refused, and told. */
static void check_in_place(const char *folder) {
    struct err err = {0};
    char path[120], away[130], link_path[130], url[140];
    snprintf(path, sizeof path, "%s/p.db", folder);
    snprintf(away, sizeof away, "%s/away.db", folder);
    snprintf(link_path, sizeof link_path, "%s/to-p.db", folder);
    snprintf(url, sizeof url, "sqlite:%s", link_path);
    CHECK("a link", !symlink(path, link_path));
    AUTO(db) db = db_open(url, true, &err);
    CHECK("a table", db && db_script(db, "CREATE TABLE t (b %BYTES%)", &err) && fill(db, 1));
    CHECK("in its place", db && db_in_place(db, &err) && db_sync(db, &err));
    for (int how = 0; how < 3; how++) { /* moved away; another in its place; the link leads elsewhere */
        err = (struct err){0};
        if (how < 2 && rename(path, away)) CHECK("moved", false);
        int other = how == 1 ? open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600) : -1;
        if (how == 2 && (unlink(link_path) || symlink("t.db", link_path))) CHECK("another link", false);
        CHECK("not in its place", db && !db_in_place(db, &err) && !strcmp(err.code, "STORE_REPLACED"));
        CHECK("nor safe on the disk", db && !db_sync(db, &err));
        AUTO(tx) tx = db ? tx_begin(db, TX_DURABLE, &err) : NULL;
        CHECK("nothing durable is committed", tx && db_run(db, &err, "DELETE FROM t") && !tx_commit(TX_TAKE(tx), &err));
        if (other >= 0) close(other);
        if (how < 2 && rename(away, path)) CHECK("put back", false);
        CHECK("put back", how == 2 || (db && db_in_place(db, &err) && db_sync(db, &err) && rows_in_t(db) == 1));
    }
}

/* Two names of one store have one lock between them where one is a symbolic link; a hard link would have a log of its own. */
static void check_names(const char *folder, const char *path) {
    struct err err = {0};
    char link_url[130], hard_path[120], hard_url[130], lock_path[300], other_path[300];
    snprintf(link_url, sizeof link_url, "sqlite:%s/link.db", folder);
    snprintf(hard_path, sizeof hard_path, "%s/hard.db", folder);
    snprintf(hard_url, sizeof hard_url, "sqlite:%s", hard_path);
    snprintf(lock_path, sizeof lock_path, "%s-writer", path);
    snprintf(other_path, sizeof other_path, "%s/link.db-writer", folder);
    AUTO(db) db = db_open(link_url, false, &err);
    {
        AUTO(tx) tx = db ? tx_begin(db, TX_FAST, &err) : NULL;
        CHECK("written behind a link under the lock of the store", tx && lock_held(lock_path));
        CHECK("and under no other", access(other_path, F_OK));
    }
    CHECK("a hard link to it", !link(path, hard_path));
    CHECK("is refused", !db_open(hard_url, false, &err));
    CHECK_TEXT("with its code", err.code, "STORE_LINKED");
    AUTO(db) again = db_open(link_url, false, &err);
    CHECK("the name that is in use still serves", again && rows_in_t(again) > 0);
    if (unlink(hard_path)) CHECK("and goes", false);
}

int main(void) {
    struct err err = {0};
    char folder[] = "/tmp/relais-test-db.XXXXXX", path[100], url[120];
    if (!mkdtemp(folder)) return 1;
    snprintf(path, sizeof path, "%s/t.db", folder);
    snprintf(url, sizeof url, "sqlite:%s", path);
    CHECK("a missing file is refused", db_open(url, false, &err) == NULL);
    CHECK_TEXT("with its code", err.code, "STORE_MISSING");
    CHECK("an unknown scheme is refused", db_open("oracle:x", true, &err) == NULL);
    {
        AUTO(db) db = db_open(url, true, &err);
        if (!CHECK("created", db != NULL)) printf("# %s\n", err.text);
        check_values(db);
        check_transactions(db, path);
    }
    check_processes(url);
    char log[120];
    snprintf(log, sizeof log, "%s-wal", path);
    check_reader_beside_writer(url);
    check_log_begins_anew(url, log);
    check_sync(folder, path);
    check_names(folder, path);
    check_in_place(folder);
    check_migrations(url);
    check_fake();
    char clean[140];
    snprintf(clean, sizeof clean, "rm -rf '%s'", folder);
    return system(clean) ? 1 : tap_end();
}
