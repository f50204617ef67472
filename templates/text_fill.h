/* Filling lines: words into lines of so many columns, as they are or in quoted-printable at once.
 *
 * A line under construction lies at the end of out. What comes next goes on it when it fits; else the line is broken
 * at its last space, and what stood behind it begins the next one. Longer words stand alone; several spaces are one. */
#ifndef TEMPLATES_TEXT_FILL_H
#define TEMPLATES_TEXT_FILL_H

#include "base/buf.h"

enum {
    TEXT_FILL_QUOTED = 72, /* bytes of a word in quoted-printable, at most: longer ones come in pieces */
};

/* Words with one space between any two; offsets of one count from the run's begin. */
struct text_word {
    uint32_t plain_from, plain_to, quoted_from, quoted_to, column_from, column_to;
};
struct text_run {
    const char *plain, *quoted;
    const struct text_word *words;
    size_t count;
};

/* A value as words, kept from recipient to recipient while it stays the same. */
enum { TEXT_VALUE_WORDS = 16 };
struct text_value {
    uint64_t version; /* the owner's business */
    struct buf plain, quoted;
    struct text_word words[TEXT_VALUE_WORDS];
    size_t count, taken; /* of the bytes: taken by the words; those left are looked at anew each time */
};
#define TEXT_VALUE_INIT                                                                                      \
    { .plain = BUF_INIT(4 << 20), .quoted = BUF_INIT(TEXT_VALUE_WORDS * (TEXT_FILL_QUOTED + 1)) }

struct text_fill {
    struct buf *out;
    size_t width; /* columns */
    bool quoted;  /* as quoted-printable, lines ending with CRLF instead of LF */
    const char *rest; /* what leads the block's lines but for the first; ASCII */
    size_t widest;    /* line of this block, in columns */
    size_t values;    /* bytes of values so far, at least */
    /* the line: */
    size_t at, used;  /* where it begins in out; columns on it */
    size_t soft_at;   /* behind its last soft line break, or at */
    bool empty;       /* nothing on it but what leads it */
    bool has_space;
    size_t space_at, space_used; /* its last space, and the columns before it */
};

void text_fill_begin(struct text_fill *fill, const char *first, const char *rest); /* a block */
void text_fill_run(struct text_fill *fill, const struct text_run *run);
void text_fill_space(struct text_fill *fill);
/* UTF-8 without line ends: text_value_set once, then text_fill_value wherever it stands. */
void text_value_set(struct text_value *value, const char *text, size_t length);
void text_fill_value(struct text_fill *fill, const struct text_value *value);
void text_value_release(struct text_value *value);
void text_fill_newline(struct text_fill *fill);                                /* ends a line, and begins one */
void text_fill_end(struct text_fill *fill);                                    /* ends the block's last line */

/* One word, cut into as many as must be: how many bytes of text the next one takes, its columns and its quoted form,
 * appended to quoted (room for TEXT_FILL_QUOTED bytes), whose length it returns. */
size_t text_fill_cut(const char *text, size_t length, char *quoted, size_t *taken, size_t *columns);

#endif
