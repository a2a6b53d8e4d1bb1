/*
 * pool_call.c: pooling as programs call it; one dimension is two with a height of 1.
 */
#include "ops/nn/nn.h"

#include "ops/operators.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static bool
read_shape(struct tape *t, const struct op_call *call, int spatial, struct pool_shape *s)
{
    s->spatial = spatial;
    s->ceil_mode = attr_bool(call, "ceil_mode");
    attr_ints(t, call, "kernel", spatial, s->kernel);
    memcpy(s->stride, s->kernel, sizeof(s->stride));
    if (attr_given(call, "stride") && attr_list(call, "stride")->count > 0)
        attr_ints(t, call, "stride", spatial, s->stride);
    if (attr_given(call, "padding"))
        attr_ints(t, call, "padding", spatial, s->low);
    memcpy(s->high, s->low, sizeof(s->low));
    for (int d = 0; d < spatial; d++)
        s->dilation[d] = 1;
    if (attr_given(call, "dilation"))
        attr_ints(t, call, "dilation", spatial, s->dilation);
    return !t->failed;
}

static bool
check_operand(struct tape *t, const struct op_call *call, int spatial)
{
    const struct tensor *x = call->in[0];
    char text[SHAPE_TEXT];

    if (tensor_is_real(x) && (x->dims == spatial + 1 || x->dims == spatial + 2))
        return true;
    (void)tape_fail(t, ERR_MALFORMED, "RuntimeError",
                    "%s(): Expected %dD or %dD tensor, but got %s", call->op->name,
                    spatial + 1, spatial + 2, shape_text(x->dims, x->size, text));
    return false;
}

/* torch's own checks of one-dimensional maxima. */
static bool
check_line(struct tape *t, const struct pool_shape *s, const struct tensor *x)
{
    int64_t reach = s->dilation[0] * (s->kernel[0] - 1) + 1;
    int64_t size = x->size[x->dims - 1] + 2 * s->low[0];
    const char *what = NULL;
    int64_t value = 0;

    if (s->kernel[0] <= 0) {
        what = "kernel_size must be greater than zero, but got";
        value = s->kernel[0];
    } else if (s->stride[0] <= 0) {
        what = "stride must be greater than zero, but got";
        value = s->stride[0];
    } else if (s->low[0] < 0) {
        what = "padding must be non-negative, but got";
        value = s->low[0];
    } else if (s->dilation[0] <= 0) {
        what = "dilation must be greater than zero, but got";
        value = s->dilation[0];
    } else if (size < reach && !(s->ceil_mode && size + s->stride[0] > reach)) {
        what = "Invalid computed output size:";
    }
    if (what && s->low[0] <= s->kernel[0] / 2)
        return tape_fail(t, ERR_MALFORMED, "RuntimeError", "max_pool1d() %s %" PRId64,
                         what, value) != NULL;
    if (s->low[0] > s->kernel[0] / 2)
        return tape_fail(t, ERR_MALFORMED, "RuntimeError",
                         "max_pool1d() padding should be at most half of kernel size, "
                         "but got padding=%" PRId64 " and kernel_size=%" PRId64,
                         s->low[0], s->kernel[0]) != NULL;
    return true;
}

/* A line as a plane of height 1. */
static void
widen(struct pool_shape *s)
{
    s->spatial = 2;
    s->kernel[1] = s->kernel[0];
    s->stride[1] = s->stride[0];
    s->dilation[1] = s->dilation[0];
    s->low[1] = s->low[0];
    s->high[1] = s->high[0];
    s->kernel[0] = s->stride[0] = s->dilation[0] = 1;
    s->low[0] = s->high[0] = 0;
}

static void
run_maxima(struct tape *t, struct op_call *call, int spatial)
{
    struct tensor *x = call->in[0], *index = NULL, *y;
    struct pool_shape s = {0};

    if (!check_operand(t, call, spatial) || !read_shape(t, call, spatial, &s))
        return;
    if (spatial > 1) {
        y = op_max_pool(t, x, &s, &index);
    } else {
        if (!check_line(t, &s, x))
            return;
        widen(&s);
        y = op_squeeze(t, op_max_pool(t, op_unsqueeze(t, x, -2), &s, &index), -2);
        index = op_squeeze(t, index, -2);
    }
    call->out[0] = y;
    call->out[1] = index;
}

RUN(max_pool1d, run_maxima(t, call, 1))
RUN(max_pool2d, run_maxima(t, call, 2))
RUN(max_pool3d, run_maxima(t, call, 3))

static void
run_averages(struct tape *t, struct op_call *call, int spatial)
{
    struct tensor *x = call->in[0];
    struct pool_shape s = {0};

    if (!check_operand(t, call, spatial) || !read_shape(t, call, spatial, &s))
        return;
    s.include_pad = attr_bool(call, "count_include_pad");
    if (spatial > 1 && attr_given(call, "divisor_override")) {
        s.divisor = attr_int(call, "divisor_override");
        if (s.divisor == 0) {
            (void)tape_fail(t, ERR_MALFORMED, "RuntimeError", "divisor must be not zero");
            return;
        }
    }
    if (spatial > 1) {
        call->out[0] = op_avg_pool(t, x, &s);
        return;
    }
    widen(&s);
    call->out[0] = op_squeeze(t, op_avg_pool(t, op_unsqueeze(t, x, -2), &s), -2);
}

RUN(avg_pool1d, run_averages(t, call, 1))
RUN(avg_pool2d, run_averages(t, call, 2))
RUN(avg_pool3d, run_averages(t, call, 3))

static bool
read_size(struct tape *t, const struct op_call *call, int spatial,
          int64_t size[PATCH_DIMS])
{
    char text[SHAPE_TEXT];

    if (!check_operand(t, call, spatial))
        return false;
    attr_ints(t, call, "output_size", spatial, size);
    (void)shape_text(spatial, size, text);
    for (int d = 0; d < spatial && !t->failed; d++) {
        if (size[d] < 0 || size[d] > 1 << 30)
            (void)tape_fail(t, ERR_MALFORMED, "RuntimeError",
                            "%s: elements of output_size must be greater than or equal "
                            "to 0 but received {%.*s}",
                            call->op->name, (int)strlen(text) - 2, text + 1);
    }
    return !t->failed;
}

static void
run_adaptive_avg(struct tape *t, struct op_call *call, int spatial)
{
    int64_t size[PATCH_DIMS] = {1, 1, 1};
    struct tensor *x = call->in[0];

    if (!read_size(t, call, spatial, size))
        return;
    if (spatial > 1) {
        call->out[0] = op_adaptive_avg_pool(t, x, spatial, size);
        return;
    }
    size[1] = size[0];
    size[0] = 1;
    call->out[0] =
        op_squeeze(t, op_adaptive_avg_pool(t, op_unsqueeze(t, x, -2), 2, size), -2);
}

RUN(adaptive_avg_pool1d, run_adaptive_avg(t, call, 1))
RUN(adaptive_avg_pool2d, run_adaptive_avg(t, call, 2))
RUN(adaptive_avg_pool3d, run_adaptive_avg(t, call, 3))

static void
run_adaptive_max(struct tape *t, struct op_call *call, int spatial)
{
    int64_t size[PATCH_DIMS] = {1, 1, 1};
    struct tensor *x = call->in[0], *index = NULL, *y;

    if (!read_size(t, call, spatial, size))
        return;
    if (spatial > 1) {
        y = op_adaptive_max_pool(t, x, spatial, size, &index);
    } else {
        size[1] = size[0];
        size[0] = 1;
        x = op_unsqueeze(t, x, -2);
        y = op_squeeze(t, op_adaptive_max_pool(t, x, 2, size, &index), -2);
        index = op_squeeze(t, index, -2);
    }
    call->out[0] = y;
    call->out[1] = index;
}

RUN(adaptive_max_pool1d, run_adaptive_max(t, call, 1))
RUN(adaptive_max_pool2d, run_adaptive_max(t, call, 2))
RUN(adaptive_max_pool3d, run_adaptive_max(t, call, 3))

/* (sum of the window of |x|^p)^(1/p), signed as torch signs it. */
static void
run_lp(struct tape *t, struct op_call *call, int spatial)
{
    double p = attr_real(call, "norm_type");
    struct tensor *x = call->in[0], *y;
    struct pool_shape s = {.include_pad = true};
    int64_t count = 1;

    if (!check_operand(t, call, spatial) || !read_shape(t, call, spatial, &s))
        return;
    for (int d = 0; d < spatial; d++)
        count *= s.kernel[d];
    x = op_pow_scalar(t, x, p);
    if (spatial == 1) {
        widen(&s);
        y = op_squeeze(t, op_avg_pool(t, op_unsqueeze(t, x, -2), &s), -2);
    } else {
        y = op_avg_pool(t, x, &s);
    }
    y = op_mul(t, op_sgn(t, y), op_relu(t, op_abs(t, y)));
    call->out[0] = op_pow_scalar(t, op_mul_scalar(t, y, (double)count), 1 / p);
}

RUN(lp_pool1d, run_lp(t, call, 1))
RUN(lp_pool2d, run_lp(t, call, 2))
