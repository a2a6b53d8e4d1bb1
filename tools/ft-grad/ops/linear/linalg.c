/*
 * linalg.c: equations, inverses, determinants and factors of stacks of matrices.
 *
 * Values are computed in double and rounded once.  Gradients are the formulas of
 * torch/csrc/autograd/FunctionsManual.cpp, composed of the operators themselves.
 */
#include "ops/operators.h"

#include "tensor/elementwise.h"
#include "tensor/factor.h"

#include "common/buf.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

static struct tensor *
mt(struct tape *t, struct tensor *x)
{
    return op_transpose(t, x, -2, -1);
}

static bool
check_square(struct tape *t, const char *what, const struct tensor *a)
{
    if (!a)
        return false;
    if (a->dims < 2)
        return tape_fail(t, ERR_MALFORMED, "RuntimeError",
                         "%s: The input tensor A must have at least 2 dimensions.",
                         what) != NULL;
    if (a->size[a->dims - 1] != a->size[a->dims - 2])
        return tape_fail(t, ERR_MALFORMED, "RuntimeError",
                         "%s: A must be batches of square matrices, but they are %" PRId64
                         " by %" PRId64 " matrices",
                         what, a->size[a->dims - 2], a->size[a->dims - 1]) != NULL;
    return tensor_is_real(a) || tape_fail(t, ERR_UNSUPPORTED, "RuntimeError",
                                          "%s: expected a real matrix", what) != NULL;
}

/* The failure of one matrix of a stack. */
static bool
singular(struct tape *t, const char *what, const struct tensor *a, int64_t element,
         const char *said)
{
    if (a->dims > 2)
        (void)tape_fail(t, ERR_MALFORMED, "_LinAlgError",
                        "%s: (Batch element %" PRId64 "): %s", what, element, said);
    else
        (void)tape_fail(t, ERR_MALFORMED, "_LinAlgError", "%s: %s", what, said);
    return false;
}

/* before, the number, after: in the tape's memory */
static const char *
with_number(struct tape *t, const char *before, int64_t number, const char *after)
{
    struct buf text = {0};
    const char *kept;

    buf_printf(&text, "%s%" PRId64 "%s", before, number, after);
    kept = arena_strndup(&t->heap.small, buf_string(&text), text.size);
    buf_clear(&text);
    return kept;
}

/* Matrix i of a stack as doubles. */
static void
read_matrix(const struct tensor *x, int64_t i, int64_t count, double *out)
{
    for (int64_t k = 0; k < count; k++)
        out[k] = tensor_get(x, i * count + k);
}

static void
write_matrix(struct tensor *x, int64_t i, int64_t count, const double *in)
{
    for (int64_t k = 0; k < count; k++)
        tensor_set(x, i * count + k, in[k]);
}

/* Doubles in the tape's memory. */
static double *
doubles(struct tape *t, int64_t count)
{
    double *x = heap_alloc(&t->heap, ((size_t)count + 1) * sizeof(*x));

    if (!x)
        (void)tape_check(t, NULL);
    return x;
}

/* How a stack of equations is solved. */
enum { BY_LU, BY_UPPER, BY_LOWER };

struct method {
    const char *what; /* for messages */
    int kind;
    bool unit;    /* diagonal of 1 */
    bool vector;  /* b is a stack of vectors */
    bool perturb; /* zeros on U's diagonal become epsilon */
};

/* a, b: contiguous stacks of equal batch; b is overwritten with a^-1 b. */
static bool
solve_stack(struct tape *t, const struct tensor *a, struct tensor *b,
            const struct method *m)
{
    int64_t n = a->size[a->dims - 1], columns = b->size[b->dims - 1];
    int64_t count = n > 0 ? tensor_count(a) / (n * n) : 0;
    double *matrix = doubles(t, n * n), *x = doubles(t, n * columns), sign;
    int64_t *pivot = heap_alloc(&t->heap, ((size_t)n + 1) * sizeof(*pivot));
    double epsilon = a->type == TENSOR_F32 ? (double)FLT_EPSILON : DBL_EPSILON;

    for (int64_t i = 0; !t->failed && pivot && i < count; i++) {
        read_matrix(a, i, n * n, matrix);
        read_matrix(b, i, n * columns, x);
        if (m->kind != BY_LU) {
            triangle_solve(matrix, n, m->kind == BY_UPPER, m->unit, x, columns);
        } else {
            int64_t bad = lu_factor(matrix, n, pivot, &sign);

            if (bad && !m->perturb && strcmp(m->what, "linalg.inv") == 0)
                return singular(
                    t, m->what, a, i,
                    with_number(t, "The diagonal element ", bad,
                                " is zero, the inversion could not be completed because "
                                "the input matrix is singular."));
            if (bad && !m->perturb)
                return singular(
                    t, m->what, a, i,
                    "The solver failed because the input matrix is singular.");
            for (int64_t k = 0; bad && k < n; k++)
                matrix[k * n + k] += matrix[k * n + k] == 0 ? epsilon : 0;
            lu_solve(matrix, pivot, n, x, columns);
        }
        write_matrix(b, i, n * columns, x);
    }
    return !t->failed && pivot;
}

/* Both stretched to one batch, b a fresh copy. */
static bool
stretch(struct tape *t, struct tensor **a, struct tensor **b)
{
    struct tensor heads[2] = {**a, **b};
    int64_t size[TENSOR_DIMS_MAX];
    int dims, bad;

    heads[0].dims -= 2;
    heads[1].dims -= 2;
    if (!operands_meet(t, (struct tensor *[]){&heads[0], &heads[1]}, 2) ||
        !broadcast_shape(&heads[0], &heads[1], &dims, size, &bad))
        return false;
    for (int k = 0; k < 2; k++) {
        struct tensor **x = k == 0 ? a : b;

        memcpy(size + dims, (*x)->size + (*x)->dims - 2, 2 * sizeof(*size));
        *x = tape_check(t, tensor_expand(&t->heap, *x, dims + 2, size));
        *x = *x ? tape_check(t, tensor_copy(&t->heap, *x)) : NULL;
        if (!*x)
            return false;
    }
    return true;
}

/* a^-1 b (left) or b a^-1, not recorded. */
static struct tensor *
solution(struct tape *t, struct tensor *a, struct tensor *b, bool left,
         const struct method *method)
{
    bool recording = t->recording;
    struct method m = *method;

    t->recording = false;
    b = m.vector ? op_unsqueeze(t, b, -1) : b;
    if (!left) { /* x a = b: a^T x^T = b^T */
        a = mt(t, a);
        b = mt(t, b);
        m.kind = m.kind == BY_UPPER ? BY_LOWER : m.kind == BY_LOWER ? BY_UPPER : BY_LU;
    }
    if (!a || !b || !stretch(t, &a, &b) || !solve_stack(t, a, b, &m))
        b = NULL;
    b = b && !left ? mt(t, b) : b;
    b = m.vector ? op_squeeze(t, b, -1) : b;
    t->recording = recording;
    return b;
}

static struct tensor *solve(struct tape *t, struct tensor *a, struct tensor *b, bool left,
                            const struct method *m);

/* i: left, kind, unit.  Saved: a, x. */
static void
solve_backward(struct tape *t, struct node *n, struct tensor *const *grad,
               struct tensor **out)
{
    struct tensor *a = node_saved(t, n, 0), *x = node_saved(t, n, 1), *gb, *ga;
    bool left = n->i[0] != 0;
    int kind = (int)n->i[1];
    struct method m = {.what = "torch.linalg.solve",
                       .kind = kind == BY_UPPER   ? BY_LOWER
                               : kind == BY_LOWER ? BY_UPPER
                                                  : BY_LU,
                       .unit = n->i[2] != 0,
                       .vector = n->i[3] != 0};

    if (!grad[0] || !a || !x)
        return;
    gb = solve(t, mt(t, a), grad[0], left, &m);
    out[1] = gb;
    if (!node_wants(n, 0))
        return;
    if (m.vector) {
        gb = op_unsqueeze(t, gb, -1);
        x = op_unsqueeze(t, x, -1);
    }
    ga = left ? op_matmul(t, gb, mt(t, x)) : op_matmul(t, mt(t, x), gb);
    ga = op_neg(t, ga);
    if (kind != BY_LU)
        ga = op_triangle(t, ga, kind == BY_UPPER ? m.unit : -(int64_t)m.unit,
                         kind == BY_UPPER);
    out[0] = ga;
}

static struct tensor *
solve(struct tape *t, struct tensor *a, struct tensor *b, bool left,
      const struct method *m)
{
    struct tensor *y = a && b ? solution(t, a, b, left, m) : NULL;
    struct node *n = y ? tape_record(t,
                                     m->kind == BY_LU ? "LinalgSolveExBackward0"
                                                      : "LinalgSolveTriangularBackward0",
                                     solve_backward, 2, a, b)
                       : NULL;

    if (n) {
        n->i[0] = left;
        n->i[1] = m->kind;
        n->i[2] = m->unit;
        n->i[3] = m->vector;
    }
    node_save(t, n, a);
    y = tape_output(t, n, y);
    node_save(t, n, y);
    return y;
}

static bool
check_shapes(struct tape *t, const char *what, const struct tensor *a,
             const struct tensor *b, bool left)
{
    int64_t rows = b->size[b->dims - 2], columns = b->size[b->dims - 1];
    int64_t n = a->size[a->dims - 1];

    if (a->type != b->type)
        return tape_fail(t, ERR_MALFORMED, "RuntimeError",
                         "%s: expected A and B of one type", what) != NULL;
    if ((left ? rows : columns) == n)
        return true;
    return tape_fail(t, ERR_MALFORMED, "RuntimeError",
                     "%s: Incompatible shapes of A and B for the equation %s (%" PRId64
                     "x%" PRId64 " and %" PRId64 "x%" PRId64 ")",
                     what, left ? "AX = B" : "XA = B", n, n, rows, columns) != NULL;
}

/* Is b a stack of vectors rather than of matrices, as torch decides it? */
static bool
is_vector(const struct tensor *a, const struct tensor *b)
{
    return b->dims == 1 ||
           (b->dims == a->dims - 1 &&
            memcmp(a->size, b->size, (size_t)b->dims * sizeof(*b->size)) == 0);
}

void
run_solve(struct tape *t, struct op_call *call)
{
    struct tensor *a = call->in[0], *b = call->in[1];
    struct method m = {.what = "torch.linalg.solve", .kind = BY_LU};
    bool left = attr_bool(call, "left");

    if (!check_square(t, "linalg.solve", a))
        return;
    m.vector = is_vector(a, b);
    if (m.vector && !left) {
        (void)tape_fail(t, ERR_MALFORMED, "RuntimeError",
                        "linalg.solve: Vector broadcasting of the left hand side is not "
                        "supported for left=False. In this case linalg.solve is "
                        "equivalent to B / A.squeeze(-1)");
        return;
    }
    if (m.vector ? b->size[b->dims - 1] == a->size[a->dims - 1] && a->type == b->type
                 : b->dims >= 2 && check_shapes(t, "linalg.solve", a, b, left))
        call->out[0] = solve(t, a, b, left, &m);
    else if (!t->failed)
        (void)tape_fail(t, ERR_MALFORMED, "RuntimeError",
                        "linalg.solve: A and B do not go together");
}

void
run_solve_triangular(struct tape *t, struct op_call *call)
{
    struct tensor *a = call->in[0], *b = call->in[1];
    bool left = attr_bool(call, "left");
    struct method m = {.what = "linalg.solve_triangular",
                       .kind = attr_bool(call, "upper") ? BY_UPPER : BY_LOWER,
                       .unit = attr_bool(call, "unitriangular")};

    if (!check_square(t, m.what, a))
        return;
    if (b->dims < 2) {
        (void)tape_fail(t, ERR_MALFORMED, "RuntimeError",
                        "%s: The input tensor B must have at least 2 dimensions.",
                        m.what);
        return;
    }
    if (check_shapes(t, m.what, a, b, left))
        call->out[0] = solve(t, a, b, left, &m);
}

/* The identity in the shape of a stack. */
static struct tensor *
identity_like(struct tape *t, const struct tensor *a)
{
    struct tensor *y = tape_check(t, tensor_zeros(&t->heap, a->type, a->dims, a->size));
    int64_t n = a->size[a->dims - 1];

    for (int64_t i = 0; y && i < tensor_count(y); i += n * n) {
        for (int64_t k = 0; k < n; k++)
            tensor_set(y, i + k * (n + 1), 1);
    }
    return y;
}

/* Saved: the inverse. */
static void
inv_backward(struct tape *t, struct node *n, struct tensor *const *grad,
             struct tensor **out)
{
    struct tensor *y = mt(t, node_saved(t, n, 0));

    if (grad[0])
        out[0] = op_neg(t, op_matmul(t, y, op_matmul(t, grad[0], y)));
}

void
run_inv(struct tape *t, struct op_call *call)
{
    struct tensor *a = call->in[0], *y;
    struct method m = {.what = "linalg.inv", .kind = BY_LU};
    struct node *n;

    if (!check_square(t, m.what, a))
        return;
    y = solution(t, a, identity_like(t, a), true, &m);
    n = y ? tape_record(t, "LinalgInvExBackward0", inv_backward, 1, a) : NULL;
    y = tape_output(t, n, y);
    node_save(t, n, y);
    call->out[0] = y;
}

/* Sign and logarithm of the size of each determinant. */
static bool
determinants(struct tape *t, struct tensor *a, struct tensor **sign, struct tensor **log)
{
    int64_t n = a->size[a->dims - 1], count = 1;
    double *matrix = doubles(t, n * n);
    int64_t *pivot = heap_alloc(&t->heap, ((size_t)n + 1) * sizeof(*pivot));
    struct tensor *flat = tape_check(t, tensor_contiguous(&t->heap, a));

    *sign = tape_check(t, tensor_zeros(&t->heap, a->type, a->dims - 2, a->size));
    *log = tape_check(t, tensor_zeros(&t->heap, a->type, a->dims - 2, a->size));
    if (t->failed || !pivot)
        return false;
    count = tensor_count(*sign);
    for (int64_t i = 0; i < count; i++) {
        double s, l = 0;

        read_matrix(flat, i, n * n, matrix);
        (void)lu_factor(matrix, n, pivot, &s);
        for (int64_t k = 0; k < n; k++) {
            double d = matrix[k * (n + 1)];

            l += log1p(fabs(d) - 1);
            s *= (d > 0) - (d < 0);
        }
        tensor_set(*sign, i, s);
        tensor_set(*log, i, l);
    }
    return true;
}

/* g on the diagonal of matrices shaped like a. */
static struct tensor *
on_diagonal(struct tape *t, struct tensor *g, struct tensor *a)
{
    g = op_unsqueeze(t, op_unsqueeze(t, g, -1), -1);
    return g ? op_mul(t, g, identity_like(t, a)) : NULL;
}

/* a^-T g det: where a is singular its U is moved a little, as torch does. */
static void
det_backward(struct tape *t, struct node *n, struct tensor *const *grad,
             struct tensor **out)
{
    struct tensor *a = node_saved(t, n, 0), *y = node_saved(t, n, 1), *d;
    struct method m = {.what = "torch.linalg.solve", .kind = BY_LU};

    if (!grad[0] || !a || !y)
        return;
    d = on_diagonal(t, op_mul(t, grad[0], y), a);
    m.perturb = !t->recording;
    out[0] = solve(t, mt(t, a), d, true, &m);
}

void
run_det(struct tape *t, struct op_call *call)
{
    struct tensor *a = call->in[0], *y, *flat;
    int64_t n, count;
    double *matrix, sign;
    int64_t *pivot;
    struct node *node;

    if (!check_square(t, "linalg.det", a))
        return;
    n = a->size[a->dims - 1];
    matrix = doubles(t, n * n);
    pivot = heap_alloc(&t->heap, ((size_t)n + 1) * sizeof(*pivot));
    flat = tape_check(t, tensor_contiguous(&t->heap, a));
    y = tape_check(t, tensor_zeros(&t->heap, a->type, a->dims - 2, a->size));
    count = y ? tensor_count(y) : 0;
    for (int64_t i = 0; !t->failed && pivot && i < count; i++) {
        read_matrix(flat, i, n * n, matrix);
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
    struct method m = {.what = "torch.linalg.solve", .kind = BY_LU};

    if (a && grad[1])
        out[0] = solve(t, mt(t, a), on_diagonal(t, grad[1], a), true, &m);
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
    if (check_square(t, "linalg.slogdet", call->in[0]))
        (void)slogdet(t, call->in[0], call->out);
}

void
run_logdet(struct tape *t, struct op_call *call)
{
    struct tensor *part[2];

    if (check_square(t, "logdet", call->in[0]) && slogdet(t, call->in[0], part))
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
    struct method upper = {.what = "linalg.cholesky", .kind = BY_UPPER};
    struct method lower = {.what = "linalg.cholesky", .kind = BY_LOWER};

    if (!g || !l)
        return;
    if (n->i[0]) {
        l = mt(t, l);
        g = mt(t, g);
    }
    phi = op_matmul(t, mt(t, l), g);
    phi = op_mul_scalar(
        t, op_add(t, op_triangle(t, phi, 0, false), op_triangle(t, phi, -1, false)), 0.5);
    phi = solve(t, mt(t, l), phi, true, &upper);
    phi = solve(t, l, phi, false, &lower);
    out[0] = op_mul_scalar(t, op_add(t, phi, mt(t, phi)), 0.5);
}

void
run_cholesky(struct tape *t, struct op_call *call)
{
    struct tensor *a = call->in[0], *y, *flat;
    bool upper = attr_bool(call, "upper");
    int64_t n, count, bad = 0;
    double *matrix;
    struct node *node;

    if (!check_square(t, "linalg.cholesky", a))
        return;
    n = a->size[a->dims - 1];
    /* Only one triangle counts. */
    flat = tensor_contiguous(&t->heap, upper ? mt(t, op_detach(t, a)) : a);
    y = tape_check(t, flat) ? tape_check(t, tensor_like(&t->heap, flat)) : NULL;
    matrix = doubles(t, n * n);
    count = y && n > 0 ? tensor_count(y) / (n * n) : 0;
    for (int64_t i = 0; matrix && i < count; i++) {
        read_matrix(flat, i, n * n, matrix);
        bad = cholesky_factor(matrix, n);
        if (bad) {
            (void)singular(t, "linalg.cholesky", a, i,
                           with_number(t,
                                       "The factorization could not be completed because "
                                       "the input is not positive-definite (the leading "
                                       "minor of order ",
                                       bad, " is not positive-definite)."));
            return;
        }
        write_matrix(y, i, n * n, matrix);
    }
    y = y && upper ? tensor_copy(&t->heap, mt(t, y)) : y;
    node =
        y ? tape_record(t, "LinalgCholeskyExBackward0", cholesky_backward, 1, a) : NULL;
    if (node)
        node->i[0] = upper;
    y = tape_output(t, node, y);
    node_save(t, node, y);
    call->out[0] = y;
}
