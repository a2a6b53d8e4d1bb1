/* memo.c: open addressing with Fibonacci hashing. */
#include "pickle/memo.h"

#include "common/mem.h"

#include <stdlib.h>

static struct memo_slot *
find(const struct memo *m, uint64_t index)
{
    /* 2^64 / golden ratio: consecutive indices spread evenly */
    size_t i = (size_t)((index * 0x9e3779b97f4a7c15u) >> 32) & (m->capacity - 1);

    while (m->slots[i].value && m->slots[i].index != index)
        i = (i + 1) & (m->capacity - 1);
    return &m->slots[i];
}

static void
grow(struct memo *m)
{
    struct memo old = *m;

    m->capacity = old.capacity ? 2 * old.capacity : 256;
    m->slots = xcalloc(m->capacity, sizeof *m->slots);
    for (size_t i = 0; i < old.capacity; i++)
        if (old.slots[i].value)
            *find(m, old.slots[i].index) = old.slots[i];
    free(old.slots);
}

void
memo_put(struct memo *m, uint64_t index, struct value *value)
{
    struct memo_slot *slot;

    if (2 * (m->count + 1) > m->capacity)
        grow(m);
    slot = find(m, index);
    if (!slot->value)
        m->count++;
    *slot = (struct memo_slot){index, value};
}

struct value *
memo_get(const struct memo *m, uint64_t index)
{
    return m->capacity ? find(m, index)->value : NULL;
}

void
memo_clear(struct memo *m)
{
    free(m->slots);
    *m = (struct memo){0};
}
