/* Lines, filled word by word. */
#include "templates/text_fill.h"

#include <string.h>

#include "base/text.h"
#include "templates/body_encoding.h"

enum {
    LONG_WORD = 20,    /* from here on it pays to look at eight bytes at a time */
    SOFT_COLUMNS = 72, /* of a quoted line; an escaped dot in front, a space and the "=" behind still fit in 76 */
};
static const char SOFT_BREAK[] = "=\r\n";
enum { SOFT_BREAK_BYTES = 3 };

static const char *line_end(const struct text_fill *fill) { return fill->quoted ? "\r\n" : "\n"; }

static void begin_line(struct text_fill *fill, const char *lead) {
    fill->at = fill->soft_at = fill->out->length;
    fill->used = strlen(lead);
    fill->empty = true;
    fill->has_space = false;
    if (fill->used) buf_add(fill->out, lead, fill->used);
}

static void note_width(struct text_fill *fill, size_t columns) {
    if (columns > fill->widest) fill->widest = columns;
}

/* A dot that begins a line, or "From ", would be touched on the way: soft_at is where the line on the wire begins. */
static void guard_front(struct text_fill *fill) {
    const char *front = buf_text(fill->out) + fill->soft_at;
    if (*front != '.' && (*front != 'F' || strncmp(front, "From", 4))) return;
    char escape[3] = {'=', *front == '.' ? '2' : '4', *front == '.' ? 'E' : '6'};
    if (!buf_reserve(fill->out, 2)) return;
    char *at = fill->out->bytes + fill->soft_at;
    memmove(at + 3, at + 1, fill->out->length - fill->soft_at - 1);
    memcpy(at, escape, sizeof escape);
    buf_wrote(fill->out, fill->out->bytes + fill->out->length + 2);
}

/* Breaks the line at its last space: what stands behind it moves to the next one, behind a soft line break when
 * what leads that line leaves it no room. */
static void fold(struct text_fill *fill) {
    struct buf *out = fill->out;
    const char *end = line_end(fill);
    size_t end_length = strlen(end), lead_length = strlen(fill->rest), tail_at = fill->space_at + 1;
    if (fill->soft_at == tail_at + SOFT_BREAK_BYTES) tail_at = fill->soft_at;
    size_t tail = out->length - tail_at;
    size_t unbroken = fill->soft_at > tail_at ? fill->soft_at - SOFT_BREAK_BYTES - tail_at : tail;
    bool soft = fill->quoted && lead_length + unbroken > SOFT_COLUMNS;
    size_t put = end_length + lead_length + (soft ? SOFT_BREAK_BYTES : 0);
    if (!buf_reserve(out, put)) return;
    char *at = out->bytes + fill->space_at;
    memmove(at + put, out->bytes + tail_at, tail);
    memcpy(at, end, end_length);
    memcpy(at + end_length, fill->rest, lead_length);
    if (soft) memcpy(at + end_length + lead_length, SOFT_BREAK, SOFT_BREAK_BYTES);
    buf_wrote(out, at + put + tail);
    note_width(fill, fill->space_used);
    fill->at = fill->space_at + end_length;
    if (fill->soft_at > tail_at) fill->soft_at = fill->space_at + put + (fill->soft_at - tail_at);
    else fill->soft_at = soft ? fill->space_at + put : fill->at;
    fill->used = lead_length + fill->used - (fill->space_used + 1);
    fill->has_space = false;
    if (fill->quoted && (soft || !lead_length)) guard_front(fill);
}

static void soften(struct text_fill *fill) {
    buf_add(fill->out, SOFT_BREAK, SOFT_BREAK_BYTES);
    fill->soft_at = fill->out->length;
}

/* Words up to last, which lie one behind the other, on this line. Whether last stands right behind a soft line break. */
static bool put_softly(struct text_fill *fill, const char *quoted, const struct text_word *word,
                       const struct text_word *last) {
    while (word <= last) {
        size_t column = fill->out->length - fill->soft_at, from = word->quoted_from;
        size_t limit = column < SOFT_COLUMNS ? from + SOFT_COLUMNS - column : 0;
        const struct text_word *next = word;
        while (next <= last && next->quoted_to <= limit) next++;
        if (next > word) buf_add(fill->out, quoted + from, next[-1].quoted_to - from);
        if (!column && next > word) guard_front(fill);
        if (next > last) return word == last;
        if (next > word) buf_add_char(fill->out, ' ');
        soften(fill);
        word = next;
    }
    return false;
}

static void put(struct text_fill *fill, const struct text_run *run, const struct text_word *first,
                const struct text_word *last) {
    struct buf *out = fill->out;
    size_t start = out->length, length = last->quoted_to - first->quoted_from;
    bool softly = false;
    if (!fill->quoted)
        buf_add(out, run->plain + first->plain_from, last->plain_to - first->plain_from);
    else {
        if (start - fill->soft_at + length <= SOFT_COLUMNS) {
            buf_add(out, run->quoted + first->quoted_from, length);
            if (start == fill->soft_at) guard_front(fill);
        } else
            softly = put_softly(fill, run->quoted, first, last);
    }
    fill->used += last->column_to - first->column_from;
    fill->empty = false;
    if (last == first) return;
    fill->has_space = true;
    size_t word = fill->quoted ? last->quoted_to - last->quoted_from : last->plain_to - last->plain_from;
    fill->space_at = softly ? fill->soft_at - SOFT_BREAK_BYTES - 1 : out->length - word - 1;
    fill->space_used = fill->used - (last->column_to - last->column_from) - 1;
}

void text_fill_begin(struct text_fill *fill, const char *first, const char *rest) {
    fill->rest = rest;
    fill->widest = 0;
    begin_line(fill, first);
}

void text_fill_run(struct text_fill *fill, const struct text_run *run) {
    const struct text_word *words = run->words, *end = words + run->count;
    for (const struct text_word *word = words; word < end;) {
        if (fill->used + word->column_to - word->column_from > fill->width && fill->has_space) fold(fill);
        size_t limit = word->column_from + (fill->width > fill->used ? fill->width - fill->used : 0);
        const struct text_word *next = word + 1;
        while (next < end && next->column_to <= limit) next++;
        put(fill, run, word, next - 1);
        word = next;
        if (word < end) text_fill_newline(fill);
    }
}

static bool ends_with_space(const struct text_fill *fill) {
    return fill->has_space && fill->space_at + 1 == fill->out->length;
}

void text_fill_space(struct text_fill *fill) {
    if (fill->empty || ends_with_space(fill)) return;
    fill->has_space = true;
    fill->space_at = fill->out->length;
    fill->space_used = fill->used++;
    buf_add_char(fill->out, ' ');
}

static void end_line(struct text_fill *fill) {
    struct buf *out = fill->out;
    if (ends_with_space(fill)) {
        buf_cut(out, fill->space_at);
        fill->used = fill->space_used;
    }
    while (fill->empty && out->length > fill->at && out->bytes[out->length - 1] == ' ') buf_cut(out, out->length - 1);
    note_width(fill, fill->used);
    buf_add_text(out, line_end(fill));
}

void text_fill_newline(struct text_fill *fill) {
    end_line(fill);
    begin_line(fill, fill->rest);
}

void text_fill_end(struct text_fill *fill) { end_line(fill); }

/* -- values -------------------------------------------------------------------------------------------- */
size_t text_fill_cut(const char *text, size_t length, char *quoted, size_t *taken, size_t *columns) {
    static const bool ORDINARY[256] = {['!' ... '<'] = true, ['>' ... '~'] = true};
    static const char HEX[] = "0123456789ABCDEF";
    char *to = quoted;
    size_t i = 0, most = length < TEXT_FILL_QUOTED - 12 ? length : TEXT_FILL_QUOTED - 12;
    if (most < LONG_WORD)
        for (; i < most && ORDINARY[(unsigned char)text[i]]; i++) *to++ = text[i];
    else {
        i = text_plain_length(text, most);
        const char *equals = memchr(text, '=', i);
        if (equals) i = (size_t)(equals - text);
        memcpy(to, text, i);
        to += i;
    }
    size_t width = i;
    for (; i < length && to - quoted <= TEXT_FILL_QUOTED - 3; i++) {
        unsigned char c = (unsigned char)text[i];
        bool begins = (c & 0xC0) != 0x80;
        if (begins && to - quoted > TEXT_FILL_QUOTED - 12) break; /* the longest character has four bytes */
        width += begins;
        if (ORDINARY[c])
            *to++ = (char)c;
        else {
            to[0] = '=';
            to[1] = HEX[c >> 4];
            to[2] = HEX[c & 15];
            to += 3;
        }
    }
    *taken = i;
    *columns = width;
    return (size_t)(to - quoted);
}

/* Words from text on into a run; what of text it took. A word that was cut ends the run, since the next goes on it. */
static size_t take_words(const char *text, size_t length, struct text_word words[TEXT_VALUE_WORDS], char *quoted,
                         size_t *quoted_length, size_t *count) {
    size_t at = 0, column = 0, written = 0, taken, columns, n = 0;
    while (at < length) {
        const char *space = memchr(text + at, ' ', length - at);
        size_t word = (space ? (size_t)(space - text) : length) - at;
        size_t bytes = text_fill_cut(text + at, word, quoted + written, &taken, &columns);
        words[n++] = (struct text_word){(uint32_t)at,     (uint32_t)(at + taken),       (uint32_t)written, (uint32_t)(written + bytes),
                                        (uint32_t)column, (uint32_t)(column + columns)};
        at += taken;
        column += columns + 1;
        written += bytes;
        if (taken < word || length - at < 2 || text[at + 1] == ' ' || n == TEXT_VALUE_WORDS) break;
        quoted[written++] = ' ';
        at++;
    }
    *count = n;
    *quoted_length = written;
    return at;
}

/* What is left when a value is more than one run: odd spaces, long words, many. */
static void fill_rest(struct text_fill *fill, const char *text, size_t length) {
    struct text_word words[TEXT_VALUE_WORDS];
    char quoted[TEXT_VALUE_WORDS * (TEXT_FILL_QUOTED + 1)];
    while (length) {
        size_t taken = 1, count, quoted_length;
        if (*text == ' ')
            text_fill_space(fill);
        else {
            taken = take_words(text, length, words, quoted, &quoted_length, &count);
            text_fill_run(fill, &(struct text_run){text, quoted, words, count});
        }
        text += taken;
        length -= taken;
    }
}

void text_value_set(struct text_value *value, const char *text, size_t length) {
    size_t quoted_length = 0;
    value->count = value->taken = 0;
    buf_clear(&value->plain);
    buf_clear(&value->quoted);
    buf_add(&value->plain, text, length);
    if (!length || *text == ' ') return;
    char *quoted = buf_reserve(&value->quoted, TEXT_VALUE_WORDS * (TEXT_FILL_QUOTED + 1));
    value->taken = take_words(text, length, value->words, quoted, &quoted_length, &value->count);
    buf_wrote(&value->quoted, quoted + quoted_length);
}

void text_fill_value(struct text_fill *fill, const struct text_value *value) {
    const char *plain = buf_text(&value->plain);
    fill->values += value->taken; /* what is left may lose spaces */
    if (value->count)
        text_fill_run(fill, &(struct text_run){plain, buf_text(&value->quoted), value->words, value->count});
    if (value->taken < value->plain.length) fill_rest(fill, plain + value->taken, value->plain.length - value->taken);
}

void text_value_release(struct text_value *value) {
    buf_release(&value->plain);
    buf_release(&value->quoted);
}
