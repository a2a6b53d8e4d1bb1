/*
 * matmul.c: matrix products, with the nodes that torch records for each shape.
 */
#include "ops/operators.h"

#include "tensor/elementwise.h"
#include "tensor/gemm.h"

#include <inttypes.h>
#include <string.h>

static struct tensor *
mismatch(struct tape *t, const struct tensor *a, const struct tensor *b)
{
    return tape_fail(t, ERR_MALFORMED, "RuntimeError",
                     "mat1 and mat2 shapes cannot be multiplied (%" PRId64 "x%" PRId64
                     " and %" PRId64 "x%" PRId64 ")",
                     a->size[0], a->size[1], b->size[0], b->size[1]);
}

/* In torch's words, which differ from operator to operator. */
static void
refuse_dims(struct tape *t, const char *what, const struct tensor *a,
            const struct tensor *b, bool first)
{
    const struct tensor *x = first ? a : b;

    if (strcmp(what, "mm") == 0)
        (void)tape_fail(t, ERR_MALFORMED, "RuntimeError", "%s must be a matrix",
                        first ? "self" : "mat2");
    else if (strcmp(what, "addmm") == 0)
        (void)tape_fail(t, ERR_MALFORMED, "RuntimeError",
                        "mat%d must be a matrix, got %d-D tensor", first ? 1 : 2,
                        x->dims);
    else if (strcmp(what, "bmm") == 0)
        (void)tape_fail(t, ERR_MALFORMED, "RuntimeError", "batch%d must be a 3D tensor",
                        first ? 1 : 2);
    else if (strcmp(what, "mv") == 0)
        (void)tape_fail(t, ERR_MALFORMED, "RuntimeError",
                        "vector + matrix @ vector expected, got 1, %d, %d", a->dims,
                        b->dims);
    else if (strcmp(what, "outer") == 0)
        (void)tape_fail(t, ERR_MALFORMED, "RuntimeError",
                        "outer: Expected 1-D argument %s, but got %d-D",
                        first ? "self" : "vec2", x->dims);
    else
        (void)tape_fail(t, ERR_MALFORMED, "RuntimeError",
                        "1D tensors expected, but got %dD and %dD tensors", a->dims,
                        b->dims);
}

static bool
check_pair(struct tape *t, const char *what, const struct tensor *a,
           const struct tensor *b, int dims_a, int dims_b)
{
    if (a->dims != dims_a || b->dims != dims_b) {
        refuse_dims(t, what, a, b, a->dims != dims_a);
        return false;
    }
    if (a->type == b->type && tensor_is_real(a))
        return true;
    (void)tape_fail(t, ERR_MALFORMED, "RuntimeError",
                    "%s: expected operands of one real type, got %s and %s", what,
                    tensor_type_name(a->type), tensor_type_name(b->type));
    return false;
}

/* c is overwritten (beta 0) or added to. */
static struct tensor *
product(struct tape *t, double alpha, struct tensor *a, struct tensor *b, double beta,
        struct tensor *c)
{
    int64_t size[2] = {a->size[0], b->size[1]};

    if (!c)
        c = tensor_new(&t->heap, a->type, 2, size);
    if (c)
        gemm(tape_products(t), alpha, a, b, beta, c);
    return tape_check(t, c);
}

/* A column-major operand gets its gradient computed transposed, as torch does. */
static bool
by_columns(const struct tensor *x)
{
    return x->stride[0] == 1 && x->stride[1] == x->size[0] && x->size[1] > 1;
}

/* Saved: both operands; of the one whose gradient is wanted only the layout counts. */
static struct tensor *
gradient_of_first(struct tape *t, struct node *n, struct tensor *g)
{
    struct tensor *b = node_saved(t, n, 1);

    if (by_columns(n->saved[0].tensor))
        return op_t(t, op_mm(t, b, op_t(t, g)));
    return op_mm(t, g, op_t(t, b));
}

static struct tensor *
gradient_of_second(struct tape *t, struct node *n, struct tensor *g)
{
    struct tensor *a = node_saved(t, n, 0);

    if (by_columns(n->saved[1].tensor))
        return op_t(t, op_mm(t, op_t(t, g), a));
    return op_mm(t, op_t(t, a), g);
}

static void
mm_backward(struct tape *t, struct node *n, struct tensor *const *grad,
            struct tensor **out)
{
    if (!grad[0])
        return;
    if (node_wants(n, 0))
        out[0] = gradient_of_first(t, n, grad[0]);
    if (node_wants(n, 1))
        out[1] = gradient_of_second(t, n, grad[0]);
}

struct tensor *
op_mm(struct tape *t, struct tensor *a, struct tensor *b)
{
    struct tensor *y;
    struct node *n;

    if (!a || !b || !check_pair(t, "mm", a, b, 2, 2))
        return NULL;
    if (a->size[1] != b->size[0])
        return mismatch(t, a, b);
    y = product(t, 1, a, b, 0, NULL);
    n = y ? tape_record(t, "MmBackward0", mm_backward, 2, a, b) : NULL;
    node_save(t, n, a);
    node_save(t, n, b);
    return tape_output(t, n, y);
}

static struct tensor *
maybe_multiply(struct tape *t, struct tensor *x, double factor)
{
    return factor == 1 ? x : op_mul_scalar(t, x, factor);
}

static void
addmm_backward(struct tape *t, struct node *n, struct tensor *const *grad,
               struct tensor **out)
{
    struct tensor *g = grad[0];
    double beta = n->f[0], alpha = n->f[1];

    if (!g)
        return;
    if (node_wants(n, 0))
        out[0] = maybe_multiply(t, g, beta);
    if (node_wants(n, 1))
        out[1] = maybe_multiply(t, gradient_of_first(t, n, g), alpha);
    if (node_wants(n, 2))
        out[2] = maybe_multiply(t, gradient_of_second(t, n, g), alpha);
}

struct tensor *
op_addmm(struct tape *t, struct tensor *c, struct tensor *a, struct tensor *b,
         double beta, double alpha)
{
    int64_t size[2];
    struct tensor *y, *wide;
    struct node *n;

    if (!a || !b || !c || !check_pair(t, "addmm", a, b, 2, 2))
        return NULL;
    if (a->size[1] != b->size[0])
        return mismatch(t, a, b);
    size[0] = a->size[0];
    size[1] = b->size[1];
    if (c->type != a->type)
        return tape_fail(t, ERR_MALFORMED, "RuntimeError",
                         "addmm: expected operands of one type, got %s and %s",
                         tensor_type_name(c->type), tensor_type_name(a->type));
    if (!op_expands(t, c, 2, size))
        return NULL;
    wide = tensor_expand(&t->heap, c, 2, size);
    y = wide ? tape_check(t, tensor_copy(&t->heap, wide)) : NULL;
    y = y ? product(t, alpha, a, b, beta, y) : NULL;
    n = y ? tape_record(t, "AddmmBackward0", addmm_backward, 3, c, a, b) : NULL;
    if (n) {
        n->f[0] = beta;
        n->f[1] = alpha;
    }
    node_save(t, n, a);
    node_save(t, n, b);
    return tape_output(t, n, y);
}

static void
bmm_backward(struct tape *t, struct node *n, struct tensor *const *grad,
             struct tensor **out)
{
    if (!grad[0])
        return;
    if (node_wants(n, 0))
        out[0] = op_bmm(t, grad[0], op_transpose(t, node_saved(t, n, 1), 1, 2));
    if (node_wants(n, 1))
        out[1] = op_bmm(t, op_transpose(t, node_saved(t, n, 0), 1, 2), grad[0]);
}

/* Matrix i of a stack. */
static struct tensor
matrix(const struct tensor *x, int64_t i)
{
    struct tensor m = *x;

    m.offset += i * m.stride[0];
    m.dims = 2;
    for (int d = 0; d < 2; d++) {
        m.size[d] = x->size[d + 1];
        m.stride[d] = x->stride[d + 1];
    }
    return m;
}

struct tensor *
op_bmm(struct tape *t, struct tensor *a, struct tensor *b)
{
    struct tensor *y;
    struct node *n;

    if (!a || !b || !check_pair(t, "bmm", a, b, 3, 3))
        return NULL;
    if (a->size[0] != b->size[0] || a->size[2] != b->size[1])
        return tape_fail(t, ERR_MALFORMED, "RuntimeError",
                         "Expected size for first two dimensions of batch2 tensor to be: "
                         "[%" PRId64 ", %" PRId64 "] but got: [%" PRId64 ", %" PRId64
                         "].",
                         a->size[0], a->size[2], b->size[0], b->size[1]);
    y = tape_check(t, tensor_new(&t->heap, a->type, 3,
                                 (int64_t[]){a->size[0], a->size[1], b->size[2]}));
    for (int64_t i = 0; y && i < a->size[0]; i++) {
        struct tensor ma = matrix(a, i), mb = matrix(b, i), my = matrix(y, i);

        if (!product(t, 1, &ma, &mb, 0, &my))
            return NULL;
    }
    n = y ? tape_record(t, "BmmBackward0", bmm_backward, 2, a, b) : NULL;
    node_save(t, n, a);
    node_save(t, n, b);
    return tape_output(t, n, y);
}

static struct tensor *
outer(struct tape *t, struct tensor *a, struct tensor *b)
{
    return a && b ? op_mul(t, op_reshape(t, a, 2, (int64_t[]){a->size[0], 1}), b) : NULL;
}

static void
mv_backward(struct tape *t, struct node *n, struct tensor *const *grad,
            struct tensor **out)
{
    if (!grad[0])
        return;
    if (node_wants(n, 0))
        out[0] = outer(t, grad[0], node_saved(t, n, 1));
    if (node_wants(n, 1))
        out[1] = op_mv(t, op_t(t, node_saved(t, n, 0)), grad[0]);
}

struct tensor *
op_mv(struct tape *t, struct tensor *a, struct tensor *v)
{
    struct tensor column, *y, *matrix_y;
    struct node *n;

    if (!a || !v || !check_pair(t, "mv", a, v, 2, 1))
        return NULL;
    if (a->size[1] != v->size[0])
        return tape_fail(t, ERR_MALFORMED, "RuntimeError",
                         "size mismatch, got input (%" PRId64 "), mat (%" PRId64
                         "x%" PRId64 "), vec (%" PRId64 ")",
                         a->size[0], a->size[0], a->size[1], v->size[0]);
    column = *v;
    column.dims = 2;
    column.size[1] = column.stride[1] = 1;
    matrix_y = product(t, 1, a, &column, 0, NULL);
    y = matrix_y ? tape_check(t, tensor_alias(&t->heap, matrix_y)) : NULL;
    if (!y)
        return NULL;
    y->dims = 1;
    n = tape_record(t, "MvBackward0", mv_backward, 2, a, v);
    node_save(t, n, a);
    node_save(t, n, v);
    return tape_output(t, n, y);
}

static void
dot_backward(struct tape *t, struct node *n, struct tensor *const *grad,
             struct tensor **out)
{
    if (!grad[0])
        return;
    if (node_wants(n, 0))
        out[0] = op_mul(t, grad[0], node_saved(t, n, 1));
    if (node_wants(n, 1))
        out[1] = op_mul(t, grad[0], node_saved(t, n, 0));
}

struct tensor *
op_dot(struct tape *t, struct tensor *a, struct tensor *b)
{
    struct tensor *y;
    struct node *n;
    bool recording = t->recording;

    if (!a || !b || !check_pair(t, "dot", a, b, 1, 1))
        return NULL;
    if (a->size[0] != b->size[0])
        return tape_fail(t, ERR_MALFORMED, "RuntimeError",
                         "inconsistent tensor size, expected tensor [%" PRId64
                         "] and src [%" PRId64
                         "] to have the same number of elements, but got %" PRId64
                         " and %" PRId64 " elements respectively",
                         a->size[0], b->size[0], a->size[0], b->size[0]);
    t->recording = false;
    y = op_sum(t, op_mul(t, a, b));
    t->recording = recording;
    n = y ? tape_record(t, "DotBackward0", dot_backward, 2, a, b) : NULL;
    node_save(t, n, a);
    node_save(t, n, b);
    return tape_output(t, n, y);
}

/* A stack of matrices times one matrix or vector: one product of the folded stack. */
static struct tensor *
folded(struct tape *t, struct tensor *a, struct tensor *b)
{
    bool swapped = b->dims > a->dims;
    struct tensor *big = swapped ? op_transpose(t, b, -2, -1) : a;
    struct tensor *small = !swapped ? b : a->dims == 2 ? op_t(t, a) : a;
    int64_t size[TENSOR_DIMS_MAX], rows = 1;
    struct tensor *y;
    int dims;

    if (!big || !small)
        return NULL;
    dims = big->dims - 1;
    for (int d = 0; d < dims; d++) {
        size[d] = big->size[d];
        rows *= size[d];
    }
    y = op_reshape(t, big, 2, (int64_t[]){rows, big->size[dims]});
    if (small->dims == 2) {
        size[dims++] = small->size[1];
        y = op_unsafe_view(t, op_mm(t, y, small), dims, size);
        y = swapped && y ? op_transpose(t, y, -2, -1) : y;
        return y && !tensor_is_contiguous(y) ? op_clone(t, y) : y;
    }
    return op_unsafe_view(t, op_mv(t, y, small), dims, size);
}

/* One operand of a batched product: expanded over the batch, which is then one
 * dimension before its last `tail` ones (a missing row dimension has size 1). */
static struct tensor *
batched(struct tape *t, struct tensor *x, int batch_dims, const int64_t *batch,
        int64_t count, int tail)
{
    int64_t size[TENSOR_DIMS_MAX];

    if (batch_dims + 2 > TENSOR_DIMS_MAX)
        return tape_fail(t, ERR_LIMIT, "RuntimeError", "too many dimensions");
    memcpy(size, batch, (size_t)batch_dims * sizeof(*size));
    for (int d = 0; d < tail; d++)
        size[batch_dims + d] = x->dims - tail + d < 0 ? 1 : x->size[x->dims - tail + d];
    x = op_expand(t, x, batch_dims + tail, size);
    size[0] = count;
    for (int d = 0; x && d < tail; d++)
        size[1 + d] = x->size[x->dims - tail + d];
    return op_reshape(t, x, 1 + tail, size);
}

static struct tensor *
batch_product(struct tape *t, struct tensor *a, struct tensor *b)
{
    struct tensor heads[2] = {*a, *b};
    int64_t size[TENSOR_DIMS_MAX], count = 1;
    struct tensor *x, *y;
    int dims, bad;

    heads[0].dims = a->dims > 2 ? a->dims - 2 : 0;
    heads[1].dims = b->dims > 2 ? b->dims - 2 : 0;
    if (!broadcast_shape(&heads[0], &heads[1], &dims, size, &bad))
        return tape_fail(t, ERR_MALFORMED, "RuntimeError",
                         "The size of tensor a (%" PRId64
                         ") must match the size of tensor b (%" PRId64
                         ") at non-singleton dimension %d",
                         heads[0].size[bad - (dims - heads[0].dims)],
                         heads[1].size[bad - (dims - heads[1].dims)], bad);
    for (int d = 0; d < dims; d++)
        count *= size[d];
    x = batched(t, a, dims, size, count, 2);
    y = batched(t, b, dims, size, count, b->dims < 2 ? 1 : 2);
    if (a->dims > 1)
        size[dims++] = a->size[a->dims - 2];
    if (b->dims == 1)
        return op_unsafe_view(t, op_squeeze(t, op_bmm(t, x, op_unsqueeze(t, y, 2)), -1),
                              dims, size);
    size[dims++] = b->size[b->dims - 1];
    return op_unsafe_view(t, op_bmm(t, x, y), dims, size);
}

static bool
should_fold(const struct tensor *a, const struct tensor *b)
{
    const struct tensor *big = a->dims >= b->dims ? a : b;
    const struct tensor *small = a->dims >= b->dims ? b : a;

    if (big->dims < 3 || small->dims > 2)
        return false;
    if (tape_tracks(small))
        return true;
    if (a->dims == 2)
        return false;
    return tensor_count(big) == 0 || tensor_is_contiguous(big);
}

struct tensor *
op_matmul(struct tape *t, struct tensor *a, struct tensor *b)
{
    if (!a || !b)
        return NULL;
    if (a->dims == 0 || b->dims == 0)
        return tape_fail(t, ERR_MALFORMED, "RuntimeError",
                         "both arguments to matmul need to be at least 1D, but they are "
                         "%dD and %dD",
                         a->dims, b->dims);
    if (a->dims == 1 && b->dims == 1)
        return op_dot(t, a, b);
    if (a->dims == 2 && b->dims == 1)
        return op_mv(t, a, b);
    if (a->dims == 1 && b->dims == 2)
        return op_squeeze_inplace(t, op_mm(t, op_unsqueeze(t, a, 0), b), 0);
    if (a->dims == 2 && b->dims == 2)
        return op_mm(t, a, b);
    if (t->version >= TORCH_2_6 && b->dims > a->dims)
        (void)op_transpose(t, b, -2, -1); /* which takes a sequence number, as in torch */
    return should_fold(a, b) ? folded(t, a, b) : batch_product(t, a, b);
}

RUN(mm, call->out[0] = op_mm(t, call->in[0], call->in[1]))
RUN(bmm, call->out[0] = op_bmm(t, call->in[0], call->in[1]))
RUN(addmm, call->out[0] = op_addmm(t, call->in[0], call->in[1], call->in[2],
                                   attr_real(call, "beta"), attr_real(call, "alpha")))
RUN(mv, call->out[0] = op_mv(t, call->in[0], call->in[1]))
RUN(dot, call->out[0] = op_dot(t, call->in[0], call->in[1]))

void
run_outer(struct tape *t, struct op_call *call)
{
    if (check_pair(t, "outer", call->in[0], call->in[1], 1, 1))
        call->out[0] = outer(t, call->in[0], call->in[1]);
}

RUN(matmul, call->out[0] = op_matmul(t, call->in[0], call->in[1]))

/* x w^T + b; more than two dimensions are folded around one addmm. */
void
run_linear(struct tape *t, struct op_call *call)
{
    struct tensor *x = call->in[0], *w = call->in[1], *bias = call->in[2];
    int64_t size[TENSOR_DIMS_MAX], rows = 1;
    int dims;

    if (!bias) {
        call->out[0] = op_matmul(t, x, op_t(t, w));
        return;
    }
    if (x->dims == 2) {
        call->out[0] = op_addmm(t, bias, x, op_t(t, w), 1, 1);
        return;
    }
    if (x->dims == 0 || !tensor_is_contiguous(x) ||
        (t->version < TORCH_2_6 && x->dims != 3)) {
        call->out[0] = op_add(t, op_matmul(t, x, op_t(t, w)), bias);
        return;
    }
    memcpy(size, x->size, sizeof(size));
    for (int d = 0; d < x->dims - 1; d++)
        rows *= size[d];
    dims = x->dims;
    size[dims - 1] = w->size[0];
    x = op_reshape(t, x, 2, (int64_t[]){rows, x->size[x->dims - 1]});
    w = op_t(t, w);
    call->out[0] = op_view(t, op_addmm(t, bias, x, w, 1, 1), dims, size);
}
