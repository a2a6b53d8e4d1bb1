/*
 * nn.h: building blocks of networks that other operators and importers use.
 */
#ifndef FTG_OPS_NN_NN_H
#define FTG_OPS_NN_NN_H

#include "ops/ops.h"

#include "tensor/patches.h"

/*
 * Steps and padding of a convolution over 1 to 3 spatial dimensions; padding may
 * differ at the two ends.
 */
struct conv_shape {
    int spatial;
    int64_t stride[PATCH_DIMS], dilation[PATCH_DIMS];
    int64_t low[PATCH_DIMS], high[PATCH_DIMS];
    int64_t output_padding[PATCH_DIMS]; /* of a transposed one */
    int64_t groups;
    bool transposed;
};

/* x: (n, c, ...), w: (o, c / groups, ...), transposed (c, o / groups, ...); bias or
 * NULL: (o).  Shapes that do not fit fail in torch's words. */
struct tensor *op_convolution(struct tape *t, struct tensor *x, struct tensor *w,
                              struct tensor *bias, const struct conv_shape *shape);

/* Windows of pooling over 1 to 3 spatial dimensions, the last ones of the operand. */
struct pool_shape {
    int spatial;
    int64_t kernel[PATCH_DIMS], stride[PATCH_DIMS], dilation[PATCH_DIMS];
    int64_t low[PATCH_DIMS], high[PATCH_DIMS]; /* padding, at most half a kernel */
    bool ceil_mode;
    bool include_pad; /* an average counts the padding */
    int64_t divisor;  /* of averages; 0: the number of elements */
};

/* index (may be NULL): positions in the plane of each maximum. */
struct tensor *op_max_pool(struct tape *t, struct tensor *x, const struct pool_shape *s,
                           struct tensor **index);
struct tensor *op_avg_pool(struct tape *t, struct tensor *x, const struct pool_shape *s);
/* The last `spatial` dimensions become size[]. */
struct tensor *op_adaptive_max_pool(struct tape *t, struct tensor *x, int spatial,
                                    const int64_t *size, struct tensor **index);
struct tensor *op_adaptive_avg_pool(struct tape *t, struct tensor *x, int spatial,
                                    const int64_t *size);

/* in: x, running_mean, running_var, weight, bias; all but x may be NULL. */
struct tensor *op_batch_norm(struct tape *t, struct tensor *const in[5], bool training,
                             double eps);
/* in: x, weight, bias; the latter may be NULL. */
struct tensor *op_layer_norm(struct tape *t, struct tensor *const in[3], int dims,
                             const int64_t *shape, double eps);
struct tensor *op_group_norm(struct tape *t, struct tensor *const in[3], int64_t groups,
                             double eps);
struct tensor *op_instance_norm(struct tape *t, struct tensor *const in[3], double eps);
struct tensor *op_local_response_norm(struct tape *t, struct tensor *x, int64_t size,
                                      double alpha, double beta, double k);

/* softmax(scale q k^T + bias) v over the last two dimensions; bias may be NULL. */
struct tensor *op_attention(struct tape *t, struct tensor *q, struct tensor *k,
                            struct tensor *v, struct tensor *bias, double scale);

#endif
