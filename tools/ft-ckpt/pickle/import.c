/* import.c: see import.h. */
#include "pickle/import.h"

#include "common/mem.h"
#include "fault.h"
#include "pickle/utf8.h"

#include <stdlib.h>
#include <string.h>

/* FNV-1a; the table only needs to be fast, PICKLE_GLOBALS_MAX bounds the rest. */
static size_t
hash_of(const char *name, size_t size)
{
    uint64_t h = 0xcbf29ce484222325u;

    for (size_t i = 0; i < size; i++)
        h = (h ^ (uint8_t)name[i]) * 0x100000001b3u;
    return (size_t)(h ^ h >> 32);
}

static struct global **
find(const struct import_table *t, const char *name, size_t size, size_t module_size)
{
    size_t i = hash_of(name, size) & (t->capacity - 1);

    while (t->slots[i] &&
           (t->slots[i]->size != size || t->slots[i]->module_size != module_size ||
            memcmp(t->slots[i]->name, name, size) != 0))
        i = (i + 1) & (t->capacity - 1);
    return &t->slots[i];
}

static void
grow(struct import_table *t)
{
    struct import_table old = *t;

    t->capacity = old.capacity ? 2 * old.capacity : 64;
    t->slots = xcalloc(t->capacity, sizeof(*t->slots));
    for (size_t i = 0; i < old.capacity; i++)
        if (old.slots[i])
            *find(t, old.slots[i]->name, old.slots[i]->size, old.slots[i]->module_size) =
                old.slots[i];
    free(old.slots);
}

/* Non-empty UTF-8 without blanks, controls or quotes. */
static bool
plausible(const uint8_t *s, size_t n)
{
    if (n == 0 || n > 1024 || !utf8_valid(s, n))
        return false;
    for (size_t i = 0; i < n; i++)
        if (s[i] <= ' ' || s[i] == 0x7f || s[i] == '"' || s[i] == '\'' || s[i] == '\\')
            return false;
    return true;
}

bool
import_intern(struct import_table *t, struct pickle *p, const struct import_name *name,
              struct global **out, struct error *err)
{
    struct global **slot, *g;
    size_t size = name->module_size + 1 + name->name_size;
    char *text;

    if (!plausible(name->module, name->module_size) ||
        !plausible(name->name, name->name_size))
        return fault(err, ERR_MALFORMED, "pickle-malformed",
                     "%s: module and name are not Python names", name->opcode);
    text = arena_alloc(&p->arena, size + 1);
    memcpy(text, name->module, name->module_size);
    text[name->module_size] = '.';
    memcpy(text + name->module_size + 1, name->name, name->name_size);
    if (2 * (p->global_count + 1) > t->capacity)
        grow(t);
    slot = find(t, text, size, name->module_size);
    if (!*slot) {
        g = arena_alloc(&p->arena, sizeof *g);
        *g = (struct global){.name = text,
                             .module_size = name->module_size,
                             .size = size,
                             .at = name->at,
                             .opcode = name->opcode,
                             .dotted = memchr(name->name, '.', name->name_size) != NULL};
        *(t->last ? &t->last->next : &t->first) = g;
        t->last = g;
        p->global_count++;
        *slot = g;
    }
    *out = *slot;
    return true;
}

void
import_clear(struct import_table *t)
{
    free(t->slots);
    *t = (struct import_table){0};
}
