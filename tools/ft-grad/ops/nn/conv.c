/*
 * conv.c: convolutions over one to three dimensions, and their transposes.
 *
 * A convolution is bilinear: image, kernel and map, each of which is a linear function
 * of one other given the third.  All three are one operator here, and a transposed
 * convolution is the image of a map; so every derivative, of any order, is the operator
 * itself with another role asked for.  Each is a matrix product with the image's
 * patches as columns, taken over blocks of output rows that stay in the cache.
 */
#include "ops/nn/nn.h"

#include "ops/operators.h"
#include "tensor/gemm.h"

#include "common/buf.h"

#include <inttypes.h>
#include <string.h>

/* In the order of torch's inputs: a convolution's are image and kernel, those of a
 * transposed one map and kernel. */
enum role { IMAGE, MAP, KERNEL, ROLES };

/* Columns at a time, in elements: about 1 MiB of float. */
enum { BLOCK_ELEMENTS = 1 << 18, DIMS = 2 + PATCH_DIMS };

/* image: (n, c, ...), kernel: (o, c / groups, ...), map: (n, o, ...) */
struct geometry {
    struct patches patches;
    int64_t groups;
    int dims; /* of all three */
    int64_t size[ROLES][DIMS];
    enum tensor_type type;
};

/* Matrices of one group of one image. */
struct group {
    struct tensor kernel; /* (o / groups, c / groups * window) */
    char *image, *map;
};

static struct tensor
matrix(const struct geometry *g, struct storage *storage, int64_t rows, int64_t columns,
       int64_t row_stride)
{
    struct tensor m = {.storage = storage, .type = g->type, .dims = 2};

    m.size[0] = rows;
    m.size[1] = columns;
    m.stride[0] = row_stride;
    m.stride[1] = 1;
    return m;
}

static struct tensor
transposed(struct tensor m)
{
    struct tensor out = m;

    out.size[0] = m.size[1];
    out.size[1] = m.size[0];
    out.stride[0] = m.stride[1];
    out.stride[1] = m.stride[0];
    return out;
}

/* The role of one group from the other two, block by block of output rows. */
static void
convolve_group(struct tape *t, const struct geometry *g, enum role role, void *columns,
               struct group *group)
{
    const struct patches *p = &g->patches;
    int64_t channels = g->size[KERNEL][1], depth = channels * patches_window(p);
    int64_t rows = p->out[0] * p->out[1], each = BLOCK_ELEMENTS / (depth * p->out[2] + 1);
    size_t width = tensor_type_size(g->type);

    if (each < 1)
        each = 1;
    for (int64_t first = 0; first < rows; first += each) {
        int64_t count = rows - first < each ? rows - first : each;
        struct storage block = {.data = columns},
                       map = {.data = group->map + (size_t)(first * p->out[2]) * width};
        struct tensor x = matrix(g, &block, depth, count * p->out[2], count * p->out[2]);
        struct tensor y =
            matrix(g, &map, group->kernel.size[0], x.size[1], rows * p->out[2]);
        struct tensor kt = transposed(group->kernel), xt = transposed(x);

        if (role != IMAGE)
            patches_gather(p, g->type, channels, group->image, first, count, columns);
        if (role == MAP)
            gemm(tape_products(t), 1, &group->kernel, &x, 0, &y);
        else if (role == KERNEL)
            gemm(tape_products(t), 1, &y, &xt, 1, &group->kernel);
        else
            gemm(tape_products(t), 1, &kt, &y, 0, &x);
        if (role == IMAGE)
            patches_scatter(p, g->type, channels, group->image, first, count, columns);
    }
}

/* part[role] from the two others, not recorded. */
static struct tensor *
convolve(struct tape *t, const struct geometry *g, enum role role,
         struct tensor *const part[ROLES])
{
    struct tensor *flat[ROLES];
    int64_t window = patches_window(&g->patches), rows, depth;
    size_t width = tensor_type_size(g->type), block;
    int64_t image = g->size[KERNEL][1], map = g->size[KERNEL][0] / g->groups;
    int64_t area = g->patches.in[0] * g->patches.in[1] * g->patches.in[2];
    void *columns;

    for (int r = 0; r < ROLES; r++) {
        flat[r] = r == (int)role ? tensor_zeros(&t->heap, g->type, g->dims, g->size[r])
                                 : tensor_contiguous(&t->heap, part[r]);
        if (!tape_check(t, flat[r]))
            return NULL;
    }
    depth = image * window;
    rows = BLOCK_ELEMENTS / (depth * g->patches.out[2] + 1);
    rows = rows < 1 ? 1 : rows;
    if (rows > g->patches.out[0] * g->patches.out[1])
        rows = g->patches.out[0] * g->patches.out[1];
    block = (size_t)(depth * g->patches.out[2] * rows) * width;
    columns = heap_alloc_dirty(&t->heap, block + 1);
    if (!columns)
        return tape_check(t, NULL);
    for (int64_t i = 0; i < g->size[IMAGE][0] * g->groups && !t->failed; i++) {
        struct group group = {
            .image =
                (char *)tensor_data(flat[IMAGE]) + (size_t)(i * image * area) * width,
            .map = (char *)tensor_data(flat[MAP]) +
                   (size_t)(i * map * patches_positions(&g->patches)) * width,
            .kernel = matrix(g, flat[KERNEL]->storage, map, depth, depth),
        };

        group.kernel.offset = flat[KERNEL]->offset + i % g->groups * map * depth;
        if (depth > 0)
            convolve_group(t, g, role, columns, &group);
    }
    return flat[role];
}

static struct tensor *bilinear(struct tape *t, const char *name, struct geometry *g,
                               enum role role, struct tensor *const part[ROLES],
                               struct tensor *bias);

/* Each operand from the gradient and the other operand. */
static void
bilinear_backward(struct tape *t, struct node *n, struct tensor *const *grad,
                  struct tensor **out)
{
    enum role role = (enum role)n->i[0];
    uint32_t operand = 0;

    for (int r = 0; grad[0] && r < ROLES; r++) {
        struct tensor *part[ROLES] = {NULL};

        if (r == (int)role)
            continue;
        part[role] = grad[0];
        part[ROLES - r - (int)role] = node_saved(t, n, 1 - operand);
        if (node_wants(n, operand))
            out[operand] = bilinear(t, "ConvolutionBackwardBackward0", n->extra,
                                    (enum role)r, part, NULL);
        operand++;
    }
    if (grad[0] && node_wants(n, 2))
        out[2] = op_sum_dims(t, grad[0], op_all_dims(grad[0]) & ~UINT32_C(2), false);
}

static struct tensor *
bilinear(struct tape *t, const char *name, struct geometry *g, enum role role,
         struct tensor *const part[ROLES], struct tensor *bias)
{
    struct tensor *in[ROLES] = {NULL}, *y;
    bool recording = t->recording;
    int operands = 0;
    struct node *n;

    for (int r = 0; r < ROLES; r++) {
        if (r != (int)role && !part[r])
            return NULL;
        if (r != (int)role)
            in[operands++] = part[r];
    }
    y = convolve(t, g, role, part);
    if (bias) {
        int64_t size[DIMS] = {1, 1, 1, 1, 1};

        size[0] = tensor_count(bias);
        t->recording = false;
        y = op_add(t, y, op_reshape(t, bias, g->dims - 1, size));
        t->recording = recording;
    }
    in[2] = bias;
    n = y ? tape_record_list(t, name, bilinear_backward, 3, in) : NULL;
    if (n) {
        n->extra = g;
        n->i[0] = role;
    }
    node_save(t, n, in[0]);
    node_save(t, n, in[1]);
    return tape_output(t, n, y);
}

/* "2 x 3", in the tape's memory */
static const char *
product_text(struct tape *t, int count, const int64_t *size)
{
    struct buf text = {0};
    const char *kept;

    for (int d = 0; d < count; d++)
        buf_printf(&text, "%s%" PRId64, d > 0 ? " x " : "", size[d]);
    kept = arena_strndup(&t->heap.small, buf_string(&text), text.size);
    buf_clear(&text);
    return kept;
}

static bool
refuse(struct tape *t, const char *text)
{
    (void)tape_fail(t, ERR_MALFORMED, "RuntimeError", "%s", text);
    return false;
}

/* What torch checks before any size is computed. */
static bool
check_steps(struct tape *t, const struct conv_shape *s)
{
    char text[SHAPE_TEXT];

    for (int d = 0; d < s->spatial; d++) {
        if (s->low[d] < 0 || s->high[d] < 0)
            return refuse(t, "negative padding is not supported");
        if (s->stride[d] <= 0)
            return refuse(t, "non-positive stride is not supported");
    }
    for (int d = 0; d < s->spatial; d++) {
        if (s->dilation[d] <= 0) {
            (void)tape_fail(t, ERR_MALFORMED, "RuntimeError",
                            "dilation should be greater than zero, but got %s",
                            shape_text(s->spatial, s->dilation, text));
            return false;
        }
        if (s->low[d] > 1 << 30 || s->high[d] > 1 << 30 || s->stride[d] > 1 << 30 ||
            s->dilation[d] > 1 << 30 || s->output_padding[d] < 0)
            return refuse(t, "convolution: a step or padding is out of range");
    }
    return s->groups > 0 || refuse(t, "non-positive groups is not supported");
}

static bool
check_channels(struct tape *t, const struct conv_shape *s, const struct tensor *x,
               const struct tensor *w, const struct tensor *bias)
{
    char a[SHAPE_TEXT], b[SHAPE_TEXT];
    int64_t takes, makes;

    (void)shape_text(w->dims, w->size, a);
    if (w->size[0] < s->groups)
        return tape_fail(t, ERR_MALFORMED, "RuntimeError",
                         "Given groups=%" PRId64 ", expected weight to be at least "
                         "%" PRId64 " at dimension 0, but got weight of size %s instead",
                         s->groups, s->groups, a) != NULL;
    if (w->size[0] % s->groups != 0)
        return tape_fail(t, ERR_MALFORMED, "RuntimeError",
                         "Given groups=%" PRId64 ", expected weight to be divisible by "
                         "%" PRId64 " at dimension 0, but got weight of size [%s] "
                         "instead",
                         s->groups, s->groups, a) != NULL;
    takes = s->transposed ? w->size[0] : w->size[1] * s->groups;
    makes = s->transposed ? w->size[1] * s->groups : w->size[0];
    (void)shape_text(x->dims, x->size, b);
    if (takes != x->size[1])
        return tape_fail(t, ERR_MALFORMED, "RuntimeError",
                         "Given %s=%" PRId64 ", weight of size %s, expected input%s to "
                         "have %" PRId64 " channels, but got %" PRId64
                         " channels instead",
                         s->transposed ? "transposed" : "groups",
                         s->transposed ? 1 : s->groups, a, b, takes, x->size[1]) != NULL;
    if (bias && (bias->dims != 1 || bias->size[0] != makes))
        return tape_fail(t, ERR_MALFORMED, "RuntimeError",
                         "Given %sweight of size %s, expected bias to be 1-dimensional "
                         "with %" PRId64 " elements, but got bias of size %s instead",
                         s->transposed ? "transposed=1, " : "", a, makes,
                         shape_text(bias->dims, bias->size, b)) != NULL;
    return true;
}

/* Sizes of the map of a convolution, or of the image of a transposed one. */
static bool
set_sizes(struct tape *t, const struct conv_shape *s, const struct tensor *x,
          const struct tensor *w, struct geometry *g)
{
    int64_t padded[PATCH_DIMS], made[PATCH_DIMS];
    int first = PATCH_DIMS - s->spatial;
    bool fits = true, small = false;

    g->patches = patches_trivial();
    for (int d = 0; d < s->spatial; d++) {
        int64_t kernel = w->size[d + 2], in = x->size[d + 2];
        int64_t reach = s->dilation[d] * (kernel - 1) + 1, pad = s->low[d] + s->high[d];
        struct patches *p = &g->patches;
        int k = first + d;

        if (kernel <= 0 || kernel > 1 << 20 || in > INT64_C(1) << 32)
            return refuse(t, "kernel size should be greater than zero");
        padded[d] = in + pad;
        fits = fits && (s->transposed || padded[d] >= reach);
        made[d] = s->transposed
                      ? (in - 1) * s->stride[d] - pad + reach + s->output_padding[d]
                      : (padded[d] - reach) / s->stride[d] + 1;
        small = small || (s->transposed && (made[d] <= 0 || in == 0));
        p->kernel[k] = kernel;
        p->stride[k] = s->stride[d];
        p->dilation[k] = s->dilation[d];
        p->low[k] = s->low[d];
        p->in[k] = s->transposed ? made[d] : in;
        p->out[k] = s->transposed ? in : made[d];
        g->size[IMAGE][d + 2] = p->in[k];
        g->size[MAP][d + 2] = p->out[k];
        g->size[KERNEL][d + 2] = kernel;
    }
    if (!fits)
        return tape_fail(t, ERR_MALFORMED, "RuntimeError",
                         "Calculated padded input size per channel: (%s). Kernel size: "
                         "(%s). Kernel size can't be greater than actual input size",
                         product_text(t, s->spatial, padded),
                         product_text(t, s->spatial, w->size + 2)) != NULL;
    if (small)
        return tape_fail(t, ERR_MALFORMED, "RuntimeError",
                         "Given input size per channel: (%s). Calculated output size per "
                         "channel: (%s). Output size is too small",
                         product_text(t, s->spatial, x->size + 2),
                         product_text(t, s->spatial, made)) != NULL;
    return true;
}

/* torch counts a line as a plane of height 1. */
static bool
check_output_padding(struct tape *t, const struct conv_shape *s)
{
    int last = s->spatial - 1, above = last > 0 ? last - 1 : 0;

    for (int d = 0; d < s->spatial; d++) {
        if (s->output_padding[d] < s->stride[d] || s->output_padding[d] < s->dilation[d])
            continue;
        return tape_fail(t, ERR_MALFORMED, "RuntimeError",
                         "output padding must be smaller than either stride or dilation, "
                         "but got output_padding_height: %" PRId64
                         " output_padding_width: %" PRId64 " stride_height: %" PRId64
                         " stride_width: %" PRId64 " dilation_height: %" PRId64
                         " dilation_width: %" PRId64,
                         last > 0 ? s->output_padding[above] : 0, s->output_padding[last],
                         last > 0 ? s->stride[above] : 1, s->stride[last],
                         last > 0 ? s->dilation[above] : 1, s->dilation[last]) != NULL;
    }
    return true;
}

struct tensor *
op_convolution(struct tape *t, struct tensor *x, struct tensor *w, struct tensor *bias,
               const struct conv_shape *s)
{
    struct geometry *g = heap_alloc(&t->heap, sizeof(*g));
    struct tensor *part[ROLES] = {NULL};
    enum role input = s->transposed ? MAP : IMAGE, output = s->transposed ? IMAGE : MAP;

    if (!x || !w || !g)
        return NULL;
    if (!tensor_is_real(x) || w->type != x->type || (bias && bias->type != x->type))
        return tape_fail(
            t, ERR_MALFORMED, "RuntimeError", "expected scalar type %s but found %s",
            tensor_type_name(x->type),
            tensor_type_name(w->type != x->type || !bias ? w->type : bias->type));
    if (x->dims != s->spatial + 2 || w->dims != s->spatial + 2)
        return tape_fail(
            t, ERR_MALFORMED, "RuntimeError",
            "convolution: expected %dD input and weight, but got %dD and %dD",
            s->spatial + 2, x->dims, w->dims);
    if (!check_steps(t, s) || !check_channels(t, s, x, w, bias) ||
        !check_output_padding(t, s) || !set_sizes(t, s, x, w, g))
        return NULL;
    g->groups = s->groups;
    g->type = x->type;
    g->dims = x->dims;
    memcpy(g->size[KERNEL], w->size, 2 * sizeof(int64_t));
    g->size[input][0] = g->size[output][0] = x->size[0];
    g->size[input][1] = x->size[1];
    g->size[output][1] = s->transposed ? w->size[1] * s->groups : w->size[0];
    part[input] = x;
    part[KERNEL] = w;
    return bilinear(t, "ConvolutionBackward0", g, output, part, bias);
}

/* Padding: one number, one a dimension, or all begins and then all ends. */
static void
read_padding(struct tape *t, const struct op_call *call, struct conv_shape *s)
{
    const struct op_attr *padding = attr_list(call, "padding");

    if (padding->count == 2 * (size_t)s->spatial && padding->count > 1) {
        memcpy(s->low, padding->ints, (size_t)s->spatial * sizeof(int64_t));
        memcpy(s->high, padding->ints + s->spatial, (size_t)s->spatial * sizeof(int64_t));
        return;
    }
    attr_ints(t, call, "padding", s->spatial, s->low);
    memcpy(s->high, s->low, sizeof(s->low));
}

static void
run_conv(struct tape *t, struct op_call *call, int spatial, bool transpose)
{
    struct conv_shape s = {.spatial = spatial, .transposed = transpose};
    struct tensor *x = call->in[0];
    bool single = x->dims == spatial + 1;
    char text[SHAPE_TEXT];
    struct tensor *y;

    attr_ints(t, call, "stride", spatial, s.stride);
    attr_ints(t, call, "dilation", spatial, s.dilation);
    read_padding(t, call, &s);
    if (transpose)
        attr_ints(t, call, "output_padding", spatial, s.output_padding);
    s.groups = attr_int(call, "groups");
    if (x->dims != spatial + 2 && !single)
        (void)tape_fail(t, ERR_MALFORMED, "RuntimeError",
                        "Expected %dD (unbatched) or %dD (batched) input to %s, but got "
                        "input of size: %s",
                        spatial + 1, spatial + 2, call->op->name,
                        shape_text(x->dims, x->size, text));
    if (t->failed)
        return;
    y = op_convolution(t, single ? op_unsqueeze(t, x, 0) : x, call->in[1], call->in[2],
                       &s);
    call->out[0] = single ? op_squeeze(t, y, 0) : y;
}

RUN(conv1d, run_conv(t, call, 1, false))
RUN(conv2d, run_conv(t, call, 2, false))
RUN(conv3d, run_conv(t, call, 3, false))
RUN(conv_transpose1d, run_conv(t, call, 1, true))
RUN(conv_transpose2d, run_conv(t, call, 2, true))
RUN(conv_transpose3d, run_conv(t, call, 3, true))
