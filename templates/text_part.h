/* The plain-text part: Markdown events to text of 72 columns, links written out. */
#ifndef TEMPLATES_TEXT_PART_H
#define TEMPLATES_TEXT_PART_H

#include "templates/markdown.h"
#include "templates/splice.h"
#include "templates/text_fill.h"

enum { TEXT_PART_COLUMNS = 72, TEXT_PART_PREFIX = 40 };

/* A block is a range of atoms; where no value can change it, it was written once and for all when compiled. */
struct text_atom {
    enum {
        TEXT_RUN,
        TEXT_SPACE,
        TEXT_NEWLINE,
        TEXT_HOLE
    } kind;
    size_t from, count; /* of a run: words */
    size_t plain, quoted; /* and where its bytes begin */
    size_t piece, value;  /* of a hole */
};
struct text_block {
    size_t from, to; /* pieces; once finished: atoms, or none */
    size_t plain_from, plain_to, quoted_from, quoted_to; /* of a finished block without holes */
    char first[TEXT_PART_PREFIX], rest[TEXT_PART_PREFIX]; /* what leads its first line, and the others */
    bool blank_before, verbatim, underline, fixed;
    struct buf kept; /* as it was quoted last, while its values were those of the stamp */
    uint64_t stamp;
    size_t kept_values;
    uint32_t fields; /* whose values are in it, a bit each */
};
struct text_part {
    struct splice splice;
    struct text_block *blocks;
    size_t count;
    struct text_atom *atoms;
    size_t atom_count;
    struct text_word *words;
    size_t word_count;
    struct buf quoted;                    /* the words', in quoted-printable */
    struct text_value *values;            /* what stood in the holes last */
    size_t value_count;
    struct buf fixed_plain, fixed_quoted; /* blocks without holes */
    size_t least;                         /* bytes of text there are whatever the values */
    /* while events come in: */
    struct text_block open;
    bool in_block, blank_due;
    int list_depth;
    size_t prefix_lengths[16]; /* of the quotes and items entered */
    size_t prefix_depth;
    struct buf link,
        label; /* a link's address and what it reads, to write the address only when it tells more */
    bool in_link;
};
#define TEXT_PART_INIT                                                                                       \
    {                                                                                                        \
        .splice = SPLICE_INIT, .link = BUF_INIT(1 << 16), .label = BUF_INIT(1 << 16),                        \
        .quoted = BUF_INIT(4 << 20), .fixed_plain = BUF_INIT(4 << 20), .fixed_quoted = BUF_INIT(4 << 20)     \
    }

void text_part_event(struct text_part *part, const struct markdown_event *event);
void text_part_finish(struct text_part *part); /* after the last event */
void text_part_release(struct text_part *part);
/* Appended, LF at line ends; or, quoted, in quoted-printable with CRLF. *values_length grows by
 * the bytes of the values in it. scratch is cleared first. */
bool text_part_render(struct text_part *part, struct splice_values *values, bool quoted, struct buf *scratch,
                      struct buf *out, size_t *values_length, struct err *err);

#endif
