/*
 * decompose.c: determinants and Cholesky factors of stacks of matrices.
 */
#include "ops/linear/linalg.h"

#include "tensor/elementwise.h"
#include "tensor/factor.h"

#include <inttypes.h>
#include <math.h>

/* Matrix i of a, whose contiguous form is flat: the transpose where torch factors that.
 */
static void
read_as_factored(const struct tensor *a, const struct tensor *flat, int64_t i,
                 double *matrix)
{
    int64_t n = a->size[a->dims - 1];

    if (tensor_is_contiguous(a))
        linalg_read_turned(flat, i, n, matrix);
    else
        linalg_read(flat, i, n * n, matrix);
}

/* Sign and logarithm of the size of each determinant. */
static bool
determinants(struct tape *t, struct tensor *a, struct tensor **sign,
             struct tensor **magnitude)
{
    int64_t n = a->size[a->dims - 1], count = 1;
    double *matrix = linalg_doubles(t, n * n);
    int64_t *pivot = heap_alloc(&t->heap, ((size_t)n + 1) * sizeof(*pivot));
    struct tensor *flat = tape_check(t, tensor_contiguous(&t->heap, a));

    *sign = tape_check(t, tensor_zeros(&t->heap, a->type, a->dims - 2, a->size));
    *magnitude = tape_check(t, tensor_zeros(&t->heap, a->type, a->dims - 2, a->size));
    if (t->failed || !pivot)
        return false;
    count = tensor_count(*sign);
    for (int64_t i = 0; i < count; i++) {
        double s, l = 0;

        read_as_factored(a, flat, i, matrix);
        (void)lu_factor(matrix, n, pivot, &s);
        for (int64_t k = 0; k < n; k++) {
            double d = matrix[k * (n + 1)];

            l += log(fabs(d));
            s *= (d > 0) - (d < 0);
        }
        tensor_set(*sign, i, s);
        tensor_set(*magnitude, i, l);
    }
    return true;
}

/* g on the diagonal of matrices shaped like a. */
static struct tensor *
on_diagonal(struct tape *t, struct tensor *g, struct tensor *a)
{
    struct tensor *one = linalg_identity(t, a);

    g = op_unsqueeze(t, op_unsqueeze(t, g, -1), -1);
    return g && one ? op_where(t, mask_compare_scalar(t, COMPARE_eq, one, 1), g,
                               op_zeros_like(t, one))
                    : NULL;
}

/* a^-T g det: where a is singular its U is moved a little, as torch does. */
static void
det_backward(struct tape *t, struct node *n, struct tensor *const *grad,
             struct tensor **out)
{
    struct tensor *a = node_saved(t, n, 0), *y = node_saved(t, n, 1), *d;
    struct linalg_method m = {.what = "torch.linalg.solve", .kind = LINALG_LU};

    if (!grad[0] || !a || !y)
        return;
    d = on_diagonal(t, op_mul(t, grad[0], y), a);
    m.perturb = !t->recording;
    out[0] = linalg_solve(t, linalg_mt(t, a), d, true, &m);
}

void
run_det(struct tape *t, struct op_call *call)
{
    struct tensor *a = call->in[0], *y, *flat;
    int64_t n, count;
    double *matrix, sign;
    int64_t *pivot;
    struct node *node;

    if (!linalg_square(t, "linalg.det", a))
        return;
    n = a->size[a->dims - 1];
    matrix = linalg_doubles(t, n * n);
    pivot = heap_alloc(&t->heap, ((size_t)n + 1) * sizeof(*pivot));
    flat = tape_check(t, tensor_contiguous(&t->heap, a));
    y = tape_check(t, tensor_zeros(&t->heap, a->type, a->dims - 2, a->size));
    count = y ? tensor_count(y) : 0;
    for (int64_t i = 0; !t->failed && pivot && i < count; i++) {
        read_as_factored(a, flat, i, matrix);
        (void)lu_factor(matrix, n, pivot, &sign);
        for (int64_t k = 0; k < n; k++)
            sign *= matrix[k * (n + 1)];
        tensor_set(y, i, sign);
    }
    node = y ? tape_record(t, "LinalgDetBackward0", det_backward, 1, a) : NULL;
    node_save(t, node, a);
    y = tape_output(t, node, y);
    node_save(t, node, y);
    call->out[0] = y;
}

/* Only the logarithm has a gradient: a^-T g. */
static void
slogdet_backward(struct tape *t, struct node *n, struct tensor *const *grad,
                 struct tensor **out)
{
    struct tensor *a = node_saved(t, n, 0);
    struct linalg_method m = {
        .what = "torch.linalg.solve", .kind = LINALG_LU, .any = !t->recording};

    if (a && grad[1])
        out[0] = linalg_solve(t, linalg_mt(t, a), on_diagonal(t, grad[1], a), true, &m);
    else if (a && grad[0])
        out[0] = op_zeros_like(t, a);
}

static bool
slogdet(struct tape *t, struct tensor *a, struct tensor *out[2])
{
    struct node *n;

    if (!determinants(t, a, &out[0], &out[1]))
        return false;
    n = tape_record(t, "LinalgSlogdetBackward0", slogdet_backward, 1, a);
    node_save(t, n, a);
    out[0] = tape_output(t, n, out[0]);
    out[1] = tape_output(t, n, out[1]);
    return true;
}

void
run_slogdet(struct tape *t, struct op_call *call)
{
    if (linalg_square(t, "linalg.slogdet", call->in[0]))
        (void)slogdet(t, call->in[0], call->out);
}

void
run_logdet(struct tape *t, struct op_call *call)
{
    struct tensor *part[2];

    if (linalg_square(t, "logdet", call->in[0]) && slogdet(t, call->in[0], part))
        call->out[0] =
            op_where(t, mask_compare_scalar(t, COMPARE_eq, part[0], -1),
                     tensor_scalar(&t->heap, part[1]->type, (double)NAN), part[1]);
}

/* Saved: L.  The symmetric part of L^-T phi(L^T gL) L^-1, phi: lower, half diagonal. */
static void
cholesky_backward(struct tape *t, struct node *n, struct tensor *const *grad,
                  struct tensor **out)
{
    struct tensor *l = node_saved(t, n, 0), *g = grad[0], *phi;
    struct linalg_method upper = {.what = "linalg.cholesky", .kind = LINALG_UPPER};
    struct linalg_method lower = {.what = "linalg.cholesky", .kind = LINALG_LOWER};

    if (!g || !l)
        return;
    if (n->i[0]) {
        l = linalg_mt(t, l);
        g = linalg_mt(t, g);
    }
    phi = op_matmul(t, linalg_mt(t, l), g);
    phi = op_mul_scalar(
        t, op_add(t, op_triangle(t, phi, 0, false), op_triangle(t, phi, -1, false)), 0.5);
    phi = linalg_solve(t, linalg_mt(t, l), phi, true, &upper);
    phi = linalg_solve(t, l, phi, false, &lower);
    out[0] = op_mul_scalar(t, op_add(t, phi, linalg_mt(t, phi)), 0.5);
}

void
run_cholesky(struct tape *t, struct op_call *call)
{
    struct tensor *a = call->in[0], *y, *flat;
    bool upper = attr_bool(call, "upper");
    int64_t n, count, bad = 0;
    double *matrix;
    struct node *node;

    if (!linalg_square(t, "linalg.cholesky", a))
        return;
    n = a->size[a->dims - 1];
    /* Only one triangle counts. */
    flat = tensor_contiguous(&t->heap, upper ? linalg_mt(t, op_detach(t, a)) : a);
    y = tape_check(t, flat) ? tape_check(t, tensor_like(&t->heap, flat)) : NULL;
    matrix = linalg_doubles(t, n * n);
    count = y && n > 0 ? tensor_count(y) / (n * n) : 0;
    for (int64_t i = 0; matrix && i < count; i++) {
        linalg_read(flat, i, n * n, matrix);
        bad = cholesky_factor(matrix, n);
        if (bad) {
            (void)linalg_singular(
                t, "linalg.cholesky", a, i,
                linalg_said(t,
                            "The factorization could not be completed because "
                            "the input is not positive-definite (the leading "
                            "minor of order ",
                            bad, " is not positive-definite)."));
            return;
        }
        linalg_write(y, i, n * n, matrix);
    }
    y = y && upper ? tensor_copy(&t->heap, linalg_mt(t, y)) : y;
    node =
        y ? tape_record(t, "LinalgCholeskyExBackward0", cholesky_backward, 1, a) : NULL;
    if (node)
        node->i[0] = upper;
    y = tape_output(t, node, y);
    node_save(t, node, y);
    call->out[0] = y;
}
