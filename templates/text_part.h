/* The plain-text part: Markdown events to text of 72 columns, links written out. */
#ifndef TEMPLATES_TEXT_PART_H
#define TEMPLATES_TEXT_PART_H

#include "templates/markdown.h"
#include "templates/splice.h"

enum { TEXT_PART_COLUMNS = 72, TEXT_PART_PREFIX = 40 };

struct text_block {
    size_t from, to;                                      /* pieces */
    char first[TEXT_PART_PREFIX], rest[TEXT_PART_PREFIX]; /* what leads its first line, and the others */
    bool blank_before, verbatim, underline;
};
struct text_part {
    struct splice splice;
    struct text_block *blocks;
    size_t count;
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
    { .splice = SPLICE_INIT, .link = BUF_INIT(1 << 16), .label = BUF_INIT(1 << 16) }

void text_part_event(struct text_part *part, const struct markdown_event *event);
void text_part_release(struct text_part *part);
/* Appended, LF at line ends; scratch is cleared first. */
bool text_part_render(const struct text_part *part, const struct splice_values *values, struct buf *scratch,
                      struct buf *out, struct err *err);

#endif
