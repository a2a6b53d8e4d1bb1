/*
 * linalg.c: equations and inverses of stacks of matrices.
 *
 * Values are computed in double and rounded once.  Gradients are the formulas of
 * torch/csrc/autograd/FunctionsManual.cpp, composed of the operators themselves.
 */
#include "ops/linear/linalg.h"

#include "tensor/elementwise.h"
#include "tensor/factor.h"

#include "common/buf.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

struct tensor *
linalg_mt(struct tape *t, struct tensor *x)
{
    return op_transpose(t, x, -2, -1);
}

bool
linalg_square(struct tape *t, const char *what, const struct tensor *a)
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
bool
linalg_singular(struct tape *t, const char *what, const struct tensor *a, int64_t element,
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
const char *
linalg_said(struct tape *t, const char *before, int64_t number, const char *after)
{
    struct buf text = {0};
    const char *kept;

    buf_printf(&text, "%s%" PRId64 "%s", before, number, after);
    kept = arena_strndup(&t->heap.small, buf_string(&text), text.size);
    buf_clear(&text);
    return kept;
}

/* Matrix i of a stack as doubles. */
void
linalg_read(const struct tensor *x, int64_t i, int64_t count, double *out)
{
    for (int64_t k = 0; k < count; k++)
        out[k] = tensor_get(x, i * count + k);
}

void
linalg_read_turned(const struct tensor *x, int64_t i, int64_t n, double *out)
{
    for (int64_t k = 0; k < n * n; k++)
        out[k % n * n + k / n] = tensor_get(x, i * n * n + k);
}

void
linalg_write(struct tensor *x, int64_t i, int64_t count, const double *in)
{
    for (int64_t k = 0; k < count; k++)
        tensor_set(x, i * count + k, in[k]);
}

/* Doubles in the tape's memory. */
double *
linalg_doubles(struct tape *t, int64_t count)
{
    double *x = heap_alloc(&t->heap, ((size_t)count + 1) * sizeof(*x));

    if (!x)
        (void)tape_check(t, NULL);
    return x;
}

/* x = matrix^-1 x; turned: matrix holds the transpose, which is factored instead. */
static bool
solve_by_factors(struct tape *t, const struct tensor *a, int64_t i, double *matrix,
                 bool turned, double *x, int64_t columns, const struct linalg_method *m)
{
    int64_t n = a->size[a->dims - 1], bad;
    int64_t *pivot = heap_alloc(&t->heap, ((size_t)n + 1) * sizeof(*pivot));
    double epsilon = a->type == TENSOR_F32 ? (double)FLT_EPSILON : DBL_EPSILON, sign;

    if (!pivot)
        return tape_check(t, NULL) != NULL;
    bad = lu_factor(matrix, n, pivot, &sign);
    if (bad && !m->perturb && !m->any && strcmp(m->what, "linalg.inv") == 0)
        return linalg_singular(
            t, m->what, a, i,
            linalg_said(t, "The diagonal element ", bad,
                        " is zero, the inversion could not be completed because "
                        "the input matrix is singular."));
    if (bad && !m->perturb && !m->any)
        return linalg_singular(t, m->what, a, i,
                               "The solver failed because the input matrix is singular.");
    for (int64_t k = 0; bad && m->perturb && k < n; k++)
        matrix[k * n + k] += matrix[k * n + k] == 0 ? epsilon : 0;
    lu_solve(matrix, pivot, n, turned, x, columns);
    return true;
}

/* a, b: contiguous stacks of equal batch; b is overwritten with a^-1 b. */
static bool
solve_stack(struct tape *t, const struct tensor *a, bool turned, struct tensor *b,
            const struct linalg_method *m)
{
    int64_t n = a->size[a->dims - 1], columns = b->size[b->dims - 1];
    int64_t count = n > 0 ? tensor_count(a) / (n * n) : 0;
    double *matrix = linalg_doubles(t, n * n), *x = linalg_doubles(t, n * columns);

    for (int64_t i = 0; !t->failed && i < count; i++) {
        if (turned)
            linalg_read_turned(a, i, n, matrix);
        else
            linalg_read(a, i, n * n, matrix);
        linalg_read(b, i, n * columns, x);
        if (m->kind == LINALG_LU) {
            if (!solve_by_factors(t, a, i, matrix, turned, x, columns, m))
                return false;
        } else {
            triangle_solve(
                &(struct triangle){.a = matrix,
                                   .n = n,
                                   .upper = (m->kind == LINALG_UPPER) != turned,
                                   .unit = m->unit,
                                   .right = m->right},
                turned, x, columns);
        }
        linalg_write(b, i, n * columns, x);
    }
    return !t->failed;
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
         const struct linalg_method *method)
{
    bool recording = t->recording, turned;
    struct linalg_method m = *method;

    t->recording = false;
    m.right = !left;
    turned = tensor_is_contiguous(a) == left || (m.right && m.kind != LINALG_LU);
    b = m.vector ? op_unsqueeze(t, b, -1) : b;
    if (!left) { /* x a = b: a^T x^T = b^T */
        a = linalg_mt(t, a);
        b = linalg_mt(t, b);
        m.kind = m.kind == LINALG_UPPER   ? LINALG_LOWER
                 : m.kind == LINALG_LOWER ? LINALG_UPPER
                                          : LINALG_LU;
    }
    if (!a || !b || !stretch(t, &a, &b) || !solve_stack(t, a, turned, b, &m))
        b = NULL;
    b = b && !left ? linalg_mt(t, b) : b;
    b = m.vector ? op_squeeze(t, b, -1) : b;
    t->recording = recording;
    return b;
}

/* i: left, kind, unit.  Saved: a, x. */
static void
solve_backward(struct tape *t, struct node *n, struct tensor *const *grad,
               struct tensor **out)
{
    struct tensor *a = node_saved(t, n, 0), *x = node_saved(t, n, 1), *gb, *ga;
    bool left = n->i[0] != 0;
    int kind = (int)n->i[1];
    struct linalg_method m = {.what = "torch.linalg.solve",
                              .kind = kind == LINALG_UPPER   ? LINALG_LOWER
                                      : kind == LINALG_LOWER ? LINALG_UPPER
                                                             : LINALG_LU,
                              .unit = n->i[2] != 0,
                              .vector = n->i[3] != 0};

    if (!grad[0] || !a || !x)
        return;
    gb = linalg_solve(t, linalg_mt(t, a), grad[0], left, &m);
    out[1] = gb;
    if (!node_wants(n, 0))
        return;
    if (m.vector) {
        gb = op_unsqueeze(t, gb, -1);
        x = op_unsqueeze(t, x, -1);
    }
    ga = left ? op_matmul(t, gb, linalg_mt(t, x)) : op_matmul(t, linalg_mt(t, x), gb);
    ga = op_neg(t, ga);
    if (kind != LINALG_LU)
        ga = op_triangle(t, ga, kind == LINALG_UPPER ? m.unit : -(int64_t)m.unit,
                         kind == LINALG_UPPER);
    out[0] = ga;
}

struct tensor *
linalg_solve(struct tape *t, struct tensor *a, struct tensor *b, bool left,
             const struct linalg_method *m)
{
    struct tensor *y = a && b ? solution(t, a, b, left, m) : NULL;
    struct node *n =
        y ? tape_record(t,
                        m->kind == LINALG_LU ? "LinalgSolveExBackward0"
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
    struct linalg_method m = {.what = "torch.linalg.solve", .kind = LINALG_LU};
    bool left = attr_bool(call, "left");

    if (!linalg_square(t, "linalg.solve", a))
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
        call->out[0] = linalg_solve(t, a, b, left, &m);
    else if (!t->failed)
        (void)tape_fail(t, ERR_MALFORMED, "RuntimeError",
                        "linalg.solve: A and B do not go together");
}

void
run_solve_triangular(struct tape *t, struct op_call *call)
{
    struct tensor *a = call->in[0], *b = call->in[1];
    bool left = attr_bool(call, "left");
    struct linalg_method m = {.what = "linalg.solve_triangular",
                              .kind =
                                  attr_bool(call, "upper") ? LINALG_UPPER : LINALG_LOWER,
                              .unit = attr_bool(call, "unitriangular")};

    if (!linalg_square(t, m.what, a))
        return;
    if (b->dims < 2) {
        (void)tape_fail(t, ERR_MALFORMED, "RuntimeError",
                        "%s: The input tensor B must have at least 2 dimensions.",
                        m.what);
        return;
    }
    if (check_shapes(t, m.what, a, b, left))
        call->out[0] = linalg_solve(t, a, b, left, &m);
}

/* The identity in the shape of a stack. */
struct tensor *
linalg_identity(struct tape *t, const struct tensor *a)
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
    struct tensor *y = linalg_mt(t, node_saved(t, n, 0));

    if (grad[0])
        out[0] = op_neg(t, op_matmul(t, y, op_matmul(t, grad[0], y)));
}

void
run_inv(struct tape *t, struct op_call *call)
{
    struct tensor *a = call->in[0], *y;
    struct linalg_method m = {.what = "linalg.inv", .kind = LINALG_LU};
    struct node *n;

    if (!linalg_square(t, m.what, a))
        return;
    y = solution(t, a, linalg_identity(t, a), true, &m);
    n = y ? tape_record(t, "LinalgInvExBackward0", inv_backward, 1, a) : NULL;
    y = tape_output(t, n, y);
    node_save(t, n, y);
    call->out[0] = y;
}
