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

/* NULL: there is none, use the general one.  Every step given to them is 1. */
elementwise_loop *contiguous_unary(enum unary_kernel kernel, enum tensor_type type);
elementwise_loop *contiguous_binary(enum binary_kernel kernel, enum tensor_type type);

/* sum[i] += x[i] for n numbers */
void contiguous_widen_add(double *sum, const float *x, int64_t n);

#endif
