/* One fuzz test in two forms. In make test: the kept inputs of tests/corpus/fuzz/NAME, then the seeds and a
 * fixed series of mutations of both, the same every time. Built with -DFUZZER (tests/fuzz.sh): a libFuzzer
 * target that starts from the same seeds and cuts in the same pieces. */
#ifndef TESTS_MUTATE_H
#define TESTS_MUTATE_H

#include <dirent.h>
#include <stdlib.h>

#include "base/buf.h"
#include "tests/tap.h"

struct fuzz_seed {
    const char *bytes;
    size_t length;
};
#define SEED(text)                                                                                           \
    { text, sizeof(text) - 1 }

struct fuzz {
    const char *name;
    const struct fuzz_seed *seeds;
    size_t seed_count;
    const char *const *pieces; /* bytes and words that mean something to the parser */
    size_t piece_count;
    int rounds; /* mutations of each seed in make test */
    bool (*holds)(const char *bytes,
                  size_t length); /* false: an invariant is broken, and MUST_HOLD said which */
};

/* In holds(): says which invariant it was. */
#define MUST_HOLD(what, condition)                                                                           \
    do {                                                                                                     \
        if (!(condition)) return printf("# broken: %s\n", what), false;                                      \
    } while (0)

enum { MUTATE_LONGEST = 1 << 16, MUTATE_MOST = 6 };

static uint64_t mutate_state = 20260116;
static inline size_t mutate_below(size_t limit) { /* xorshift64 */
    mutate_state ^= mutate_state << 13;
    mutate_state ^= mutate_state >> 7;
    mutate_state ^= mutate_state << 17;
    return (size_t)(mutate_state % limit);
}

/* One change: bytes cut out, and in their place nothing, a byte, a copy of what follows, or a piece. */
static inline void mutate(const struct fuzz *fuzz, struct buf *out) {
    size_t at = mutate_below(out->length + 1), cut = mutate_below(8), left = out->length - at;
    AUTO_BUF tail = BUF_INIT(MUTATE_LONGEST);
    if (cut > left) cut = left;
    buf_add(&tail, buf_text(out) + at + cut, left - cut);
    buf_cut(out, at);
    switch (mutate_below(5)) {
    case 0:
        break;
    case 1:
        buf_add_char(out, (char)mutate_below(256));
        break;
    case 2:
        buf_add(out, buf_text(&tail), tail.length / 2);
        break;
    default:
        buf_add_text(out, fuzz->pieces[mutate_below(fuzz->piece_count)]);
    }
    buf_add(out, buf_text(&tail), tail.length);
}

#ifdef FUZZER
size_t LLVMFuzzerMutate(uint8_t *bytes, size_t length, size_t room);

/* Most mutations are libFuzzer's own; every third one is ours, now and then of a seed. */
static inline size_t mutate_for_fuzzer(const struct fuzz *fuzz, uint8_t *bytes, size_t length, size_t room,
                                       unsigned seed) {
    if (seed % 3) return LLVMFuzzerMutate(bytes, length, room);
    AUTO_BUF mutant = BUF_INIT(MUTATE_LONGEST);
    mutate_state = seed + UINT64_C(0x9E3779B97F4A7C15);
    const struct fuzz_seed *other = &fuzz->seeds[mutate_below(fuzz->seed_count)];
    if (length < 2 || !mutate_below(50))
        buf_add(&mutant, other->bytes, other->length);
    else
        buf_add(&mutant, bytes, length);
    for (size_t i = mutate_below(MUTATE_MOST); i > 0; i--) mutate(fuzz, &mutant);
    size_t kept = mutant.length < room ? mutant.length : room;
    if (kept) memcpy(bytes, mutant.bytes, kept);
    return kept;
}

#define FUZZ_MAIN(fuzz)                                                                                      \
    size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t length, size_t room, unsigned seed);               \
    size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t length, size_t room, unsigned seed) {              \
        return mutate_for_fuzzer(&(fuzz), bytes, length, room, seed);                                        \
    }                                                                                                        \
    int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);                                         \
    int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {                                        \
        if (!(fuzz).holds((const char *)bytes, length)) fflush(stdout), abort();                             \
        return 0;                                                                                            \
    }
#else
/* A broken input is shown so that it can become a line of a table. */
static inline bool mutate_try(const struct fuzz *fuzz, const char *bytes, size_t length) {
    char *exact = mem_copy(bytes, length + !length); /* no room behind it: a sanitiser sees a read too far */
    bool good = fuzz->holds(exact, length);
    free(exact);
    if (good) return true;
    printf("# input: \"");
    for (size_t i = 0; i < length; i++)
        printf(bytes[i] >= ' ' && bytes[i] <= '~' && bytes[i] != '\\' && bytes[i] != '"' ? "%c" : "\\%03o",
               (unsigned char)bytes[i]);
    printf("\"\n");
    return false;
}

static inline bool mutate_rounds(const struct fuzz *fuzz, const char *bytes, size_t length, int rounds) {
    bool good = mutate_try(fuzz, bytes, length);
    for (int round = 0; round < rounds && good; round++) {
        AUTO_BUF mutant = BUF_INIT(MUTATE_LONGEST);
        buf_add(&mutant, bytes, length);
        for (size_t i = 1 + mutate_below(MUTATE_MOST); i > 0; i--) mutate(fuzz, &mutant);
        good = mutate_try(fuzz, buf_text(&mutant), mutant.length);
    }
    return good;
}

static inline int mutate_not_hidden(const struct dirent *entry) {
    return entry->d_name[0] != '.';
}

/* Every kept input, and a few mutations of each. */
static inline void mutate_kept(const struct fuzz *fuzz) {
    enum { KEPT_ROUNDS = 20 };
    struct dirent **names;
    char path[512];
    snprintf(path, sizeof path, "tests/corpus/fuzz/%s", fuzz->name);
    int count = scandir(path, &names, mutate_not_hidden, alphasort);
    for (int i = 0; i < count; i++) {
        AUTO_BUF bytes = BUF_INIT(MUTATE_LONGEST);
        snprintf(path, sizeof path, "tests/corpus/fuzz/%s/%s", fuzz->name, names[i]->d_name);
        FILE *file = fopen(path, "rb");
        bool read = file && buf_add_file(&bytes, file);
        if (file) fclose(file);
        CHECK(path, read && mutate_rounds(fuzz, buf_text(&bytes), bytes.length, KEPT_ROUNDS));
        free(names[i]);
    }
    if (count >= 0) free(names);
}

static inline int mutate_all(const struct fuzz *fuzz) {
    mutate_kept(fuzz);
    for (size_t i = 0; i < fuzz->seed_count; i++)
        CHECK("seed and its mutations",
              mutate_rounds(fuzz, fuzz->seeds[i].bytes, fuzz->seeds[i].length, fuzz->rounds));
    return tap_end();
}

#define FUZZ_MAIN(fuzz)                                                                                      \
    int main(void) {                                                                                         \
        return mutate_all(&(fuzz));                                                                          \
    }
#endif

#endif
