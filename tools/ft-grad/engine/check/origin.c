/*
 * origin.c: forward values in the order they are made, backward nodes as they run.
 */
#include "engine/check/origin.h"

#include <math.h>

/* Find the first element that is not finite. */
static bool
look(struct origin *o, struct tensor *x)
{
    struct tensor *flat = x && tensor_is_real(x) ? tensor_contiguous(o->heap, x) : NULL;
    int64_t n = flat ? tensor_count(flat) : 0;

    for (int64_t i = 0; i < n; i++) {
        double value = tensor_get(flat, i);

        if (!isfinite(value)) {
            o->element = i;
            o->value = value;
            return true;
        }
    }
    return false;
}

void
origin_forward(struct origin *o, const struct session *s)
{
    const struct program *p = s->program;

    for (size_t i = 0; i < p->leaf_count && !o->name; i++) {
        if (look(o, s->leaves[i])) {
            o->name = p->names[p->leaves[i].value];
            o->op = "";
        }
    }
    for (size_t i = 0; i < p->op_count && !o->name; i++) {
        const struct program_op *op = &p->ops[i];

        for (size_t k = 0; k < op->out_count && !o->name; k++) {
            if (!look(o, s->tensors[op->out[k]]))
                continue;
            o->name = p->names[op->out[k]];
            o->op = op->op ? op->op->name : "fused";
            o->output = (uint32_t)k;
        }
    }
}

static void
observe(void *context, const struct node *n, struct tensor *const *in,
        struct tensor *const *out)
{
    struct origin *o = context;

    (void)in;
    for (uint32_t k = 0; k < n->edge_count && !o->name; k++) {
        if (look(o, out[k])) {
            o->name = n->name;
            o->op = "";
            o->output = k;
            o->backward = true;
        }
    }
}

void
origin_watch(struct origin *o, struct session *s)
{
    s->report.observe = observe;
    s->report.context = o;
}
