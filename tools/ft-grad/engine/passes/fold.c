/*
 * fold.c: what depends on constants alone is computed once and becomes a leaf; equal
 * expressions without gradients are computed once; what nobody reads goes.
 */
#include "engine/passes/passes.h"

#include "common/mem.h"

#include <stdlib.h>
#include <string.h>

enum { FOLDED_MAX = 1 << 26 }; /* octets of one folded result */

static bool
is_constant(const struct rewriter *r, const struct program_op *op)
{
    for (size_t k = 0; k < op->in_count; k++) {
        bool leaf = false;

        for (size_t i = 0; op->in[k] != UINT32_MAX && i < r->program->leaf_count; i++)
            leaf = leaf ||
                   (r->program->leaves[i].value == op->in[k] &&
                    !r->program->leaves[i].requires_grad && !r->program->leaves[i].input);
        if (op->in[k] != UINT32_MAX && !leaf)
            return false;
    }
    for (size_t k = 0; k < op->out_count; k++) {
        const struct tensor *y = r->run->tensors[op->out[k]];

        if (r->fixed[op->out[k]] ||
            (size_t)tensor_count(y) * tensor_type_size(y->type) > FOLDED_MAX)
            return false;
    }
    return op->op != NULL;
}

static void
add_leaf(struct program *p, uint32_t value, const struct session *run)
{
    struct heap h = {0};
    struct tensor *y = tensor_contiguous(&h, run->tensors[value]);
    size_t octets = (size_t)tensor_count(y) * tensor_type_size(y->type);
    uint8_t *copy = arena_alloc(&p->arena, octets + 1);
    struct program_leaf *leaves =
        arena_alloc(&p->arena, (p->leaf_count + 1) * sizeof(*leaves));

    memcpy(copy, tensor_data(y), octets);
    memcpy(leaves, p->leaves, p->leaf_count * sizeof(*leaves));
    leaves[p->leaf_count] = (struct program_leaf){
        .value = value, .type = y->type, .dims = y->dims, .octets = copy};
    memcpy(leaves[p->leaf_count].size, y->size, sizeof(y->size));
    p->leaves = leaves;
    p->leaf_count++;
    heap_clear(&h);
}

bool
pass_fold(struct rewriter *r, struct error *err)
{
    struct program *p = r->program;

    (void)err;
    for (size_t i = 0; i < p->op_count;) {
        struct program_op op = p->ops[i];

        if (!is_constant(r, &op)) {
            i++;
            continue;
        }
        rewriter_remove(r, i);
        for (size_t k = 0; k < op.out_count; k++)
            add_leaf(p, op.out[k], r->run);
    }
    return true;
}

static bool
same_attrs(const struct program_op *a, const struct program_op *b)
{
    bool same = a->attr_count == b->attr_count;

    for (size_t i = 0; same && i < a->attr_count; i++) {
        const struct op_attr *x = &a->attrs[i], *y = &b->attrs[i];

        same = strcmp(x->name, y->name) == 0 && x->count == y->count &&
               x->dims == y->dims && x->is_list == y->is_list && !x->text == !y->text &&
               (!x->text || strcmp(x->text, y->text) == 0) &&
               memcmp(x->size, y->size, sizeof(x->size)) == 0 &&
               (x->count == 0 ||
                memcmp(x->reals, y->reals, x->count * sizeof(x->reals[0])) == 0);
    }
    return same;
}

/* The same operator on the same values, nothing of it tracked. */
static bool
same_op(const struct rewriter *r, const struct program_op *a, const struct program_op *b)
{
    bool same = a->op && a->op == b->op && a->in_count == b->in_count &&
                a->out_count == b->out_count &&
                memcmp(a->in, b->in, a->in_count * sizeof(a->in[0])) == 0 &&
                same_attrs(a, b);

    for (size_t k = 0; same && k < b->out_count; k++)
        same = !r->tracked[b->out[k]] && !r->fixed[b->out[k]];
    return same;
}

/* Where gradients pass, two equal nodes must stay two: g1 y + g2 y is not (g1 + g2) y. */
bool
pass_merge(struct rewriter *r, struct error *err)
{
    struct program *p = r->program;

    (void)err;
    for (size_t j = 1; j < p->op_count;) {
        size_t i = 0;

        while (i < j && !same_op(r, &p->ops[i], &p->ops[j]))
            i++;
        if (i == j) {
            j++;
            continue;
        }
        for (size_t k = 0; k < p->ops[j].out_count; k++)
            rewriter_replace(r, p->ops[j].out[k], p->ops[i].out[k]);
        rewriter_remove(r, j);
    }
    return true;
}

bool
pass_drop_ops(struct rewriter *r, struct error *err)
{
    struct program *p = r->program;

    (void)err;
    for (size_t i = p->op_count; i-- > 0;) {
        bool read = false;

        for (size_t k = 0; k < p->ops[i].out_count; k++)
            read = read || r->uses[p->ops[i].out[k]] > 0;
        if (!read)
            rewriter_remove(r, i);
    }
    return true;
}

/* Leaves whose gradient may be asked for stay. */
bool
pass_drop_leaves(struct rewriter *r, struct error *err)
{
    struct program *p = r->program;
    size_t kept = 0;

    (void)err;
    for (size_t i = 0; i < p->leaf_count; i++) {
        if (r->uses[p->leaves[i].value] > 0 || p->leaves[i].requires_grad)
            p->leaves[kept++] = p->leaves[i];
        else
            r->changes++;
    }
    p->leaf_count = kept;
    return true;
}
