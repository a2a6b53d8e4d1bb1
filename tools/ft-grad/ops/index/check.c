/*
 * check.c: the refusals of gather, scatter, index_select, take and their kin.
 */
#include "ops/index/check.h"

#include "common/attr.h"

#include <inttypes.h>
#include <string.h>

void
index_wrap(struct tensor *index, int64_t size)
{
    int64_t n = tensor_count(index);

    for (int64_t i = 0; i < n; i++) {
        if (tensor_i64(index)[i] < 0)
            tensor_i64(index)[i] += size;
    }
}

/* The first index outside [0, size), or NULL. */
static const int64_t *
out_of_range(const struct tensor *index, int64_t size)
{
    int64_t n = tensor_count(index);

    for (int64_t i = 0; i < n; i++) {
        if (tensor_i64(index)[i] < 0 || tensor_i64(index)[i] >= size)
            return tensor_i64(index) + i;
    }
    return NULL;
}

bool
index_in_range(struct tape *t, const struct tensor *index, int dim, int64_t size)
{
    const int64_t *bad = out_of_range(index, size);

    return !bad || tape_fail(t, ERR_BOUNDS, "RuntimeError",
                             "index %" PRId64
                             " is out of bounds for dimension %d with size %" PRId64,
                             *bad, dim, size) != NULL;
}

static bool
refuse_take(struct tape *t, int64_t given, int64_t size)
{
    if (size == 0)
        return tape_fail(t, ERR_BOUNDS, "IndexError",
                         "take(): tried to take from an empty tensor") != NULL;
    return tape_fail(t, ERR_BOUNDS, "IndexError",
                     "out of range: tried to access index %" PRId64
                     " on a tensor of %" PRId64 " elements.",
                     given, size) != NULL;
}

static bool
refuse_index(struct tape *t, int64_t given, int64_t size)
{
    if (size == 0)
        return tape_fail(t, ERR_BOUNDS, "IndexError",
                         "index is out of bounds for dimension with size 0") != NULL;
    return tape_fail(t, ERR_BOUNDS, "IndexError",
                     "index %" PRId64
                     " is out of bounds for dimension 0 with size %" PRId64,
                     given, size) != NULL;
}

bool
index_names_rows(struct tape *t, const char *name, const struct tensor *index,
                 int64_t size)
{
    const int64_t *bad = out_of_range(index, size);
    int64_t given;

    if (!bad)
        return true;
    given = *bad < 0 ? *bad - size : *bad;
    if (strcmp(name, "TakeBackward0") == 0)
        return refuse_take(t, given, size);
    if (strcmp(name, "IndexBackward0") == 0)
        return refuse_index(t, given, size);
    return tape_fail(t, ERR_BOUNDS, "IndexError", "index out of range in self") != NULL;
}

static bool
refuse_shape(struct tape *t, const struct tensor *x, int dim, const struct tensor *index,
             const struct tensor *src, int at)
{
    char a[SHAPE_TEXT], b[SHAPE_TEXT], c[SHAPE_TEXT];

    (void)shape_text(index->dims, index->size, a);
    (void)shape_text(x->dims, x->size, b);
    if (!src)
        return tape_fail(t, ERR_MALFORMED, "RuntimeError",
                         "Size does not match at dimension %d expected index %s to be no "
                         "larger than self %s apart from dimension %d",
                         at, a, b, dim) != NULL;
    return tape_fail(
               t, ERR_MALFORMED, "RuntimeError",
               "Expected index %s to be no larger than self %s apart from dimension "
               "%d and to be no larger size than src %s",
               a, b, dim, shape_text(src->dims, src->size, c)) != NULL;
}

bool
index_fits(struct tape *t, const struct tensor *x, int dim, const struct tensor *index,
           const struct tensor *src)
{
    if (x->dims != index->dims || (src && src->dims != index->dims))
        return tape_fail(t, ERR_MALFORMED, "RuntimeError",
                         "Index tensor must have the same number of dimensions as %s "
                         "tensor",
                         !src                     ? "input"
                         : x->dims == index->dims ? "src"
                                                  : "self") != NULL;
    for (int d = 0; d < x->dims; d++) {
        if ((d != dim && index->size[d] > x->size[d]) ||
            (src && index->size[d] > src->size[d]))
            return refuse_shape(t, x, dim, index, src, d);
    }
    return index_in_range(t, index, dim, x->dims > 0 ? x->size[dim] : 1);
}
