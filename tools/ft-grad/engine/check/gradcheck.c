/*
 * gradcheck.c: the slow mode of torch/autograd/gradcheck.py.
 *
 * Column k of the numerical Jacobian is (f(x + eps e_k) - f(x - eps e_k)) / (2 eps), the
 * lower one first, x changed in place; rows of the analytical one are backward passes
 * with one-hot gradients.  Verdicts add one-sided slopes f(x) - f(x - eps) and
 * f(x + eps) - f(x): where those disagree about a smooth function, x is at a kink.
 */
#define _XOPEN_SOURCE 700
#include "engine/check/gradcheck.h"

#include "engine/backward.h"
#include "ops/ops.h"

#include "common/mem.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FAILED_MAX = 1000 };

const char *
gradcheck_verdict_name(enum gradcheck_verdict v)
{
    static const char *const names[] = {"ok", "kink", "noise", "wrong"};

    return names[v];
}

/* Width and digits of torch's default print options (precision 4). */
static void
print_number(struct buf *out, double x, bool whole, bool scientific)
{
    if (isnan(x))
        buf_puts(out, "nan");
    else if (isinf(x))
        buf_puts(out, x > 0 ? "inf" : "-inf");
    else if (scientific)
        buf_printf(out, "%.4e", x);
    else if (whole)
        buf_printf(out, "%.0f.", x);
    else
        buf_printf(out, "%.4f", x);
}

static void
choose_format(const double *data, int64_t n, bool *whole, bool *scientific)
{
    double low = HUGE_VAL, high = 0;

    *whole = true;
    for (int64_t i = 0; i < n; i++) {
        double size = fabs(data[i]);

        if (!isfinite(size))
            continue;
        *whole = *whole && size == ceil(size);
        if (size == 0)
            continue;
        low = fmin(low, size);
        high = fmax(high, size);
    }
    *scientific =
        high > 0 && (high / low > 1000 || high > 1e8 || (!*whole && low < 1e-4));
    if (*scientific)
        *whole = false;
}

void
tensor_print_matrix(struct buf *out, const double *data, int64_t rows, int64_t columns,
                    enum tensor_type type)
{
    int64_t n = rows * columns;
    bool whole, scientific;
    size_t width = 1;

    choose_format(data, n, &whole, &scientific);
    for (int64_t i = 0; i < n; i++) {
        struct buf text = {0};

        if (data[i] != 0 || (!whole && !scientific) || whole)
            print_number(&text, data[i], whole, scientific);
        width = text.size > width && (data[i] != 0 || whole) ? text.size : width;
        buf_clear(&text);
    }
    buf_puts(out, "tensor([");
    for (int64_t r = 0; r < rows; r++) {
        buf_puts(out, r > 0 ? ",\n        [" : "[");
        for (int64_t c = 0; c < columns; c++) {
            struct buf text = {0};

            print_number(&text, data[r * columns + c], whole, scientific);
            buf_printf(out, "%s%*s", c > 0 ? ", " : "", (int)width, buf_string(&text));
            buf_clear(&text);
        }
        buf_putc(out, ']');
    }
    buf_puts(out, type == TENSOR_F64 ? "], dtype=torch.float64)" : "])");
}

/* f of the inputs, not recorded; only its numbers are kept. */
static bool
evaluate(struct tape *t, const struct gradcheck_call *call, double *out, int64_t n)
{
    bool recording = t->recording;
    struct tensor *y;

    t->recording = false;
    y = call->f(call->context, t, call->inputs);
    t->recording = recording;
    y = y ? tape_check(t, tensor_contiguous(&t->heap, y)) : NULL;
    if (!y)
        return false;
    if (tensor_count(y) != n) {
        (void)tape_fail(t, ERR_MALFORMED, "GradcheckError",
                        "the output changes its size with the input");
        return false;
    }
    for (int64_t i = 0; i < n; i++)
        out[i] = tensor_get(y, i);
    return true;
}

/* Three values of f around element k of x: below, at, above. */
static bool
around(struct tape *t, const struct gradcheck_call *call, struct tensor *x, int64_t k,
       double *values, int64_t n)
{
    double at = tensor_get(x, k);
    bool ok;

    tensor_set(x, k, at - call->eps);
    ok = evaluate(t, call, values, n);
    tensor_set(x, k, at + call->eps);
    ok = ok && evaluate(t, call, values + 2 * n, n);
    tensor_set(x, k, at);
    return ok && evaluate(t, call, values + n, n);
}

/* The gradient of y weighted by g with respect to x; NULL when there is none. */
static struct tensor *
pull_back(struct tape *t, struct tensor *y, struct tensor *x, struct tensor *g)
{
    struct backward_report report = {0};
    struct backward_call back = {.roots = &y,
                                 .root_grads = &g,
                                 .root_count = 1,
                                 .inputs = &x,
                                 .input_count = 1,
                                 .retain_graph = true,
                                 .allow_unused = true};
    struct tensor *row = NULL;

    if (g && backward_run(t, &back, &report) && report.captured[0])
        row = tape_check(t, tensor_contiguous(&t->heap, report.captured[0]));
    backward_report_clear(&report);
    return row;
}

static bool
analytical(struct tape *t, struct tensor *y, struct tensor *x, double *jacobian)
{
    int64_t n = tensor_count(y), m = tensor_count(x);

    for (int64_t i = 0; i < n && !t->failed; i++) {
        struct tensor *g = op_zeros_like(t, y), *row;

        if (!g)
            break;
        tensor_set(g, i, 1);
        row = pull_back(t, y, x, g);
        for (int64_t k = 0; row && k < m; k++)
            jacobian[k * n + i] = tensor_get(row, k);
    }
    return !t->failed;
}

/* A vector of n positive numbers without pattern, of length 1. */
static double *
unit_vector(int64_t n, double seed)
{
    double *v = xcalloc((size_t)n + 1, sizeof(*v)), square = 0;

    for (int64_t i = 0; i < n; i++) {
        double x = (double)(i + 1) * seed;

        v[i] = 0.01 + x - floor(x);
        square += v[i] * v[i];
    }
    for (int64_t i = 0; i < n; i++)
        v[i] /= sqrt(square);
    return v;
}

static bool
close_enough(const struct gradcheck_call *call, double a, double n)
{
    return a == n || fabs(a - n) <= call->atol + call->rtol * fabs(n);
}

/* What f's own rounding may do to a difference quotient. */
static double
noise_of(const struct gradcheck_call *call, double value, enum tensor_type type)
{
    return 4 * fabs(value) * (type == TENSOR_F32 ? 1.2e-7 : 2.3e-16) / call->eps;
}

static enum gradcheck_verdict
judge(const struct gradcheck_call *call, struct gradcheck_element *e, double value,
      enum tensor_type type)
{
    double noise = noise_of(call, value, type);
    double low = fmin(e->left, e->right), high = fmax(e->left, e->right);

    if (close_enough(call, e->analytical, e->numerical))
        return GRADCHECK_OK;
    if (fabs(e->analytical - e->numerical) <= noise)
        return GRADCHECK_NOISE;
    if (high - low >
            4 * (noise + call->atol + call->rtol * fmax(fabs(low), fabs(high))) &&
        e->analytical >= low - noise - call->atol &&
        e->analytical <= high + noise + call->atol)
        return GRADCHECK_KINK;
    return GRADCHECK_WRONG;
}

static void
note_element(struct gradcheck_report *report, const struct gradcheck_element *e)
{
    report->elements++;
    report->count[e->verdict]++;
    if (e->verdict == GRADCHECK_OK || report->failed_count == FAILED_MAX)
        return;
    if (!report->failed)
        report->failed = xcalloc(FAILED_MAX, sizeof(*report->failed));
    report->failed[report->failed_count++] = *e;
}

/*
 * v^T J u of both Jacobians, for one direction u in x and one weighting v of y; the
 * absolute tolerance is scaled by their sums, as in fast_mode.
 */
static bool
projection_agrees(struct tape *t, const struct gradcheck_call *call, struct tensor *y,
                  struct tensor *x)
{
    int64_t n = tensor_count(y), m = tensor_count(x);
    double *v = unit_vector(n, 0.6180339887498949);
    double *u = unit_vector(m, 0.4142135623730951);
    double *at = xcalloc((size_t)m + 1, sizeof(*at));
    double *low = xcalloc((size_t)n + 1, sizeof(*low));
    double *high = xcalloc((size_t)n + 1, sizeof(*high));
    double numerical = 0, slope = 0, sum_u = 0, sum_v = 0;
    struct tensor *g = op_zeros_like(t, y), *row;
    bool ok = g != NULL;

    for (int64_t k = 0; k < m; k++) {
        at[k] = tensor_get(x, k);
        tensor_set(x, k, at[k] - call->eps * u[k]);
        sum_u += u[k];
    }
    ok = ok && evaluate(t, call, low, n);
    for (int64_t k = 0; k < m; k++)
        tensor_set(x, k, at[k] + call->eps * u[k]);
    ok = ok && evaluate(t, call, high, n);
    for (int64_t k = 0; k < m; k++)
        tensor_set(x, k, at[k]);
    for (int64_t i = 0; ok && i < n; i++) {
        numerical += v[i] * (high[i] - low[i]) / (2 * call->eps);
        tensor_set(g, i, v[i]);
        sum_v += v[i];
    }
    row = ok ? pull_back(t, y, x, g) : NULL;
    for (int64_t k = 0; row && k < m; k++)
        slope += tensor_get(row, k) * u[k];
    free(v);
    free(u);
    free(at);
    free(low);
    free(high);
    return ok && !t->failed &&
           fabs(slope - numerical) <=
               call->atol * sum_u * sum_v + call->rtol * fabs(numerical);
}

/* Compare the Jacobians of one input: rows are its elements, columns those of y. */
static bool
check_input(struct tape *t, const struct gradcheck_call *call, struct tensor *y,
            size_t input, struct gradcheck_report *report)
{
    struct tensor *x = call->inputs[input];
    int64_t n = tensor_count(y), m = tensor_count(x);
    double *numbers, *slopes, *values;
    bool ok, close = true;

    if (call->fast && projection_agrees(t, call, y, x)) {
        report->elements += (size_t)(n * m);
        report->count[GRADCHECK_OK] += (size_t)(n * m);
        return true;
    }
    numbers = xcalloc((size_t)(n * m + 1), sizeof(double));
    slopes = xcalloc((size_t)(n * m + 1), sizeof(double));
    values = xcalloc((size_t)(3 * n + 1), sizeof(double));
    ok = analytical(t, y, x, slopes);
    for (int64_t k = 0; ok && k < m; k++) {
        ok = around(t, call, x, k, values, n);
        for (int64_t i = 0; ok && i < n; i++) {
            double below = values[i], at = values[n + i], above = values[2 * n + i];
            struct gradcheck_element e = {
                .input = input,
                .input_element = (size_t)k,
                .output_element = (size_t)i,
                .analytical = slopes[k * n + i],
                .left = (at - below) / call->eps,
                .right = (above - at) / call->eps,
            };
            bool single = y->type == TENSOR_F32;
            double change =
                single ? (double)((float)above - (float)below) : above - below;

            e.numerical = change / (2 * call->eps);
            if (single)
                e.numerical = (double)(float)e.numerical;
            numbers[k * n + i] = e.numerical;
            close = close && close_enough(call, e.analytical, e.numerical);
            e.verdict = judge(call, &e, at, x->type);
            note_element(report, &e);
        }
    }
    if (ok && !close && report->torch_passes) {
        report->torch_passes = false;
        buf_printf(
            &report->message,
            "Jacobian mismatch for output 0 with respect to input %zu,\nnumerical:",
            input);
        tensor_print_matrix(&report->message, numbers, m, n, x->type);
        buf_puts(&report->message, "\nanalytical:");
        tensor_print_matrix(&report->message, slopes, m, n, x->type);
        buf_puts(&report->message, "\n");
    }
    free(numbers);
    free(slopes);
    free(values);
    return ok;
}

bool
gradcheck_run(struct tape *t, const struct gradcheck_call *call,
              struct gradcheck_report *report)
{
    struct tensor *y = NULL;
    bool any = false;

    memset(report, 0, sizeof(*report));
    report->torch_passes = true;
    for (size_t i = 0; i < call->input_count; i++) {
        const struct tensor *x = call->inputs[i];

        any = any || x->requires_grad;
        for (int d = 0; x->requires_grad && d < x->dims; d++) {
            if (x->stride[d] == 0 && x->size[d] > 1)
                return tape_fail(
                           t, ERR_MALFORMED, "RuntimeError",
                           "The %zuth input has a dimension with stride 0. gradcheck "
                           "only supports inputs that are non-overlapping to be able "
                           "to compute the numerical gradients correctly. You should "
                           "call .contiguous on the input before passing it to "
                           "gradcheck.",
                           i) != NULL;
        }
    }
    if (!any)
        return tape_fail(
                   t, ERR_MALFORMED, "ValueError",
                   "gradcheck expects at least one input tensor to require gradient, "
                   "but none of the them have requires_grad=True.") != NULL;
    y = call->f(call->context, t, call->inputs);
    for (size_t i = 0; y && i < call->input_count && !t->failed; i++) {
        if (call->inputs[i]->requires_grad && tape_tracks(y))
            (void)check_input(t, call, y, i, report);
    }
    return !t->failed;
}

void
gradcheck_report_clear(struct gradcheck_report *report)
{
    free(report->failed);
    buf_clear(&report->message);
    memset(report, 0, sizeof(*report));
}
