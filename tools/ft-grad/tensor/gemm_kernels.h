/*
 * gemm_kernels.h: the inner loops of a matrix product, one set an instruction set.
 *
 * Every element of a product is one chain of fused multiply-adds over the inner
 * dimension, first to last.  Lanes run over elements, never over that dimension, so
 * all sets, all tile sizes and all thread counts give the same bits.
 *
 * A tile is `rows` x `vectors` * lanes numbers.  The broadcast operand s is read in
 * place with any strides; the vector operand is packed in panels.
 */
#ifndef FTG_TENSOR_GEMM_KERNELS_H
#define FTG_TENSOR_GEMM_KERNELS_H

#include <stdbool.h>
#include <stdint.h>

enum { GEMM_ROWS_MAX = 6, GEMM_VECTORS_MAX = 4 };

#define GEMM_KERNELS(name, type)                                                         \
    /* c (rows of c_step) = or += s (row_step, k_step) times panel v. */                 \
    typedef void name##_tile(int64_t k, const type *s, int64_t row_step, int64_t k_step, \
                             const type *v, type *c, int64_t c_step, bool add);          \
    struct name##_kernels {                                                              \
        int rows, vectors, lanes; /* of the largest tile */                              \
        name##_tile *const (*tile)[GEMM_VECTORS_MAX];                                    \
        /* to[j][i] = from[i][j] for rows i, columns j */                                \
        void (*transpose)(type * to, int64_t to_step, const type *from,                  \
                          int64_t from_step, int64_t rows, int64_t columns);             \
    }

GEMM_KERNELS(gemm_f32, float);
GEMM_KERNELS(gemm_f64, double);

extern const struct gemm_f32_kernels gemm_f32_scalar, gemm_f32_avx2, gemm_f32_avx512,
    gemm_f32_neon;
extern const struct gemm_f64_kernels gemm_f64_scalar, gemm_f64_avx2, gemm_f64_avx512,
    gemm_f64_neon;

/* The fastest set that may run here (LOCKSTEP_CPU caps it). */
const struct gemm_f32_kernels *gemm_f32_select(void);
const struct gemm_f64_kernels *gemm_f64_select(void);

#endif
