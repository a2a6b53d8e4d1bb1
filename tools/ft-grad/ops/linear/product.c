/*
 * product.c: products with something added, and of unusual shapes.
 */
#include "ops/operators.h"

#include <inttypes.h>
#include <string.h>

static struct tensor *
scaled(struct tape *t, struct tensor *x, double factor)
{
    return factor == 1 ? x : op_mul_scalar(t, x, factor);
}

/* A product of two operands that a sum hides inside one node. */
typedef struct tensor *product(struct tape *t, struct tensor *a, struct tensor *b);

static struct tensor *
outer(struct tape *t, struct tensor *a, struct tensor *b)
{
    return op_mul(t, op_unsqueeze(t, a, 1), b);
}

/* Gradients of a and b, times alpha where torch has it. */
static void
product_gradients(struct tape *t, struct node *n, struct tensor *g, struct tensor **out)
{
    struct tensor *a = node_saved(t, n, 0), *b = node_saved(t, n, 1);
    double alpha = n->f[1];

    if (!a || !b)
        return;
    if (n->i[0] == 'b') {
        out[1] = scaled(t, op_bmm(t, g, op_transpose(t, b, 1, 2)), alpha);
        out[2] = scaled(t, op_bmm(t, op_transpose(t, a, 1, 2), g), alpha);
    } else if (n->i[0] == 'v') {
        out[1] = outer(t, g, scaled(t, b, alpha));
        out[2] = op_mv(t, op_t(t, a), scaled(t, g, alpha));
    } else {
        out[1] = op_mv(t, g, scaled(t, b, alpha));
        out[2] = op_mv(t, op_t(t, g), scaled(t, a, alpha));
    }
}

static void
sum_backward(struct tape *t, struct node *n, struct tensor *const *grad,
             struct tensor **out)
{
    if (!grad[0])
        return;
    out[0] = scaled(t, grad[0], n->f[0]);
    product_gradients(t, n, grad[0], out);
}

/* beta c + alpha (a b), one node. */
static void
add_product(struct tape *t, struct op_call *call, const char *name, int form,
            product *multiply)
{
    struct tensor *c = call->in[0], *a = call->in[1], *b = call->in[2], *y;
    double beta = attr_real(call, "beta"), alpha = attr_real(call, "alpha");
    bool recording = t->recording;
    struct node *n;

    t->recording = false;
    y = multiply(t, a, b);
    if (y && operands_agree(t, c, y)) {
        struct tensor *wide = op_expand(t, c, y->dims, y->size);

        y = scaled(t, y, alpha);
        y = beta == 0 ? y : op_add(t, scaled(t, wide, beta), y);
    }
    t->recording = recording;
    n = y && !t->failed ? tape_record(t, name, sum_backward, 3, c, a, b) : NULL;
    if (n) {
        n->i[0] = form;
        n->f[0] = beta;
        n->f[1] = alpha;
    }
    node_save(t, n, a);
    node_save(t, n, b);
    call->out[0] = tape_output(t, n, y);
}

RUN(baddbmm, add_product(t, call, "BaddbmmBackward0", 'b', op_bmm))
RUN(addmv, add_product(t, call, "AddmvBackward0", 'v', op_mv))

void
run_addr(struct tape *t, struct op_call *call)
{
    for (int k = 1; k < 3; k++) {
        if (call->in[k]->dims != 1) {
            (void)tape_fail(t, ERR_MALFORMED, "RuntimeError",
                            "addr: Expected 1-D argument vec%d, but got %d-D", k,
                            call->in[k]->dims);
            return;
        }
    }
    add_product(t, call, "AddrBackward0", 'r', outer);
}

/* Sum over the last dimension of both. */
void
run_inner(struct tape *t, struct op_call *call)
{
    struct tensor *a = call->in[0], *b = call->in[1], *y;
    int64_t size[TENSOR_DIMS_MAX], rows[2], last;
    int dims = 0;

    if (a->dims == 0 || b->dims == 0) {
        call->out[0] = op_mul(t, a, b);
        return;
    }
    last = a->size[a->dims - 1];
    if (b->size[b->dims - 1] != last || a->dims + b->dims - 2 > TENSOR_DIMS_MAX) {
        char first[SHAPE_TEXT], second[SHAPE_TEXT];

        (void)tape_fail(t, ERR_MALFORMED, "RuntimeError",
                        "inner() the last dimension must match on both input tensors but "
                        "got shapes %s and %s",
                        shape_text(a->dims, a->size, first),
                        shape_text(b->dims, b->size, second));
        return;
    }
    for (int k = 0; k < 2; k++) {
        struct tensor *x = k == 0 ? a : b;

        rows[k] = 1;
        for (int d = 0; d < x->dims - 1; d++) {
            size[dims++] = x->size[d];
            rows[k] *= x->size[d];
        }
    }
    a = op_reshape(t, a, 2, (int64_t[]){rows[0], last});
    b = op_reshape(t, b, 2, (int64_t[]){rows[1], last});
    y = b ? op_mm(t, a, op_t(t, b)) : NULL;
    call->out[0] = y ? op_reshape(t, y, dims, size) : NULL;
}

/* Every element of a times the whole of b. */
void
run_kron(struct tape *t, struct op_call *call)
{
    struct tensor *part[2] = {call->in[0], call->in[1]}, *y;
    int dims = part[0]->dims > part[1]->dims ? part[0]->dims : part[1]->dims;
    int64_t size[TENSOR_DIMS_MAX];

    if (2 * dims > TENSOR_DIMS_MAX) {
        (void)tape_fail(t, ERR_LIMIT, "RuntimeError", "kron: too many dimensions");
        return;
    }
    for (int k = 0; k < 2; k++) {
        struct tensor *x = part[k];

        for (int d = 0; d < dims; d++) {
            int own = d - (dims - x->dims);

            size[2 * d + k] = own >= 0 ? x->size[own] : 1;
            size[2 * d + 1 - k] = 1;
        }
        part[k] = op_unsafe_view(t, x, 2 * dims, size);
    }
    y = op_mul(t, part[0], part[1]);
    for (int d = 0; y && d < dims; d++)
        size[d] = y->size[2 * d] * y->size[2 * d + 1];
    call->out[0] = y ? op_unsafe_view(t, y, dims, size) : NULL;
}
