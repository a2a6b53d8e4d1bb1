/*
 * part.c: parts of a tensor as strided views, and the way back: a part placed in zeros.
 *
 * A part is described by sizes, strides and offset in a contiguous tensor of the whole
 * shape; pick() takes it out, place() puts it back, and each is the other's gradient.
 */
#include "ops/operators.h"

#include "tensor/elementwise.h"

#include <inttypes.h>
#include <string.h>

struct part {
    struct node_input whole;
    struct tensor view; /* geometry only */
};

static struct tensor *place(struct tape *t, struct tensor *g, struct part *part);

static void
pick_backward(struct tape *t, struct node *n, struct tensor *const *grad,
              struct tensor **out)
{
    if (grad[0])
        out[0] = place(t, grad[0], n->extra);
}

static struct tensor *
with_geometry(struct tape *t, const struct tensor *x, const struct part *part)
{
    struct tensor *y = tape_check(t, tensor_alias(&t->heap, x));

    if (!y)
        return NULL;
    y->dims = part->view.dims;
    memcpy(y->size, part->view.size, sizeof(y->size));
    memcpy(y->stride, part->view.stride, sizeof(y->stride));
    y->offset += part->view.offset;
    return y;
}

static void
place_backward(struct tape *t, struct node *n, struct tensor *const *grad,
               struct tensor **out)
{
    struct tensor *whole =
        grad[0] ? tape_check(t, tensor_contiguous(&t->heap, grad[0])) : NULL;
    struct tensor *y = whole ? with_geometry(t, whole, n->extra) : NULL;
    struct node *back =
        y ? tape_record(t, "AsStridedBackward0", pick_backward, 1, grad[0]) : NULL;

    if (back)
        back->extra = n->extra;
    out[0] = y ? tape_output(t, back, y) : NULL;
}

static struct tensor *
place(struct tape *t, struct tensor *g, struct part *part)
{
    struct tensor *y = tape_check(
        t, tensor_zeros(&t->heap, g->type, part->whole.dims, part->whole.size));
    struct tensor *view = y ? with_geometry(t, y, part) : NULL;
    struct node *n;

    if (!view)
        return NULL;
    tensor_copy_into(view, g);
    n = tape_record(t, "PlaceBackward0", place_backward, 1, g);
    if (n)
        n->extra = part;
    return tape_output(t, n, y);
}

/* Cut dimension dim of a header down to start, start + step, ... */
static void
slice_header(struct tensor *h, int dim, int64_t start, int64_t length, int64_t step)
{
    h->offset += start * h->stride[dim];
    h->size[dim] = length;
    h->stride[dim] *= step;
}

static void
drop_dim(struct tensor *h, int dim)
{
    h->dims--;
    for (int d = dim; d < h->dims; d++) {
        h->size[d] = h->size[d + 1];
        h->stride[d] = h->stride[d + 1];
    }
}

/* The part's geometry begins as that of a contiguous whole. */
static struct part *
whole_part(struct tape *t, const struct tensor *x)
{
    struct part *part = heap_alloc(&t->heap, sizeof(*part));
    int64_t step = 1;

    if (!part) {
        (void)tape_check(t, NULL);
        return NULL;
    }
    part->whole.dims = part->view.dims = x->dims;
    memcpy(part->whole.size, x->size, sizeof(x->size));
    memcpy(part->view.size, x->size, sizeof(x->size));
    for (int d = x->dims - 1; d >= 0; d--) {
        part->view.stride[d] = step;
        step *= x->size[d] > 1 ? x->size[d] : 1;
    }
    return part;
}

static struct tensor *
finish_part(struct tape *t, const char *name, struct tensor *x, struct tensor *y,
            struct part *part)
{
    struct node *n = tape_record(t, name, pick_backward, 1, x);

    if (n)
        n->extra = part;
    return tape_view(t, n, x, y);
}

struct tensor *
op_select(struct tape *t, struct tensor *x, int64_t dim, int64_t index)
{
    int at = x ? op_dim(t, dim, x->dims) : -1;
    struct part *part = at >= 0 ? whole_part(t, x) : NULL;
    struct tensor *y = part ? tape_check(t, tensor_alias(&t->heap, x)) : NULL;
    char text[SHAPE_TEXT];

    if (!y)
        return NULL;
    if (x->dims == 0)
        return tape_fail(t, ERR_BOUNDS, "IndexError",
                         "select() cannot be applied to a 0-dim tensor.");
    if (index < -x->size[at] || index >= x->size[at])
        return tape_fail(t, ERR_BOUNDS, "IndexError",
                         "select(): index %" PRId64
                         " out of range for tensor of size %s at dimension %d",
                         index, shape_text(x->dims, x->size, text), at);
    index += index < 0 ? x->size[at] : 0;
    slice_header(y, at, index, 1, 1);
    drop_dim(y, at);
    slice_header(&part->view, at, index, 1, 1);
    drop_dim(&part->view, at);
    return finish_part(t, "SelectBackward0", x, y, part);
}

struct tensor *
op_slice(struct tape *t, struct tensor *x, int64_t dim, int64_t start, int64_t length,
         int64_t step)
{
    int at = x ? op_dim(t, dim, x->dims) : -1;
    struct part *part = at >= 0 ? whole_part(t, x) : NULL;
    struct tensor *y = part ? tape_check(t, tensor_alias(&t->heap, x)) : NULL;

    if (!y)
        return NULL;
    if (x->dims == 0 || start < 0 || length < 0 || step < 1 || start > x->size[at] ||
        (length > 0 && (length - 1) > (x->size[at] - start - 1) / step))
        return tape_fail(t, ERR_BOUNDS, "RuntimeError",
                         "start (%" PRId64 ") + length (%" PRId64
                         ") exceeds dimension size (%" PRId64 ").",
                         start, length, x->dims > 0 ? x->size[at] : 0);
    slice_header(y, at, start, length, step);
    slice_header(&part->view, at, start, length, step);
    return finish_part(t, "SliceBackward0", x, y, part);
}

RUN(select, call->out[0] = op_select(t, call->in[0], attr_int(call, "dim"),
                                     attr_int(call, "index")))
RUN(narrow, call->out[0] = op_slice(t, call->in[0], attr_int(call, "dim"),
                                    attr_int(call, "start"), attr_int(call, "length"), 1))

/* Python's x[start:end:step]: ends are clamped, negative ones count from the back. */
void
run_slice(struct tape *t, struct op_call *call)
{
    struct tensor *x = call->in[0];
    int at = op_dim(t, attr_int(call, "dim"), x->dims);
    int64_t start = attr_int(call, "start"), end = attr_int(call, "end");
    int64_t step = attr_int(call, "step"), size, length;

    if (at < 0)
        return;
    if (step < 1 || x->dims == 0) {
        (void)tape_fail(t, ERR_MALFORMED, "ValueError", "step must be greater than zero");
        return;
    }
    size = x->size[at];
    start = start < 0 ? start + size : start;
    end = end < 0 ? end + size : end;
    start = start < 0 ? 0 : start > size ? size : start;
    end = end < start ? start : end > size ? size : end;
    length = (end - start + step - 1) / step;
    call->out[0] = op_slice(t, x, at, start, length, step);
}

struct tensor *
op_diagonal(struct tape *t, struct tensor *x, int64_t offset, int64_t dim1, int64_t dim2)
{
    int a = x ? op_dim(t, dim1, x->dims) : -1, b = x ? op_dim(t, dim2, x->dims) : -1;
    struct part *part = x ? whole_part(t, x) : NULL;
    struct tensor *y = x ? tape_check(t, tensor_alias(&t->heap, x)) : NULL;
    struct tensor *headers[2];
    int64_t down, right, length;

    if (a < 0 || b < 0 || !part || !y)
        return NULL;
    if (a == b || x->dims < 2)
        return tape_fail(t, ERR_MALFORMED, "RuntimeError",
                         "diagonal dimensions cannot be identical %d, %d", a, b);
    down = offset < 0 ? -offset : 0;
    right = offset > 0 ? offset : 0;
    length =
        x->size[a] - down < x->size[b] - right ? x->size[a] - down : x->size[b] - right;
    length = length < 0 ? 0 : length;
    headers[0] = y;
    headers[1] = &part->view;
    for (int i = 0; i < 2; i++) {
        struct tensor *h = headers[i];
        int64_t step = h->stride[a] + h->stride[b];

        if (length > 0)
            h->offset += down * h->stride[a] + right * h->stride[b];
        drop_dim(h, a > b ? a : b);
        drop_dim(h, a > b ? b : a);
        h->size[h->dims] = length;
        h->stride[h->dims++] = step;
    }
    return finish_part(t, "DiagonalBackward0", x, y, part);
}

RUN(diagonal, call->out[0] = op_diagonal(t, call->in[0], attr_int(call, "offset"),
                                         attr_int(call, "dim1"), attr_int(call, "dim2")))

/* Several views of one node.  Missing gradients count as zeros. */
static void
split_backward(struct tape *t, struct node *n, struct tensor *const *grad,
               struct tensor **out)
{
    struct tensor *parts[CALL_OUTPUTS_MAX];

    for (uint32_t i = 0; i < n->input_count; i++) {
        const struct node_input *in = &n->inputs[i];

        parts[i] =
            grad[i] ? grad[i]
                    : tape_check(t, tensor_zeros(&t->heap, in->type, in->dims, in->size));
    }
    out[0] = n->i[1] ? op_stack(t, parts, n->input_count, n->i[0])
                     : op_cat(t, parts, n->input_count, n->i[0]);
}

/* Count parts of step each along dim, the last one shorter; drop: without that dim. */
struct cut {
    int dim;
    int64_t step, count;
    bool drop;
};

static void
run_parts(struct tape *t, struct op_call *call, const char *name, struct cut cut)
{
    struct tensor *x = call->in[0];
    struct node *n = tape_record(t, name, split_backward, 1, x);
    int64_t size = x->size[cut.dim];

    if (cut.count > CALL_OUTPUTS_MAX || (size_t)cut.count != call->out_count) {
        (void)tape_fail(t, ERR_MALFORMED, "ValueError",
                        "%s gives %" PRId64 " tensors, %zu are named (at most %d)",
                        call->op->name, cut.count, call->out_count,
                        (int)CALL_OUTPUTS_MAX);
        return;
    }
    if (n) {
        n->i[0] = cut.dim;
        n->i[1] = cut.drop;
    }
    for (int64_t i = 0; i < cut.count; i++) {
        struct tensor *y = tape_check(t, tensor_alias(&t->heap, x));

        if (!y)
            return;
        slice_header(y, cut.dim, i * cut.step,
                     size - i * cut.step < cut.step ? size - i * cut.step : cut.step, 1);
        if (cut.drop)
            drop_dim(y, cut.dim);
        call->out[i] = tape_view(t, n, x, y);
        call->out[i]->multi_view = true;
    }
}

static int
part_dim(struct tape *t, struct op_call *call)
{
    int dim = op_dim(t, attr_int(call, "dim"), call->in[0]->dims);

    if (dim >= 0 && call->in[0]->dims == 0) {
        (void)tape_fail(t, ERR_MALFORMED, "RuntimeError",
                        "%s expects at least a 1-dimensional tensor", call->op->name);
        return -1;
    }
    return dim;
}

/* As at::chunk: an empty dimension gives all the parts, another one what it has. */
void
run_chunk2(struct tape *t, struct op_call *call)
{
    enum { CHUNKS = 2 };
    int dim = part_dim(t, call);
    int64_t size = dim >= 0 ? call->in[0]->size[dim] : 0;

    if (dim >= 0 && size == 0)
        run_parts(t, call, "SplitWithSizesBackward0",
                  (struct cut){dim, 0, CHUNKS, false});
    else if (dim >= 0)
        run_parts(t, call, "SplitBackward0",
                  (struct cut){dim, (size + CHUNKS - 1) / CHUNKS,
                               size < CHUNKS ? size : CHUNKS, false});
}

/* As at::split: an empty dimension is one part. */
void
run_split(struct tape *t, struct op_call *call)
{
    int dim = part_dim(t, call);
    int64_t step = attr_int(call, "size"), size = dim >= 0 ? call->in[0]->size[dim] : 0;

    if (dim < 0)
        return;
    if (step < 0)
        (void)tape_fail(t, ERR_MALFORMED, "RuntimeError",
                        "split expects split_size be non-negative, but got "
                        "split_size=%" PRId64,
                        step);
    else if (step == 0 && size > 0)
        (void)tape_fail(t, ERR_MALFORMED, "RuntimeError",
                        "split_size can only be 0 if dimension size is 0, but got "
                        "dimension size of %" PRId64,
                        size);
    else if (step == 0 || size == 0)
        run_parts(t, call, "SplitBackward0", (struct cut){dim, step, 1, false});
    else
        run_parts(t, call, "SplitBackward0",
                  (struct cut){dim, step, size / step + (size % step != 0), false});
}

void
run_unbind(struct tape *t, struct op_call *call)
{
    int dim = part_dim(t, call);

    if (dim >= 0)
        run_parts(t, call, "UnbindBackward0",
                  (struct cut){dim, 1, call->in[0]->size[dim], true});
}
