/* Blocks of text to lines: what is the same for every recipient once, when a template is compiled, the rest for each. */
#include "templates/text_part.h"

#include <stdlib.h>
#include <string.h>

#include "templates/body_encoding.h"

void text_part_release(struct text_part *part) {
    splice_release(&part->splice);
    for (size_t i = 0; i < part->count; i++) buf_release(&part->blocks[i].kept);
    free(part->blocks);
    free(part->atoms);
    free(part->words);
    buf_release(&part->link);
    buf_release(&part->label);
    for (size_t i = 0; i < part->value_count; i++) text_value_release(&part->values[i]);
    free(part->values);
    buf_release(&part->quoted);
    buf_release(&part->fixed_plain);
    buf_release(&part->fixed_quoted);
    *part = (struct text_part)TEXT_PART_INIT;
}

/* -- compiling: pieces to atoms ------------------------------------------------------------------------ */
static struct text_atom *add_atom(struct text_part *part, int kind) {
    if ((part->atom_count & (part->atom_count - 1)) == 0)
        part->atoms = mem_grow(part->atoms, part->atom_count ? part->atom_count * 2 : 1, sizeof *part->atoms);
    struct text_atom *atom = &part->atoms[part->atom_count++];
    *atom = (struct text_atom){.kind = kind};
    return atom;
}

static struct text_word *add_word(struct text_part *part) {
    if ((part->word_count & (part->word_count - 1)) == 0)
        part->words = mem_grow(part->words, part->word_count ? part->word_count * 2 : 1, sizeof *part->words);
    return &part->words[part->word_count++];
}

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

/* Words from at on with one space between any two, up to what ends a run: other blanks, a line end, a cut word. */
static const char *add_run(struct text_part *part, const char *at, const char *end) {
    const char *begin = at;
    struct text_atom *run = add_atom(part, TEXT_RUN);
    uint32_t column = 0;
    *run = (struct text_atom){.kind = TEXT_RUN,
                              .from = part->word_count,
                              .plain = (size_t)(at - buf_text(&part->splice.literals)),
                              .quoted = part->quoted.length};
    for (;;) {
        char quoted[TEXT_FILL_QUOTED];
        size_t word = 0, taken, columns;
        while (at + word < end && !is_blank(at[word]) && at[word] != '\n') word++;
        size_t bytes = text_fill_cut(at, word, quoted, &taken, &columns);
        uint32_t plain_from = (uint32_t)(at - begin), quoted_from = (uint32_t)(part->quoted.length - run->quoted);
        *add_word(part) = (struct text_word){plain_from,
                                             plain_from + (uint32_t)taken,
                                             quoted_from,
                                             quoted_from + (uint32_t)bytes,
                                             column,
                                             column + (uint32_t)columns};
        buf_add(&part->quoted, quoted, bytes);
        run->count++;
        at += taken;
        column += (uint32_t)columns + 1;
        if (taken < word || end - at < 2 || *at != ' ' || is_blank(at[1]) || at[1] == '\n') return at;
        buf_add_char(&part->quoted, ' ');
        at++;
    }
}

static void add_literal(struct text_part *part, const char *at, const char *end) {
    while (at < end) {
        if (*at == '\n' || is_blank(*at))
            add_atom(part, *at++ == '\n' ? TEXT_NEWLINE : TEXT_SPACE);
        else
            at = add_run(part, at, end);
    }
}

static void add_hole(struct text_part *part, size_t piece) {
    struct text_atom *atom = add_atom(part, TEXT_HOLE);
    if ((part->value_count & (part->value_count - 1)) == 0)
        part->values = mem_grow(part->values, part->value_count ? part->value_count * 2 : 1, sizeof *part->values);
    atom->piece = piece;
    atom->value = part->value_count;
    part->values[part->value_count++] = (struct text_value)TEXT_VALUE_INIT;
}

static void add_pieces(struct text_part *part, const struct text_block *block) {
    for (size_t i = block->from; i < block->to; i++) {
        const struct splice_piece *piece = &part->splice.pieces[i];
        const char *literal = buf_text(&part->splice.literals) + piece->from;
        if (piece->field < 0)
            add_literal(part, literal, literal + piece->length);
        else
            add_hole(part, i);
    }
}

/* -- rendering ----------------------------------------------------------------------------------------- */
static bool set_value(struct text_part *part, const struct text_atom *atom, struct text_value *value,
                      struct splice_values *values, struct buf *scratch, struct err *err) {
    const struct splice_piece *piece = &part->splice.pieces[atom->piece];
    const struct splice_value *given = &values->of[piece->field];
    value->version = 0;
    buf_clear(scratch);
    if (piece->place == SPLICE_TEXT || piece->place == SPLICE_PROSE_TEXT)
        text_value_set(value, given->text, given->length);
    else if (splice_render(&part->splice, atom->piece, atom->piece + 1, values, scratch, err))
        text_value_set(value, buf_text(scratch), scratch->length);
    else
        return false;
    value->version = given->version;
    return true;
}

static bool fill_hole(struct text_part *part, const struct text_atom *atom, struct text_fill *fill,
                      struct splice_values *values, struct buf *scratch, struct err *err) {
    struct text_value *value = &part->values[atom->value];
    if (value->version != values->of[part->splice.pieces[atom->piece].field].version &&
        !set_value(part, atom, value, values, scratch, err))
        return false;
    text_fill_value(fill, value);
    return true;
}

static void add_underline(const struct text_block *block, struct text_fill *fill) {
    size_t widest = fill->widest < fill->width ? fill->widest : fill->width;
    if (!widest) return;
    buf_add_text(fill->out, block->rest);
    for (size_t i = 0; i < widest; i++) buf_add_char(fill->out, '-');
    buf_add_text(fill->out, fill->quoted ? "\r\n" : "\n");
}

static bool fill_block(struct text_part *part, const struct text_block *block, struct text_fill *fill,
                       struct splice_values *values, struct buf *scratch, struct err *err) {
    const char *plain = buf_text(&part->splice.literals), *quoted = buf_text(&part->quoted);
    if (block->blank_before) buf_add_text(fill->out, fill->quoted ? "\r\n" : "\n");
    text_fill_begin(fill, block->first, block->rest);
    for (size_t i = block->from; i < block->to; i++) {
        const struct text_atom *atom = &part->atoms[i];
        if (atom->kind == TEXT_RUN)
            text_fill_run(fill, &(struct text_run){plain + atom->plain, quoted + atom->quoted, part->words + atom->from,
                                                   atom->count});
        else if (atom->kind == TEXT_SPACE)
            text_fill_space(fill);
        else if (atom->kind == TEXT_NEWLINE)
            text_fill_newline(fill);
        else if (!fill_hole(part, atom, fill, values, scratch, err))
            return false;
    }
    text_fill_end(fill);
    if (block->underline) add_underline(block, fill);
    return true;
}

/* Code, line by line as it stands. */
static bool copy_block(const struct text_part *part, const struct text_block *block, struct text_fill *fill,
                       struct splice_values *values, struct buf *scratch, struct err *err) {
    buf_clear(scratch);
    if (!splice_render(&part->splice, block->from, block->to, values, scratch, err)) return false;
    const char *at = buf_text(scratch), *end = at + scratch->length, *lead = block->first;
    if (end > at && end[-1] == '\n') end--;
    if (block->blank_before) buf_add_text(fill->out, fill->quoted ? "\r\n" : "\n");
    for (bool more = true; more; lead = block->rest) {
        const char *line_end = memchr(at, '\n', (size_t)(end - at));
        more = line_end != NULL;
        if (!more) line_end = end;
        while (line_end > at && line_end[-1] == ' ') line_end--;
        size_t column = 0, length = (size_t)(line_end - at), lead_length = strlen(lead);
        while (!length && lead_length && lead[lead_length - 1] == ' ') lead_length--;
        if (fill->quoted) {
            body_quote(fill->out, &column, lead, lead_length, false);
            body_quote(fill->out, &column, at, length, true);
        } else {
            buf_add(fill->out, lead, lead_length);
            buf_add(fill->out, at, length);
            buf_add_char(fill->out, '\n');
        }
        at = more ? (const char *)memchr(line_end, '\n', (size_t)(end - line_end)) + 1 : end;
    }
    return true;
}

static bool render_block(struct text_part *part, const struct text_block *block, struct text_fill *fill,
                         struct splice_values *values, struct buf *scratch, struct err *err) {
    return block->verbatim ? copy_block(part, block, fill, values, scratch, err)
                           : fill_block(part, block, fill, values, scratch, err);
}

/* Grows whenever a value in the block changes. */
static uint64_t stamp_of(const struct text_block *block, struct splice_values *values) {
    uint64_t stamp = 0;
    for (uint32_t left = block->fields; left; left &= left - 1) stamp += values->of[__builtin_ctz(left)].version;
    return stamp;
}

/* The words of most blocks are those of the message before. */
static bool render_again(struct text_part *part, struct text_block *block, struct splice_values *values,
                         struct buf *scratch, struct buf *out, size_t *values_length, struct err *err) {
    struct text_fill fill = {.out = &block->kept, .width = TEXT_PART_COLUMNS, .quoted = true};
    uint64_t stamp = block->verbatim ? 0 : stamp_of(block, values);
    if (!stamp || stamp != block->stamp) {
        buf_clear(&block->kept);
        block->stamp = 0;
        if (!render_block(part, block, &fill, values, scratch, err)) return false;
        block->stamp = stamp;
        block->kept_values = fill.values;
    }
    buf_add(out, buf_text(&block->kept), block->kept.length);
    if (block->kept.overflow) out->overflow = true;
    *values_length += block->kept_values;
    return true;
}

static void add_fixed(const struct text_part *part, const struct text_block *block, bool quoted, struct buf *out) {
    if (quoted)
        buf_add(out, buf_text(&part->fixed_quoted) + block->quoted_from, block->quoted_to - block->quoted_from);
    else
        buf_add(out, buf_text(&part->fixed_plain) + block->plain_from, block->plain_to - block->plain_from);
}

bool text_part_render(struct text_part *part, struct splice_values *values, bool quoted, struct buf *scratch,
                      struct buf *out, size_t *values_length, struct err *err) {
    struct text_fill plain = {.out = out, .width = TEXT_PART_COLUMNS};
    for (size_t i = 0; i < part->count; i++) {
        struct text_block *block = &part->blocks[i];
        if (block->fixed)
            add_fixed(part, block, quoted, out);
        else if (!(quoted ? render_again(part, block, values, scratch, out, values_length, err)
                          : render_block(part, block, &plain, values, scratch, err)))
            return false;
    }
    return true;
}

/* -- once and for all ---------------------------------------------------------------------------------- */
static void fix_block(struct text_part *part, struct text_block *block) {
    struct splice_values none = {0};
    AUTO_BUF scratch = BUF_INIT(4 << 20);
    struct text_fill plain = {.out = &part->fixed_plain, .width = TEXT_PART_COLUMNS};
    struct text_fill quoted = {.out = &part->fixed_quoted, .width = TEXT_PART_COLUMNS, .quoted = true};
    block->plain_from = part->fixed_plain.length;
    block->quoted_from = part->fixed_quoted.length;
    render_block(part, block, &plain, &none, &scratch, NULL);
    render_block(part, block, &quoted, &none, &scratch, NULL);
    block->plain_to = part->fixed_plain.length;
    block->quoted_to = part->fixed_quoted.length;
    block->fixed = true;
}

static uint32_t fields_in(const struct text_part *part, const struct text_block *block) {
    uint32_t fields = 0;
    for (size_t i = block->from; i < block->to; i++)
        if (part->splice.pieces[i].field >= 0) fields |= 1u << part->splice.pieces[i].field;
    return fields;
}

/* Bytes of text in runs of words: those are written as they are, while blanks between them may become one. */
static size_t run_length(const struct text_part *part, const struct text_block *block) {
    size_t length = 0;
    for (size_t i = block->from; i < block->to && !block->verbatim; i++) {
        const struct text_atom *atom = &part->atoms[i];
        if (atom->kind == TEXT_RUN) length += part->words[atom->from + atom->count - 1].plain_to;
    }
    return length;
}

/* Fixed blocks in a row are one. */
static void keep_block(struct text_part *part, size_t *kept, const struct text_block *block) {
    struct text_block *before = *kept ? &part->blocks[*kept - 1] : NULL;
    if (before && before->fixed && block->fixed) {
        before->plain_to = block->plain_to;
        before->quoted_to = block->quoted_to;
    } else
        part->blocks[(*kept)++] = *block;
}

void text_part_finish(struct text_part *part) {
    size_t kept = 0;
    for (size_t i = 0; i < part->count; i++) {
        struct text_block block = part->blocks[i];
        block.fields = fields_in(part, &block);
        if (!block.verbatim) {
            size_t from = part->atom_count;
            add_pieces(part, &block);
            block.from = from;
            block.to = part->atom_count;
        }
        if (block.fields) part->least += run_length(part, &block);
        else fix_block(part, &block);
        block.kept = (struct buf)BUF_INIT(1 << 20);
        keep_block(part, &kept, &block);
    }
    part->count = kept;
    part->least += part->fixed_plain.length;
}
