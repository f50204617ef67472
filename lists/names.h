/* Collectivities by name: the ways a name is written, where it is looked for, whether it fits a code (RULES 7, 14). */
#ifndef LISTS_NAMES_H
#define LISTS_NAMES_H

#include "base/buf.h"
#include "lists/codes.h"
#include "lists/reference.h"

struct name_place { /* where to look, strictest first */
    const struct department *department; /* said by the row: nowhere else */
    const char *postal;                  /* "" = none */
    const struct department *carried;    /* from the rows above: not strict */
};

enum name_found { NAME_NONE, NAME_ONE, NAME_SEVERAL };
/* Current names before former ones; sets warning bits (CODE_OBSOLETE, DEPARTMENT_CARRIED). *who is NULL unless
 * NAME_ONE. */
enum name_found name_find(const struct reference *reference, const char *name, const struct name_place *place,
                          const struct collectivity **who, unsigned *warnings);
/* The comparison forms a name may stand for, the surest first: appended as NUL-terminated texts. Returns how many. */
size_t name_forms(const char *name, struct buf *forms);
/* The communes of one of which a name is (NAME_SEVERAL): current ones or, where there is none, those that a former one
 * of that name belongs to; in the order of the reference, at most `most` into out. Returns how many there are. */
size_t name_candidates(const struct reference *reference, const char *name, const struct department *department,
                       const struct collectivity **out, size_t most);
/* The grouping of exactly this name, when it is the only one in the country; NULL. */
const struct collectivity *grouping_named(const struct reference *reference, const char *name);
bool name_is(const struct collectivity *who, const char *name); /* in one of the ways it is written */

enum name_check { NAME_FITS, NAME_SUSPECT, NAME_NOBODYS, NAME_ANOTHERS };
/* Whether the name beside a code is that of its commune, now or formerly (an empty name fits; groupings are only
 * looked at for hostile text). */
enum name_check name_check(const struct reference *reference, const struct collectivity *who, const char *name);

#endif
