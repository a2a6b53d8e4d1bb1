/* wide.c: rows kept, their codes packed into words. */
#include "store/wide.h"

#include "common/mem.h"

#include <stdlib.h>

enum {
    HEADROOM = 2, /* bits of a key's codes that are not needed yet */
    WORD_BITS = 64
};

/* Rows have 32 bits in deal.h, and so do those to spare. */
static const size_t ROWS_MOST = UINT32_MAX - (1U << 26);

void
wide_init(struct wide *w, size_t n_keys, size_t n_values, const enum field_kind *kinds)
{
    *w = (struct wide){.ops = pack_select(), .n_keys = n_keys, .n_values = n_values};
    w->values = xcalloc(n_values + 1, sizeof *w->values);
    w->used = xcalloc(n_values + 1, sizeof *w->used);
    for (size_t v = 0; v < n_values; v++) {
        w->used[v] = true;
        store_column_init(&w->values[v], kinds[v] == FIELD_INT);
    }
}

void
wide_clear(struct wide *w)
{
    for (size_t i = 0; i < w->n_values; i++)
        store_column_clear(&w->values[i]);
    free(w->values);
    free(w->used);
    free(w->words);
    *w = (struct wide){0};
}

/* Room for n rows more; what is not needed of it is never touched. */
static void
make_room(struct wide *w, size_t n)
{
    w->capacity = w->n + n + w->n / 2;
    w->words = xrealloc(w->words, w->capacity, sizeof *w->words);
    for (size_t v = 0; v < w->n_values; v++)
        if (w->used[v])
            store_column_reserve(&w->values[v], w->capacity);
}

/* Bits for every key, `spare` more for those that have too few by now. */
static bool
lay_out(const struct wide *w, const struct coder *c, unsigned spare,
        struct coder_layout *out)
{
    unsigned shift = 0;

    for (size_t k = 0; k < w->n_keys && shift <= WORD_BITS; k++) {
        unsigned bits = coder_bits(&c->keys[k]);

        bits = bits > w->layout.bits[k] ? bits + spare : spare ? w->layout.bits[k] : bits;
        out->shift[k] = (uint8_t)shift;
        out->bits[k] = (uint8_t)bits;
        shift += bits;
    }
    return shift <= WORD_BITS;
}

/* The words as another layout has them. */
static void
pack_again(struct wide *w, const struct coder_layout *to)
{
    for (size_t i = 0; i < w->n; i++) {
        uint64_t word = 0;

        for (size_t k = 0; k < w->n_keys; k++)
            word |= (uint64_t)coder_unpack(&w->layout, k, w->words[i]) << to->shift[k];
        w->words[i] = word;
    }
}

/* A layout that holds the codes by now: seldom another than before. */
static bool
fit_layout(struct wide *w, const struct coder *c)
{
    struct coder_layout wider = {{0}, {0}};
    bool fits = true;

    if (w->n_keys > CODER_KEYS_MOST)
        return false;
    for (size_t k = 0; k < w->n_keys; k++)
        fits &= coder_bits(&c->keys[k]) <= w->layout.bits[k];
    if (fits)
        return true;
    if (!lay_out(w, c, HEADROOM, &wider) && !lay_out(w, c, 0, &wider))
        return false;
    pack_again(w, &wider);
    w->layout = wider;
    return true;
}

static void
append_words(struct wide *w, const struct coder *c, const struct batch *b)
{
    struct pack_key keys[CODER_KEYS_MOST];

    for (size_t k = 0; k < w->n_keys; k++)
        keys[k] = (struct pack_key){b->keys[k].codes, c->keys[k].codes[b->reader],
                                    w->layout.shift[k]};
    w->ops->pack(keys, w->n_keys, b->n_rows, w->words + w->n);
}

bool
wide_append(struct wide *w, const struct coder *c, const struct batch *b, size_t n)
{
    if (w->n + b->n_rows > ROWS_MOST || !fit_layout(w, c))
        return false;
    if (w->n + b->n_rows > w->capacity)
        make_room(w, n > b->n_rows ? n : b->n_rows);
    append_words(w, c, b);
    for (size_t v = 0; v < w->n_values; v++)
        if (w->used[v])
            store_column_append(&w->values[v], w->n, w->capacity, b->values[v],
                                b->n_rows);
    w->n += b->n_rows;
    return true;
}
