/* store_column.c: see store_column.h. */
#include "store/store_column.h"

#include "common/mem.h"

#include <stdlib.h>

void
store_column_init(struct store_column *c, bool integer)
{
    *c = (struct store_column){
        .width = integer ? 1 : 8, .integer = integer, .plain = true};
}

void
store_column_clear(struct store_column *c)
{
    free(c->data);
    *c = (struct store_column){0};
}

void
store_column_reserve(struct store_column *c, size_t capacity)
{
    c->data = xrealloc(c->data, capacity + STORE_BLOCK, c->width);
}

static unsigned
width_of(uint64_t most)
{
    return most <= UINT8_MAX ? 1 : most <= UINT16_MAX ? 2 : most <= UINT32_MAX ? 4 : 8;
}

void
store_column_copy(const struct store_column *c, size_t from, size_t n, int64_t *out)
{
    const uint8_t *b = (const uint8_t *)c->data + from;
    const uint16_t *h = (const uint16_t *)c->data + from;
    const uint32_t *w = (const uint32_t *)c->data + from;

    if (c->width == 8)
        memcpy(out, (const int64_t *)c->data + from, n * sizeof *out);
    else
        for (size_t i = 0; i < n; i++)
            out[i] = c->width == 1 ? b[i] : c->width == 2 ? h[i] : w[i];
}

int64_t *
store_column_release(struct store_column *c, size_t n, size_t room)
{
    struct store_column old = *c;
    int64_t *values = c->width == 8 ? xrealloc(c->data, room, sizeof *values)
                                    : xrealloc(NULL, room, sizeof *values);

    *c = (struct store_column){0};
    if (old.width != 8) {
        store_column_copy(&old, 0, n, values);
        free(old.data);
    }
    return values;
}

static void
put(struct store_column *c, size_t at, const int64_t *from, size_t n)
{
    uint8_t *b = (uint8_t *)c->data + at;
    uint16_t *h = (uint16_t *)c->data + at;
    uint32_t *w = (uint32_t *)c->data + at;

    if (c->width == 8)
        memcpy((int64_t *)c->data + at, from, n * sizeof *from);
    else if (c->width == 4)
        for (size_t i = 0; i < n; i++)
            w[i] = (uint32_t)from[i];
    else if (c->width == 2)
        for (size_t i = 0; i < n; i++)
            h[i] = (uint16_t)from[i];
    else
        for (size_t i = 0; i < n; i++)
            b[i] = (uint8_t)from[i];
}

/* Seldom: the first rows nearly always show what a column holds. */
static void
widen(struct store_column *c, size_t n, size_t capacity, unsigned width)
{
    struct store_column old = *c;
    int64_t room[STORE_BLOCK];

    c->width = width;
    c->data = NULL;
    store_column_reserve(c, capacity);
    for (size_t i = 0, some; i < n; i += some) {
        some = n - i < STORE_BLOCK ? n - i : STORE_BLOCK;
        store_column_copy(&old, i, some, room);
        put(c, i, room, some);
    }
    free(old.data);
}

void
store_column_append(struct store_column *c, size_t n, size_t capacity,
                    union batch_value from, size_t count)
{
    uint64_t most = c->most;

    for (size_t i = 0; c->integer && i < count; i++)
        most = (uint64_t)from.i[i] > most ? (uint64_t)from.i[i] : most;
    c->most = most;
    if (c->integer && width_of(most) > c->width)
        widen(c, n, capacity, width_of(most));
    put(c, n, from.i, count);
}
