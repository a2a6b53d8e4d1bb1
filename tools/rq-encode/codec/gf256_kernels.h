/*
 * gf256_kernels.h: the row kernels, written once over a vector type.
 *
 * Each gf256_<variant>.c defines, then includes this file:
 *   vec, VEC_SIZE              a vector and its octets (at most 64)
 *   vec_load, vec_store        unaligned
 *   vec_zero, vec_xor
 *   vec_alpha(x)               2 * x
 *   coef, coef_load(gf, c)     a coefficient made ready
 *   vec_mul(coef, x)
 *   VARIANT                    the name of the operations table
 * Rows are worked on in strips of up to four vectors, which stay in registers.
 */
#include "gf256.h"

#include <stdbool.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline))

enum { STRIP = 4 * VEC_SIZE };

INLINE uint8_t *
row_at(const struct gf256_rows *rows, size_t i, size_t at)
{
    return rows->base + i * rows->stride + at;
}

/* One strip of `n` vectors of a sum; n is a constant wherever this is inlined. */
INLINE void
sum_strip(const struct gf256_rows *rows, const struct gf256_sums *s, size_t i, size_t at,
          unsigned n)
{
    const uint8_t *external = s->external ? s->external[s->from[i]] : NULL;
    const uint16_t *index = s->index + s->start[i];
    const uint16_t *stop = s->index + s->stop[i];
    uint8_t *into = s->out ? s->out[i] + s->offset + at : row_at(rows, s->into[i], at);
    vec sum[4];

    for (unsigned v = 0; v < n; v++)
        sum[v] =
            external ? vec_load(external + s->offset + at + v * VEC_SIZE) : vec_zero();
    for (; index < stop; index++) {
        const uint8_t *row = row_at(rows, *index, at);

        for (unsigned v = 0; v < n; v++)
            sum[v] = vec_xor(sum[v], vec_load(row + v * VEC_SIZE));
    }
    for (unsigned v = 0; v < n; v++)
        vec_store(into + v * VEC_SIZE, sum[v]);
}

/* How far ahead rows in the caller's memory are fetched, in sums. */
enum { AHEAD = 12 };

INLINE void
fetch_ahead(const struct gf256_rows *rows, const struct gf256_sums *s, size_t i)
{
    if (i + AHEAD < s->count && s->external && s->external[s->from[i + AHEAD]])
        for (size_t line = 0; line < rows->width; line += 64)
            __builtin_prefetch(s->external[s->from[i + AHEAD]] + s->offset + line);
    if (i + AHEAD < s->count && s->out)
        for (size_t line = 0; line < rows->width; line += 64)
            __builtin_prefetch(s->out[i + AHEAD] + s->offset + line, 1);
}

static void
sums(const struct gf256_rows *rows, const struct gf256_sums *s)
{
    for (size_t i = 0; i < s->count; i++) {
        size_t at = 0;

        fetch_ahead(rows, s, i);
        for (; at + STRIP <= rows->width; at += STRIP)
            sum_strip(rows, s, i, at, 4);
        if (at + 2 * VEC_SIZE <= rows->width) {
            sum_strip(rows, s, i, at, 2);
            at += 2 * VEC_SIZE;
        }
        if (at < rows->width)
            sum_strip(rows, s, i, at, 1);
    }
}

INLINE void
add_to(uint8_t *into, const vec *x, unsigned n)
{
    for (unsigned v = 0; v < n; v++)
        vec_store(into + v * VEC_SIZE, vec_xor(vec_load(into + v * VEC_SIZE), x[v]));
}

/* The columns that take part in the LDPC circulants, or those behind them. */
INLINE void
sweep_columns(const struct gf256_rows *rows, const struct gf256_sweep *s, size_t at,
              unsigned n, vec *acc, bool ldpc)
{
    uint32_t b = 0, a = 1 % s->S, to = ldpc ? s->B : s->columns - 1;

    for (uint32_t j = ldpc ? 0 : s->B; j < to; j++) {
        const uint8_t *row = row_at(rows, j, at);
        vec x[4];

        for (unsigned v = 0; v < n; v++) {
            x[v] = vec_load(row + v * VEC_SIZE);
            acc[v] = vec_xor(vec_alpha(acc[v]), x[v]);
        }
        add_to(row_at(rows, s->hdpc + s->pair[2 * j], at), acc, n);
        add_to(row_at(rows, s->hdpc + s->pair[2 * j + 1], at), acc, n);
        if (ldpc) {
            uint32_t b2 = b + a >= s->S ? b + a - s->S : b + a;
            uint32_t b3 = b2 + a >= s->S ? b2 + a - s->S : b2 + a;

            add_to(row_at(rows, s->ldpc + b, at), x, n);
            add_to(row_at(rows, s->ldpc + b2, at), x, n);
            add_to(row_at(rows, s->ldpc + b3, at), x, n);
            if (++b == s->S) {
                b = 0;
                a = a + 1 == s->S ? 0 : a + 1;
            }
        }
    }
}

INLINE void
sweep_strip(const struct gf256_rows *rows, const struct gf256_sweep *s, size_t at,
            unsigned n)
{
    const uint8_t *last = row_at(rows, s->columns - 1, at);
    vec acc[4];

    for (unsigned v = 0; v < n; v++)
        acc[v] = vec_zero();
    sweep_columns(rows, s, at, n, acc, true);
    sweep_columns(rows, s, at, n, acc, false);
    for (unsigned v = 0; v < n; v++)
        acc[v] = vec_xor(vec_alpha(acc[v]), vec_load(last + v * VEC_SIZE));
    for (uint32_t h = 0; h < s->H; h++) {
        add_to(row_at(rows, s->hdpc + h, at), acc, n);
        for (unsigned v = 0; v < n; v++)
            acc[v] = vec_alpha(acc[v]);
    }
}

static void
sweep(const struct gf256_rows *rows, const struct gf256_sweep *s)
{
    size_t at = 0;

    for (; at + STRIP <= rows->width; at += STRIP)
        sweep_strip(rows, s, at, 4);
    for (; at + 2 * VEC_SIZE <= rows->width; at += 2 * VEC_SIZE)
        sweep_strip(rows, s, at, 2);
    for (; at < rows->width; at += VEC_SIZE)
        sweep_strip(rows, s, at, 1);
}

static void
product(const struct gf256 *gf, const struct gf256_rows *rows,
        const struct gf256_product *p)
{
    for (size_t i = 0; i < p->rows; i++) {
        const uint8_t *c = p->coefficient + i * p->count;

        for (size_t at = 0; at < rows->width; at += VEC_SIZE) {
            uint8_t *into = row_at(rows, p->into[i], at);
            vec sum = vec_load(into);

            for (size_t j = 0; j < p->count; j++)
                sum = vec_xor(sum, vec_mul(coef_load(gf, c[j]),
                                           vec_load(row_at(rows, p->from[j], at))));
            vec_store(into, sum);
        }
    }
}

/* All sums of up to `bits` sources, row by row; entry i is entry i & (i - 1) plus one. */
INLINE void
table_fill(const struct gf256_rows *rows, const struct gf256_dense *d, size_t group,
           uint32_t table)
{
    size_t first = group * d->bits;
    size_t size = d->count - first < d->bits ? d->count - first : d->bits;

    memset(row_at(rows, table, 0), 0, rows->width);
    for (uint32_t i = 1; i < UINT32_C(1) << size; i++) {
        const uint8_t *a = row_at(rows, table + (i & (i - 1)), 0);
        const uint8_t *b = row_at(rows, d->from[first + (size_t)__builtin_ctz(i)], 0);
        uint8_t *into = row_at(rows, table + i, 0);

        for (size_t at = 0; at < rows->width; at += VEC_SIZE)
            vec_store(into + at, vec_xor(vec_load(a + at), vec_load(b + at)));
    }
}

INLINE void
table_apply(const struct gf256_rows *rows, const struct gf256_dense *d, size_t group,
            unsigned fused)
{
    const uint8_t *code = d->code + group * d->rows;

    for (size_t i = 0; i < d->rows; i++) {
        uint8_t *into = row_at(rows, d->into[i], 0);
        const uint8_t *entry[GF256_FUSED];

        for (unsigned f = 0; f < fused; f++)
            entry[f] =
                row_at(rows, d->tables + (f << d->bits) + code[f * d->rows + i], 0);
        for (size_t at = 0; at < rows->width; at += VEC_SIZE) {
            vec sum = vec_load(into + at);

            for (unsigned f = 0; f < fused; f++)
                sum = vec_xor(sum, vec_load(entry[f] + at));
            vec_store(into + at, sum);
        }
    }
}

static void
dense(const struct gf256_rows *rows, const struct gf256_dense *d)
{
    size_t groups = (d->count + d->bits - 1) / d->bits, g = 0;

    for (; g + GF256_FUSED <= groups; g += GF256_FUSED) {
        for (unsigned f = 0; f < GF256_FUSED; f++)
            table_fill(rows, d, g + f, d->tables + (f << d->bits));
        table_apply(rows, d, g, GF256_FUSED);
    }
    for (; g < groups; g++) {
        table_fill(rows, d, g, d->tables);
        table_apply(rows, d, g, 1);
    }
}

static void
axpy(const struct gf256 *gf, uint8_t *restrict dst, uint8_t c,
     const uint8_t *restrict src, size_t size)
{
    const coef k = coef_load(gf, c);
    size_t at = 0;

    for (; at + VEC_SIZE <= size; at += VEC_SIZE)
        vec_store(dst + at, vec_xor(vec_load(dst + at), vec_mul(k, vec_load(src + at))));
    for (; at < size; at++)
        dst[at] ^= gf256_mul(gf, c, src[at]);
}

extern const struct gf256_ops VARIANT;
const struct gf256_ops VARIANT = {.name = VARIANT_NAME,
                                  .sums = sums,
                                  .sweep = sweep,
                                  .product = product,
                                  .dense = dense,
                                  .axpy = axpy};
