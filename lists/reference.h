/* The reference in memory: who exists this year, under which codes and names. Pure; loaded by the store. */
#ifndef LISTS_REFERENCE_H
#define LISTS_REFERENCE_H

#include "base/err.h"

struct collectivity {
    const char *id, *type, *insee, *siren, *name, *name_key, *department, *epci_siren, *postcodes; /* never NULL */
    int64_t population;
};
struct former_commune { const char *code, *name, *name_key, *nature, *current_id; };
struct department { const char *code, *name, *name_key, *region, *region_name, *zone; };

struct reference; /* owns copies of everything added */
struct reference *reference_new(void);
void reference_free(struct reference *reference);
AUTO_CLOSE(reference, reference_free)
void reference_add(struct reference *reference, const struct collectivity *one);
void reference_add_former(struct reference *reference, const struct former_commune *one);
void reference_add_department(struct reference *reference, const struct department *one);
/* After the last add: builds the indexes. ERR_INPUT REFERENCE_EMPTY when there is no collectivity. */
bool reference_ready(struct reference *reference, struct err *err);

size_t reference_count(const struct reference *reference); /* of collectivities */
size_t reference_place(const struct reference *reference, const struct collectivity *one); /* 0 … count - 1 */
const struct collectivity *reference_by_insee(const struct reference *reference, const char *code);
const struct collectivity *reference_by_siren(const struct reference *reference, const char *siren);
const struct collectivity *reference_by_id(const struct reference *reference, const char *id);
const struct former_commune *reference_former(const struct reference *reference, const char *code);
const struct department *reference_department(const struct reference *reference, const char *code);

/* Everything there is, in the order it was added; borrowed. */
const struct collectivity *reference_all(const struct reference *reference, size_t *count);
const struct former_commune *reference_all_former(const struct reference *reference, size_t *count);
const struct department *reference_all_departments(const struct reference *reference, size_t *count);

/* By comparison form N(): the first of that name when after is NULL, then the one behind it; NULL at the end.
 * reference_named gives communes (insee not empty) and groupings alike. */
const struct collectivity *reference_named(const struct reference *reference, const char *name_key,
                                           const struct collectivity *after);
const struct former_commune *reference_formerly(const struct reference *reference, const char *name_key,
                                                const struct former_commune *after);
const struct department *reference_department_named(const struct reference *reference, const char *name_key);

#endif
