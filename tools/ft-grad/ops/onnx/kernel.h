/*
 * kernel.h: what the kernels of ONNX's operators share.
 */
#ifndef FTG_OPS_ONNX_KERNEL_H
#define FTG_OPS_ONNX_KERNEL_H

#include "ops/onnx/operators.h"

/* Fail in the name of the call; returns NULL. */
struct tensor *onnx_malformed(struct tape *t, const struct op_call *call, const char *fmt,
                              ...) PRINTF_LIKE(3, 4);
struct tensor *onnx_unsupported(struct tape *t, const struct op_call *call,
                                const char *fmt, ...) PRINTF_LIKE(3, 4);

/* Input i, or NULL when it is left out. */
static inline struct tensor *
onnx_in(const struct op_call *call, size_t i)
{
    return i < call->in_count ? call->in[i] : NULL;
}

/* A real attribute, which is a float32 in a model. */
static inline double
onnx_real(const struct op_call *call, const char *name)
{
    return (double)(float)attr_real(call, name);
}

/* Is one of the numbers none? */
bool onnx_has_nan(struct tape *t, const struct tensor *x);
/* Refuse such an input, where the originals differ; false after that. */
bool onnx_refuse_nan(struct tape *t, const struct op_call *call, const struct tensor *x);

/* -dims <= axis < dims, as 0..dims-1; -1 after a failure. */
int onnx_axis(struct tape *t, const struct op_call *call, int64_t axis, int dims);
/* The numbers of an integer tensor of one dimension; -1 after a failure. */
int onnx_ints(struct tape *t, const struct op_call *call, const struct tensor *x, int max,
              int64_t *out);
/* The one number of integer input i, which stays what it is where there is none. */
bool onnx_int(struct tape *t, const struct op_call *call, size_t i, int64_t *out);
/* The numbers of a list attribute, or 0; -1 after a failure. */
int onnx_attr_ints(struct tape *t, const struct op_call *call, const char *name, int max,
                   int64_t *out);
/* Element i of an integer tensor. */
int64_t onnx_int_at(const struct tensor *x, int64_t i);

/* The operator of programs `name` on up to three inputs, attributes by number. */
struct onnx_number {
    const char *name;
    double value;
};
struct tensor *onnx_call(struct tape *t, const struct op_call *call, const char *name,
                         struct tensor *const *in, size_t count,
                         const struct onnx_number *attrs, size_t attr_count);

/* Another type, as Cast does: floats to integers towards zero, recorded when real. */
struct tensor *onnx_convert(struct tape *t, struct tensor *x, enum tensor_type type);

/*
 * Elements by their row-major number in x, for any type: y[i] = x[index[i]], where a
 * negative index is `fill` (a tensor of one element, or NULL: zero).  index has the
 * shape of y.  And its counterpart, y = zeros of a shape, y[index[i]] += x[i].
 */
struct tensor *onnx_take(struct tape *t, struct tensor *x, struct tensor *index,
                         struct tensor *fill);
struct tensor *onnx_put(struct tape *t, struct tensor *x, struct tensor *index, int dims,
                        const int64_t *size);

/* A new int64 tensor for indices; NULL after a failure. */
struct tensor *onnx_index(struct tape *t, int dims, const int64_t *size);

/* Row-major steps of a shape. */
void onnx_steps(int dims, const int64_t *size, int64_t *step);
/* Count coordinates up by one, the last first. */
void onnx_advance(int dims, const int64_t *size, int64_t *at);

/* In float32 by lanes, recorded (lanes/rows.c): of x; over its last dimension; the same
 * with scale and bias (NULL: none) of its length, contiguous. */
struct tensor *onnx_row_erf(struct tape *t, struct tensor *x);
struct tensor *onnx_row_softmax(struct tape *t, struct tensor *x);
struct tensor *onnx_row_norm(struct tape *t, struct tensor *x, struct tensor *scale,
                             struct tensor *bias, double epsilon);

/* Arithmetic on integers of one type, broadcast (elementwise/integers.c). */
enum onnx_binary {
    ONNX_ADD,
    ONNX_SUB,
    ONNX_MUL,
    ONNX_DIV,
    ONNX_MOD,
    ONNX_FMOD,
    ONNX_POW,
    ONNX_MAX,
    ONNX_MIN,
    ONNX_AND,
    ONNX_OR,
    ONNX_XOR,
    ONNX_SHL,
    ONNX_SHR
};
enum onnx_unary { ONNX_NEG, ONNX_ABS, ONNX_SIGN, ONNX_RELU, ONNX_NOT };
enum onnx_relation { ONNX_EQ, ONNX_LT, ONNX_LE, ONNX_GT, ONNX_GE };

struct tensor *onnx_int_binary(struct tape *t, enum onnx_binary op, struct tensor *x,
                               struct tensor *y);
struct tensor *onnx_int_unary(struct tape *t, enum onnx_unary op, struct tensor *x);
/* Truth values; any type but the 16-bit floats, exact. */
struct tensor *onnx_relation(struct tape *t, enum onnx_relation op, struct tensor *x,
                             struct tensor *y);
/* Round x / scale + zero to the integers of the zero point's type
 * (elementwise/quantize.c). */
struct tensor *onnx_quantize(struct tape *t, struct op_call *call, struct tensor *x,
                             struct tensor *scale, struct tensor *zero);

/* A constant of a type. */
struct tensor *onnx_scalar(struct tape *t, enum tensor_type type, double value);

#endif
