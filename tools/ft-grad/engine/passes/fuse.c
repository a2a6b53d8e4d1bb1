/*
 * fuse.c: chains of element-wise operators become one, run block by block.
 *
 * What lies between the operators of a group is read once, by the next of them; every
 * operand has the shape of the result and comes in once.
 */
#include "engine/passes/passes.h"

#include <string.h>

enum { OPERANDS_MAX = 6, GROUP_MAX = 16 };

static const char *const elementwise[] = {
    "neg",        "abs",         "square",      "sqrt",       "rsqrt",      "reciprocal",
    "exp",        "exp2",        "expm1",       "log",        "log1p",      "log2",
    "log10",      "sin",         "cos",         "tan",        "asin",       "acos",
    "atan",       "sinh",        "cosh",        "tanh",       "asinh",      "acosh",
    "atanh",      "sigmoid",     "logsigmoid",  "erf",        "erfc",       "relu",
    "relu6",      "leaky_relu",  "elu",         "selu",       "celu",       "gelu",
    "gelu_tanh",  "silu",        "mish",        "softplus",   "softsign",   "tanhshrink",
    "hardtanh",   "hardsigmoid", "hardswish",   "add_scalar", "sub_scalar", "mul_scalar",
    "div_scalar", "rsub_scalar", "rdiv_scalar", "pow_scalar", "add",        "sub",
    "mul",        "div",         "maximum",     "minimum"};

static bool
is_elementwise(const struct rewriter *r, const struct program_op *op)
{
    const struct tensor *y;
    bool listed = false;

    for (size_t i = 0; op->op && i < COUNT_OF(elementwise); i++)
        listed = listed || strcmp(op->op->name, elementwise[i]) == 0;
    if ((!listed && !onnx_is_elementwise(op)) || op->out_count != 1)
        return false;
    y = r->run->tensors[op->out[0]];
    for (size_t k = 0; k < op->in_count; k++) {
        const struct tensor *x =
            op->in[k] == UINT32_MAX ? NULL : r->run->tensors[op->in[k]];

        if (!x || x->type != y->type || !tensor_is_real(x) || !tensor_same_shape(x, y))
            return false;
    }
    return true;
}

static size_t
reader_of(const struct program *p, uint32_t value)
{
    for (size_t i = 0; i < p->op_count; i++) {
        for (size_t k = 0; k < p->ops[i].in_count; k++) {
            if (p->ops[i].in[k] == value)
                return i;
        }
    }
    return p->op_count;
}

/* Operands of a group from outside; false when there are too many, or one twice. */
static bool
operands_of(const struct program *p, const size_t *group, size_t count,
            uint32_t out[static OPERANDS_MAX], size_t *operands)
{
    *operands = 0;
    for (size_t g = 0; g < count; g++) {
        const struct program_op *op = &p->ops[group[g]];

        for (size_t k = 0; k < op->in_count; k++) {
            if (g > 0 && op->in[k] == p->ops[group[g - 1]].out[0])
                continue;
            for (size_t i = 0; i < *operands; i++) {
                if (out[i] == op->in[k])
                    return false;
            }
            if (*operands == OPERANDS_MAX)
                return false;
            out[(*operands)++] = op->in[k];
        }
    }
    return true;
}

/* The longest group from `first` on. */
static size_t
find_group(const struct rewriter *r, size_t first, bool tracked,
           size_t group[static GROUP_MAX])
{
    const struct program *p = r->program;
    uint32_t operands[OPERANDS_MAX];
    size_t count = 0, n, next = first;

    while (count < GROUP_MAX && next < p->op_count && is_elementwise(r, &p->ops[next]) &&
           r->tracked[p->ops[next].out[0]] == tracked) {
        uint32_t y = p->ops[next].out[0];

        group[count++] = next;
        if (!operands_of(p, group, count, operands, &n))
            return count - 1;
        if (r->uses[y] != 1 || r->fixed[y])
            return count;
        next = reader_of(p, y);
    }
    return count;
}

static void
fuse_group(struct rewriter *r, const size_t *group, size_t count)
{
    struct program *p = r->program;
    struct program_op fused = {0}, *parts;
    size_t last = group[count - 1];

    (void)operands_of(p, group, count, fused.in, &fused.in_count);
    parts = arena_alloc(&p->arena, count * sizeof(*parts));
    for (size_t g = 0; g < count; g++)
        parts[g] = p->ops[group[g]];
    fused.out = p->ops[last].out;
    fused.out_count = 1;
    fused.fused = parts;
    fused.fused_count = count;
    p->ops[last] = fused;
    for (size_t g = count - 1; g-- > 0;) {
        memmove(&p->ops[group[g]], &p->ops[group[g] + 1],
                (p->op_count - group[g] - 1) * sizeof(p->ops[0]));
        p->op_count--;
    }
    r->changes++;
}

static bool
fuse(struct rewriter *r, bool tracked)
{
    for (size_t i = 0; i < r->program->op_count; i++) {
        size_t group[GROUP_MAX], count = find_group(r, i, tracked, group);

        if (count > 1)
            fuse_group(r, group, count);
    }
    return true;
}

bool
pass_fuse(struct rewriter *r, struct error *err)
{
    (void)err;
    return fuse(r, false);
}

bool
pass_fuse_gradients(struct rewriter *r, struct error *err)
{
    (void)err;
    return fuse(r, true);
}
