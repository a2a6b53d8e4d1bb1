/*
 * onnx.c: what the passes know of ONNX's operators, "onnx.NAME.SINCE".
 *
 * Shapes are those of a run of the program.  They are those of every run where the
 * inputs that name sizes are constants.
 */
#include "engine/passes/passes.h"

#include "ops/onnx/operators.h"

#include <string.h>

/* NAME, or "". */
static const char *
name_of(const struct program_op *op)
{
    if (!op->op || strncmp(op->op->name, "onnx.", 5) != 0)
        return "";
    return ((const struct onnx_operator *)(const void *)op->op)->name;
}

static bool
is_one_of(const char *name, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(name, list[i]) == 0)
            return true;
    }
    return false;
}

/* A leaf that is the same in every run and has no gradient. */
static bool
is_constant(const struct rewriter *r, uint32_t value)
{
    for (size_t i = 0; i < r->program->leaf_count; i++) {
        const struct program_leaf *leaf = &r->program->leaves[i];

        if (leaf->value == value)
            return !leaf->requires_grad && !leaf->input;
    }
    return false;
}

/* Is the value a constant number that leaves the shape of x as it is? */
static bool
is_number(const struct rewriter *r, uint32_t value, const struct tensor *x, double number)
{
    const struct tensor *c = r->run->tensors[value];

    return is_constant(r, value) && tensor_count(c) == 1 && c->dims <= x->dims &&
           tensor_get(c, 0) == number;
}

/* x op number (or number op x) with the number that changes nothing. */
static uint32_t
neutral(const struct rewriter *r, const struct program_op *op)
{
    static const struct {
        const char *name;
        double number;
        bool either, integers; /* on either side; only of integers: -0 + 0 is 0 */
    } known[] = {{"Mul", 1, true, false},
                 {"Div", 1, false, false},
                 {"Sub", 0, false, false},
                 {"Pow", 1, false, false},
                 {"Add", 0, true, true}};

    for (size_t i = 0; i < COUNT_OF(known); i++) {
        if (strcmp(name_of(op), known[i].name) != 0)
            continue;
        for (int side = 1; side >= (known[i].either ? 0 : 1); side--) {
            const struct tensor *x = r->run->tensors[op->in[1 - side]];
            bool is_float = dtype_kind(tensor_type_dtype(x->type)) == DTYPE_KIND_FLOAT;

            if (is_number(r, op->in[side], x, known[i].number) &&
                !(is_float && known[i].integers))
                return op->in[1 - side];
        }
    }
    return UINT32_MAX;
}

static const struct op_attr *
order_of(const struct program_op *op)
{
    return op->attr_count == 1 && strcmp(op->attrs[0].name, "perm") == 0 ? op->attrs
                                                                         : NULL;
}

static bool
keeps_order(const struct program_op *op)
{
    const struct op_attr *order = order_of(op);

    for (size_t d = 0; order && d < order->count; d++) {
        if (order->ints[d] != (int64_t)d)
            return false;
    }
    return order != NULL;
}

uint32_t
onnx_same_as(const struct rewriter *r, const struct program_op *op)
{
    static const char *const shapes[] = {"Reshape", "Flatten", "Squeeze", "Unsqueeze",
                                         "Expand"};
    const char *name = name_of(op);
    bool constant = true;

    if (!name[0] || op->out_count != 1 || op->in_count == 0)
        return UINT32_MAX;
    if (strcmp(name, "Identity") == 0 || strcmp(name, "Dropout") == 0 ||
        (strcmp(name, "Transpose") == 0 && keeps_order(op)))
        return op->in[0];
    for (size_t i = 1; i < op->in_count; i++)
        constant = constant && op->in[i] != UINT32_MAX && is_constant(r, op->in[i]);
    if (is_one_of(name, shapes, COUNT_OF(shapes)) && constant &&
        tensor_same_shape(r->run->tensors[op->in[0]], r->run->tensors[op->out[0]]))
        return op->in[0];
    return op->in_count == 2 ? neutral(r, op) : UINT32_MAX;
}

bool
onnx_undoes(const struct program_op *op, const struct program_op *inner)
{
    const struct op_attr *a = order_of(op), *b = order_of(inner);

    if (strcmp(name_of(op), name_of(inner)) != 0 || inner->out_count != 1)
        return false;
    if (strcmp(name_of(op), "Neg") == 0)
        return true;
    if (strcmp(name_of(op), "Transpose") != 0 || !a || !b || a->count != b->count)
        return false;
    for (size_t d = 0; d < a->count; d++) {
        int64_t from = a->ints[d] < 0 ? 0 : a->ints[d];

        if ((size_t)from >= b->count || b->ints[from] != (int64_t)d)
            return false;
    }
    return true;
}

bool
onnx_is_elementwise(const struct program_op *op)
{
    static const char *const list[] = {"Abs",
                                       "Acos",
                                       "Acosh",
                                       "Add",
                                       "Asin",
                                       "Asinh",
                                       "Atan",
                                       "Atanh",
                                       "Ceil",
                                       "Celu",
                                       "Cos",
                                       "Cosh",
                                       "Div",
                                       "Elu",
                                       "Erf",
                                       "Exp",
                                       "Floor",
                                       "Gelu",
                                       "HardSigmoid",
                                       "HardSwish",
                                       "LeakyRelu",
                                       "Log",
                                       "Max",
                                       "Mean",
                                       "Min",
                                       "Mish",
                                       "Mul",
                                       "Neg",
                                       "Pow",
                                       "PRelu",
                                       "Reciprocal",
                                       "Relu",
                                       "Round",
                                       "Selu",
                                       "Shrink",
                                       "Sigmoid",
                                       "Sign",
                                       "Sin",
                                       "Sinh",
                                       "Softplus",
                                       "Softsign",
                                       "Sqrt",
                                       "Sub",
                                       "Sum",
                                       "Tan",
                                       "Tanh",
                                       "ThresholdedRelu"};

    return is_one_of(name_of(op), list, COUNT_OF(list));
}
