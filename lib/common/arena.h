/*
 * arena.h: a bump allocator for trees that are freed whole.
 *
 * A zeroed struct is an empty arena.  Objects are aligned to 16 octets and
 * never move; nothing is freed before arena_clear().
 */
#ifndef COMMON_ARENA_H
#define COMMON_ARENA_H

#include "attr.h"

#include <stddef.h>

struct arena_chunk;

struct arena {
    struct arena_chunk *chunks; /* owned; newest first */
    size_t used;                /* octets taken in the newest chunk */
    size_t total;               /* octets reserved in all, for limits */
};

/* size octets, zeroed. */
void *arena_alloc(struct arena *a, size_t size) NEVER_NULL;

/* n octets of s and a NUL. */
char *arena_strndup(struct arena *a, const char *s, size_t n) NEVER_NULL;

void arena_clear(struct arena *a);

#endif
