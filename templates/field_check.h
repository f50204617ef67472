/* Which fields a template uses and how; what is none is refused with its place and the nearest names. */
#ifndef TEMPLATES_FIELD_CHECK_H
#define TEMPLATES_FIELD_CHECK_H

#include "templates/fields.h"
#include "templates/mustache.h"

struct field_check {
    const char *file;
    long line_offset, column_offset; /* of the text within its file; the column's on its first line only */
    uint32_t sections; /* bit per field that opens a section: those decide which text is rendered */
    uint32_t texts;    /* bit per field whose value is written */
    struct err *err;
};
_Static_assert(FIELD_COUNT <= 32, "one bit a field");
bool field_check(struct field_check *check, const struct mustache *mustache);

#endif
