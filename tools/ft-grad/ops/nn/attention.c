/*
 * attention.c: scaled dot-product attention, as torch's reference kernel composes it.
 */
#include "ops/nn/nn.h"

#include "ops/operators.h"
#include "tensor/elementwise.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* 0 where a mask lets through, -inf elsewhere. */
static struct tensor *
bias_of_mask(struct tape *t, struct tensor *mask, enum tensor_type type)
{
    struct tensor *bias =
        mask ? tape_check(t, tensor_zeros(&t->heap, type, mask->dims, mask->size)) : NULL;

    for (int64_t i = 0; bias && i < tensor_count(bias); i++)
        tensor_set(bias, i, tensor_bool(mask)[i] ? 0 : -(double)INFINITY);
    return bias;
}

/* Row i sees columns 0..i. */
static struct tensor *
causal_mask(struct tape *t, int64_t rows, int64_t columns)
{
    int64_t size[2] = {rows, columns};
    struct tensor *mask = tape_check(t, tensor_zeros(&t->heap, TENSOR_BOOL, 2, size));

    for (int64_t i = 0; mask && i < tensor_count(mask); i++)
        tensor_bool(mask)[i] = i % columns <= i / columns;
    return mask;
}

static bool
check_operands(struct tape *t, struct tensor *const *in)
{
    for (int k = 0; k < 3; k++) {
        if (!in[k] || in[k]->dims < 2 || in[k]->type != in[0]->type ||
            !tensor_is_real(in[k]))
            return tape_fail(t, ERR_MALFORMED, "RuntimeError",
                             "scaled_dot_product_attention: Expected query, key, and "
                             "value to all be at least 2 dimensional and of one real "
                             "type") != NULL;
    }
    return true;
}

struct tensor *
op_attention(struct tape *t, struct tensor *q, struct tensor *k, struct tensor *v,
             struct tensor *bias, double scale)
{
    double root = sqrt(scale);
    struct tensor *y = op_mul_scalar(t, q, root);

    y = op_matmul(t, y, op_mul_scalar(t, op_transpose(t, k, -2, -1), root));
    y = bias ? op_add(t, y, bias) : y;
    return op_matmul(t, op_safe_softmax(t, y, -1), v);
}

/* in: query, key, value, and a bias that is added (or the attribute mask). */
void
run_scaled_dot_product_attention(struct tape *t, struct op_call *call)
{
    struct tensor *q = call->in[0], *bias = call->in[3], *mask = NULL;
    bool causal = attr_bool(call, "is_causal"), masked = attr_given(call, "mask");
    double scale;

    if (!check_operands(t, call->in))
        return;
    if (causal && (bias || masked)) {
        (void)tape_fail(t, ERR_MALFORMED, "RuntimeError",
                        "_scaled_dot_product_attention: Explicit attn_mask should not be "
                        "set when is_causal=True");
        return;
    }
    if (bias && masked) {
        (void)tape_fail(t, ERR_MALFORMED, "malformed",
                        "%s: attention takes a bias or a mask, not both", call->label);
        return;
    }
    if (masked)
        mask = attr_tensor(t, call, "mask", TENSOR_BOOL);
    else if (causal)
        mask = causal_mask(t, q->size[q->dims - 2],
                           call->in[1]->size[call->in[1]->dims - 2]);
    if (masked || causal)
        bias = bias_of_mask(t, mask, q->type);
    scale = attr_given(call, "scale") ? attr_real(call, "scale")
                                      : 1 / sqrt((double)q->size[q->dims - 1]);
    if (!t->failed)
        call->out[0] = op_attention(t, q, call->in[1], call->in[2], bias, scale);
}

/* x with the elements outside the given mask dropped, the others scaled by 1 / (1 - p).
 */
void
run_dropout(struct tape *t, struct op_call *call)
{
    struct tensor *x = call->in[0], *mask = attr_tensor(t, call, "mask", x->type);
    double p = attr_real(call, "p");

    if (!(p >= 0 && p <= 1)) {
        (void)tape_fail(t, ERR_MALFORMED, "ValueError",
                        "dropout probability has to be between 0 and 1, but got %g", p);
        return;
    }
    for (int64_t i = 0; mask && i < tensor_count(mask); i++)
        tensor_set(mask, i, tensor_get(mask, i) != 0);
    if (mask && !tensor_same_shape(mask, x)) {
        (void)tape_fail(t, ERR_MALFORMED, "RuntimeError",
                        "dropout: the mask needs the shape of the input");
        return;
    }
    call->out[0] = op_mul(t, x, op_mul_scalar(t, mask, p == 1 ? 0 : 1 / (1 - p)));
}
