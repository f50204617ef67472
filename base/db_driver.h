/* What a database driver must do; only db.c and the drivers include this. */
#ifndef BASE_DB_DRIVER_H
#define BASE_DB_DRIVER_H

#include "base/db.h"

struct db_rows {
    const struct db_driver *driver;
    void *state; /* the driver's */
};

struct db_driver {
    const char *scheme; /* "sqlite" */
    const char *word_id, *word_bytes, *word_lock;
    void *(*open)(const char *rest_of_url, bool create, struct err *err);                       /* must */
    void (*close)(void *state);                                                                 /* must */
    bool (*script)(void *state, const char *sql, struct err *err);                              /* must */
    bool (*run)(void *state, const char *sql, const struct db_arg *args, struct err *err);      /* must */
    void *(*query)(void *state, const char *sql, const struct db_arg *args, struct err *err);   /* must */
    int (*next)(void *rows, struct err *err);                                                   /* must */
    enum db_kind (*kind)(const void *rows, int column);                                         /* must */
    int64_t (*number)(const void *rows, int column);                                            /* must */
    const char *(*bytes)(const void *rows, int column, size_t *length);                         /* must */
    void (*rows_close)(void *rows);                                                             /* must */
    int64_t (*changes)(void *state);                                                            /* must */
    int64_t (*inserted_id)(void *state);                                                        /* must */
    bool (*begin)(void *state, enum tx_kind kind, struct err *err);                             /* must */
    bool (*commit)(void *state, struct err *err);                                               /* must */
    void (*rollback)(void *state);                                                              /* must */
    bool (*cache_kb)(void *state, int kb, struct err *err);                                     /* may */
    bool (*sync)(const void *state, struct err *err); /* in whatever thread; may: commits are durable whatever their kind */
    bool (*in_place)(const void *state, struct err *err);                                       /* may */
    bool (*foreign_changes)(void *state, int64_t *mark, struct err *err);                       /* may */
    void *(*copy)(void *state, struct err *err);                                                /* may */
};

extern const struct db_driver DB_SQLITE, DB_FAKE;

#endif
