/*
 * elementwise.c: broadcasting by stride 0, dimensions merged where they can be, and
 * one inner loop per kernel and type, generated from kernels.def.
 */
#define _XOPEN_SOURCE 700
#include "tensor/elementwise.h"

#include "tensor/contiguous.h"
#include "tensor/formulas.h"
#include "tensor/special.h"

#include <math.h>
#include <string.h>

typedef elementwise_loop inner_loop;

#define UNARY_LOOP(name, type, expression)                                               \
    static void name##_##type(void *out, const void *const *in, const int64_t *step,     \
                              int64_t n, const double *p)                                \
    {                                                                                    \
        typedef type T;                                                                  \
        T *to = out;                                                                     \
        const T *a = in[0];                                                              \
                                                                                         \
        (void)p;                                                                         \
        for (int64_t i = 0; i < n; i++) {                                                \
            double x = (double)a[i * step[0]];                                           \
                                                                                         \
            to[i] = (type)(expression);                                                  \
        }                                                                                \
    }
#define BINARY_LOOP(name, type, result, expression)                                      \
    static void name##_##type(void *out, const void *const *in, const int64_t *step,     \
                              int64_t n, const double *p)                                \
    {                                                                                    \
        result *to = out;                                                                \
        typedef type T;                                                                  \
        const T *a = in[0], *b = in[1];                                                  \
                                                                                         \
        (void)p;                                                                         \
        for (int64_t i = 0; i < n; i++) {                                                \
            double x = (double)a[i * step[0]], y = (double)b[i * step[1]];               \
                                                                                         \
            (void)y;                                                                     \
            to[i] = (result)(expression);                                                \
        }                                                                                \
    }

#define UNARY(name, expression)                                                          \
    UNARY_LOOP(unary_##name, float, expression)                                          \
    UNARY_LOOP(unary_##name, double, expression)
#define BINARY(name, expression)                                                         \
    BINARY_LOOP(binary_##name, float, float, expression)                                 \
    BINARY_LOOP(binary_##name, double, double, expression)
#define COMPARE(name, expression)                                                        \
    BINARY_LOOP(compare_##name, float, uint8_t, expression)                              \
    BINARY_LOOP(compare_##name, double, uint8_t, expression)                             \
    BINARY_LOOP(compare_##name, int64_t, uint8_t, expression)                            \
    BINARY_LOOP(compare_##name, uint8_t, uint8_t, expression)
#include "tensor/kernels.def"
#undef UNARY
#undef BINARY
#undef COMPARE

/* By kernel and type; NULL where a type has none. */
static inner_loop *const unary_loops[][TENSOR_TYPES] = {
#define UNARY(name, expression) {unary_##name##_float, unary_##name##_double},
#define BINARY(name, expression)
#define COMPARE(name, expression)
#include "tensor/kernels.def"
#undef UNARY
#undef BINARY
#undef COMPARE
};

static inner_loop *const binary_loops[][TENSOR_TYPES] = {
#define UNARY(name, expression)
#define BINARY(name, expression) {binary_##name##_float, binary_##name##_double},
#define COMPARE(name, expression)
#include "tensor/kernels.def"
#undef UNARY
#undef BINARY
#undef COMPARE
};

static inner_loop *const compare_loops[][TENSOR_TYPES] = {
#define UNARY(name, expression)
#define BINARY(name, expression)
#define COMPARE(name, expression)                                                        \
    {compare_##name##_float, compare_##name##_double, compare_##name##_int64_t,          \
     compare_##name##_uint8_t},
#include "tensor/kernels.def"
#undef UNARY
#undef BINARY
#undef COMPARE
};

static void
where_float(void *out, const void *const *in, const int64_t *step, int64_t n,
            const double *p)
{
    const uint8_t *mask = in[0];
    const float *a = in[1], *b = in[2];
    float *to = out;

    (void)p;
    for (int64_t i = 0; i < n; i++)
        to[i] = mask[i * step[0]] ? a[i * step[1]] : b[i * step[2]];
}

static void
where_double(void *out, const void *const *in, const int64_t *step, int64_t n,
             const double *p)
{
    const uint8_t *mask = in[0];
    const double *a = in[1], *b = in[2];
    double *to = out;

    (void)p;
    for (int64_t i = 0; i < n; i++)
        to[i] = mask[i * step[0]] ? a[i * step[1]] : b[i * step[2]];
}

static void
minus_product_float(void *out, const void *const *in, const int64_t *step, int64_t n,
                    const double *p)
{
    const float *x = in[0], *y = in[1], *z = in[2];
    float *to = out;

    (void)p;
    for (int64_t i = 0; i < n; i++)
        to[i] = fmaf(-y[i * step[1]], z[i * step[2]], x[i * step[0]]);
}

static void
minus_product_double(void *out, const void *const *in, const int64_t *step, int64_t n,
                     const double *p)
{
    const double *x = in[0], *y = in[1], *z = in[2];
    double *to = out;

    (void)p;
    for (int64_t i = 0; i < n; i++)
        to[i] = fma(-y[i * step[1]], z[i * step[2]], x[i * step[0]]);
}

enum { OPERANDS_MAX = 3 };

/* All operands of one call, their dimensions merged. */
struct sweep {
    int operands;
    int dims;
    int64_t size[TENSOR_DIMS_MAX];
    int64_t stride[OPERANDS_MAX][TENSOR_DIMS_MAX];
    const char *data[OPERANDS_MAX];
    size_t width[OPERANDS_MAX]; /* octets an element */
};

/* Is dimension d + 1 of every operand the continuation of dimension d? */
static bool
can_merge(const struct sweep *s, int d)
{
    for (int k = 0; k < s->operands; k++) {
        if (s->stride[k][d] != s->stride[k][d + 1] * s->size[d + 1])
            return false;
    }
    return true;
}

static void
merge_dims(struct sweep *s)
{
    for (int d = s->dims - 2; d >= 0; d--) {
        if (!can_merge(s, d) && s->size[d] != 1 && s->size[d + 1] != 1)
            continue;
        if (!can_merge(s, d) && s->size[d + 1] == 1) {
            for (int k = 0; k < s->operands; k++)
                s->stride[k][d + 1] = s->stride[k][d];
        }
        s->size[d + 1] *= s->size[d];
        s->dims--;
        for (int e = d; e < s->dims; e++) {
            s->size[e] = s->size[e + 1];
            for (int k = 0; k < s->operands; k++)
                s->stride[k][e] = s->stride[k][e + 1];
        }
    }
}

static void
sweep_init(struct sweep *s, struct tensor *const *in, int operands,
           const struct tensor *out)
{
    s->operands = operands;
    s->dims = out->dims;
    memcpy(s->size, out->size, sizeof(s->size));
    for (int k = 0; k < operands; k++) {
        int shift = out->dims - in[k]->dims;

        s->width[k] = tensor_type_size(in[k]->type);
        s->data[k] = tensor_data(in[k]);
        for (int d = 0; d < out->dims; d++) {
            bool stretched =
                d < shift || (in[k]->size[d - shift] == 1 && out->size[d] != 1);

            s->stride[k][d] = stretched ? 0 : in[k]->stride[d - shift];
        }
    }
    if (s->dims == 0) {
        s->dims = 1;
        s->size[0] = 1;
        for (int k = 0; k < operands; k++)
            s->stride[k][0] = 1;
    }
    merge_dims(s);
}

/* `contiguous` (or NULL) takes over where no operand has gaps. */
static void
sweep_run(const struct sweep *s, struct tensor *out, inner_loop *loop,
          inner_loop *contiguous, const double *params)
{
    static const double none[4] = {0};
    int last = s->dims - 1;
    int64_t count = tensor_count(out), index[TENSOR_DIMS_MAX] = {0};
    int64_t step[OPERANDS_MAX];
    const void *in[OPERANDS_MAX];
    const char *at[OPERANDS_MAX];
    char *to = tensor_data(out);
    size_t width = tensor_type_size(out->type);
    bool gaps = !contiguous;

    for (int k = 0; k < s->operands; k++) {
        at[k] = s->data[k];
        step[k] = s->stride[k][last];
        gaps = gaps || step[k] != 1;
    }
    if (!gaps)
        loop = contiguous;
    for (int64_t done = 0; done < count; done += s->size[last]) {
        for (int k = 0; k < s->operands; k++)
            in[k] = at[k];
        loop(to + (size_t)done * width, in, step, s->size[last], params ? params : none);
        for (int d = last - 1; d >= 0; d--) {
            bool carry = ++index[d] == s->size[d];

            for (int k = 0; k < s->operands; k++) {
                int64_t move =
                    s->stride[k][d] - (carry ? s->stride[k][d] * s->size[d] : 0);

                at[k] += move * (int64_t)s->width[k];
            }
            if (!carry)
                break;
            index[d] = 0;
        }
    }
}

bool
broadcast_shape(const struct tensor *a, const struct tensor *b, int *dims,
                int64_t size[static TENSOR_DIMS_MAX], int *bad_dim)
{
    *dims = a->dims > b->dims ? a->dims : b->dims;
    for (int d = *dims - 1; d >= 0; d--) {
        int da = d - (*dims - a->dims), db = d - (*dims - b->dims);
        int64_t na = da >= 0 ? a->size[da] : 1, nb = db >= 0 ? b->size[db] : 1;

        if (na != nb && na != 1 && nb != 1) {
            *bad_dim = d;
            return false;
        }
        size[d] = na == 1 ? nb : na;
    }
    return true;
}

struct tensor *
tensor_expand(struct heap *h, const struct tensor *t, int dims, const int64_t *size)
{
    struct tensor *view = tensor_alias(h, t);
    int shift = dims - t->dims;

    if (!view)
        return NULL;
    view->dims = dims;
    for (int d = 0; d < dims; d++) {
        bool stretched = d < shift || (t->size[d - shift] == 1 && size[d] != 1);

        view->size[d] = size[d];
        view->stride[d] = stretched ? 0 : t->stride[d - shift];
    }
    return view;
}

struct loop_pair {
    inner_loop *strided;
    inner_loop *contiguous; /* NULL: the strided one does */
};

static struct tensor *
apply(struct heap *h, struct tensor *const *in, int operands, enum tensor_type type,
      const struct loop_pair *loops, const double *params)
{
    struct tensor *out, shape = *in[0];
    struct sweep sweep;
    int bad;

    for (int k = 1; k < operands; k++) {
        struct tensor so_far = shape;

        if (!broadcast_shape(&so_far, in[k], &shape.dims, shape.size, &bad))
            return NULL;
    }
    out = tensor_new(h, type, shape.dims, shape.size);
    if (!out || tensor_count(out) == 0)
        return out;
    sweep_init(&sweep, in, operands, out);
    sweep_run(&sweep, out, loops->strided, loops->contiguous, params);
    return out;
}

struct tensor *
elementwise_apply(struct heap *h, struct tensor *const *in, int operands,
                  enum tensor_type type, elementwise_loop *loop, const double *params)
{
    const struct loop_pair loops = {loop, NULL};

    return loop ? apply(h, in, operands, type, &loops, params) : NULL;
}

struct tensor *
elementwise_unary(struct heap *h, enum unary_kernel kernel, struct tensor *x,
                  const double *params)
{
    struct loop_pair loops;

    if (!x || !tensor_is_real(x))
        return NULL;
    loops = (struct loop_pair){unary_loops[kernel][x->type],
                               contiguous_unary(kernel, x->type)};
    return apply(h, &x, 1, x->type, &loops, params);
}

struct tensor *
elementwise_binary(struct heap *h, enum binary_kernel kernel, struct tensor *x,
                   struct tensor *y, const double *params)
{
    struct tensor *in[2] = {x, y};
    struct loop_pair loops;

    if (!x || !y || !tensor_is_real(x) || x->type != y->type)
        return NULL;
    loops = (struct loop_pair){binary_loops[kernel][x->type],
                               contiguous_binary(kernel, x->type)};
    return apply(h, in, 2, x->type, &loops, params);
}

struct tensor *
elementwise_compare(struct heap *h, enum compare_kernel kernel, struct tensor *x,
                    struct tensor *y)
{
    struct tensor *in[2] = {x, y};

    if (!x || !y || x->type != y->type)
        return NULL;
    return elementwise_apply(h, in, 2, TENSOR_BOOL, compare_loops[kernel][x->type], NULL);
}

struct tensor *
elementwise_minus_product(struct heap *h, struct tensor *x, struct tensor *y,
                          struct tensor *z)
{
    struct tensor *in[3] = {x, y, z};

    if (!x || !y || !z || x->type != y->type || x->type != z->type || !tensor_is_real(x))
        return NULL;
    return elementwise_apply(
        h, in, 3, x->type,
        x->type == TENSOR_F32 ? minus_product_float : minus_product_double, NULL);
}

struct tensor *
elementwise_where(struct heap *h, struct tensor *mask, struct tensor *x, struct tensor *y)
{
    struct tensor *in[3] = {mask, x, y};

    if (!mask || !x || !y || x->type != y->type || mask->type != TENSOR_BOOL ||
        !tensor_is_real(x))
        return NULL;
    return elementwise_apply(h, in, 3, x->type,
                             x->type == TENSOR_F32 ? where_float : where_double, NULL);
}

/* Do the whole blocks of out again, with `vector`. */
static void
redo_blocks(struct tensor *const *in, int operands, struct tensor *out,
            inner_loop *vector, const double *params)
{
    int64_t n = tensor_count(out), block = 64 / (int64_t)tensor_type_size(out->type);
    struct tensor head = *out;
    struct sweep sweep;

    if (n < block)
        return;
    sweep_init(&sweep, in, operands, out);
    if (sweep.dims != 1)
        return;
    head.dims = 1;
    head.size[0] = sweep.size[0] = n - n % block;
    sweep_run(&sweep, &head, vector, NULL, params);
}

struct tensor *
elementwise_unary_split(struct heap *h, enum unary_kernel vector,
                        enum unary_kernel scalar, struct tensor *x, const double *params)
{
    struct tensor *out = elementwise_unary(h, scalar, x, params);

    if (out && vector != scalar)
        redo_blocks(&x, 1, out, unary_loops[vector][x->type], params);
    return out;
}

struct tensor *
elementwise_binary_split(struct heap *h, enum binary_kernel vector,
                         enum binary_kernel scalar, struct tensor *x, struct tensor *y,
                         const double *params)
{
    struct tensor *out = elementwise_binary(h, scalar, x, y, params);

    if (out && vector != scalar)
        redo_blocks((struct tensor *[]){x, y}, 2, out, binary_loops[vector][x->type],
                    params);
    return out;
}

void
elementwise_add_into(struct tensor *x, struct tensor *y)
{
    struct tensor *in[2] = {x, y};
    struct sweep sweep;

    x->storage->version++;
    if (tensor_count(x) == 0)
        return;
    sweep_init(&sweep, in, 2, x);
    sweep_run(&sweep, x, binary_loops[BINARY_plus][x->type],
              contiguous_binary(BINARY_plus, x->type), NULL);
}
