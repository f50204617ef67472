/* What somebody may have meant: names and headers that differ by a letter or two. Only ever asked, never applied. */
#ifndef LISTS_NEAR_H
#define LISTS_NEAR_H

#include "lists/reference.h"
#include "lists/vocabulary.h"

/* Letters to insert, drop or change between two texts in the form N() (Levenshtein); most + 1 when it takes more. */
size_t near_distance(const char *a, const char *b, size_t most);

/* Communes whose names are nearest to one of the forms (count NUL-terminated texts, N()): into out, at most NEAR_NAMES,
 * the nearest first; of one department only, unless department is NULL. Returns how many. Looks at every commune. */
enum { NEAR_NAMES = 3 };
size_t near_names(const struct reference *reference, const char *forms, size_t count, const char *department,
                  const struct collectivity *out[NEAR_NAMES]);

/* The title to write over a column of that role: "Code INSEE"; a header the vocabulary knows. */
extern const char *const COLUMN_TITLE[COLUMN_ROLES];
/* The role a header (N()) that is none may have been meant for; COLUMN_NONE when nothing is near. */
enum column_role near_header(const char *key, bool of_relays);

#endif
