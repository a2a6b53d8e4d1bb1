/*
 * names.c: values of a program by name, in a table of open addresses.
 */
#include "engine/program/program.h"

#include <string.h>

/* FNV-1a, to find a slot. */
static uint32_t
first_slot(const struct program *p, const char *name)
{
    uint32_t hash = UINT32_C(2166136261);

    for (const char *c = name; *c; c++)
        hash = (hash ^ (uint8_t)*c) * UINT32_C(16777619);
    return (hash ^ hash >> 15) & (p->slot_count - 1);
}

uint32_t
program_value(const struct program *p, const char *name)
{
    uint32_t at;

    if (p->slot_count == 0)
        return UINT32_MAX;
    for (at = first_slot(p, name); p->slots[at]; at = (at + 1) & (p->slot_count - 1)) {
        if (strcmp(p->names[p->slots[at] - 1], name) == 0)
            return p->slots[at] - 1;
    }
    return UINT32_MAX;
}

static void
fill_slot(struct program *p, uint32_t value)
{
    uint32_t at = first_slot(p, p->names[value]);

    while (p->slots[at])
        at = (at + 1) & (p->slot_count - 1);
    p->slots[at] = value + 1;
}

uint32_t
program_add_value(struct program *p, const char *name)
{
    if (p->values == p->values_capacity) {
        uint32_t capacity = p->values_capacity > 0 ? 2 * p->values_capacity : 64;
        char **names = arena_alloc(&p->arena, capacity * sizeof(char *));

        if (p->values > 0)
            memcpy(names, p->names, p->values * sizeof(char *));
        p->names = names;
        p->values_capacity = capacity;
        p->slot_count = 2 * capacity;
        p->slots = arena_alloc(&p->arena, p->slot_count * sizeof(*p->slots));
        for (uint32_t i = 0; i < p->values; i++)
            fill_slot(p, i);
    }
    p->names[p->values] = arena_strndup(&p->arena, name, strlen(name));
    fill_slot(p, p->values);
    return p->values++;
}
