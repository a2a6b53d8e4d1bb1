/*
 * lanes.h: float32 kernels that spend most of a model's time beside its products.
 *
 * Sixteen lanes at a time, by additions and multiplications that are each rounded: every
 * instruction set gives the same bits.  Sums run along the lanes and are then added in
 * pairs of halves.  Against the exact result erf is off by at most 2.5e-7 of it, exp by
 * 1.1e-7.
 */
#ifndef FTG_OPS_ONNX_LANES_H
#define FTG_OPS_ONNX_LANES_H

#include <stdint.h>

struct lanes {
    void (*erf)(int64_t n, const float *x, float *y);
    /* exp(x - the largest x) over its sum, for rows of n > 0 numbers. */
    void (*softmax)(int64_t rows, int64_t n, const float *x, float *y);
    /* (x - mean) / sqrt(variance + epsilon) * scale + bias (NULL: none), n > 0 a row. */
    void (*layer_norm)(int64_t rows, int64_t n, const float *x, const float *scale,
                       const float *bias, float epsilon, float *y);
    /* y = the larger of x and y; what is no number is larger than any. */
    void (*larger)(int64_t n, const float *x, float *y);
};

extern const struct lanes lanes_scalar, lanes_avx2, lanes_avx512;

/* The fastest that may run here. */
const struct lanes *lanes_select(void);

#endif
