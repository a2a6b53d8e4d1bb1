/*
 * heap.c: short requests from an arena, long ones from blocks that are recycled
 * when they fit without wasting more than half.
 */
#include "tensor/heap.h"

#include "common/mem.h"

#include <stdlib.h>
#include <string.h>

enum { SMALL_MAX = 4096, BLOCK_HEADER = 64 };

struct heap_block {
    struct heap_block *next;
    size_t size;
};

_Static_assert(sizeof(struct heap_block) <= BLOCK_HEADER, "data begin a cache line");

static struct heap_block *
take_spare(struct heap *h, size_t size)
{
    for (struct heap_block **link = &h->spare; *link; link = &(*link)->next) {
        struct heap_block *block = *link;

        if (block->size >= size && block->size / 2 <= size) {
            *link = block->next;
            return block;
        }
    }
    return NULL;
}

void *
heap_alloc_dirty(struct heap *h, size_t size)
{
    struct heap_block *block;

    if (h->limit > 0 && (size > h->limit || h->octets > h->limit - size)) {
        h->full = true;
        return NULL;
    }
    if (size <= SMALL_MAX) {
        h->octets += size;
        return arena_alloc(&h->small, size > 0 ? size : 1);
    }
    block = take_spare(h, size);
    if (!block) {
        size_t whole;

        if (!size_add(size, BLOCK_HEADER + 63, &whole)) {
            h->full = true;
            return NULL;
        }
        block = xaligned(64, whole & ~(size_t)63);
        block->size = size;
    }
    block->next = h->used;
    h->used = block;
    h->octets += block->size;
    return (char *)block + BLOCK_HEADER;
}

void *
heap_alloc(struct heap *h, size_t size)
{
    void *p = heap_alloc_dirty(h, size);

    if (p && size > SMALL_MAX)
        memset(p, 0, size);
    return p;
}

void
heap_reset(struct heap *h)
{
    arena_clear(&h->small);
    while (h->used) {
        struct heap_block *block = h->used;

        h->used = block->next;
        block->next = h->spare;
        h->spare = block;
    }
    h->octets = 0;
    h->full = false;
}

static void
free_blocks(struct heap_block *block)
{
    while (block) {
        struct heap_block *next = block->next;

        free(block);
        block = next;
    }
}

void
heap_clear(struct heap *h)
{
    arena_clear(&h->small);
    free_blocks(h->used);
    free_blocks(h->spare);
    h->used = h->spare = NULL;
    h->octets = 0;
    h->full = false;
}
