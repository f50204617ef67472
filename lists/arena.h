/* Memory of one reading: many small texts, freed all at once. */
#ifndef LISTS_ARENA_H
#define LISTS_ARENA_H

#include "base/common.h"

struct arena_chunk;
struct arena { struct arena_chunk *last; }; /* {0} is empty */

/* Zeroed; lives as long as the arena. */
void *arena_new(struct arena *arena, size_t count, size_t size_bytes) MUST_USE;
char *arena_text(struct arena *arena, const char *text, size_t length) MUST_USE; /* a copy, NUL-terminated */
void arena_release(struct arena *arena);                                         /* everything; reusable */

/* Room for one more in an array that mem_grow made: its length doubles at each power of two. */
#define ROOM_FOR_ONE(array, count)                                                                           \
    do {                                                                                                     \
        if (!((count) & ((count)-1))) (array) = mem_grow((array), (count) ? (count)*2 : 1, sizeof *(array)); \
    } while (0)

#endif
