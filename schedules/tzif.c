/* Reading a TZif file (RFC 8536 section 3): header, 64-bit table, footer. */
#include "schedules/tzif.h"

#include <stdlib.h>
#include <string.h>

enum { HEADER_BYTES = 44, MOST_TRANSITIONS = 5000, FOOTER_BYTES = 200, LONGEST_OFFSET_S = 26 * 3600 };

struct header {
    uint32_t ut_count, std_count, leap_count, time_count, type_count, char_count;
};

static uint64_t big_endian(const char *bytes, int count) {
    uint64_t value = 0;
    for (int i = 0; i < count; i++) value = value << 8 | (unsigned char)bytes[i];
    return value;
}

/* RFC 8536 section 3.1; *version is the byte behind "TZif", an ASCII digit from version 2 on. */
static bool read_header(const char *bytes, size_t length, struct header *header, char *version) {
    if (length < HEADER_BYTES || memcmp(bytes, "TZif", 4) != 0) return false;
    *version = bytes[4];
    uint32_t *counts[] = {&header->ut_count,   &header->std_count,  &header->leap_count,
                          &header->time_count, &header->type_count, &header->char_count};
    for (size_t i = 0; i < COUNT(counts); i++) {
        *counts[i] = (uint32_t)big_endian(bytes + 20 + 4 * i, 4);
        if (*counts[i] > MOST_TRANSITIONS) return false;
    }
    return header->type_count > 0;
}

/* Bytes of the block behind a header; time_bytes is 4 in the first block, 8 in the second. */
static size_t block_bytes(const struct header *header, size_t time_bytes) {
    return header->time_count * (time_bytes + 1) + header->type_count * 6u + header->char_count +
           header->leap_count * (time_bytes + 4) + header->std_count + header->ut_count;
}

static bool read_block(struct tzif *zone, const struct header *header, const char *block) {
    const char *indices = block + 8 * (size_t)header->time_count, *types = indices + header->time_count;
    zone->count = header->time_count;
    zone->at_s = mem_new(zone->count + 1, sizeof *zone->at_s);
    zone->offset_s = mem_new(zone->count + 1, sizeof *zone->offset_s);
    zone->first_s = (int32_t)big_endian(types, 4);
    for (size_t i = 0; i < zone->count; i++) {
        unsigned char type = (unsigned char)indices[i];
        if (type >= header->type_count) return false;
        zone->at_s[i] = (int64_t)big_endian(block + 8 * i, 8);
        zone->offset_s[i] = (int32_t)big_endian(types + 6 * (size_t)type, 4);
        if (i && zone->at_s[i] <= zone->at_s[i - 1]) return false;
        if (abs(zone->offset_s[i]) > LONGEST_OFFSET_S) return false;
    }
    return abs(zone->first_s) <= LONGEST_OFFSET_S;
}

/* RFC 8536 section 3.3: the rule between two line feeds; an empty one says nothing about later times. */
static bool read_footer(struct tzif *zone, const char *footer, size_t length) {
    char text[FOOTER_BYTES];
    const char *end = length > 1 && footer[0] == '\n' ? memchr(footer + 1, '\n', length - 1) : NULL;
    size_t text_length = end ? (size_t)(end - footer) - 1 : 0;
    if (!end || text_length >= sizeof text || memchr(footer + 1, '\0', text_length)) return false;
    memcpy(text, footer + 1, text_length);
    text[text_length] = '\0';
    return !text_length || tz_rule_parse(&zone->after, text);
}

bool tzif_read(struct tzif *zone, const char *bytes, size_t length) {
    struct header header;
    char version;
    *zone = (struct tzif){0};
    if (!read_header(bytes, length, &header, &version) || version < '2') return false;
    size_t skipped = HEADER_BYTES + block_bytes(&header, 4); /* the 32-bit block, for readers of version 1 */
    if (skipped >= length || !read_header(bytes + skipped, length - skipped, &header, &version)) return false;
    size_t block = skipped + HEADER_BYTES, footer = block + block_bytes(&header, 8);
    if (footer < length && read_block(zone, &header, bytes + block) &&
        read_footer(zone, bytes + footer, length - footer))
        return true;
    tzif_release(zone);
    return false;
}

void tzif_release(struct tzif *zone) {
    free(zone->at_s);
    free(zone->offset_s);
    *zone = (struct tzif){0};
}

int tzif_offset_s(const struct tzif *zone, int64_t unix_s) {
    size_t from = 0, to = zone->count;
    while (from < to) { /* how many transitions lie at or before unix_s */
        size_t middle = from + (to - from) / 2;
        if (zone->at_s[middle] <= unix_s)
            from = middle + 1;
        else
            to = middle;
    }
    if (from == zone->count && zone->after.given) return tz_rule_offset_s(&zone->after, unix_s);
    return from ? zone->offset_s[from - 1] : zone->first_s;
}
