/*
 * kernel.c: see kernel.h.
 */
#include "ops/onnx/kernel.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static struct tensor *
fail(struct tape *t, const struct op_call *call, enum error_class class,
     const char *subclass, const char *text)
{
    return tape_fail(t, class, subclass, "%s: %s: %s", call->label, call->op->name, text);
}

struct tensor *
onnx_malformed(struct tape *t, const struct op_call *call, const char *fmt, ...)
{
    char text[256];
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    return fail(t, call, ERR_MALFORMED, "malformed", text);
}

struct tensor *
onnx_unsupported(struct tape *t, const struct op_call *call, const char *fmt, ...)
{
    char text[256];
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    return fail(t, call, ERR_UNSUPPORTED, "unsupported", text);
}

bool
onnx_has_nan(struct tape *t, const struct tensor *x)
{
    bool any = false;

    x = tape_check(t, tensor_contiguous(&t->heap, (struct tensor *)(uintptr_t)x));
    for (int64_t i = 0; x && !any && i < tensor_count(x); i++)
        any = isnan(tensor_get(x, i));
    return any;
}

bool
onnx_refuse_nan(struct tape *t, const struct op_call *call, const struct tensor *x)
{
    if (!tensor_is_real(x) || !onnx_has_nan(t, x))
        return !t->failed;
    (void)onnx_unsupported(t, call,
                           "an element is not a number, where the originals "
                           "differ from each other");
    return false;
}

int
onnx_axis(struct tape *t, const struct op_call *call, int64_t axis, int dims)
{
    if (axis >= -dims && axis < dims)
        return (int)(axis < 0 ? axis + dims : axis);
    (void)onnx_malformed(t, call, "axis %" PRId64 " of a tensor of %d dimensions", axis,
                         dims);
    return -1;
}

int64_t
onnx_int_at(const struct tensor *x, int64_t i)
{
    if (x->type == TENSOR_I64)
        return ((const int64_t *)x->storage->data)[tensor_offset_of(x, i)];
    return ((const int32_t *)x->storage->data)[tensor_offset_of(x, i)];
}

int
onnx_ints(struct tape *t, const struct op_call *call, const struct tensor *x, int max,
          int64_t *out)
{
    int64_t n;

    if (!x)
        return 0;
    n = tensor_count(x);
    if (x->dims != 1 || n > max || (x->type != TENSOR_I64 && x->type != TENSOR_I32)) {
        (void)onnx_malformed(t, call,
                             "a list of at most %d integers is wanted, not %" PRId64
                             " numbers in %d dimensions",
                             max, n, x->dims);
        return -1;
    }
    for (int64_t i = 0; i < n; i++)
        out[i] = onnx_int_at(x, i);
    return (int)n;
}

bool
onnx_int(struct tape *t, const struct op_call *call, size_t i, int64_t *out)
{
    const struct tensor *x = onnx_in(call, i);

    if (x && (x->dims > 1 || tensor_count(x) != 1)) {
        (void)onnx_malformed(t, call, "input %zu is not one number", i);
        return false;
    }
    *out = x ? onnx_int_at(x, 0) : *out;
    return true;
}

int
onnx_attr_ints(struct tape *t, const struct op_call *call, const char *name, int max,
               int64_t *out)
{
    const struct op_attr *a = attr_list(call, name);

    if (!a)
        return 0;
    if (a->count > (size_t)max) {
        (void)onnx_malformed(t, call, "attribute '%s' has %zu numbers, at most %d fit",
                             name, a->count, max);
        return -1;
    }
    for (size_t i = 0; i < a->count; i++)
        out[i] = a->ints[i];
    return (int)a->count;
}

struct tensor *
onnx_call(struct tape *t, const struct op_call *call, const char *name,
          struct tensor *const *in, size_t count, const struct onnx_number *attrs,
          size_t attr_count)
{
    struct op_call sub = {.op = operator_find(name),
                          .label = call->label,
                          .in_count = count,
                          .out_count = 1};
    int64_t whole[CALL_ATTRS_MAX];

    if (t->failed)
        return NULL;
    for (size_t i = 0; i < count; i++)
        sub.in[i] = in[i];
    for (size_t i = 0; i < attr_count; i++) {
        struct op_attr value = {.name = attrs[i].name,
                                .is_integer =
                                    operator_attr_kind(sub.op, attrs[i].name) != 'f',
                                .reals = &attrs[i].value,
                                .ints = &whole[i],
                                .count = 1};

        whole[i] = value.is_integer ? (int64_t)attrs[i].value : 0;
        if (!op_call_set(t, &sub, &value))
            return NULL;
    }
    return op_call_run(t, &sub) ? sub.out[0] : NULL;
}

struct tensor *
onnx_scalar(struct tape *t, enum tensor_type type, double value)
{
    return tape_check(t, tensor_scalar(&t->heap, type, value));
}

struct tensor *
onnx_index(struct tape *t, int dims, const int64_t *size)
{
    return tape_check(t, tensor_new(&t->heap, TENSOR_I64, dims, size));
}

void
onnx_steps(int dims, const int64_t *size, int64_t *step)
{
    int64_t at = 1;

    for (int d = dims - 1; d >= 0; d--) {
        step[d] = at;
        at *= size[d] > 0 ? size[d] : 1;
    }
}

void
onnx_advance(int dims, const int64_t *size, int64_t *at)
{
    for (int d = dims - 1; d >= 0; d--) {
        if (++at[d] < size[d])
            return;
        at[d] = 0;
    }
}
