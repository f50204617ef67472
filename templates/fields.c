/* The table of fields, made from the list in the header. */
#include "templates/fields.h"

#include <string.h>

#define FIELD_TEXT(name) #name,
const char *const FIELD_NAME[FIELD_COUNT] = {FIELDS(FIELD_TEXT, FIELD_TEXT)};

#define FIELD_IS_TEXT(name) false,
#define FIELD_IS_TRUTH(name) true,
static const bool IS_TRUTH[FIELD_COUNT] = {FIELDS(FIELD_IS_TEXT, FIELD_IS_TRUTH)};

bool field_is_truth(enum field field) { return IS_TRUTH[field]; }

int field_of(const char *name, size_t length) {
    for (int i = 0; i < FIELD_COUNT; i++)
        if (strlen(FIELD_NAME[i]) == length && !memcmp(FIELD_NAME[i], name, length)) return i;
    return -1;
}
