/* What the columns of a list are: the header row recognised by its words (RULES 4, 20). */
#ifndef LISTS_COLUMNS_H
#define LISTS_COLUMNS_H

#include "lists/arena.h"
#include "lists/rows.h"
#include "lists/vocabulary.h"

enum header_kind {
    HEADER_CONTACTS, /* an identity column and an e-mail column */
    HEADER_STATUS,   /* an identity column, no e-mail column, a column that says a status */
    HEADER_BARE,     /* an identity column, no e-mail column: somebody else says what the rows are */
    HEADER_RELAYS,   /* networks: a name, short name or function, and an e-mail column */
};

struct columns {
    size_t count; /* trailing empty header cells are no columns */
    enum column_role *roles;
    char **headers; /* as written */
    char **keys;    /* N() of them */
    bool has[COLUMN_ROLES];
    /* Of rejected rows that Relais wrote (OWN_REASON, OWN_REMEDY as the last two titles): those two are no columns of
     * the list, nor the empty titles before them, so that its rows are judged as they were. Both count: no such. */
    size_t titles, own;
};

/* Whether the row is a header of that kind; then *columns is filled from the arena. arena NULL: only asks. */
bool columns_read(const struct row *row, enum header_kind kind, struct arena *arena, struct columns *columns);
bool columns_bear_status(const struct columns *columns);
/* How many columns the list itself has; and whether one is Relais' own, its cells not to be looked at. */
static inline size_t columns_titles(const struct columns *columns) { return columns->titles; }
static inline bool columns_own(const struct columns *columns, size_t i) { return i >= columns->own && i < columns->count; }
/* The same cells as the header, after N(). */
bool columns_repeated(const struct columns *columns, const struct row *row);

#endif
