/* Whom a row is about: INSEE codes, SIREN, names by department, and what spreadsheets do to them (RULES 7, 14, 15).
 * Nothing is guessed: a row is one collectivity of the reference, or refused with a reason. */
#ifndef LISTS_IDENTITY_H
#define LISTS_IDENTITY_H

#include "lists/codes.h"
#include "lists/reference.h"
#include "lists/vocabulary.h"

struct identity_cells { /* as the row holds them; "" where there is none; never NULL */
    const char *any; /* column "id": an INSEE code or a SIREN, told apart by form */
    const char *insee, *siren, *name, *department, *postal;
    const struct department *carried; /* of the rows above; NULL = none */
};

struct identity {
    const struct collectivity *who; /* NULL: refused */
    const char *reason;             /* of the refusal */
    enum column_role column;        /* the column at fault */
    unsigned warnings;              /* bits 1u << enum list_code */
    const struct collectivity *clash[2]; /* ID_CONFLICT: the code's, the SIREN's; ID_NAME_CONFLICT: the code's, NULL */
};

struct identity identity_find(const struct reference *reference, const struct identity_cells *cells);

/* A department by code, code without its 0, name, "name (code)", "code - name"; NULL when it is none. */
const struct department *department_read(const struct reference *reference, const char *text);

/* A code cell cleaned: white space, ="…", leading apostrophe, trailing .0 or ,0 removed, upper case; "" for a
 * placeholder. The caller frees. */
char *code_clean(const char *text);
bool siren_luhn(const char *nine_digits);

#endif
