/*
 * Gauss-Jordan elimination of [A | I] over packed bits leaves [1 Y | X]: pivot
 * unknowns = X * v2 + Y * frees.  Put into the HDPC rows, that gives H equations for
 * the frees, again solved with the identity carried along.
 *
 * Up to GROUP pivots are found before the other rows hear of them; those then add the
 * sum of the pivot rows they need at once, from a table of all such sums ("four
 * Russians": the same kernel that replays dense sums).
 */
#include "dense.h"

#include "common/mem.h"

#include <stdlib.h>
#include <string.h>

enum { GROUP = 8, VECTOR = 64 };

struct bits {
    uint64_t *word; /* owned; rows, then the table of sums */
    size_t rows, words;
    uint32_t *all; /* owned; 0, 1, ... */
    uint8_t *code; /* owned; by row: which of a group's pivot rows it needs */
};

/* Pivots that the other rows have not heard of; reduced among each other. */
struct group {
    size_t first; /* row, and index of the pivot */
    size_t column;
    size_t count;
    uint8_t offset[GROUP]; /* of each pivot's column from `column` */
};

static uint64_t *
bits_row(const struct bits *b, size_t i)
{
    return b->word + i * b->words;
}

static bool
bit_at(const uint64_t *row, size_t i)
{
    return row[i / 64] >> (i % 64) & 1;
}

static void
row_swap(const struct bits *b, size_t i, size_t k)
{
    uint64_t *x = bits_row(b, i), *y = bits_row(b, k);

    for (size_t w = 0; i != k && w < b->words; w++) {
        uint64_t t = x[w];

        x[w] = y[w];
        y[w] = t;
    }
}

static void
row_add(const struct bits *b, size_t into, size_t from)
{
    uint64_t *x = bits_row(b, into);
    const uint64_t *y = bits_row(b, from);

    for (size_t w = 0; w < b->words; w++)
        x[w] ^= y[w];
}

/* [A | I]. */
static void
bits_init(struct bits *b, const struct rq_dense_rows *in)
{
    size_t skip = (in->unknowns + 63) / 64, octets;

    b->rows = in->equations;
    b->words = (skip + (in->equations + 63) / 64 + 7) / 8 * 8;
    octets = (b->rows + ((size_t)1 << GROUP)) * b->words * sizeof *b->word;
    b->word = xaligned(VECTOR, octets);
    memset(b->word, 0, octets);
    b->all = xcalloc(b->rows + 1, sizeof *b->all);
    b->code = xcalloc(b->rows + 1, 1);
    for (size_t i = 0; i < b->rows; i++) {
        uint64_t *row = bits_row(b, i);

        for (size_t w = 0; w < skip; w++)
            row[w] = get_le64(in->binary + i * in->stride + 8 * w);
        row[skip + i / 64] |= UINT64_C(1) << (i % 64);
        b->all[i] = (uint32_t)i;
    }
}

static void
bits_clear(struct bits *b)
{
    free(b->word);
    free(b->all);
    free(b->code);
}

/* Which of the group's pivot rows a row needs: its bits in their columns. */
static uint8_t
code_of(const struct bits *b, const struct group *g, const uint64_t *row)
{
    uint8_t code = 0;

    if (g->count > 0 && g->offset[g->count - 1] == g->count - 1)
        return (uint8_t)(rq_bits_at(row, b->words, g->column) & ((1u << g->count) - 1));
    for (size_t k = 0; k < g->count; k++)
        code |= (uint8_t)(bit_at(row, g->column + g->offset[k]) << k);
    return code;
}

/* A row that, once it heard of the group's pivots, has a bit in column u. */
static size_t
find_row(const struct bits *b, const struct group *g, size_t u)
{
    unsigned holders = 0;
    size_t i = g->first + g->count;

    for (size_t k = 0; k < g->count; k++)
        holders |= (unsigned)bit_at(bits_row(b, g->first + k), u) << k;
    for (; i < b->rows; i++) {
        const uint64_t *row = bits_row(b, i);
        unsigned needs = code_of(b, g, row) & holders;

        if (bit_at(row, u) ^ (__builtin_popcount(needs) & 1))
            break;
    }
    return i;
}

static void
group_add(const struct bits *b, struct group *g, size_t i, size_t u)
{
    uint8_t code = code_of(b, g, bits_row(b, i));
    size_t top = g->first + g->count;

    row_swap(b, i, top);
    for (size_t k = 0; k < g->count; k++)
        if (code >> k & 1)
            row_add(b, top, g->first + k);
    for (size_t k = 0; k < g->count; k++)
        if (bit_at(bits_row(b, g->first + k), u))
            row_add(b, g->first + k, top);
    g->offset[g->count++] = (uint8_t)(u - g->column);
}

/* The other rows hear of the group's pivots, from the word of its first column on. */
static void
group_end(const struct bits *b, const struct group *g, const struct gf256_ops *ops)
{
    size_t skip = g->column / 64 * sizeof *b->word / VECTOR * VECTOR;
    struct gf256_rows rows = {.base = (uint8_t *)b->word + skip,
                              .stride = b->words * sizeof *b->word,
                              .width = b->words * sizeof *b->word - skip};

    if (g->count == 0)
        return;
    for (size_t i = 0; i < b->rows; i++)
        b->code[i] = code_of(b, g, bits_row(b, i));
    memset(b->code + g->first, 0, g->count);
    ops->dense(&rows, &(struct gf256_dense){.into = b->all,
                                            .rows = b->rows,
                                            .from = b->all + g->first,
                                            .count = g->count,
                                            .bits = (unsigned)g->count,
                                            .code = b->code,
                                            .tables = (uint32_t)b->rows});
}

/* Reduce; row i then is the one of pivot i. */
static void
eliminate(const struct bits *b, struct rq_dense *d, const struct gf256_ops *ops)
{
    struct group g = {0};

    for (size_t u = 0; u < d->unknowns && d->frees <= d->H; u++) {
        size_t i;

        if (g.count == GROUP || u - g.column > UINT8_MAX) {
            group_end(b, &g, ops);
            g = (struct group){.first = d->pivots, .column = u};
        }
        i = find_row(b, &g, u);
        if (i == b->rows) {
            d->free_[d->frees++] = (uint32_t)u;
        } else {
            group_add(b, &g, i, u);
            d->pivot[d->pivots++] = (uint32_t)u;
        }
    }
    group_end(b, &g, ops);
}

/* frees x H system D * z = w, with D = E_free + E * Y; leaves G. */
static bool
solve_frees(struct rq_dense *d, const struct gf256 *gf, const struct rq_dense_rows *in)
{
    size_t n = d->frees, width = n + d->H;
    uint8_t *m = xcalloc(d->H * width + 1, 1);
    bool ok = true;

    for (size_t h = 0; h < d->H; h++) {
        uint8_t *row = m + h * width;

        for (size_t f = 0; f < n; f++) {
            row[f] = in->hdpc[h * in->unknowns + d->free_[f]];
            for (size_t p = 0; p < d->pivots; p++)
                if (d->Y[p * n + f])
                    row[f] ^= d->E[h * d->pivots + p];
        }
        row[n + h] = 1;
    }
    for (size_t f = 0; ok && f < n; f++) {
        uint8_t *top = m + f * width, inverse;
        size_t h = f;

        while (h < d->H && m[h * width + f] == 0)
            h++;
        ok = h < d->H;
        if (!ok)
            break;
        for (size_t k = 0; h != f && k < width; k++) {
            uint8_t t = top[k];

            top[k] = m[h * width + k];
            m[h * width + k] = t;
        }
        inverse = gf256_inverse(gf, top[f]);
        for (size_t k = 0; k < width; k++)
            top[k] = gf256_mul(gf, inverse, top[k]);
        for (h = 0; h < d->H; h++)
            if (h != f && m[h * width + f])
                gf->ops->axpy(gf, m + h * width, m[h * width + f], top, width);
    }
    for (size_t f = 0; ok && f < n; f++)
        memcpy(d->G + f * d->H, m + f * width + n, d->H);
    free(m);
    return ok;
}

bool
rq_dense_solve(struct rq_dense *d, const struct gf256 *gf, const struct rq_dense_rows *in)
{
    size_t skip = (in->unknowns + 63) / 64;
    struct bits b;

    *d = (struct rq_dense){
        .unknowns = in->unknowns, .equations = in->equations, .H = in->H};
    d->pivot = xcalloc(in->unknowns + 1, sizeof *d->pivot);
    d->free_ = xcalloc(in->unknowns + 1, sizeof *d->free_);
    bits_init(&b, in);
    eliminate(&b, d, gf->ops);
    if (d->frees > d->H) {
        bits_clear(&b);
        return false;
    }
    d->X_words = b.words - skip;
    d->X = xcalloc(d->pivots * d->X_words + 1, sizeof *d->X);
    d->Y = xcalloc(d->pivots * d->frees + 1, 1);
    d->E = xcalloc(d->H * d->pivots + 1, 1);
    d->G = xcalloc(d->frees * d->H + 1, 1);
    for (size_t p = 0; p < d->pivots; p++) {
        const uint64_t *row = bits_row(&b, p);

        memcpy(d->X + p * d->X_words, row + skip, d->X_words * sizeof *row);
        for (size_t f = 0; f < d->frees; f++)
            d->Y[p * d->frees + f] = bit_at(row, d->free_[f]);
        for (size_t h = 0; h < d->H; h++)
            d->E[h * d->pivots + p] = in->hdpc[h * in->unknowns + d->pivot[p]];
    }
    bits_clear(&b);
    return solve_frees(d, gf, in);
}

void
rq_dense_clear(struct rq_dense *d)
{
    free(d->pivot);
    free(d->free_);
    free(d->X);
    free(d->Y);
    free(d->E);
    free(d->G);
    *d = (struct rq_dense){0};
}
