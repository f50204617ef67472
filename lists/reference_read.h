/* A year's reference from its three files: every row checked before anything is believed. Pure: bytes in, a
 * reference or one French sentence out. */
#ifndef LISTS_REFERENCE_READ_H
#define LISTS_REFERENCE_READ_H

#include "base/source.h"
#include "lists/reference.h"

enum reference_part { REFERENCE_DEPARTMENTS, REFERENCE_COLLECTIVITIES, REFERENCE_FORMER, REFERENCE_PARTS };
/* "departements.csv", "collectivites-", "anciennes-communes.csv" */
extern const char *const REFERENCE_FILE[REFERENCE_PARTS];

struct reference_file {
    const char *name;     /* for the place of an error */
    struct source source; /* borrowed */
    bool given;           /* false: what is known of this part stays */
};

/* French sentences about what is odd and was let pass. */
struct remarks {
    char **all;
    size_t count;
};
void remark(struct remarks *remarks, const char *format, ...) PRINTF_LIKE(2, 3);
void remarks_release(struct remarks *remarks);

/* "…/collectivites-2027.csv" gives 2027; 0 when the name holds no year. */
int reference_year_of(const char *path);

/* Departments of `before` that the file does not repeat are kept, for a department is never forgotten; before is NULL
 * when there is no reference yet. Former communes are only those of the file. NULL with ERR_INPUT, file and line:
 * REFERENCE_COLUMN, REFERENCE_ROW, REFERENCE_ID, REFERENCE_SIREN, REFERENCE_DUPLICATE, REFERENCE_DEPARTMENT,
 * REFERENCE_NUMBER, REFERENCE_FORMER, REFERENCE_MISSING. */
struct reference *reference_read(const struct reference_file files[REFERENCE_PARTS], const struct reference *before,
                                 struct remarks *remarks, struct err *err);

#endif
