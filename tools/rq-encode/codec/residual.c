/*
 * M x = d, where d is the received repair symbols plus those encoded with zeros in
 * place of x.  Gauss-Jordan elimination of [M | I] gives x = inverse * d; of the
 * received symbols only as many are used as there are lost ones.
 */
#include "residual.h"

#include "common/mem.h"
#include "plan_parts.h"

#include <stdlib.h>
#include <string.h>

enum {
    CHUNK = 4096, /* octets of the symbols worked on at a time */
    VECTOR = 64,
    PLAN_COST = 16384 /* octets added in the time planning takes for one symbol */
};

struct rq_residual {
    const struct rq_plan *encode; /* borrowed */
    size_t lost, repairs;
    uint32_t *lost_esi; /* owned */
    uint32_t *repair;   /* owned; indices among the symbols that `encode` wants */
    uint8_t *inverse;   /* owned; lost x repairs */
};

bool
rq_residual_pays(const struct rq_params *p, size_t lost, size_t T)
{
    /* Encoding unit vectors, elimination and the product, all in octets added. */
    return 16.0 * p->K * (double)lost + 2.0 * (double)lost * (double)lost * (double)lost +
               (double)lost * (double)lost * (double)T <
           (double)PLAN_COST * p->K;
}

static size_t
whole_vectors(size_t n)
{
    return (n + VECTOR - 1) / VECTOR * VECTOR;
}

/* Rows of `width` octets: what each lost symbol adds to each repair symbol. */
static void
encode_units(const struct rq_residual *r, struct rq_workspace *workspace, uint8_t *matrix,
             size_t width, size_t units)
{
    const uint8_t **source = xcalloc(r->encode->received + 1, sizeof *source);
    uint8_t **wanted = xcalloc(r->encode->wanted + 1, sizeof *wanted);
    uint8_t *unit = xcalloc(r->lost + 1, units);
    uint8_t *unused = xcalloc(1, units);

    for (size_t i = 0; i < r->lost; i++) {
        unit[i * units + i] = 1;
        source[r->lost_esi[i]] = unit + i * units;
    }
    for (size_t i = 0; i < r->encode->wanted; i++)
        wanted[i] = unused;
    for (size_t i = 0; i < r->repairs; i++)
        wanted[r->repair[i]] = matrix + i * width;
    rq_plan_run(r->encode, workspace, source, wanted, units);
    free(unused);
    free(unit);
    free(wanted);
    free(source);
}

/* Row `i` gets 1 in column `i`, other rows 0; false when no row can. */
static bool
eliminate(const struct gf256 *gf, uint8_t *matrix, size_t rows, size_t width, size_t i)
{
    uint8_t *top = matrix + i * width, inverse;
    size_t k = i;

    while (k < rows && matrix[k * width + i] == 0)
        k++;
    if (k == rows)
        return false;
    for (size_t x = 0; k != i && x < width; x++) {
        uint8_t t = top[x];

        top[x] = matrix[k * width + x];
        matrix[k * width + x] = t;
    }
    /* top = inverse * top, as top += (inverse + 1) * top */
    inverse = gf256_inverse(gf, top[i]);
    for (size_t x = 0; inverse != 1 && x < width; x++)
        top[x] = gf256_mul(gf, inverse, top[x]);
    for (k = 0; k < rows; k++)
        if (k != i && matrix[k * width + i])
            gf->ops->axpy(gf, matrix + k * width, matrix[k * width + i], top, width);
    return true;
}

static bool
invert(struct rq_residual *r, struct rq_workspace *workspace)
{
    size_t units = whole_vectors(r->lost);
    size_t width = units + whole_vectors(r->repairs);
    uint8_t *matrix = xcalloc(r->repairs + 1, width);
    bool ok = true;

    encode_units(r, workspace, matrix, width, units);
    for (size_t i = 0; i < r->repairs; i++)
        matrix[i * width + units + i] = 1;
    for (size_t i = 0; ok && i < r->lost; i++)
        ok = eliminate(r->encode->gf, matrix, r->repairs, width, i);
    r->inverse = xcalloc(r->lost * r->repairs + 1, 1);
    for (size_t i = 0; ok && i < r->lost; i++)
        memcpy(r->inverse + i * r->repairs, matrix + i * width + units, r->repairs);
    free(matrix);
    return ok;
}

static uint32_t *
copy_of(const uint32_t *from, size_t n)
{
    uint32_t *copy = xcalloc(n + 1, sizeof *copy);

    for (size_t i = 0; i < n; i++)
        copy[i] = from[i];
    return copy;
}

bool
rq_residual_new(struct rq_residual **out, struct rq_workspace *workspace,
                const struct rq_plan *encode, struct rq_esis lost, const uint32_t *repair,
                size_t repairs, struct error *err)
{
    struct rq_residual *r = xcalloc(1, sizeof *r);

    *out = NULL;
    r->encode = encode;
    r->lost = lost.count;
    r->repairs = repairs;
    r->lost_esi = copy_of(lost.esi, lost.count);
    r->repair = copy_of(repair, repairs);
    if (repairs >= lost.count && invert(r, workspace)) {
        *out = r;
        return true;
    }
    rq_residual_free(r);
    return error_set(err, ERR_MISMATCH,
                     "%zu repair symbols do not determine the %zu lost ones", repairs,
                     lost.count);
}

void
rq_residual_free(struct rq_residual *r)
{
    if (!r)
        return;
    free(r->lost_esi);
    free(r->repair);
    free(r->inverse);
    free(r);
}

/* Rows that `encode` wants, then the lost ones: `width` octets from `at` on. */
static void
run_chunk(const struct rq_residual *r, const struct gf256_rows *rows,
          const uint8_t *const *repair, uint8_t *const *lost, size_t at, size_t size)
{
    const struct gf256 *gf = r->encode->gf;
    size_t first = r->encode->wanted;
    uint32_t *into = xcalloc(r->lost + 1, sizeof *into);

    for (size_t i = 0; i < r->repairs; i++)
        gf->ops->axpy(gf, rows->base + r->repair[i] * rows->stride, 1, repair[i] + at,
                      size);
    memset(rows->base + first * rows->stride, 0, r->lost * rows->stride);
    for (size_t i = 0; i < r->lost; i++)
        into[i] = (uint32_t)(first + i);
    gf->ops->product(gf, rows,
                     &(struct gf256_product){.into = into,
                                             .rows = r->lost,
                                             .from = r->repair,
                                             .count = r->repairs,
                                             .coefficient = r->inverse});
    for (size_t i = 0; i < r->lost; i++)
        memcpy(lost[i] + at, rows->base + into[i] * rows->stride, size);
    free(into);
}

void
rq_residual_run(const struct rq_residual *r, struct rq_workspace *workspace,
                const uint8_t *const *source, const uint8_t *const *repair,
                uint8_t *const *lost, size_t size)
{
    size_t sources = r->encode->received, wanted = r->encode->wanted;
    const uint8_t **from = xcalloc(sources + 1, sizeof *from);
    uint8_t **encoded = xcalloc(wanted + 1, sizeof *encoded);
    struct gf256_rows rows = {.stride = size < CHUNK ? whole_vectors(size) : CHUNK};

    rows.base = xcalloc(wanted + r->lost + 1, rows.stride);
    for (size_t i = 0; i < wanted; i++)
        encoded[i] = rows.base + i * rows.stride;
    for (size_t at = 0; at < size; at += CHUNK) {
        size_t n = size - at < CHUNK ? size - at : CHUNK;

        for (size_t k = 0; k < sources; k++)
            from[k] = source[k] ? source[k] + at : NULL;
        for (size_t i = 0; i < r->lost; i++)
            from[r->lost_esi[i]] = NULL;
        rq_plan_run(r->encode, workspace, from, encoded, n);
        rows.width = whole_vectors(n);
        run_chunk(r, &rows, repair, lost, at, n);
    }
    free(rows.base);
    free(encoded);
    free(from);
}
