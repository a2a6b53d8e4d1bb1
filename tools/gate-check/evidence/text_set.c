#include "evidence/text_set.h"

#include "common/mem.h"

#include <stdlib.h>
#include <string.h>

static int
by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void
text_set_add(struct text_set *s, const char *text)
{
    if (s->count == s->capacity) {
        s->capacity = s->capacity ? 2 * s->capacity : 32;
        s->items = xrealloc(s->items, s->capacity, sizeof *s->items);
    }
    s->items[s->count++] = text;
}

void
text_set_finish(struct text_set *s)
{
    size_t kept = 0;

    if (s->count > 1)
        qsort(s->items, s->count, sizeof *s->items, by_text);
    for (size_t i = 0; i < s->count; i++)
        if (kept == 0 || strcmp(s->items[kept - 1], s->items[i]) != 0)
            s->items[kept++] = s->items[i];
    s->count = kept;
}

bool
text_set_has(const struct text_set *s, const char *text)
{
    return s->count > 0 && bsearch(&text, s->items, s->count, sizeof text, by_text);
}

void
text_set_clear(struct text_set *s)
{
    free(s->items);
    *s = (struct text_set){0};
}
