/*
 * Gauss-Jordan elimination of [A | I] over packed bits leaves [1 Y | X]: pivot
 * unknowns = X * v2 + Y * frees.  Put into the HDPC rows, that gives H equations for
 * the frees, again solved with the identity carried along.
 */
#include "dense.h"

#include "common/mem.h"

#include <stdlib.h>
#include <string.h>

struct bits {
    uint64_t *word; /* owned */
    size_t rows, words;
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
bits_swap(struct bits *b, size_t i, size_t k)
{
    uint64_t *x = bits_row(b, i), *y = bits_row(b, k);

    for (size_t w = 0; i != k && w < b->words; w++) {
        uint64_t t = x[w];

        x[w] = y[w];
        y[w] = t;
    }
}

/* [A | I], packed. */
static void
load(struct bits *b, const struct rq_dense_rows *in)
{
    b->rows = in->equations;
    b->words = (in->unknowns + 63) / 64 + (in->equations + 63) / 64;
    b->word = xcalloc(b->rows * b->words + 1, sizeof *b->word);
    for (size_t i = 0; i < b->rows; i++) {
        const uint8_t *octets = in->binary + i * in->stride;
        uint64_t *row = bits_row(b, i);

        for (size_t u = 0; u < in->unknowns; u += 8)
            row[u / 64] |= (uint64_t)rq_pack_bits(octets + u) << (u % 64);
        row[(in->unknowns + 63) / 64 + i / 64] |= UINT64_C(1) << (i % 64);
    }
}

/* Reduce; row i then is the one of pivot i. */
static void
eliminate(struct bits *b, struct rq_dense *d)
{
    for (size_t u = 0; u < d->unknowns; u++) {
        size_t i = d->pivots;

        while (i < b->rows && !bit_at(bits_row(b, i), u))
            i++;
        if (i == b->rows) {
            d->free_[d->frees++] = (uint32_t)u;
            if (d->frees > d->H)
                return;
            continue;
        }
        bits_swap(b, i, d->pivots);
        for (size_t k = 0; k < b->rows; k++) {
            const uint64_t *from = bits_row(b, d->pivots);
            uint64_t *into = bits_row(b, k);
            /* Half of the rows have the bit, at random: a mask beats a branch. */
            uint64_t mask = k == d->pivots ? 0 : -(uint64_t)bit_at(into, u);

            for (size_t w = u / 64; w < b->words; w++)
                into[w] ^= from[w] & mask;
        }
        d->pivot[d->pivots++] = (uint32_t)u;
    }
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
            row[f] = in->hdpc[h * in->stride + d->free_[f]];
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
    load(&b, in);
    eliminate(&b, d);
    if (d->frees > d->H) {
        free(b.word);
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
            d->E[h * d->pivots + p] = in->hdpc[h * in->stride + d->pivot[p]];
    }
    free(b.word);
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
