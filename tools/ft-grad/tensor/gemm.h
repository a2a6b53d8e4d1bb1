/*
 * gemm.h: matrix products over single-threaded OpenBLAS calls on fixed tiles.
 *
 * The tiles depend on the shapes alone and every tile is one call over the whole
 * inner dimension, so that the result does not depend on the number of threads.
 */
#ifndef FTG_TENSOR_GEMM_H
#define FTG_TENSOR_GEMM_H

#include "tensor/tensor.h"

/*
 * c = alpha a b + beta c.  a: (m, k), b: (k, n), both any strides; c: (m, n),
 * rows contiguous.  All of one real type; false when memory for a copy is not to be had.
 */
bool gemm(struct heap *h, unsigned threads, double alpha, struct tensor *a,
          struct tensor *b, double beta, struct tensor *c);

#endif
