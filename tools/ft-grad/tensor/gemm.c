/*
 * gemm.c: which operand runs along the lanes, and the two element types.
 *
 * One operand is packed into panels whose rows fill a few vectors, the other is read
 * where it lies, one number at a time for all lanes.  Either may be either: for
 * x w^T it is cheaper to pack the small x and to write the result transposed than to
 * transpose w.  The bits are the same: see gemm_kernels.h.
 */
#include "tensor/gemm.h"

#include "tensor/gemm_kernels.h"

#include "common/cpu.h"
#include "common/mem.h"
#include "common/pool.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    INNER = 128,            /* steps of one tile: its panel and buffer stay in L1 */
    PACKED = 4096,          /* steps packed at a time */
    STRIP = 96,             /* rows of one task */
    WIDEST = 64,            /* lanes of the widest tile, of any kernels */
    PARALLEL_FROM = 1 << 20 /* multiplications that pay for a thread */
};

/* The product as kernels see it; steps in elements. */
struct roles {
    const void *s, *v;
    int64_t s_count, s_row, s_step; /* the broadcast operand: rows, inner steps */
    int64_t v_count, v_lane, v_step;
    int64_t c_row, c_lane; /* one of them is 1 */
    int64_t inner;
};

const struct gemm_f32_kernels *
gemm_f32_select(void)
{
#if defined __x86_64__
    if (cpu_supports(CPU_AVX512))
        return &gemm_f32_avx512;
    if (cpu_supports(CPU_AVX2))
        return &gemm_f32_avx2;
#elif defined __aarch64__
    if (cpu_supports(CPU_NEON))
        return &gemm_f32_neon;
#endif
    return &gemm_f32_scalar;
}

const struct gemm_f64_kernels *
gemm_f64_select(void)
{
#if defined __x86_64__
    if (cpu_supports(CPU_AVX512))
        return &gemm_f64_avx512;
    if (cpu_supports(CPU_AVX2))
        return &gemm_f64_avx2;
#elif defined __aarch64__
    if (cpu_supports(CPU_NEON))
        return &gemm_f64_neon;
#endif
    return &gemm_f64_scalar;
}

#define REAL  float
#define FUSED fmaf
#define KIND  gemm_f32
#include "tensor/gemm_run.h"

#define REAL  double
#define FUSED fma
#define KIND  gemm_f64
#include "tensor/gemm_run.h"

/* Multiplications and moves of a product whose lanes run over `lanes` of `across`. */
static double
cost(int64_t lanes, int64_t across, int64_t inner, bool transpose_in, bool transpose_out)
{
    int64_t whole = (lanes + 15) / 16 * 16; /* of the widest vector */
    double padded = (double)whole;
    double packing = padded * (double)inner * (transpose_in ? 16 : 8);

    return padded * (double)across * (double)inner + packing +
           (transpose_out ? 16 * padded * (double)across : 0);
}

/* The broadcast operand is a; lanes run over the columns of b. */
static struct roles
roles_of(const struct tensor *a, const struct tensor *b, int64_t c_row, int64_t c_lane)
{
    return (struct roles){.s = tensor_data(a),
                          .s_count = a->size[0],
                          .s_row = a->stride[0],
                          .s_step = a->stride[1],
                          .v = tensor_data(b),
                          .v_count = b->size[1],
                          .v_lane = b->stride[1],
                          .v_step = b->stride[0],
                          .c_row = c_row,
                          .c_lane = c_lane,
                          .inner = a->size[1]};
}

/* The same matrix, rows and columns exchanged. */
static struct tensor
transposed(const struct tensor *x)
{
    struct tensor y = *x;

    y.size[0] = x->size[1];
    y.size[1] = x->size[0];
    y.stride[0] = x->stride[1];
    y.stride[1] = x->stride[0];
    return y;
}

void
gemm(struct gemm_way way, double alpha, const struct tensor *a, const struct tensor *b,
     double beta, struct tensor *c)
{
    int64_t m = a->size[0], n = b->size[1], k = a->size[1];
    int64_t c_row = m > 1 ? c->stride[0] : n;
    struct roles r;

    if (m == 0 || n == 0)
        return;
    if (way.blas && k > 0) {
        gemm_blas(way.threads, alpha, a, b, beta, c);
        return;
    }
    if (cost(n, m, k, b->stride[1] != 1, false) <=
        cost(m, n, k, a->stride[0] != 1, true)) {
        r = roles_of(a, b, c_row, 1);
    } else {
        struct tensor at = transposed(a), bt = transposed(b);

        r = roles_of(&bt, &at, 1, c_row);
    }
    if ((double)m * (double)n * (double)k < PARALLEL_FROM)
        way.threads = 1;
    if (c->type == TENSOR_F32)
        gemm_f32_run(way.threads, &r, alpha, beta, tensor_data(c));
    else
        gemm_f64_run(way.threads, &r, alpha, beta, tensor_data(c));
}

void
gemm_add_scaled(int64_t n, double alpha, const struct tensor *x, struct tensor *y)
{
    if (y->type == TENSOR_F32)
        gemm_f32_add_scaled(n, (float)alpha, tensor_data(x), tensor_data(y));
    else
        gemm_f64_add_scaled(n, alpha, tensor_data(x), tensor_data(y));
}
