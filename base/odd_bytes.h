/* The bytes of a text that are not printable ASCII, found sixty-four at a time: of a message line by line they are its CR and LF, and
 * whoever reads all of it need look at nothing else. */
#ifndef BASE_ODD_BYTES_H
#define BASE_ODD_BYTES_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { ODD_BLOCK = 64 };

/* A bit for each byte, from the lowest on: it is below a space, DEL, or above ASCII. */
#ifdef __SSE2__
typedef unsigned char odd_sixteen __attribute__((vector_size(16)));
typedef char odd_turned __attribute__((vector_size(16)));
static inline uint64_t odd_in_16(const char *at) {
    odd_sixteen some;
    memcpy(&some, at, sizeof some);
    some += 128 - ' '; /* the plain ones, from a space to a tilde, are now the lowest of all bytes that have a sign */
    return (unsigned)__builtin_ia32_pmovmskb128((odd_turned)((odd_turned)some > (char)(-128 + '~' - ' ')));
}
static inline uint64_t odd_in_block(const char *at) {
    return odd_in_16(at) | odd_in_16(at + 16) << 16 | odd_in_16(at + 32) << 32 | odd_in_16(at + 48) << 48;
}
#else
static inline uint64_t odd_in_block(const char *at) {
    uint64_t odd = 0;
    for (int i = 0; i < ODD_BLOCK; i++) odd |= (uint64_t)((unsigned char)at[i] < ' ' || (unsigned char)at[i] >= 0x7F) << i;
    return odd;
}
#endif

/* A walk over them. */
struct odd_bytes {
    const char *block, *end; /* `odd` is about the block that lies at `block` */
    uint64_t odd;
};

static inline uint64_t odd_at(const char *block, const char *end) {
    if (end - block >= ODD_BLOCK) return odd_in_block(block);
    char last[ODD_BLOCK];
    memset(last, ' ', sizeof last);
    memcpy(last, block, (size_t)(end - block));
    return odd_in_block(last);
}

static inline struct odd_bytes odd_bytes_of(const char *bytes, size_t length) {
    return (struct odd_bytes){.block = bytes, .end = bytes + length, .odd = length ? odd_at(bytes, bytes + length) : 0};
}

static inline bool odd_more(struct odd_bytes *walk) {
    if (walk->end - walk->block <= ODD_BLOCK) return false;
    walk->block += ODD_BLOCK;
    walk->odd = odd_at(walk->block, walk->end);
    return true;
}

/* The next one; NULL when there is none left. */
static inline const char *odd_next(struct odd_bytes *walk) {
    while (!walk->odd)
        if (!odd_more(walk)) return NULL;
    const char *at = walk->block + __builtin_ctzll(walk->odd);
    walk->odd &= walk->odd - 1;
    return at;
}

/* Whether the one just told begins a CR LF; then its LF is not told any more. */
static inline bool odd_ends_line(struct odd_bytes *walk, const char *at) {
    if (walk->end - at < 2 || at[0] != '\r' || at[1] != '\n') return false;
    if (at + 1 - walk->block == ODD_BLOCK) odd_more(walk);
    walk->odd &= walk->odd - 1;
    return true;
}

#endif
