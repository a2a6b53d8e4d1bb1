/* slice.c: see slice.h. */
#include "tensors/slice.h"

#include "common/num.h"
#include "fault.h"
#include "tensors/stream.h"

#include <inttypes.h>
#include <string.h>

struct parser {
    const char *p;
    struct error *err;
};

static bool
bad(struct parser *s, const char *what)
{
    return fault(s->err, ERR_USAGE, "slice", "slice: %s", what);
}

static void
skip_space(struct parser *s)
{
    while (*s->p == ' ')
        s->p++;
}

/* An optional integer; negative counts from the end of `size`. */
static bool
take_index(struct parser *s, int64_t size, int64_t missing, int64_t *out)
{
    size_t n = 0;

    skip_space(s);
    if (s->p[0] == '-')
        n = 1;
    while (s->p[n] >= '0' && s->p[n] <= '9')
        n++;
    *out = missing;
    if (n == 0)
        return true;
    if (!num_parse_i64(s->p, n, out))
        return bad(s, "not an integer");
    s->p += n;
    skip_space(s);
    if (*out < 0)
        *out += size;
    return true;
}

static int64_t
clamp(int64_t x, int64_t size)
{
    return x < 0 ? 0 : x > size ? size : x;
}

/* One dimension: an index drops it, a range keeps it. */
static bool
take_dimension(struct parser *s, const struct tensor *from, uint32_t k, struct tensor *to,
               uint64_t *shape, uint64_t *stride)
{
    int64_t size = (int64_t)from->shape[k], a, b = size, step = 1;
    uint64_t unit = from->stride[k];

    if (!take_index(s, size, INT64_MIN, &a))
        return false;
    if (*s->p != ':') {
        if (a < 0 || a >= size)
            return bad(s, "an index is missing or out of range");
        to->offset += (uint64_t)a * unit;
        return true;
    }
    s->p++;
    if (!take_index(s, size, size, &b))
        return false;
    if (*s->p == ':') {
        s->p++;
        if (!take_index(s, 0, 1, &step) || step < 1)
            return bad(s, "a step must be positive");
    }
    a = a == INT64_MIN ? 0 : clamp(a, size);
    b = clamp(b, size);
    shape[to->rank] = a < b ? (uint64_t)((b - a + step - 1) / step) : 0;
    if (__builtin_mul_overflow(unit, (uint64_t)step, &stride[to->rank]))
        stride[to->rank] = 0; /* a step beyond the end: one element at most */
    to->offset += shape[to->rank] > 0 ? (uint64_t)a * unit : 0;
    to->rank++;
    return true;
}

/* "..." stands for the dimensions that the indices behind it leave over. */
static bool
take_ellipsis(struct parser *s, const struct tensor *from, uint32_t *k, struct tensor *to,
              uint64_t *shape, uint64_t *stride)
{
    uint32_t behind = 0;

    s->p += 3;
    skip_space(s);
    for (const char *p = s->p; *p; p++)
        behind += *p == ',';
    if (behind > from->rank - *k)
        return bad(s, "more indices than dimensions, or text behind ']'");
    for (; *k < from->rank - behind; (*k)++, to->rank++) {
        shape[to->rank] = from->shape[*k];
        stride[to->rank] = from->stride[*k];
    }
    (*k)--; /* the last one it covered */
    return true;
}

static bool
cut(struct parser *s, const struct tensor *from, struct tensor *to, uint64_t *shape,
    uint64_t *stride)
{
    uint32_t k = 0;

    for (; k < from->rank; k++) {
        skip_space(s);
        if (!(strncmp(s->p, "...", 3) == 0
                  ? take_ellipsis(s, from, &k, to, shape, stride)
                  : take_dimension(s, from, k, to, shape, stride)))
            return false;
        if (*s->p == ']')
            break;
        if (*s->p++ != ',')
            return bad(s, "expected ',' or ']'");
    }
    if (k == from->rank || s->p[0] != ']' || s->p[1] != '\0')
        return bad(s, "more indices than dimensions, or text behind ']'");
    for (k++; k < from->rank; k++, to->rank++) {
        shape[to->rank] = from->shape[k];
        stride[to->rank] = from->stride[k];
    }
    return true;
}

static const struct tensor *
find(const struct checkpoint *c, const char *name, size_t n)
{
    for (size_t i = 0; i < c->tensor_count; i++)
        if (c->tensors[i].name_size == n && memcmp(c->tensors[i].name, name, n) == 0)
            return &c->tensors[i];
    return NULL;
}

/* Strides written out, so that slices can be made of them. */
static void
fill_strides(struct checkpoint *c, struct tensor *t)
{
    uint64_t *stride = arena_alloc(&c->arena, (t->rank + 1) * sizeof *stride), step = 1;

    for (uint32_t k = 0; k < t->rank; k++) {
        uint32_t i = t->fortran ? k : t->rank - 1 - k;

        stride[i] = step;
        step *= t->shape[i];
    }
    t->stride = stride;
    t->fortran = false;
}

bool
slice_find(struct checkpoint *c, const char *text, struct tensor *out, struct error *err)
{
    const struct tensor *t = find(c, text, strlen(text));
    const char *bracket = strrchr(text, '[');
    struct parser s = {NULL, err};
    struct tensor whole;
    uint64_t *shape, *stride;

    if (!t && bracket)
        t = find(c, text, (size_t)(bracket - text));
    else
        bracket = NULL;
    if (!t)
        return fault(err, ERR_USAGE, "slice", "no tensor '%.200s' (ft-ckpt ls)", text);
    if (stream_is_empty(t))
        return fault(err, ERR_UNSUPPORTED, "slice", "'%.200s' has no data of its own",
                     text);
    whole = *t;
    if (!whole.stride && whole.element_size > 0)
        fill_strides(c, &whole);
    *out = whole;
    if (!bracket)
        return true;
    if (whole.element_size == 0)
        return fault(err, ERR_UNSUPPORTED, "slice", "a type below one octet");
    shape = arena_alloc(&c->arena, (whole.rank + 1) * sizeof *shape);
    stride = arena_alloc(&c->arena, (whole.rank + 1) * sizeof *stride);
    out->rank = 0;
    out->shape = shape;
    out->stride = stride;
    s.p = bracket + 1;
    return cut(&s, &whole, out, shape, stride) && tensor_measure(out, err);
}
