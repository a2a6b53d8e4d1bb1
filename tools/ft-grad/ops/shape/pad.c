/*
 * pad.c: more elements around a tensor: a constant, or its own ones mirrored, repeated
 * or wrapped around.
 */
#include "ops/operators.h"

#include "tensor/elementwise.h"

#include <inttypes.h>
#include <string.h>

enum { PAIRS_MAX = TENSOR_DIMS_MAX };

/* Pairs of (before, after), last dimension first. */
struct padding {
    size_t count; /* of numbers */
    int64_t length[2 * PAIRS_MAX];
};

static void
constant_backward(struct tape *t, struct node *n, struct tensor *const *grad,
                  struct tensor **out)
{
    const struct padding *p = n->extra;
    int64_t back[2 * PAIRS_MAX];

    for (size_t k = 0; k < p->count; k++)
        back[k] = -p->length[k];
    if (grad[0])
        out[0] = op_pad(t, grad[0], p->count, back, 0);
}

static struct padding *
keep(struct tape *t, size_t count, const int64_t *pad)
{
    struct padding *p = heap_alloc(&t->heap, sizeof(*p));

    if (p) {
        p->count = count;
        memcpy(p->length, pad, count * sizeof(*pad));
    }
    return p;
}

/* The padded shape; false after a failure. */
static bool
padded_shape(struct tape *t, const struct tensor *x, size_t count, const int64_t *pad,
             int64_t size[TENSOR_DIMS_MAX])
{
    bool grows = false;

    memcpy(size, x->size, TENSOR_DIMS_MAX * sizeof(*size));
    for (size_t k = 0; k < count; k++)
        grows = grows || pad[k] > 0;
    if (count % 2 != 0)
        return tape_fail(t, ERR_MALFORMED, "RuntimeError",
                         "Padding length must be divisible by 2") != NULL;
    if (count / 2 > (size_t)x->dims)
        return tape_fail(t, ERR_MALFORMED, "RuntimeError",
                         "Padding length should be less than or equal to two times the "
                         "input dimension but got padding length %zu and input of "
                         "dimension %d",
                         count, x->dims) != NULL;
    for (size_t k = 0; k < count; k++) {
        int64_t *length = &size[x->dims - 1 - (int)(k / 2)];

        if (__builtin_add_overflow(*length, pad[k], length) || *length > INT64_C(1) << 40)
            return tape_fail(t, ERR_LIMIT, "RuntimeError", "pad: too long") != NULL;
        if (k % 2 != 0 && *length < 0)
            return tape_fail(t, ERR_MALFORMED, "RuntimeError",
                             "narrow(): length must be non-negative.") != NULL;
    }
    /* An empty dimension is refused where others grow; the first one is named. */
    for (size_t k = count / 2; grows && k-- > 0;) {
        int d = x->dims - 1 - (int)k;
        int64_t low = pad[2 * k], high = pad[2 * k + 1];

        if (size[d] == 0 && low + high < 0)
            return tape_fail(t, ERR_MALFORMED, "RuntimeError",
                             "The input size %" PRId64 ", plus negative padding %" PRId64
                             " and %" PRId64 " resulted in a negative output size, which "
                             "is invalid. Check dimension %d of your input.",
                             x->size[d], low, high, d) != NULL;
    }
    return true;
}

struct tensor *
op_pad(struct tape *t, struct tensor *x, size_t count, const int64_t *pad, double value)
{
    int64_t size[TENSOR_DIMS_MAX];
    struct tensor *y, from, to;
    struct node *n;

    if (!x || !padded_shape(t, x, count, pad, size))
        return NULL;
    y = tape_check(t, tensor_full(&t->heap, x->type, x->dims, size, value));
    if (!y)
        return NULL;
    from = *x;
    to = *y;
    for (size_t k = 0; k < count / 2; k++) {
        int d = x->dims - 1 - (int)k;
        int64_t low = pad[2 * k], high = pad[2 * k + 1];

        from.offset += low < 0 ? -low * from.stride[d] : 0;
        to.offset += low > 0 ? low * to.stride[d] : 0;
        from.size[d] += (low < 0 ? low : 0) + (high < 0 ? high : 0);
        from.size[d] = from.size[d] < 0 ? 0 : from.size[d];
        to.size[d] = from.size[d];
    }
    if (tensor_count(&from) > 0)
        tensor_copy_into(&to, &from);
    n = tape_record(t, "ConstantPadNdBackward0", constant_backward, 1, x);
    if (n)
        n->extra = keep(t, count, pad);
    return n && !n->extra ? tape_check(t, NULL) : tape_output(t, n, y);
}

/* Where element i of a padded dimension comes from. */
static int64_t
source(enum pad_mode mode, int64_t i, int64_t size)
{
    if (mode == PAD_CIRCULAR)
        return ((i % size) + size) % size;
    if (mode == PAD_REPLICATE)
        return i < 0 ? 0 : i >= size ? size - 1 : i;
    i = i < 0 ? -i : i;
    return i >= size ? 2 * (size - 1) - i : i;
}

static struct tensor *
sources(struct tape *t, enum pad_mode mode, int64_t size, int64_t low, int64_t high)
{
    int64_t count = size + low + high;
    struct tensor *index = tape_check(t, tensor_new(&t->heap, TENSOR_I64, 1, &count));

    for (int64_t i = 0; index && i < count; i++)
        tensor_i64(index)[i] = source(mode, i - low, size);
    return index;
}

static void
copied_backward(struct tape *t, struct node *n, struct tensor *const *grad,
                struct tensor **out)
{
    const struct padding *p = n->extra;
    struct tensor *g = grad[0];

    for (size_t k = p->count / 2; g && k-- > 0;) {
        int64_t low = p->length[2 * k], high = p->length[2 * k + 1];
        int64_t size[TENSOR_DIMS_MAX];
        int d = g->dims - 1 - (int)k;
        struct tensor *index;

        memcpy(size, g->size, sizeof(size));
        size[d] -= low + high;
        index = sources(t, (enum pad_mode)n->i[0], size[d], low, high);
        g = op_index_add(t, tape_check(t, tensor_zeros(&t->heap, g->type, g->dims, size)),
                         d, index, g);
    }
    out[0] = g;
}

static bool
check_lengths(struct tape *t, const struct tensor *x, size_t count, const int64_t *pad,
              enum pad_mode mode)
{
    int64_t size[TENSOR_DIMS_MAX];
    char text[SHAPE_TEXT];

    if (!padded_shape(t, x, count, pad, size))
        return false;
    for (size_t k = 0; 2 * k < count; k++) {
        int64_t low = pad[2 * k], high = pad[2 * k + 1];
        int d = x->dims - 1 - (int)k;
        int64_t most = mode == PAD_REFLECT ? x->size[d] - 1 : x->size[d];

        if (low < 0 || high < 0)
            return tape_fail(t, ERR_UNSUPPORTED, "RuntimeError",
                             "pad: only mode constant takes negative lengths") != NULL;
        if (x->size[d] == 0 && low + high > 0)
            return tape_fail(t, ERR_MALFORMED, "RuntimeError",
                             "pad: nothing to copy in dimension %d", d) != NULL;
        if (mode == PAD_REPLICATE || (low <= most && high <= most))
            continue;
        if (mode == PAD_CIRCULAR)
            return tape_fail(t, ERR_MALFORMED, "RuntimeError",
                             "Padding value causes wrapping around more than once.") !=
                   NULL;
        return tape_fail(t, ERR_MALFORMED, "RuntimeError",
                         "Argument #%zu: Padding size should be less than the "
                         "corresponding input dimension, but got: padding (%" PRId64
                         ", %" PRId64 ") at dimension %d of input %s",
                         2 * k + 4, low, high, d,
                         shape_text(x->dims, x->size, text)) != NULL;
    }
    return true;
}

struct tensor *
op_pad_copied(struct tape *t, struct tensor *x, size_t count, const int64_t *pad,
              enum pad_mode mode)
{
    static const char *const names[][3] = {
        {"ReflectionPad1DBackward0", "ReflectionPad2DBackward0",
         "ReflectionPad3DBackward0"},
        {"ReplicationPad1DBackward0", "ReplicationPad2DBackward0",
         "ReplicationPad3DBackward0"},
        {"torch::autograd::CopySlices", "torch::autograd::CopySlices",
         "torch::autograd::CopySlices"},
    };
    size_t which = count < 2 ? 0 : count > 6 ? 2 : count / 2 - 1;
    bool recording = t->recording;
    struct tensor *y = x;
    struct node *n;

    if (!x || !check_lengths(t, x, count, pad, mode))
        return NULL;
    t->recording = false;
    for (size_t k = 0; 2 * k < count; k++) {
        int d = x->dims - 1 - (int)k;

        y = op_index_select(t, y, d,
                            sources(t, mode, x->size[d], pad[2 * k], pad[2 * k + 1]));
    }
    t->recording = recording;
    n = y ? tape_record(t, names[mode][which], copied_backward, 1, x) : NULL;
    if (n) {
        n->extra = keep(t, count, pad);
        n->i[0] = mode;
    }
    return n && !n->extra ? tape_check(t, NULL) : tape_output(t, n, y);
}

void
run_pad(struct tape *t, struct op_call *call)
{
    static const char *const modes[] = {"reflect", "replicate", "circular"};
    const struct op_attr *pad = attr_list(call, "pad");
    const char *mode = attr_text(call, "mode");
    struct tensor *x = call->in[0];

    if (pad->count > 2 * PAIRS_MAX || strcmp(mode, "constant") == 0) {
        call->out[0] = op_pad(t, x, pad->count, pad->ints, attr_real(call, "value"));
        return;
    }
    for (int m = 0; m < 3; m++) {
        if (strcmp(mode, modes[m]) != 0)
            continue;
        if (pad->count % 2 != 0 || pad->count > 6 || pad->count / 2 > (size_t)x->dims ||
            (x->dims - (int)pad->count / 2 != 1 && x->dims - (int)pad->count / 2 != 2)) {
            int64_t size[TENSOR_DIMS_MAX];

            if (padded_shape(t, x, pad->count, pad->ints, size))
                (void)tape_fail(t, ERR_MALFORMED, "NotImplementedError",
                                "Only 2D, 3D, 4D, 5D padding with non-constant padding "
                                "are supported for now");
            return;
        }
        call->out[0] = op_pad_copied(t, x, pad->count, pad->ints, (enum pad_mode)m);
        return;
    }
    (void)tape_fail(t, ERR_UNSUPPORTED, "NotImplementedError",
                    "Unrecognised padding mode %s", mode);
}
