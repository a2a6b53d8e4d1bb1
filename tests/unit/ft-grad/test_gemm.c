/*
 * test_gemm.c: every kernel set gives the bits of the definition, for all small shapes,
 * strides, scales and thread counts.
 */
#include "tensor/gemm.h"
#include "tensor/gemm_kernels.h"

#include "test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t state = 0x9e3779b97f4a7c15U;

static double
next_real(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (double)(int64_t)(state >> 11) / (double)(INT64_C(1) << 52) - 0.5;
}

/* A matrix of random numbers; turned: its columns are contiguous. */
static struct tensor *
matrix(struct heap *h, enum tensor_type type, int64_t rows, int64_t columns, bool turned)
{
    struct tensor *x = tensor_new(
        h, type, 2, (int64_t[]){turned ? columns : rows, turned ? rows : columns});

    for (int64_t i = 0; i < rows * columns; i++)
        tensor_set(x, i, next_real());
    if (turned) {
        x->size[0] = rows;
        x->size[1] = columns;
        x->stride[0] = 1;
        x->stride[1] = rows;
    }
    return x;
}

static double
at(const struct tensor *x, int64_t i, int64_t j)
{
    int64_t place = x->offset + i * x->stride[0] + j * x->stride[1];

    return x->type == TENSOR_F32 ? (double)((float *)x->storage->data)[place]
                                 : ((double *)x->storage->data)[place];
}

/* The definition: one chain an element. */
static double
element(const struct tensor *a, const struct tensor *b, double beta,
        const struct tensor *c, int64_t i, int64_t j)
{
    double sum = beta == 0 ? 0 : at(c, i, j);

    if (c->type == TENSOR_F32) {
        float chain = beta == 0 ? 0 : (float)beta * (float)sum;

        for (int64_t k = 0; k < a->size[1]; k++)
            chain = fmaf((float)at(a, i, k), (float)at(b, k, j), chain);
        return (double)chain;
    }
    sum = beta == 0 ? 0 : beta * sum;
    for (int64_t k = 0; k < a->size[1]; k++)
        sum = fma(at(a, i, k), at(b, k, j), sum);
    return sum;
}

static bool
product_is_right(enum tensor_type type, const int64_t size[3], int strides, double beta,
                 unsigned threads)
{
    struct heap h = {0};
    struct tensor *a = matrix(&h, type, size[0], size[2], (strides & 1) != 0);
    struct tensor *b = matrix(&h, type, size[2], size[1], (strides & 2) != 0);
    struct tensor *c = matrix(&h, type, size[0], size[1], false);
    struct tensor *before = tensor_copy(&h, c);
    bool right = true;

    gemm((struct gemm_way){.threads = threads}, 1, a, b, beta, c);
    for (int64_t i = 0; right && i < size[0]; i++) {
        for (int64_t j = 0; right && j < size[1]; j++) {
            double want = element(a, b, beta, before, i, j);

            right = at(c, i, j) == want;
        }
    }
    heap_clear(&h);
    return right;
}

static void
test_against_the_definition(void)
{
    static const int64_t sizes[][3] = {{1, 1, 1},    {1, 1, 0},    {3, 4, 5},
                                       {6, 64, 7},   {7, 65, 3},   {64, 10, 33},
                                       {10, 64, 9},  {49, 17, 31}, {64, 70, 150},
                                       {5, 3, 4200}, {97, 130, 20}};
    static const char *const sets[] = {"scalar", "avx2", "avx512", "neon"};
    static const double betas[] = {0, 1, -0.5};

    for (size_t k = 0; k < COUNT_OF(sets); k++) {
        (void)setenv("LOCKSTEP_CPU", sets[k], 1); /* one that is not there: scalar */
        for (size_t i = 0; i < COUNT_OF(sizes); i++) {
            for (int form = 0; form < 24; form++) {
                enum tensor_type type = form % 2 ? TENSOR_F64 : TENSOR_F32;

                CHECK(product_is_right(type, sizes[i], form / 2 % 4, betas[form / 8],
                                       i % 2 ? 3 : 1));
            }
        }
    }
    (void)unsetenv("LOCKSTEP_CPU");
}

/* OpenBLAS adds in another order: within k roundings of the sum of magnitudes. */
static void
test_beside_openblas(void)
{
    static const int64_t sizes[][3] = {{3, 4, 5}, {64, 10, 512}, {300, 270, 33}};

    for (size_t i = 0; i < COUNT_OF(sizes) * 8; i++) {
        const int64_t *size = sizes[i / 8];
        enum tensor_type type = i % 2 ? TENSOR_F64 : TENSOR_F32;
        double unit = i % 2 ? 0x1p-53 : 0x1p-24, worst = 0;
        struct heap h = {0};
        struct tensor *a = matrix(&h, type, size[0], size[2], i / 2 % 2 != 0);
        struct tensor *b = matrix(&h, type, size[2], size[1], i / 4 % 2 != 0);
        struct tensor *c = matrix(&h, type, size[0], size[1], false);
        struct tensor *d = tensor_copy(&h, c);

        gemm((struct gemm_way){.threads = 2}, 0.5, a, b, 2, c);
        gemm((struct gemm_way){.threads = 2, .blas = true}, 0.5, a, b, 2, d);
        for (int64_t k = 0; k < size[0] * size[1]; k++)
            worst = fmax(worst, fabs(tensor_get(c, k) - tensor_get(d, k)));
        /* |a|, |b|, |c| are at most 1/2. */
        CHECK(worst <= unit * (double)(size[2] + 4) * (0.125 * (double)size[2] + 1));
        heap_clear(&h);
    }
}

static void
test_alpha_and_nothing_to_add(void)
{
    struct heap h = {0};
    struct tensor *a = matrix(&h, TENSOR_F64, 2, 1, false);
    struct tensor *b = matrix(&h, TENSOR_F64, 1, 3, false);
    struct tensor *c = tensor_full(&h, TENSOR_F64, 2, (int64_t[]){2, 3}, (double)NAN);

    gemm((struct gemm_way){.threads = 1}, 2, a, b, 0, c);
    CHECK(at(c, 1, 2) == 2 * at(b, 0, 2) * at(a, 1, 0));
    heap_clear(&h);
}

int
main(void)
{
    test_against_the_definition();
    test_beside_openblas();
    test_alpha_and_nothing_to_add();
    return test_failures != 0;
}
