/* A splice whose literals are in quoted-printable already (RFC 2045 6.7): for each recipient only values are left to
 * quote. Behind a value the line is broken softly, so that what follows looks the same whatever the value's length. */
#ifndef TEMPLATES_QUOTED_PART_H
#define TEMPLATES_QUOTED_PART_H

#include "templates/splice.h"

struct quoted_piece {
    size_t from, length; /* literal bytes, then */
    bool hole;           /* a value, */
    size_t piece;        /* the splice's piece, */
    size_t column;       /* which begins there */
    bool ends_line;      /* and is the last thing on its line */
    enum field field;    /* the value's */
    bool in_text;        /* neither in a URL nor at the edge of a line */
    bool shrinks;        /* a telephone number, of which only digits stay */
    struct buf value;    /* as it was quoted last, */
    uint64_t version;    /* from that version of it */
};
struct quoted_part {
    struct buf literals;
    struct quoted_piece *pieces;
    size_t count;
    size_t least; /* bytes of text there are whatever the values */
};
#define QUOTED_PART_INIT                                                                                     \
    { .literals = BUF_INIT(8 << 20) }
void quoted_part_release(struct quoted_part *part);

void quoted_part_finish(struct quoted_part *part, const struct splice *splice); /* of a splice that is complete */
/* Appended; *values_length grows by the bytes of the values in it, at least. scratch is cleared first. */
bool quoted_part_render(struct quoted_part *part, const struct splice *splice, struct splice_values *values,
                        struct buf *scratch, struct buf *out, size_t *values_length, struct err *err);

#endif
