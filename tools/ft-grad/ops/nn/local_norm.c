/*
 * local_norm.c: normalisation that torch composes of other operators.
 */
#include "ops/nn/nn.h"

#include "ops/operators.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

/* x / (k + alpha * mean of the squares of `size` channels around)^beta */
struct tensor *
op_local_response_norm(struct tape *t, struct tensor *x, int64_t size, double alpha,
                       double beta, double k)
{
    struct pool_shape window = {.include_pad = true};
    struct tensor *squares = op_mul(t, x, x), *y;
    int64_t shape[5];

    if (!x || x->dims < 3 || size < 1 || size > 1 << 20)
        return x ? tape_fail(t, ERR_MALFORMED, "ValueError",
                             "Expected 3D or higher dimensionality input (got %d "
                             "dimensions) and a positive size",
                             x->dims)
                 : NULL;
    window.spatial = x->dims == 3 ? 2 : 3;
    for (int d = 0; d < PATCH_DIMS; d++)
        window.kernel[d] = window.stride[d] = window.dilation[d] = 1;
    window.kernel[0] = size;
    if (x->dims == 3) {
        const int64_t pad[4] = {0, 0, size / 2, (size - 1) / 2};

        y = op_pad(t, op_unsqueeze(t, squares, 1), 4, pad, 0);
        y = op_squeeze(t, op_avg_pool(t, y, &window), 1);
    } else {
        const int64_t pad[6] = {0, 0, 0, 0, size / 2, (size - 1) / 2};

        shape[0] = x->size[0];
        shape[1] = 1;
        shape[2] = x->size[1];
        shape[3] = x->size[2];
        shape[4] = 1;
        for (int d = 3; d < x->dims; d++)
            shape[4] *= x->size[d];
        y = op_pad(t, op_view(t, squares, 5, shape), 6, pad, 0);
        y = op_squeeze(t, op_avg_pool(t, y, &window), 1);
        y = y ? op_view(t, y, x->dims, x->size) : NULL;
    }
    y = op_add_scalar(t, op_mul_scalar(t, y, alpha), k);
    return op_div(t, x, op_pow_scalar(t, y, beta));
}

RUN(local_response_norm,
    call->out[0] = op_local_response_norm(t, call->in[0], attr_int(call, "size"),
                                          attr_real(call, "alpha"),
                                          attr_real(call, "beta"), attr_real(call, "k")))

/* x / sqrt(mean of squares + eps), times the weight */
void
run_rms_norm(struct tape *t, struct op_call *call)
{
    const struct op_attr *shape = attr_list(call, "normalized_shape");
    struct tensor *x = call->in[0], *w = call->in[1], *y;
    int first = x->dims - (int)shape->count;
    double eps = x->type == TENSOR_F32 ? (double)FLT_EPSILON : DBL_EPSILON;
    char a[SHAPE_TEXT], b[SHAPE_TEXT];
    uint32_t mask = 0;

    if (first < 0 || shape->count == 0 ||
        memcmp(x->size + first, shape->ints, shape->count * sizeof(int64_t)) != 0) {
        (void)shape_text((int)shape->count, shape->ints, a);
        (void)tape_fail(t, ERR_MALFORMED, "RuntimeError",
                        "Given normalized_shape=%s, expected input with shape [*, %s, "
                        "but got input of size%s",
                        a, a + 1, shape_text(x->dims, x->size, b));
        return;
    }
    for (int d = first; d < x->dims; d++)
        mask |= UINT32_C(1) << d;
    eps = attr_given(call, "eps") ? attr_real(call, "eps") : eps;
    y = op_mean_dims(t, op_pow_scalar(t, x, 2), mask, true);
    y = op_mul(t, x, op_rsqrt(t, op_add_number(t, y, eps)));
    call->out[0] = w ? op_mul(t, y, w) : y;
}

/* x / max(norm, eps) */
void
run_normalize(struct tape *t, struct op_call *call)
{
    struct tensor *x = call->in[0], *y;
    uint32_t mask = attr_dims(t, call, "dim", x);

    if (t->failed)
        return;
    y = op_clamp_min(t, op_norm(t, x, attr_real(call, "p"), mask, true),
                     attr_real(call, "eps"));
    call->out[0] = y ? op_div(t, x, op_expand(t, y, x->dims, x->size)) : NULL;
}

/* Scalar product of both, each divided by its norm (at least eps). */
void
run_cosine_similarity(struct tape *t, struct op_call *call)
{
    struct tensor *part[2], *norm[2], *x = call->in[0];
    int dim = op_dim(t, attr_int(call, "dim"), x->dims);
    uint32_t mask = UINT32_C(1) << (dim > 0 ? dim : 0);

    if (dim < 0 || !operands_agree(t, x, call->in[1]))
        return;
    for (int k = 0; k < 2; k++) {
        norm[k] = op_clone(t, op_norm(t, call->in[k], 2, mask, true));
        /* Bounded out of the graph's sight, as torch does. */
        for (int64_t i = 0; norm[k] && i < tensor_count(norm[k]); i++)
            tensor_set(norm[k], i, fmax(tensor_get(norm[k], i), attr_real(call, "eps")));
    }
    for (int k = 1; k >= 0; k--) /* in torch's order */
        part[k] = op_div(t, call->in[k], norm[k]);
    call->out[0] = op_sum_dims(t, op_mul(t, part[0], part[1]), mask, false);
}
