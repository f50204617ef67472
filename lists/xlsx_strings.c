/* Texts of XLSX: the escapes of ST_Xstring (ECMA-376 part 1, 22.9.2.19), and the shared strings. */
#include <stdlib.h>
#include <string.h>

#include "lists/charset.h"
#include "lists/xlsx_parts.h"

enum { ESCAPE = 7 }; /* _x000D_ */
#define MOJIBAKE 0x80000000u /* in starts */

/* -- one text ------------------------------------------------------------------------------------------ */
/* -1 when there is no escape at `at`. */
static int escaped(const char *at, const char *end) {
    int unit = 0;
    if (end - at < ESCAPE || at[0] != '_' || at[1] != 'x' || at[ESCAPE - 1] != '_') return -1;
    for (int i = 2; i < ESCAPE - 1; i++) {
        char digit = at[i];
        int value = digit >= '0' && digit <= '9' ? digit - '0' : digit >= 'A' && digit <= 'F' ? digit - 'A' + 10
                  : digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
        if (value < 0) return -1;
        unit = unit * 16 + value;
    }
    return unit;
}

static bool high(int unit) { return unit >= 0xD800 && unit < 0xDC00; }
static bool low(int unit) { return unit >= 0xDC00 && unit < 0xE000; }

/* In place: what an escape stands for is shorter. */
static void decode_escapes(struct buf *text, size_t from) {
    const char *at = memchr(text->bytes + from, '_', text->length - from), *end = text->bytes + text->length;
    if (!at) return;
    AUTO_BUF decoded = BUF_INIT(SIZE_MAX / 2);
    buf_add(&decoded, text->bytes + from, (size_t)(at - text->bytes) - from);
    while (at < end) {
        int unit = escaped(at, end), next = unit >= 0 ? escaped(at + ESCAPE, end) : -1;
        if (unit < 0) {
            buf_add_char(&decoded, *at++);
            continue;
        }
        at += ESCAPE;
        if (high(unit) && low(next)) {
            unit = 0x10000 + ((unit - 0xD800) << 10) + (next - 0xDC00);
            at += ESCAPE;
        }
        buf_add_utf8(&decoded, high(unit) || low(unit) ? 0xFFFD : (uint32_t)unit);
    }
    buf_cut(text, from);
    buf_add(text, decoded.bytes, decoded.length);
}

static bool space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

static void trim(struct buf *text, size_t from) {
    size_t skip = from, end = text->length;
    while (end > from && space(text->bytes[end - 1])) end--;
    while (skip < end && space(text->bytes[skip])) skip++;
    if (skip > from) memmove(text->bytes + from, text->bytes + skip, end - skip);
    if (end - (skip - from) < text->length) buf_cut(text, end - (skip - from));
}

void xlsx_text_end(struct buf *text, size_t from, bool preserved) {
    if (text->length <= from) return;
    if (!preserved && (space(text->bytes[from]) || space(text->bytes[text->length - 1]))) trim(text, from);
    if (text->length > from) decode_escapes(text, from);
}

/* -- shared strings ------------------------------------------------------------------------------------ */
struct strings_reading {
    struct shared_strings *strings;
    struct buf repaired;
    size_t from; /* of the <t> being read */
    bool in_string, in_text, in_reading, preserved;
};

static bool is_ascii(const char *text, size_t length) {
    unsigned char all = 0;
    for (size_t i = 0; i < length; i++) all |= (unsigned char)text[i];
    return all < 0x80;
}

static void string_start(void *ctx, int element, const struct xml_attribute *attributes) {
    struct strings_reading *reading = ctx;
    struct shared_strings *strings = reading->strings;
    if (element == X_SI && !reading->in_string) {
        ROOM_FOR_ONE(strings->starts, strings->count);
        strings->starts[strings->count++] = (uint32_t)strings->texts.length;
        reading->in_string = true;
        reading->in_reading = false;
    } else if (element == X_RPH)
        reading->in_reading = true;
    else if (element == X_T && reading->in_string && !reading->in_reading) {
        const char *how = xml_value(attributes, X_XML_SPACE);
        reading->preserved = how && !strcmp(how, "preserve");
        reading->from = strings->texts.length;
        reading->in_text = true;
    }
}

static void string_text(void *ctx, const char *text, size_t length) {
    struct strings_reading *reading = ctx;
    if (reading->in_text) buf_add(&reading->strings->texts, text, length);
}

static void string_complete(struct strings_reading *reading) {
    struct shared_strings *strings = reading->strings;
    uint32_t *start = &strings->starts[strings->count - 1];
    const char *text = buf_text(&strings->texts) + *start;
    size_t length = strings->texts.length - *start;
    if (!is_ascii(text, length) && charset_repair_mojibake(text, length, &reading->repaired)) {
        buf_cut(&strings->texts, *start);
        buf_add(&strings->texts, buf_text(&reading->repaired), reading->repaired.length);
        *start |= MOJIBAKE;
    }
    buf_add_char(&strings->texts, '\0');
}

static void string_end(void *ctx, int element) {
    struct strings_reading *reading = ctx;
    if (element == X_RPH)
        reading->in_reading = false;
    else if (element == X_T && reading->in_text) {
        xlsx_text_end(&reading->strings->texts, reading->from, reading->preserved);
        reading->in_text = false;
    } else if (element == X_SI && reading->in_string) {
        string_complete(reading);
        reading->in_string = false;
    }
}

bool shared_strings_read(struct shared_strings *strings, struct workbook *book, const char *part, struct err *err) {
    static const struct xml_handler HANDLER = {string_start, string_end, string_text};
    struct strings_reading reading = {.strings = strings, .repaired = BUF_INIT(SIZE_MAX / 2)};
    strings->texts = (struct buf)BUF_INIT(MOJIBAKE - 1);
    bool good = workbook_read(book, part, &XLSX_WORDS, &HANDLER, &reading, err);
    buf_release(&reading.repaired);
    return good;
}

bool shared_string(const struct shared_strings *strings, const char *index, struct sheet_value *value) {
    long at = xml_number(index, INT32_MAX, -1);
    if (at < 0 || (size_t)at >= strings->count) return false;
    size_t start = strings->starts[at] & ~MOJIBAKE;
    size_t end = (size_t)at + 1 < strings->count ? strings->starts[at + 1] & ~MOJIBAKE : strings->texts.length;
    value->text = strings->texts.bytes + start;
    value->length = end - start - 1;
    value->lasting = true;
    value->mojibake = strings->starts[at] & MOJIBAKE;
    return true;
}

void shared_strings_release(struct shared_strings *strings) {
    buf_release(&strings->texts);
    free(strings->starts);
}
