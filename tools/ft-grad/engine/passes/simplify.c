/*
 * simplify.c: operators that give back their operand, and pairs that undo each other.
 *
 * Only identities of IEEE numbers: x * 1, x / 1, x - 0, x ^ 1; not x + 0, which turns
 * -0 into 0.  Those of ONNX stand in onnx.c.  Where gradients pass, the operand may be
 * used at most twice, because three contributions would be added in another order.
 */
#include "engine/passes/passes.h"

#include <string.h>

static bool
is_identity(const struct program_op *op)
{
    static const struct {
        const char *name;
        double value;
    } identities[] = {
        {"mul_scalar", 1}, {"div_scalar", 1}, {"pow_scalar", 1}, {"sub_scalar", 0}};

    if (!op->op || op->out_count != 1 || op->in_count != 1)
        return false;
    if (strcmp(op->op->name, "clone") == 0)
        return true;
    for (size_t i = 0; i < COUNT_OF(identities); i++) {
        if (strcmp(op->op->name, identities[i].name) == 0 && op->attr_count == 1 &&
            strcmp(op->attrs[0].name, "value") == 0 && op->attrs[0].count == 1)
            return op->attrs[0].reals[0] == identities[i].value;
    }
    return false;
}

/* The operator that makes a value, or NULL. */
static const struct program_op *
producer(const struct program *p, uint32_t value)
{
    for (size_t i = 0; i < p->op_count; i++) {
        for (size_t k = 0; k < p->ops[i].out_count; k++) {
            if (p->ops[i].out[k] == value)
                return &p->ops[i];
        }
    }
    return NULL;
}

/* The value that op gives back, or UINT32_MAX. */
static uint32_t
same_as(const struct rewriter *r, const struct program_op *op)
{
    static const char *const undo_themselves[] = {"neg", "t"};
    const struct program_op *inner;

    if (is_identity(op))
        return op->in[0];
    if (onnx_same_as(r, op) != UINT32_MAX)
        return onnx_same_as(r, op);
    inner = op->op && op->in_count == 1 ? producer(r->program, op->in[0]) : NULL;
    for (size_t i = 0; inner && i < COUNT_OF(undo_themselves); i++) {
        if (inner->op && inner->op == op->op &&
            strcmp(op->op->name, undo_themselves[i]) == 0)
            return inner->in[0];
    }
    return inner && onnx_undoes(op, inner) ? inner->in[0] : UINT32_MAX;
}

bool
pass_simplify(struct rewriter *r, struct error *err)
{
    struct program *p = r->program;

    (void)err;
    for (size_t i = 0; i < p->op_count;) {
        uint32_t x = same_as(r, &p->ops[i]), y;

        if (x == UINT32_MAX || r->fixed[p->ops[i].out[0]] ||
            (r->tracked[x] && r->uses[x] > 2)) {
            i++;
            continue;
        }
        y = p->ops[i].out[0];
        rewriter_remove(r, i);
        rewriter_replace(r, y, x);
    }
    return true;
}
