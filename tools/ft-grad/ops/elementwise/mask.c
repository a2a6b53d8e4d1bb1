/*
 * mask.c: truth values, selection by them, and constants.
 */
#include "ops/operators.h"

#include "tensor/elementwise.h"

struct tensor *
mask_compare(struct tape *t, int compare_kernel, struct tensor *a, struct tensor *b)
{
    if (!a || !b || !operands_meet(t, (struct tensor *[]){a, b}, 2))
        return NULL;
    return tape_check(
        t, elementwise_compare(&t->heap, (enum compare_kernel)compare_kernel, a, b));
}

struct tensor *
mask_compare_scalar(struct tape *t, int compare_kernel, struct tensor *a, double value)
{
    if (!a)
        return NULL;
    return mask_compare(t, compare_kernel, a,
                        tape_check(t, tensor_scalar(&t->heap, a->type, value)));
}

struct tensor *
mask_not(struct tape *t, struct tensor *mask)
{
    return mask_compare_scalar(t, COMPARE_eq, mask, 0);
}

struct tensor *
mask_and(struct tape *t, struct tensor *a, struct tensor *b)
{
    return mask_compare(t, COMPARE_and, a, b);
}

struct tensor *
mask_or(struct tape *t, struct tensor *a, struct tensor *b)
{
    return mask_compare(t, COMPARE_or, a, b);
}

struct tensor *
op_zeros_like(struct tape *t, struct tensor *x)
{
    return x ? tape_check(t, tensor_zeros(&t->heap, x->type, x->dims, x->size)) : NULL;
}

struct tensor *
op_full_like(struct tape *t, struct tensor *x, double value)
{
    return x ? tape_check(t, tensor_full(&t->heap, x->type, x->dims, x->size, value))
             : NULL;
}

/* mask ? a : b, not recorded. */
static struct tensor *
choose(struct tape *t, struct tensor *mask, struct tensor *a, struct tensor *b)
{
    if (!operands_meet(t, (struct tensor *[]){mask, a, b}, 3) || !operands_agree(t, a, b))
        return NULL;
    return tape_check(t, elementwise_where(&t->heap, mask, a, b));
}

static void
where_backward(struct tape *t, struct node *n, struct tensor *const *grad,
               struct tensor **out)
{
    struct tensor *mask = node_saved(t, n, 0), *zero;

    if (!grad[0] || !mask)
        return;
    zero = tensor_scalar(&t->heap, grad[0]->type, 0);
    if (node_wants(n, 0))
        out[0] = op_where(t, mask, grad[0], zero);
    if (node_wants(n, 1))
        out[1] = op_where(t, mask, zero, grad[0]);
}

struct tensor *
op_where(struct tape *t, struct tensor *mask, struct tensor *a, struct tensor *b)
{
    struct tensor *y;
    struct node *n;

    if (!mask || !a || !b)
        return NULL;
    y = choose(t, mask, a, b);
    n = y ? tape_record(t, "WhereBackward0", where_backward, 2, a, b) : NULL;
    node_save(t, n, mask);
    return tape_output(t, n, y);
}

static void
masked_fill_backward(struct tape *t, struct node *n, struct tensor *const *grad,
                     struct tensor **out)
{
    out[0] = op_masked_fill(t, grad[0], node_saved(t, n, 0), 0);
}

struct tensor *
op_fill_as(struct tape *t, const char *name, struct tensor *x, struct tensor *mask,
           double value)
{
    struct tensor *filler, *y;
    struct node *n;

    if (!x || !mask)
        return NULL;
    filler = tape_check(t, tensor_scalar(&t->heap, x->type, value));
    y = filler ? choose(t, mask, filler, x) : NULL;
    n = y ? tape_record(t, name, masked_fill_backward, 1, x) : NULL;
    node_save(t, n, mask);
    return tape_output(t, n, y);
}

struct tensor *
op_masked_fill(struct tape *t, struct tensor *x, struct tensor *mask, double value)
{
    return op_fill_as(t, "MaskedFillBackward0", x, mask, value);
}

static void
cast_backward(struct tape *t, struct node *n, struct tensor *const *grad,
              struct tensor **out)
{
    out[0] = op_cast(t, grad[0], (enum tensor_type)n->i[0]);
}

struct tensor *
op_cast(struct tape *t, struct tensor *x, enum tensor_type type)
{
    struct tensor *y;
    struct node *n;

    if (!x || x->type == type)
        return x;
    y = tape_check(t, tensor_cast(&t->heap, x, type));
    n = y ? tape_record(t, "ToCopyBackward0", cast_backward, 1, x) : NULL;
    if (n)
        n->i[0] = x->type;
    return tape_output(t, n, y);
}

static struct tensor *
positive(struct tape *t, struct tensor *x)
{
    return mask_compare_scalar(t, COMPARE_gt, x, 0);
}

RUN(masked_fill_gt0,
    call->out[0] = op_masked_fill(t, call->in[0], positive(t, call->in[0]),
                                  attr_real(call, "value")))
RUN(where_gt0,
    call->out[0] = op_where(t, positive(t, call->in[0]), call->in[1], call->in[2]))
RUN(masked_fill, call->out[0] = op_masked_fill(t, call->in[0],
                                               attr_tensor(t, call, "mask", TENSOR_BOOL),
                                               attr_real(call, "value")))
RUN(where, call->out[0] = op_where(t, attr_tensor(t, call, "mask", TENSOR_BOOL),
                                   call->in[0], call->in[1]))
