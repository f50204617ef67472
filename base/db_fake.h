/* A scripted database for tests: statements are expected in order, answers are given by hand. */
#ifndef BASE_DB_FAKE_H
#define BASE_DB_FAKE_H

#include "base/db.h"

struct db_fake_step {
    const char *sql_part;  /* the statement must contain this; NULL ends the script */
    const char *fail_code; /* not NULL: the statement fails with this code, ERR_FATAL */
    const char *const *cells; /* rows * columns texts, row by row; NULL text is NULL */
    int rows, columns;
};

/* The script the next db_open("fake:") plays. "BEGIN", "COMMIT" and "ROLLBACK" are statements too. */
void db_fake_script(const struct db_fake_step *steps);
/* NULL when every step was played and nothing else was asked; otherwise what went differently. */
const char *db_fake_verdict(void);

#endif
