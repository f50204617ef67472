/* Two passes over a source: what is it written in, then piece after piece of it as UTF-8. */
#include "lists/decoder.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "lists/charset.h"

enum { PIECE_BYTES = 1 << 18, PROBE_BYTES = 4096 };

enum form { FORM_UTF8, FORM_LINES, FORM_UTF16 }; /* LINES: each in UTF-8 or in the single-byte charset */

struct decoder {
    const struct source *source;
    enum form form;
    bool big_endian, mixed;
    const char *encoding;
    const struct charset *charset;
    size_t start;   /* behind a byte order mark */
    size_t offset;  /* of the source: what has been read into raw */
    struct buf raw; /* read, not converted yet */
    uint32_t high;  /* half of a surrogate pair that the next piece completes; 0 = none */
    long line;      /* of the first byte of raw */
    long *recoded;  /* lines read in the single-byte charset, ascending */
    size_t recoded_count;
};

/* -- pieces of whole lines --------------------------------------------------------------------------------- */
/* How much of raw is whole lines: up to the last line end, which is not the CR of a CRLF still to come. */
static size_t whole_lines(const struct buf *raw, bool last) {
    if (last || !raw->length) return raw->length;
    const char *start = raw->bytes, *at = start + raw->length;
    while (at > start && at[-1] != '\n' && !(at[-1] == '\r' && at < start + raw->length)) at--;
    return (size_t)(at - start);
}

static bool read_more(struct decoder *decoder, size_t bytes, struct err *err) {
    size_t left = decoder->source->length - decoder->offset, wanted = bytes < left ? bytes : left;
    char *room = buf_reserve(&decoder->raw, wanted);
    if (!source_read(decoder->source, decoder->offset, room, wanted, err)) return false;
    buf_wrote(&decoder->raw, room + wanted);
    decoder->offset += wanted;
    return true;
}

/* Fills raw until it holds whole lines (of UTF-16, whole units), *whole bytes of them; 0 at the end. */
static bool fill(struct decoder *decoder, size_t least, size_t *whole, struct err *err) {
    for (;;) {
        bool last = decoder->offset == decoder->source->length;
        *whole = decoder->form == FORM_UTF16 && !last ? decoder->raw.length & ~(size_t)1 : whole_lines(&decoder->raw, last);
        if (last || (*whole && decoder->raw.length >= least)) return true;
        size_t bytes = decoder->raw.length > least ? decoder->raw.length : least; /* twice as much, for a line of any length */
        if (!read_more(decoder, bytes > PIECE_BYTES ? bytes : PIECE_BYTES, err)) return false;
    }
}

/* -- what is it written in? ---------------------------------------------------------------------------------- */
struct survey {
    int64_t scores[CHARSETS];
    size_t utf8_lines, other_lines; /* with something outside ASCII in them */
};

static void survey_line(struct survey *survey, const char *at, const char *end) {
    if (text_ascii(at, (size_t)(end - at))) return;
    if (utf8_valid(at, (size_t)(end - at))) {
        survey->utf8_lines++;
        return;
    }
    survey->other_lines++;
    charset_score(at, end, survey->scores);
}

static void survey_piece(struct survey *survey, const char *at, const char *end) {
    if (utf8_valid(at, (size_t)(end - at))) {
        survey->utf8_lines += !text_ascii(at, (size_t)(end - at)); /* whether there is one is all that is asked */
        return;
    }
    for (; at < end; at = line_next(line_end(at, end), end)) survey_line(survey, at, line_end(at, end));
}

static bool survey_all(struct decoder *decoder, struct err *err) {
    struct survey survey = {0};
    for (size_t whole;;) {
        if (!fill(decoder, 0, &whole, err)) return false;
        if (!whole) break;
        survey_piece(&survey, decoder->raw.bytes, decoder->raw.bytes + whole);
        buf_drop(&decoder->raw, whole);
    }
    if (!survey.other_lines) return true;
    decoder->form = FORM_LINES;
    decoder->mixed = survey.utf8_lines > 0;
    decoder->charset = charset_best(survey.scores);
    decoder->encoding = charset_name(decoder->charset, decoder->mixed);
    return true;
}

/* UTF-16 without a mark: nearly every second byte of a French list is then NUL. */
static bool utf16_by_its_nuls(const char *bytes, size_t length, bool *big_endian) {
    size_t zeros[2] = {0, 0};
    length &= ~(size_t)1;
    for (size_t i = 0; i < length; i++) zeros[i % 2] += !bytes[i];
    *big_endian = zeros[0] > zeros[1];
    return length >= 4 && zeros[!*big_endian] * 2 > length / 2 && zeros[*big_endian] * 8 < length / 2;
}

static bool find_encoding(struct decoder *decoder, struct err *err) {
    char probe[PROBE_BYTES];
    size_t length = decoder->source->length < sizeof probe ? decoder->source->length : sizeof probe;
    if (!source_read(decoder->source, 0, probe, length, err)) return false;
    bool little_mark = length >= 2 && !memcmp(probe, "\xFF\xFE", 2);
    decoder->big_endian = length >= 2 && !memcmp(probe, "\xFE\xFF", 2);
    if (little_mark || decoder->big_endian || utf16_by_its_nuls(probe, length, &decoder->big_endian)) {
        decoder->form = FORM_UTF16;
        decoder->encoding = decoder->big_endian ? "utf-16be" : "utf-16le";
        return true;
    }
    bool mark = length >= 3 && !memcmp(probe, "\xEF\xBB\xBF", 3);
    decoder->start = decoder->offset = mark ? 3 : 0;
    decoder->encoding = mark ? "utf-8-bom" : "utf-8";
    return survey_all(decoder, err);
}

/* -- converting ------------------------------------------------------------------------------------------------ */
/* Valid UTF-8, every U+FEFF left out. */
static void add_without_marks(struct buf *out, const char *at, const char *end) {
    for (const char *mark; (mark = memmem(at, (size_t)(end - at), "\xEF\xBB\xBF", 3)); at = mark + 3)
        buf_add(out, at, (size_t)(mark - at));
    buf_add(out, at, (size_t)(end - at));
}

static void keep_recoded(struct decoder *decoder) {
    size_t count = decoder->recoded_count;
    if (!(count & (count - 1))) decoder->recoded = mem_grow(decoder->recoded, count ? count * 2 : 1, sizeof *decoder->recoded);
    decoder->recoded[decoder->recoded_count++] = decoder->line;
}

static void add_lines(struct decoder *decoder, const char *at, const char *end, struct buf *out) {
    for (; at < end; decoder->line++) {
        const char *stop = line_end(at, end), *next = line_next(stop, end);
        bool valid = utf8_valid(at, (size_t)(stop - at));
        if (valid) add_without_marks(out, at, stop);
        else charset_add(out, decoder->charset, at, stop);
        if (!valid && decoder->mixed) keep_recoded(decoder);
        buf_add(out, stop, (size_t)(next - stop));
        at = next;
    }
}

static void add_unit(struct decoder *decoder, uint32_t unit, struct buf *out) {
    bool second = unit >= 0xDC00 && unit < 0xE000;
    if (decoder->high && second) {
        buf_add_utf8(out, 0x10000 + ((decoder->high - 0xD800) << 10) + (unit - 0xDC00));
        decoder->high = 0;
        return;
    }
    if (decoder->high) buf_add_utf8(out, 0xFFFD);
    decoder->high = unit >= 0xD800 && unit < 0xDC00 ? unit : 0;
    if (!decoder->high && unit != 0xFEFF) buf_add_utf8(out, second ? 0xFFFD : unit);
}

static void add_utf16(struct decoder *decoder, const char *bytes, size_t length, struct buf *out) {
    bool last = decoder->offset == decoder->source->length && length == decoder->raw.length;
    for (size_t i = 0; i + 1 < length; i += 2) {
        uint32_t one = (unsigned char)bytes[i], two = (unsigned char)bytes[i + 1];
        add_unit(decoder, decoder->big_endian ? one << 8 | two : two << 8 | one, out);
    }
    if (last && (decoder->high || length % 2)) buf_add_utf8(out, 0xFFFD);
}

int decoder_more(struct decoder *decoder, size_t least_bytes, struct buf *out, struct err *err) {
    size_t whole;
    if (!fill(decoder, least_bytes, &whole, err)) return -1;
    if (!whole) return 0;
    const char *bytes = decoder->raw.bytes;
    switch (decoder->form) {
    case FORM_UTF8: add_without_marks(out, bytes, bytes + whole); break;
    case FORM_LINES: add_lines(decoder, bytes, bytes + whole, out); break;
    case FORM_UTF16: add_utf16(decoder, bytes, whole, out); break;
    }
    buf_drop(&decoder->raw, whole);
    return 1;
}

/* -- the rest ---------------------------------------------------------------------------------------------------- */
void decoder_rewind(struct decoder *decoder) {
    buf_clear(&decoder->raw);
    decoder->offset = decoder->start;
    decoder->high = 0;
    decoder->line = 1;
    decoder->recoded_count = 0;
}

struct decoder *decoder_open(const struct source *source, struct err *err) {
    struct decoder *decoder = mem_new(1, sizeof *decoder);
    *decoder = (struct decoder){.source = source, .raw = BUF_INIT(SIZE_MAX / 2)};
    if (!find_encoding(decoder, err)) return decoder_close(decoder), NULL;
    decoder_rewind(decoder);
    return decoder;
}

void decoder_close(struct decoder *decoder) {
    if (!decoder) return;
    buf_release(&decoder->raw);
    free(decoder->recoded);
    free(decoder);
}

const char *decoder_encoding(const struct decoder *decoder) { return decoder->encoding; }

bool decoder_recoded(const struct decoder *decoder, size_t *cursor, long next_line) {
    size_t from = *cursor;
    while (*cursor < decoder->recoded_count && decoder->recoded[*cursor] < next_line) ++*cursor;
    return *cursor > from;
}

double decoder_done(const struct decoder *decoder) {
    size_t length = decoder->source->length;
    return length ? (double)(decoder->offset - decoder->raw.length) / (double)length : 1;
}
