/* Chunks in a chain; a text larger than a chunk gets one of its own. */
#include "lists/arena.h"

#include <stdlib.h>
#include <string.h>

enum { CHUNK_BYTES = 1 << 16, ALIGN = 16 };

struct arena_chunk {
    struct arena_chunk *before;
    size_t used, room;
    _Alignas(ALIGN) char bytes[];
};

static struct arena_chunk *chunk_new(size_t room) {
    struct arena_chunk *chunk = mem_new(1, sizeof *chunk + room);
    chunk->room = room;
    return chunk;
}

void *arena_new(struct arena *arena, size_t count, size_t size_bytes) {
    size_t need = (count * size_bytes + ALIGN - 1) & ~(size_t)(ALIGN - 1);
    struct arena_chunk *chunk = arena->last;
    if (!chunk || chunk->room - chunk->used < need) {
        chunk = chunk_new(need > CHUNK_BYTES / 4 ? need : CHUNK_BYTES);
        if (need > CHUNK_BYTES / 4 && arena->last) { /* the chunk in use keeps its free end */
            chunk->before = arena->last->before;
            arena->last->before = chunk;
        } else {
            chunk->before = arena->last;
            arena->last = chunk;
        }
    }
    void *given = chunk->bytes + chunk->used;
    chunk->used += need;
    return given;
}

char *arena_text(struct arena *arena, const char *text, size_t length) {
    char *copy = arena_new(arena, length + 1, 1);
    memcpy(copy, text, length);
    return copy;
}

void arena_release(struct arena *arena) {
    for (struct arena_chunk *chunk = arena->last, *before; chunk; chunk = before) {
        before = chunk->before;
        free(chunk);
    }
    arena->last = NULL;
}
