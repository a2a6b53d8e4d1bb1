/* store.c: see store.h. */
#include "engine/store.h"

#include "common/mem.h"

#include <math.h>
#include <stdlib.h>

enum { CELLS_MOST = 1 << 22 };

static size_t
padded(size_t n)
{
    return (n / STORE_BLOCK + 1) * STORE_BLOCK;
}

static unsigned
width_of(uint64_t most)
{
    return most < UINT64_C(1) << 8 ? 1 : most < UINT64_C(1) << 16 ? 2 : 4;
}

static void
narrow(struct store_column *c, const uint64_t *from, size_t n)
{
    uint8_t *b = c->data = xcalloc(padded(n), c->width);
    uint16_t *h = c->data;
    uint32_t *w = c->data;

    for (size_t i = 0; i < n; i++)
        if (c->width == 1)
            b[i] = (uint8_t)from[i];
        else if (c->width == 2)
            h[i] = (uint16_t)from[i];
        else
            w[i] = (uint32_t)from[i];
}

static void
take_key(struct store_column *c, const struct wide *w, size_t key, uint32_t most)
{
    uint64_t *codes = xrealloc(NULL, w->n + 1, sizeof *codes);

    for (size_t i = 0; i < w->n; i++)
        codes[i] = coder_unpack(&w->layout, key, w->words[i]);
    *c = (struct store_column){.width = width_of(most), .integer = true, .most = most};
    narrow(c, codes, w->n);
    free(codes);
}

static void
take_value(struct store_column *c, const union batch_value *from, size_t n, bool integer)
{
    *c = (struct store_column){.width = 8, .integer = integer, .plain = true};
    for (size_t i = 0; i < n; i++)
        if (!integer)
            c->plain &= isfinite(from->f[i]) != 0;
        else if ((uint64_t)from->i[i] > c->most)
            c->most = (uint64_t)from->i[i]; /* a negative one is beyond every width */
    if (integer && c->most <= UINT32_MAX) {
        c->width = width_of(c->most);
        narrow(c, (const uint64_t *)(const void *)from->i, n);
        return;
    }
    c->data = xcalloc(padded(n), sizeof(int64_t));
    memcpy(c->data, from->i, n * sizeof(int64_t));
}

void
store_take(struct store *s, struct wide *w, const struct coder *c,
           const enum field_kind *kinds)
{
    *s = (struct store){.kernel = kernel_select(), .n = w->n};
    s->n_keys = w->n_keys;
    s->n_values = w->n_values;
    s->keys = xcalloc(w->n_keys, sizeof *s->keys);
    s->values = xcalloc(w->n_values + 1, sizeof *s->values);
    s->n_cells = 1;
    for (size_t k = 0; k < w->n_keys; k++)
        if (s->n_cells <= CELLS_MOST || w->n_keys == 1)
            s->n_cells *= c->keys[k].known.n + (size_t)1;
    if (s->n_cells > CELLS_MOST && w->n_keys > 1) {
        s->n_cells = 0;
        s->wide = *w;
        *w = (struct wide){0};
        return;
    }
    for (size_t k = 0; k < w->n_keys; k++)
        take_key(&s->keys[k], w, k, c->keys[k].known.n);
    for (size_t v = 0; v < w->n_values; v++)
        take_value(&s->values[v], &w->values[v], w->n, kinds[v] == FIELD_INT);
}

void
store_clear(struct store *s)
{
    for (size_t k = 0; s->keys && k < s->n_keys; k++)
        free(s->keys[k].data);
    for (size_t v = 0; s->values && v < s->n_values; v++)
        free(s->values[v].data);
    free(s->keys);
    free(s->values);
    wide_clear(&s->wide);
    *s = (struct store){0};
}

void
store_cells(const struct store *s, const struct coder *c, size_t row,
            uint32_t cells[static STORE_BLOCK])
{
    memset(cells, 0, STORE_BLOCK * sizeof *cells);
    for (size_t k = 0; k < s->n_keys; k++) {
        const struct store_column *key = &s->keys[k];

        s->kernel->add_codes((const uint8_t *)key->data + row * key->width, key->width,
                             c->keys[k].known.n + 1, cells);
    }
}

int64_t *
store_values(const struct store *s, size_t value, size_t row,
             int64_t room[static STORE_BLOCK])
{
    const struct store_column *c = &s->values[value];

    if (c->width == 8)
        return (int64_t *)c->data + row;
    s->kernel->widen((const uint8_t *)c->data + row * c->width, c->width, room);
    return room;
}
