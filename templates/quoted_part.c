/* Literals quoted once, values for each recipient. */
#include "templates/quoted_part.h"

#include <stdlib.h>
#include <string.h>

#include "templates/body_encoding.h"

void quoted_part_release(struct quoted_part *part) {
    for (size_t i = 0; i < part->count; i++) buf_release(&part->pieces[i].value);
    buf_release(&part->literals);
    free(part->pieces);
    *part = (struct quoted_part)QUOTED_PART_INIT;
}

/* -- compiling ----------------------------------------------------------------------------------------- */
static struct quoted_piece *add_piece(struct quoted_part *part) {
    if ((part->count & (part->count - 1)) == 0)
        part->pieces = mem_grow(part->pieces, part->count ? part->count * 2 : 1, sizeof *part->pieces);
    struct quoted_piece *piece = &part->pieces[part->count++];
    *piece = (struct quoted_piece){.from = part->literals.length, .value = BUF_INIT(4 << 20)};
    return piece;
}

static void quote_literal(struct quoted_part *part, size_t *column, const char *at, const char *end) {
    while (at < end) {
        const char *line_end = memchr(at, '\n', (size_t)(end - at));
        size_t length = (size_t)((line_end ? line_end : end) - at);
        if (line_end && !length) body_quote_blank(&part->literals, column); /* of the literal before */
        body_quote(&part->literals, column, at, length, line_end != NULL);
        at += length + (line_end ? 1 : 0);
    }
}

static bool line_ends_at(const struct splice *splice, size_t piece) {
    return piece < splice->count && splice->pieces[piece].field < 0 &&
           splice->literals.bytes[splice->pieces[piece].from] == '\n';
}

void quoted_part_finish(struct quoted_part *part, const struct splice *splice) {
    size_t column = 0;
    bool ends_line = false;
    struct quoted_piece *open = add_piece(part); /* always the last one */
    for (size_t i = 0; i < splice->count; i++) {
        const struct splice_piece *piece = &splice->pieces[i];
        const char *literal = buf_text(&splice->literals) + piece->from;
        if (piece->field < 0) {
            quote_literal(part, &column, literal + ends_line, literal + piece->length);
            part->least += piece->length;
            ends_line = false;
            continue;
        }
        ends_line = line_ends_at(splice, i + 1);
        if (ends_line) body_quote_blank(&part->literals, &column); /* the last thing on the line if the value is empty */
        *open = (struct quoted_piece){.from = open->from,
                                      .length = part->literals.length - open->from,
                                      .hole = true,
                                      .piece = i,
                                      .column = column,
                                      .ends_line = ends_line,
                                      .field = (enum field)piece->field,
                                      .shrinks = piece->url == SPLICE_DIGITS,
                                      .in_text = column && !ends_line &&
                                                 (piece->place == SPLICE_HTML || piece->place == SPLICE_PROSE_HTML),
                                      .value = BUF_INIT(4 << 20)};
        open = add_piece(part);
        if (!ends_line && i + 1 < splice->count) buf_add_text(&part->literals, "=\r\n");
        column = 0;
    }
    open->length = part->literals.length - open->from;
}

enum { ROOM = 75 }; /* columns, the "=" of a soft line break behind them */

/* -- rendering ----------------------------------------------------------------------------------------- */
static bool quote_value(struct quoted_piece *piece, const struct splice *splice, struct splice_values *values,
                        struct buf *scratch, struct err *err) {
    size_t column = piece->column;
    buf_clear(scratch);
    buf_clear(&piece->value);
    if (!splice_render(splice, piece->piece, piece->piece + 1, values, scratch, err)) return false;
    body_quote(&piece->value, &column, buf_text(scratch), scratch->length, piece->ends_line);
    piece->version = values->of[piece->field].version;
    return true;
}

/* What stands in a hole: most values need no quoting and fit on the line. NULL: one that cannot be rendered. */
static const char *hole_text(struct quoted_piece *piece, const struct splice *splice, struct splice_values *values,
                             struct buf *scratch, size_t *length, struct err *err) {
    const struct splice_value *value = &values->of[piece->field];
    if (value->plain && piece->in_text && piece->column + value->length <= ROOM) {
        *length = value->length;
        return value->text;
    }
    if (piece->version != value->version && !quote_value(piece, splice, values, scratch, err)) return NULL;
    *length = piece->value.length;
    return buf_text(&piece->value);
}

bool quoted_part_render(struct quoted_part *part, const struct splice *splice, struct splice_values *values,
                        struct buf *scratch, struct buf *out, size_t *values_length, struct err *err) {
    const char *literals = buf_text(&part->literals);
    for (struct quoted_piece *piece = part->pieces, *end = piece + part->count; piece < end; piece++) {
        size_t length = 0;
        const char *text = piece->hole ? hole_text(piece, splice, values, scratch, &length, err) : "";
        if (!text) return false;
        char *to = buf_room(out, piece->length + length);
        if (!to) return true; /* out says that it has overflown */
        memcpy(to, literals + piece->from, piece->length);
        memcpy(to + piece->length, text, length);
        buf_wrote(out, to + piece->length + length);
        if (piece->hole && !piece->shrinks) *values_length += values->of[piece->field].length;
    }
    return true;
}
