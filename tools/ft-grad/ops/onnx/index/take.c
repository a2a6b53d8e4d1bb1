/*
 * take.c: elements chosen by number, and the way back, each the other's derivative.
 *
 * Gather, pooling, padding, resampling and the like compute an index once and leave
 * the moving and its derivative to these two.
 */
#include "ops/onnx/kernel.h"

#include <inttypes.h>
#include <string.h>

static void
move(void *out, const void *in, size_t width, const int64_t *index, int64_t n,
     const void *fill)
{
    char *to = out;
    const char *from = in;

    if (width == 4) {
        for (int64_t i = 0; i < n; i++)
            memcpy(to + 4 * i, index[i] < 0 ? fill : from + 4 * index[i], 4);
        return;
    }
    for (int64_t i = 0; i < n; i++)
        memcpy(to + (size_t)i * width,
               index[i] < 0 ? fill : from + (size_t)index[i] * width, width);
}

/* Every index below the count of what it points into. */
static bool
check(struct tape *t, const struct tensor *index, int64_t count)
{
    const int64_t *at = tensor_i64(index);
    int64_t n = tensor_count(index), top = -1;

    for (int64_t i = 0; i < n; i++)
        top = at[i] > top ? at[i] : top;
    if (top < count)
        return true;
    (void)tape_fail(t, ERR_BOUNDS, "IndexError",
                    "element %" PRId64 " of a tensor of %" PRId64, top, count);
    return false;
}

static struct node_input *
shape_of(struct tape *t, const struct tensor *x)
{
    struct node_input *shape = heap_alloc(&t->heap, sizeof(*shape));

    if (!shape)
        return NULL;
    shape->dims = x->dims;
    memcpy(shape->size, x->size, sizeof(x->size));
    return shape;
}

static void
take_backward(struct tape *t, struct node *n, struct tensor *const *grad,
              struct tensor **out)
{
    const struct node_input *shape = n->extra;

    if (grad[0])
        out[0] = onnx_put(t, grad[0], node_saved(t, n, 0), shape->dims, shape->size);
}

struct tensor *
onnx_take(struct tape *t, struct tensor *x, struct tensor *index, struct tensor *fill)
{
    static const char zero[8];
    struct tensor *from, *y;
    struct node *n;

    if (!x || !index || !check(t, index, tensor_count(x)))
        return NULL;
    if (fill && tape_tracks(fill))
        return tape_fail(t, ERR_UNSUPPORTED, "unsupported_backward",
                         "no derivative by the value that fills");
    from = tape_check(t, tensor_contiguous(&t->heap, x));
    y = tape_check(t, tensor_new(&t->heap, x->type, index->dims, index->size));
    if (!from || !y)
        return NULL;
    move(tensor_data(y), tensor_data(from), tensor_type_size(x->type), tensor_i64(index),
         tensor_count(y), fill ? tensor_data(fill) : zero);
    n = tape_record(t, "OnnxTakeBackward0", take_backward, 1, x);
    if (n)
        n->extra = shape_of(t, x);
    node_save(t, n, index);
    return tape_output(t, n, y);
}

static void
put_backward(struct tape *t, struct node *n, struct tensor *const *grad,
             struct tensor **out)
{
    if (grad[0])
        out[0] = onnx_take(t, grad[0], node_saved(t, n, 0), NULL);
}

static void
add_at(struct tensor *y, const struct tensor *x, const int64_t *index)
{
    int64_t n = tensor_count(x);

    if (y->type == TENSOR_F32) {
        for (int64_t i = 0; i < n; i++) {
            if (index[i] >= 0)
                tensor_f32(y)[index[i]] += tensor_f32(x)[i];
        }
        return;
    }
    for (int64_t i = 0; i < n; i++) {
        if (index[i] >= 0)
            tensor_set(y, index[i], tensor_get(y, index[i]) + tensor_get(x, i));
    }
}

struct tensor *
onnx_put(struct tape *t, struct tensor *x, struct tensor *index, int dims,
         const int64_t *size)
{
    struct tensor *from = x ? tape_check(t, tensor_contiguous(&t->heap, x)) : NULL;
    struct tensor *y =
        tape_check(t, x ? tensor_zeros(&t->heap, x->type, dims, size) : NULL);
    struct node *n;

    if (!from || !y || !index || !check(t, index, tensor_count(y)))
        return NULL;
    add_at(y, from, tensor_i64(index));
    n = tape_record(t, "OnnxPutBackward0", put_backward, 1, x);
    node_save(t, n, index);
    return tape_output(t, n, y);
}
