/* names.c: open addressing over XXH3. */
#include "model/names.h"

#include "common/mem.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

static struct names_slot *
find(const struct names *n, const char *text, size_t size)
{
    size_t i = (size_t)XXH3_64bits(text, size) & (n->capacity - 1);

    while (n->slots[i].text &&
           (n->slots[i].size != size || memcmp(n->slots[i].text, text, size) != 0))
        i = (i + 1) & (n->capacity - 1);
    return &n->slots[i];
}

static void
grow(struct names *n)
{
    struct names old = *n;

    n->capacity = old.capacity ? 2 * old.capacity : 64;
    n->slots = xcalloc(n->capacity, sizeof *n->slots);
    for (size_t i = 0; i < old.capacity; i++)
        if (old.slots[i].text)
            *find(n, old.slots[i].text, old.slots[i].size) = old.slots[i];
    free(old.slots);
}

bool
names_add(struct names *n, const char *text, size_t size, size_t number)
{
    struct names_slot *slot;

    if (2 * (n->count + 1) > n->capacity)
        grow(n);
    slot = find(n, text, size);
    if (slot->text)
        return false;
    *slot = (struct names_slot){text, size, number};
    n->count++;
    return true;
}

size_t
names_find(const struct names *n, const char *text, size_t size)
{
    const struct names_slot *slot = n->capacity ? find(n, text, size) : NULL;

    return slot && slot->text ? slot->number : (size_t)NAMES_ABSENT;
}

void
names_clear(struct names *n)
{
    free(n->slots);
    *n = (struct names){0};
}
