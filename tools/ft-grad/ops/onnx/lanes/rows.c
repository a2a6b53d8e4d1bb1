/*
 * rows.c: erf, softmax and layer normalisation of float32 by lanes, with derivatives.
 *
 * The derivatives are formulas of recorded operators, so that they can be differentiated.
 */
#define _XOPEN_SOURCE 700 /* M_2_SQRTPI */
#include "ops/onnx/kernel.h"

#include "ops/onnx/lanes/lanes.h"

#include <math.h>

/* 2 / sqrt(pi) exp(-x^2) */
static void
erf_backward(struct tape *t, struct node *n, struct tensor *const *grad,
             struct tensor **out)
{
    struct tensor *x = node_saved(t, n, 0);

    if (grad[0])
        out[0] = op_mul_scalar(
            t, op_mul(t, grad[0], op_exp(t, op_neg(t, op_mul(t, x, x)))), M_2_SQRTPI);
}

struct tensor *
onnx_row_erf(struct tape *t, struct tensor *x)
{
    struct tensor *from = tape_check(t, tensor_contiguous(&t->heap, x)), *y;
    struct node *n;

    y = from ? tape_check(t, tensor_new(&t->heap, TENSOR_F32, x->dims, x->size)) : NULL;
    if (!y)
        return NULL;
    lanes_select()->erf(tensor_count(x), tensor_f32(from), tensor_f32(y));
    n = tape_record(t, "ErfBackward0", erf_backward, 1, x);
    node_save(t, n, x);
    return tape_output(t, n, y);
}

/* y (g - sum of g y) */
static void
softmax_backward(struct tape *t, struct node *n, struct tensor *const *grad,
                 struct tensor **out)
{
    struct tensor *y = node_saved(t, n, 0), *sum;

    if (!grad[0] || !y)
        return;
    sum = op_sum_dims(t, op_mul(t, grad[0], y), UINT32_C(1) << (y->dims - 1), true);
    out[0] = op_mul(t, y, op_sub(t, grad[0], sum));
}

struct tensor *
onnx_row_softmax(struct tape *t, struct tensor *x)
{
    struct tensor *from = tape_check(t, tensor_contiguous(&t->heap, x)), *y;
    int64_t length = x->size[x->dims - 1];
    struct node *n;

    y = from ? tape_check(t, tensor_new(&t->heap, TENSOR_F32, x->dims, x->size)) : NULL;
    if (!y)
        return NULL;
    if (length > 0)
        lanes_select()->softmax(tensor_count(x) / length, length, tensor_f32(from),
                                tensor_f32(y));
    n = tape_record(t, "SoftmaxBackward0", softmax_backward, 1, x);
    y = tape_output(t, n, y);
    node_save(t, n, y);
    return y;
}

/* With h = (x - mean) / deviation and s = g scale: (s - mean of s - h mean of h s) /
 * deviation, sum of g h, sum of g. */
static void
norm_backward(struct tape *t, struct node *n, struct tensor *const *grad,
              struct tensor **out)
{
    struct tensor *x = node_saved(t, n, 0), *scale = node_saved(t, n, 1), *g = grad[0];
    uint32_t row, rest;
    struct tensor *d, *inverse, *h, *s;

    if (!g || !x || !scale)
        return;
    row = UINT32_C(1) << (x->dims - 1);
    rest = row - 1;
    d = op_sub(t, x, op_mean_dims(t, x, row, true));
    inverse = op_mean_dims(t, op_mul(t, d, d), row, true);
    inverse = op_reciprocal(t, op_sqrt(t, op_add_scalar(t, inverse, n->f[0])));
    h = op_mul(t, d, inverse);
    if (node_wants(n, 0)) {
        s = op_mul(t, g, scale);
        d = op_sub(t, s, op_mean_dims(t, s, row, true));
        s = op_mul(t, h, op_mean_dims(t, op_mul(t, h, s), row, true));
        out[0] = op_mul(t, op_sub(t, d, s), inverse);
    }
    if (node_wants(n, 1))
        out[1] = rest ? op_sum_dims(t, op_mul(t, g, h), rest, false) : op_mul(t, g, h);
    if (node_wants(n, 2))
        out[2] = rest ? op_sum_dims(t, g, rest, false) : g;
}

struct tensor *
onnx_row_norm(struct tape *t, struct tensor *x, struct tensor *scale, struct tensor *bias,
              double epsilon)
{
    struct tensor *from = tape_check(t, tensor_contiguous(&t->heap, x)), *y;
    struct tensor *s = tape_check(t, tensor_contiguous(&t->heap, scale));
    struct tensor *b = bias ? tape_check(t, tensor_contiguous(&t->heap, bias)) : NULL;
    int64_t length = x->size[x->dims - 1];
    struct node *n;

    y = from ? tape_check(t, tensor_new(&t->heap, TENSOR_F32, x->dims, x->size)) : NULL;
    if (!y || !s || (bias && !b))
        return NULL;
    if (length > 0)
        lanes_select()->layer_norm(tensor_count(x) / length, length, tensor_f32(from),
                                   tensor_f32(s), b ? tensor_f32(b) : NULL,
                                   (float)epsilon, tensor_f32(y));
    n = tape_record(t, "NativeLayerNormBackward0", norm_backward, 3, x, scale, bias);
    if (n)
        n->f[0] = epsilon;
    node_save(t, n, x);
    node_save(t, n, scale);
    return tape_output(t, n, y);
}
