/* store.c: see store.h. */
#include "store/store.h"

#include "common/mem.h"

#include <math.h>
#include <stdlib.h>

enum { CELLS_MOST = 1 << 22 };

/* Zeros behind n rows, to the end of their block. */
static void
pad(struct store_column *c, size_t n)
{
    memset((uint8_t *)c->data + n * c->width, 0,
           (STORE_BLOCK - n % STORE_BLOCK) * c->width);
}

static void
take_key(struct store_column *c, const struct wide *w, size_t key)
{
    int64_t codes[STORE_BLOCK];

    store_column_init(c, true);
    store_column_reserve(c, w->n);
    for (size_t row = 0; row < w->n; row += STORE_BLOCK) {
        size_t n = w->n - row < STORE_BLOCK ? w->n - row : STORE_BLOCK;

        for (size_t i = 0; i < n; i++)
            codes[i] = (int64_t)coder_unpack(&w->layout, key, w->words[row + i]);
        store_column_append(c, row, w->n, (union batch_value){.i = codes}, n);
    }
    pad(c, w->n);
}

static void
take_value(struct store_column *c, struct store_column *from, size_t n)
{
    const double *x = from->data; /* unless it is of integers */

    *c = *from;
    *from = (struct store_column){0};
    if (n == 0)
        store_column_reserve(c, 0);
    for (size_t i = 0; !c->integer && i < n; i++)
        c->plain &= isfinite(x[i]) != 0;
    pad(c, n);
}

void
store_take(struct store *s, struct wide *w, const struct coder *c)
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
        take_key(&s->keys[k], w, k);
    for (size_t v = 0; v < w->n_values; v++)
        take_value(&s->values[v], &w->values[v], w->n);
}

void
store_clear(struct store *s)
{
    for (size_t k = 0; s->keys && k < s->n_keys; k++)
        store_column_clear(&s->keys[k]);
    for (size_t v = 0; s->values && v < s->n_values; v++)
        store_column_clear(&s->values[v]);
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
