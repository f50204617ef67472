/* Looks at every byte of every message, so it looks at many at once. */
#include "mailer/send/smtp_body.h"

#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#ifdef __SSE2__
/* A bit for each of the sixteen bytes at at that is below 14, as NUL, LF and CR are. */
enum { BLOCK_BYTES = 16, BYTE_BITS = 1 };
static uint64_t low_bytes(const char *at) {
    __m128i block, most = _mm_set1_epi8(13);
    memcpy(&block, at, sizeof block);
    return (uint64_t)(unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_min_epu8(block, most), block));
}
#else
/* The same for the eight bytes of a word: the top bit of each; one above a byte that is low may be set too. */
enum { BLOCK_BYTES = 8, BYTE_BITS = 8 };
static uint64_t low_bytes(const char *at) {
    const uint64_t ones = 0x0101010101010101u, tops = ones << 7;
    uint64_t word;
    memcpy(&word, at, sizeof word);
    return (word - ones * 14) & ~word & tops;
}
#endif

/* Where the next byte may be that must be looked at; the last few of all are left to whoever looks. */
static const char *skip_plain(const char *at, const char *end_of_all) {
    for (uint64_t low; end_of_all - at >= BLOCK_BYTES; at += BLOCK_BYTES) {
        if (!(low = low_bytes(at))) continue;
        return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? at + __builtin_ctzll(low) / BYTE_BITS : at;
    }
    return at;
}

static void add_dot(struct buf *dots, size_t offset) {
    buf_add(dots, &offset, sizeof offset);
}

bool smtp_body_scan(const char *bytes, size_t length, struct buf *dots) {
    const char *at = bytes, *end_of_all = bytes + length;
    buf_clear(dots);
    if (length && *bytes == '.') add_dot(dots, 0);
    while ((at = skip_plain(at, end_of_all)) < end_of_all) {
        if (*at == '\0' || *at == '\n') return false;
        if (*at++ != '\r') continue;
        if (at == end_of_all || *at++ != '\n') return false;
        if (at < end_of_all && *at == '.') add_dot(dots, (size_t)(at - bytes));
    }
    return true;
}

void smtp_body_add(struct buf *out, const char *bytes, size_t length, const struct buf *dots) {
    size_t from = 0, offset;
    for (size_t i = 0; i < dots->length; i += sizeof offset) {
        memcpy(&offset, dots->bytes + i, sizeof offset);
        buf_add(out, bytes + from, offset - from);
        buf_add_char(out, '.');
        from = offset;
    }
    buf_add(out, bytes + from, length - from);
}
