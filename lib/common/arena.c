#include "arena.h"

#include "mem.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct arena_chunk {
    struct arena_chunk *next;
    size_t size;
    alignas(16) unsigned char data[];
};

/* Chunks double up to CHUNK_MAX: few calls for large trees, little waste for small. */
enum { CHUNK_MIN = 1 << 12, CHUNK_MAX = 1 << 20, ALIGN = 16 };

static void
grow(struct arena *a, size_t size)
{
    size_t want = a->chunks ? a->chunks->size * 2 : CHUNK_MIN;
    struct arena_chunk *chunk;

    if (want > CHUNK_MAX)
        want = CHUNK_MAX;
    if (want < size)
        want = size;
    chunk = xcalloc(1, sizeof *chunk + want);
    chunk->next = a->chunks;
    chunk->size = want;
    a->chunks = chunk;
    a->used = 0;
    a->total += want;
}

void *
arena_alloc(struct arena *a, size_t size)
{
    void *p;

    size = (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
    if (!a->chunks || size > a->chunks->size - a->used)
        grow(a, size);
    p = a->chunks->data + a->used;
    a->used += size;
    return p;
}

char *
arena_strndup(struct arena *a, const char *s, size_t n)
{
    char *copy = arena_alloc(a, n + 1);

    if (n > 0) /* an empty text may have no address */
        memcpy(copy, s, n);
    return copy;
}

void
arena_clear(struct arena *a)
{
    while (a->chunks) {
        struct arena_chunk *next = a->chunks->next;

        free(a->chunks);
        a->chunks = next;
    }
    *a = (struct arena){0};
}
