/* name_set.c: open addressing, at most two thirds full. */
#include "table/name_set.h"

void
name_set_init(struct arena *a, struct name_set *s, size_t most)
{
    size_t room = 16;

    while (room < most + most / 2)
        room *= 2;
    s->mask = room - 1;
    s->entries = arena_alloc(a, room * sizeof *s->entries);
}

static struct name_entry *
place_of(const struct name_set *s, struct cell name)
{
    size_t at = (size_t)cell_hash(name) & s->mask;

    while (s->entries[at].used && !cell_same(s->entries[at].name, name))
        at = (at + 1) & s->mask;
    return &s->entries[at];
}

struct name_entry *
name_set_find(const struct name_set *s, struct cell name)
{
    struct name_entry *e = place_of(s, name);

    return e->used ? e : NULL;
}

struct name_entry *
name_set_add(struct name_set *s, struct cell name, bool *added)
{
    struct name_entry *e = place_of(s, name);

    *added = !e->used;
    e->used = true;
    e->name = name;
    return e;
}
