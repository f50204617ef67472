/* The fake driver: plays a script, remembers the first difference. */
#include "base/db_fake.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/db_driver.h"

static const struct db_fake_step *script_at;
static char difference[512];

struct fake_rows {
    const struct db_fake_step *step;
    int row;
};

void db_fake_script(const struct db_fake_step *steps) {
    script_at = steps;
    difference[0] = '\0';
}

const char *db_fake_verdict(void) {
    if (!difference[0] && script_at && script_at->sql_part)
        snprintf(difference, sizeof difference, "never asked: %s", script_at->sql_part);
    return difference[0] ? difference : NULL;
}

static const struct db_fake_step *play(const char *sql, struct err *err) {
    if (!script_at || !script_at->sql_part || !strstr(sql, script_at->sql_part)) {
        if (!difference[0])
            snprintf(difference, sizeof difference, "asked: %s; expected: %s", sql,
                     script_at && script_at->sql_part ? script_at->sql_part : "nothing");
        err_set(err, ERR_FATAL, "FAKE", "%s", difference);
        return NULL;
    }
    const struct db_fake_step *step = script_at++;
    if (!step->fail_code) return step;
    err_set(err, ERR_FATAL, step->fail_code, "panne jouée : %s", step->sql_part);
    return NULL;
}

static void *fake_open(const char *rest, bool create, struct err *err) {
    (void)rest;
    (void)create;
    (void)err;
    return mem_new(1, 1);
}
static bool run(void *state, const char *sql, const struct db_arg *args, struct err *err) {
    (void)state;
    (void)args;
    return play(sql, err) != NULL;
}
static bool script(void *state, const char *sql, struct err *err) { return run(state, sql, NULL, err); }
static void *query(void *state, const char *sql, const struct db_arg *args, struct err *err) {
    (void)state;
    (void)args;
    const struct db_fake_step *step = play(sql, err);
    if (!step) return NULL;
    struct fake_rows *rows = mem_new(1, sizeof *rows);
    *rows = (struct fake_rows){.step = step, .row = -1};
    return rows;
}
static int next(void *state, struct err *err) {
    (void)err;
    struct fake_rows *rows = state;
    return ++rows->row < rows->step->rows;
}
static const char *bytes(const void *state, int column, size_t *length) {
    const struct fake_rows *rows = state;
    const char *text = rows->step->cells[rows->row * rows->step->columns + column];
    *length = text ? strlen(text) : 0;
    return text;
}
static enum db_kind kind(const void *state, int column) {
    size_t length;
    return bytes(state, column, &length) ? DB_TEXT : DB_NULL;
}
static int64_t number(const void *state, int column) {
    size_t length;
    const char *text = bytes(state, column, &length);
    return text ? atoll(text) : 0;
}
static int64_t zero(void *state) {
    (void)state;
    return 0;
}
static bool begin(void *state, enum tx_kind wanted, struct err *err) {
    (void)wanted;
    return run(state, "BEGIN", NULL, err);
}
static bool commit(void *state, struct err *err) { return run(state, "COMMIT", NULL, err); }
static void rollback(void *state) {
    struct err ignored;
    run(state, "ROLLBACK", NULL, &ignored);
}

const struct db_driver DB_FAKE = {
    .scheme = "fake", .word_id = "ID", .word_bytes = "BYTES", .word_lock = "LOCK",
    .open = fake_open, .close = free, .script = script, .run = run, .query = query, .next = next,
    .kind = kind, .number = number, .bytes = bytes, .rows_close = free, .changes = zero, .inserted_id = zero,
    .begin = begin, .commit = commit, .rollback = rollback,
};
