/*
 * heap.h: memory of one run's tensors, freed or recycled whole.
 *
 * Nothing is freed alone.  heap_reset() keeps large blocks for the next step, so a
 * training loop asks the system for memory once.  A request beyond the limit fails.
 */
#ifndef FTG_TENSOR_HEAP_H
#define FTG_TENSOR_HEAP_H

#include "common/arena.h"

#include <stdbool.h>
#include <stddef.h>

struct heap_block;

struct heap {
    struct arena small;       /* headers, nodes, short data */
    struct heap_block *used;  /* owned */
    struct heap_block *spare; /* owned; for reuse */
    size_t octets;            /* in used blocks */
    size_t limit;             /* 0: none */
    bool full;                /* something did not fit */
};

/* size octets, zeroed, aligned to 64 when large; NULL when over the limit. */
void *heap_alloc(struct heap *h, size_t size);
/* As heap_alloc(), but the content of a recycled block is left as it is. */
void *heap_alloc_dirty(struct heap *h, size_t size);
void heap_reset(struct heap *h); /* everything allocated is gone, blocks are kept */
void heap_clear(struct heap *h);

#endif
