/* What to do about one cell, as precisely as the reference allows: one French sentence for the coordinator who has the
 * file open. Suggestions are questions; nothing here is ever applied. */
#ifndef LISTS_HINTS_H
#define LISTS_HINTS_H

#include "base/buf.h"
#include "lists/identity.h"

struct hints {
    const struct reference *reference;
    long searches; /* through the whole reference that may still be made: a hostile file must not make thousands */
};
enum { HINT_SEARCHES = 300, LONGEST_HINT = 500 };

/* Each appends a sentence, or nothing when the code's own (code_sentence) says all there is to say. */
void hint_identity(struct hints *hints, const struct identity *identity, const struct identity_cells *cells, struct buf *out);
void hint_email(const char *cell, size_t length, struct buf *out);
void hint_date(const char *cell, size_t length, struct buf *out);
/* "Brest (29019, Finistère)" */
void hint_who(const struct hints *hints, const struct collectivity *who, struct buf *out);

#endif
