/*
 * product.c: matrix products, of floats and of (quantised) integers; determinants.
 */
#include "ops/onnx/kernel.h"

#include <math.h>
#include <string.h>

/* Batches of integer matrices: like op_matmul(), by sums of products that wrap. */
static struct tensor *
integer_matmul(struct tape *t, struct tensor *a, struct tensor *b)
{
    struct tensor *product, *y = NULL;
    bool row = a->dims == 1, column = b->dims == 1;
    int64_t n;

    a = row ? op_unsqueeze(t, a, 0) : a;
    b = column ? op_unsqueeze(t, b, 1) : b;
    if (!a || !b || a->dims < 2 || b->dims < 2)
        return NULL;
    n = a->size[a->dims - 1];
    if (b->size[b->dims - 2] != n)
        return tape_fail(t, ERR_MALFORMED, "malformed", "matrices that do not fit");
    for (int64_t k = 0; k < n; k++) {
        product = onnx_int_binary(t, ONNX_MUL, op_slice(t, a, -1, k, 1, 1),
                                  op_slice(t, b, -2, k, 1, 1));
        y = y ? onnx_int_binary(t, ONNX_ADD, y, product) : product;
    }
    if (row && y)
        y = op_squeeze(t, y, -2);
    return column && y ? op_squeeze(t, y, -1) : y;
}

void
onnx_matmul(struct tape *t, struct op_call *call)
{
    if (tensor_is_real(call->in[0]))
        call->out[0] = op_matmul(t, call->in[0], call->in[1]);
    else
        call->out[0] = integer_matmul(t, call->in[0], call->in[1]);
}

/* A zero point for each row of a, or each column of b. */
static struct tensor *
centred(struct tape *t, struct op_call *call, struct tensor *x, struct tensor *zero,
        bool by_row)
{
    x = onnx_convert(t, x, TENSOR_F64);
    zero = onnx_convert(t, zero, TENSOR_F64);
    if (!zero || !x)
        return x;
    if (tensor_count(zero) == 1 && zero->dims > 1)
        return onnx_malformed(t, call, "one zero point in %d dimensions", zero->dims);
    if (by_row && zero->dims == 1 && zero->size[0] != 1)
        zero = op_unsqueeze(t, zero, 1);
    if (tensor_count(zero) == 1)
        zero = op_reshape(t, zero, 0, NULL);
    if (zero && zero->dims > x->dims)
        return onnx_malformed(t, call, "the zero point has too many dimensions");
    return op_sub(t, x, zero);
}

/* Sums of products of 8-bit numbers are exact in float64. */
void
onnx_matmul_integer(struct tape *t, struct op_call *call)
{
    struct tensor *a = centred(t, call, call->in[0], onnx_in(call, 2), true);
    struct tensor *b = centred(t, call, call->in[1], onnx_in(call, 3), false);

    call->out[0] = onnx_convert(t, op_matmul(t, a, b), TENSOR_I32);
}

/* ONNX's text saturates, its reference wraps: results at a limit are refused. */
static void
refuse_limits(struct tape *t, struct op_call *call)
{
    struct tensor *y = call->out[0];
    double low = y && y->type == TENSOR_I8 ? -128 : 0, high = low + 255;

    for (int64_t i = 0; y && i < tensor_count(y); i++) {
        double value = tensor_get(y, i);

        if (value > low && value < high)
            continue;
        (void)onnx_unsupported(t, call,
                               "a result of %g or beyond in %s (supported: %g to %g "
                               "where the originals differ)",
                               value, tensor_type_name(y->type), low + 1, high - 1);
        return;
    }
}

void
onnx_qlinear_matmul(struct tape *t, struct op_call *call)
{
    struct tensor *a = centred(t, call, call->in[0], call->in[2], true);
    struct tensor *b = centred(t, call, call->in[3], call->in[5], false);
    struct tensor *scale_a = onnx_convert(t, call->in[1], TENSOR_F64);
    struct tensor *scale_b = onnx_convert(t, call->in[4], TENSOR_F64);

    if (!a || !b || !scale_a || !scale_b)
        return;
    if ((tensor_count(scale_a) == 1 && scale_a->dims > 1) ||
        (tensor_count(scale_b) == 1 && scale_b->dims > 1)) {
        (void)onnx_malformed(t, call, "one scale in more than one dimension");
        return;
    }
    if (scale_a->dims == 1 && scale_a->size[0] != 1)
        scale_a = op_unsqueeze(t, scale_a, 1);
    a = op_mul(t, op_matmul(t, a, b), op_mul(t, scale_a, scale_b));
    call->out[0] = onnx_quantize(t, call, a, call->in[6], call->in[7]);
    if (call->in[7]->type != call->in[0]->type ||
        (onnx_operator_of(call)->since >= 21 && call->in[7]->type == TENSOR_I8))
        refuse_limits(t, call);
}

/* alpha a b + beta c */
void
onnx_gemm(struct tape *t, struct op_call *call)
{
    struct tensor *a = call->in[0], *b = call->in[1], *c = onnx_in(call, 2), *y;
    double alpha = onnx_real(call, "alpha"), beta = onnx_real(call, "beta");

    if (a->dims != 2 || b->dims != 2) {
        (void)onnx_malformed(t, call, "matrices of 2 dimensions are wanted");
        return;
    }
    a = attr_int(call, "transA") ? op_t(t, a) : a;
    b = attr_int(call, "transB") ? op_t(t, b) : b;
    if (!a || !b)
        return;
    if (!tensor_is_real(a) && (alpha != 1 || beta != 1)) {
        (void)onnx_unsupported(t, call, "alpha or beta with integers (supported: 1)");
        return;
    }
    if (!tensor_is_real(a)) {
        y = integer_matmul(t, a, b);
        call->out[0] = c ? onnx_int_binary(t, ONNX_ADD, y, c) : y;
        return;
    }
    y = op_mm(t, a, b);
    y = alpha == 1 ? y : op_mul_scalar(t, y, alpha);
    if (c && y) {
        int64_t size[2] = {y->size[0], y->size[1]};

        c = beta == 1 ? c : op_mul_scalar(t, c, beta);
        y = op_add(t, y, op_expand(t, c, 2, size));
    }
    call->out[0] = y;
}

/* By elimination with the largest pivot, in double. */
static double
determinant(double *a, int64_t n)
{
    double det = 1;

    for (int64_t i = 0; i < n; i++) {
        int64_t best = i;

        for (int64_t r = i + 1; r < n; r++)
            best = fabs(a[r * n + i]) > fabs(a[best * n + i]) ? r : best;
        for (int64_t c = 0; best != i && c < n; c++) {
            double swap = a[i * n + c];

            a[i * n + c] = a[best * n + c];
            a[best * n + c] = swap;
        }
        det *= best == i ? a[i * n + i] : -a[i * n + i];
        if (a[i * n + i] == 0)
            return 0;
        for (int64_t r = i + 1; r < n; r++) {
            double factor = a[r * n + i] / a[i * n + i];

            for (int64_t c = i; c < n; c++)
                a[r * n + c] -= factor * a[i * n + c];
        }
    }
    return det;
}

void
onnx_det(struct tape *t, struct op_call *call)
{
    struct tensor *x = call->in[0], *from, *y;
    int64_t n, *size = x->size;

    if (x->dims < 2 || size[x->dims - 1] != size[x->dims - 2]) {
        (void)onnx_malformed(t, call, "square matrices are wanted");
        return;
    }
    n = size[x->dims - 1];
    from = tape_check(t, tensor_cast(&t->heap, x, TENSOR_F64));
    y = tape_check(t, tensor_new(&t->heap, x->type, x->dims - 2, size));
    for (int64_t i = 0; from && y && i < tensor_count(y); i++)
        tensor_set(y, i, determinant(tensor_f64(from) + i * n * n, n));
    call->out[0] = y;
}
