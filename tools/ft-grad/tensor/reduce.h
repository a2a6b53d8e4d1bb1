/*
 * reduce.h: sums, products and extremes over chosen dimensions.
 *
 * `mask` has a bit for every dimension that goes away.  A row of n numbers is summed in
 * its own type over a fixed tree, that of ATen's AVX-512 kernel; sums over leading
 * dimensions are taken in double, row by row.  Nothing depends on threads.
 */
#ifndef FTG_TENSOR_REDUCE_H
#define FTG_TENSOR_REDUCE_H

#include "tensor/tensor.h"

/* The shape that remains; with keep, reduced dimensions stay with size 1. */
int reduced_shape(const struct tensor *t, uint32_t mask, bool keep,
                  int64_t size[static TENSOR_DIMS_MAX]);

struct tensor *reduce_sum(struct heap *h, struct tensor *x, uint32_t mask, bool keep);
struct tensor *reduce_prod(struct heap *h, struct tensor *x, uint32_t mask, bool keep);
/* Largest (or smallest); a NaN wins.  The reduced dimensions must not be empty. */
struct tensor *reduce_extreme(struct heap *h, struct tensor *x, uint32_t mask, bool keep,
                              bool largest);
/* Along one dimension, with the index of the first such element. */
struct tensor *reduce_extreme_dim(struct heap *h, struct tensor *x, int dim, bool keep,
                                  bool largest, struct tensor **index);

/* Running sum or product along a dimension. */
struct tensor *scan_sum(struct heap *h, struct tensor *x, int dim);
struct tensor *scan_prod(struct heap *h, struct tensor *x, int dim);

/* Variance around the mean over the masked dimensions, divided by n - correction. */
struct tensor *reduce_var(struct heap *h, struct tensor *x, uint32_t mask, bool keep,
                          double correction);

/* The fixed tree itself. */
double tree_sum(const double *x, int64_t n);

#endif
