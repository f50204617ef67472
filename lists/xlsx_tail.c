/* Hyperlinks and merged cells stand behind the rows in a sheet's part, and must be known before them: the part is
 * inflated once more, and only what is around the rows is read as XML. */
#include <string.h>

#include "base/text.h"
#include "lists/xlsx_parts.h"

enum { CHUNK_BYTES = 1 << 16, LONGEST_OPENING = 1 << 16, LONGEST_PREFIX = 64 };

/* -- leaving the rows out ------------------------------------------------------------------------------ */
/* The bytes of a part without those between <sheetData> and </sheetData>. Found by their letters alone, which another
 * encoding, a comment or CDATA may deceive: then nothing is left out, or what is left is no XML and all is read. */
struct without_rows {
    struct zip_part *part;
    enum { BEFORE_ROWS, IN_ROWS, BEHIND_ROWS } state;
    struct buf bytes; /* read and not yet given */
    size_t ready;     /* of these, may be given */
    bool ended;
};
static const char NAME[] = "sheetData";
enum { NAME_LENGTH = sizeof NAME - 1 };

/* Where the tag begins whose name stands at `name`: behind "<" or "</", and perhaps a prefix. NULL = it is no tag. */
static const char *tag_start(const char *from, const char *name, const char *opening) {
    size_t length = strlen(opening);
    const char *at = name;
    if (at > from && at[-1] == ':')
        for (at--; at > from && name - at < LONGEST_PREFIX && !strchr("<>/& \"'\t\r\n", at[-1]); at--) continue;
    if ((size_t)(at - from) < length || memcmp(at - length, opening, length)) return NULL;
    return at - length;
}

static void look_for_rows(struct without_rows *filter) {
    const char *bytes = buf_text(&filter->bytes), *end = bytes + filter->bytes.length;
    const char *name = memmem(bytes, filter->bytes.length, NAME, NAME_LENGTH);
    if (!name) {
        filter->ready = filter->bytes.length > NAME_LENGTH + LONGEST_PREFIX ? filter->bytes.length - NAME_LENGTH - LONGEST_PREFIX : 0;
        return;
    }
    const char *close = memchr(name, '>', (size_t)(end - name));
    bool tag = tag_start(bytes, name, "<");
    if (tag && !close && end - name < LONGEST_OPENING) return; /* the rest of it comes */
    filter->state = tag && close && close[-1] != '/' ? IN_ROWS : BEHIND_ROWS;
    filter->ready = close ? (size_t)(close + 1 - bytes) : filter->bytes.length;
}

static void look_for_end(struct without_rows *filter) {
    const char *bytes = buf_text(&filter->bytes), *end = bytes + filter->bytes.length;
    for (const char *at = bytes; (at = memmem(at, (size_t)(end - at), NAME, NAME_LENGTH)); at++) {
        const char *start = tag_start(bytes, at, "</");
        if (!start) continue;
        buf_drop(&filter->bytes, (size_t)(start - bytes));
        filter->state = BEHIND_ROWS;
        return;
    }
    size_t keep = NAME_LENGTH + LONGEST_PREFIX;
    if (filter->bytes.length > keep) buf_drop(&filter->bytes, filter->bytes.length - keep);
}

static bool read_more(struct without_rows *filter, struct err *err) {
    char *room = buf_reserve(&filter->bytes, CHUNK_BYTES);
    long got = zip_part_read(filter->part, room, CHUNK_BYTES, err);
    if (got < 0) return false;
    buf_wrote(&filter->bytes, room + got);
    filter->ended = !got;
    return true;
}

static long read_without_rows(void *from, char *out, size_t room, struct err *err) {
    struct without_rows *filter = from;
    while (!filter->ready && !(filter->ended && !filter->bytes.length)) {
        if (filter->state == BEHIND_ROWS && filter->bytes.length) {
            filter->ready = filter->bytes.length;
            break;
        }
        if (!filter->ended && !read_more(filter, err)) return -1;
        if (filter->ended)
            filter->ready = filter->bytes.length;
        else if (filter->state == BEFORE_ROWS)
            look_for_rows(filter);
        else if (filter->state == IN_ROWS)
            look_for_end(filter);
    }
    size_t give = filter->ready < room ? filter->ready : room;
    memcpy(out, buf_text(&filter->bytes), give);
    buf_drop(&filter->bytes, give);
    filter->ready -= give;
    return (long)give;
}

/* -- reading what is left ------------------------------------------------------------------------------ */
struct tail_reading {
    struct xlsx_tail *tail;
    bool too_many;
};

static void add_range(struct tail_reading *reading, struct sheet_ranges *ranges, const struct xml_attribute *attributes,
                      const char *text) {
    struct sheet_range range;
    const char *reference = xml_value(attributes, X_REF);
    if (!reference || !sheet_range_parse(reference, &range)) return;
    range.text = text;
    if (!sheet_ranges_add(ranges, &range)) reading->too_many = true;
}

static void tail_start(void *ctx, int element, const struct xml_attribute *attributes) {
    struct tail_reading *reading = ctx;
    if (element == X_MERGE_CELL) add_range(reading, &reading->tail->merged, attributes, NULL);
    if (element != X_HYPERLINK) return;
    const struct relation *relation = relations_by_id(&reading->tail->relations, xml_value(attributes, X_R_ID));
    if (!relation || relation->type != RELATION_HYPERLINK) return;
    add_range(reading, &reading->tail->links, attributes, relation->target);
}

static bool read_tail(struct tail_reading *reading, struct workbook *book, const char *part, bool all, struct err *err) {
    static const struct xml_handler HANDLER = {.start = tail_start};
    AUTO(zip_part) opened = zip_part_open(book->archive, part, err);
    struct without_rows filter = {.part = opened, .bytes = BUF_INIT(SIZE_MAX / 2), .state = all ? BEHIND_ROWS : BEFORE_ROWS};
    if (!opened) return false;
    AUTO(xml_reader) reader = xml_reader_open(&XLSX_WORDS, &HANDLER, reading, &book->elements_left);
    bool good = xml_reader_next(reader, read_without_rows, &filter, err) == 0;
    buf_release(&filter.bytes);
    return good;
}

bool xlsx_tail_read(struct xlsx_tail *tail, struct workbook *book, const char *part, struct err *err) {
    struct tail_reading reading = {.tail = tail};
    bool good = relations_read(&tail->relations, book, part, err);
    if (good && !read_tail(&reading, book, part, false, err)) {
        sheet_ranges_clear(&tail->merged);
        sheet_ranges_clear(&tail->links);
        good = text_equal(err->code, "ZIP_INVALID") && read_tail(&reading, book, part, true, err);
    }
    if (good && reading.too_many) good = workbook_crowded(err, "liens ou de cellules fusionnées") == 0;
    sheet_ranges_sort(&tail->merged);
    sheet_ranges_sort(&tail->links);
    return good;
}

void xlsx_tail_release(struct xlsx_tail *tail) {
    sheet_ranges_clear(&tail->merged);
    sheet_ranges_clear(&tail->links);
    relations_release(&tail->relations);
    arena_release(&tail->memory);
}
