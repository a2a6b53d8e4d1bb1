/*
 * gemm.h: matrix products whose bits depend on nothing but the operands.
 *
 * Each element is one chain of fused multiply-adds over the inner dimension, first to
 * last, whatever the machine and the number of threads; unless OpenBLAS is asked for.
 */
#ifndef FTG_TENSOR_GEMM_H
#define FTG_TENSOR_GEMM_H

#include "tensor/tensor.h"

struct gemm_way {
    unsigned threads;
    bool blas; /* OpenBLAS on fixed tiles: bits depend on the machine, not on threads */
};

/*
 * c = alpha a b + beta c.  a: (m, k), b: (k, n), any strides; c: (m, n), rows
 * contiguous.  All of one real type.  The chain starts from beta c (0: c is not read),
 * and b or a is scaled by alpha before.
 */
void gemm(struct gemm_way way, double alpha, const struct tensor *a,
          const struct tensor *b, double beta, struct tensor *c);

/* The same by single-threaded calls of OpenBLAS on fixed tiles. */
void gemm_blas(unsigned threads, double alpha, const struct tensor *a,
               const struct tensor *b, double beta, struct tensor *c);

/* y += alpha x for n numbers of one real type, each in one rounding; both contiguous. */
void gemm_add_scaled(int64_t n, double alpha, const struct tensor *x, struct tensor *y);

#endif
