/*
 * contiguous.h: element-wise loops for operands without gaps, several numbers at a time.
 *
 * They compute in the element's own type.  Sum, difference, product and quotient of
 * two float32 rounded from double are those rounded directly (53 >= 2 * 24 + 2 bits),
 * so the bits are those of kernels.def.
 */
#ifndef FTG_TENSOR_CONTIGUOUS_H
#define FTG_TENSOR_CONTIGUOUS_H

#include "tensor/elementwise.h"

/* One set an instruction set; of each pair the loop for float32, and that for float64. */
struct contiguous_loops {
    elementwise_loop *plus[2], *sub[2], *mul[2], *div[2], *relu[2];
    elementwise_loop *stop[2]; /* x where y > 0 or is no number, else 0 */
    void (*widen_add)(double *sum, const float *x, int64_t n);
};

extern const struct contiguous_loops contiguous_baseline, contiguous_avx2,
    contiguous_avx512;

/* NULL: there is none, use the general one.  Every step given to them is 1. */
elementwise_loop *contiguous_unary(enum unary_kernel kernel, enum tensor_type type);
elementwise_loop *contiguous_binary(enum binary_kernel kernel, enum tensor_type type);

/* sum[i] += x[i] for n numbers */
void contiguous_widen_add(double *sum, const float *x, int64_t n);

#endif
