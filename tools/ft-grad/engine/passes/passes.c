/*
 * passes.c: the order of the passes, and what is checked after each.
 */
#include "engine/passes/passes.h"

#include "graph/fingerprint.h"

#include "common/mem.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    bool (*run)(struct rewriter *r, struct error *err);
} passes[PASSES] = {
    {"algebraic simplification", pass_simplify}, {"constant folding", pass_fold},
    {"common subexpressions", pass_merge},       {"dead code", pass_drop_ops},
    {"dead tensors", pass_drop_leaves},          {"elementwise fusion", pass_fuse},
    {"gradient fusion", pass_fuse_gradients},
};

static void
hash_op(struct fingerprint *f, const struct program_op *op)
{
    fingerprint_text(f, op->op ? op->op->name : "fused");
    fingerprint_word(f, op->in_count);
    for (size_t i = 0; i < op->in_count; i++)
        fingerprint_word(f, op->in[i]);
    fingerprint_word(f, op->out_count);
    for (size_t i = 0; i < op->out_count; i++)
        fingerprint_word(f, op->out[i]);
    fingerprint_word(f, op->attr_count);
    for (size_t i = 0; i < op->attr_count; i++) {
        const struct op_attr *a = &op->attrs[i];

        fingerprint_text(f, a->name);
        fingerprint_text(f, a->text ? a->text : "");
        fingerprint_word(f, a->count);
        for (size_t k = 0; k < a->count; k++) {
            uint64_t bits;

            memcpy(&bits, &a->reals[k], sizeof(bits));
            fingerprint_word(f, bits);
        }
    }
    fingerprint_word(f, op->fused_count);
    for (size_t i = 0; i < op->fused_count; i++)
        hash_op(f, &op->fused[i]); /* one level: groups hold no groups */
}

uint64_t
program_fingerprint(const struct program *p)
{
    struct fingerprint f;

    fingerprint_begin(&f);
    fingerprint_word(&f, p->leaf_count);
    for (size_t i = 0; i < p->leaf_count; i++) {
        const struct program_leaf *leaf = &p->leaves[i];

        fingerprint_word(&f, leaf->value);
        fingerprint_text(&f, tensor_type_name(leaf->type));
        fingerprint_word(&f, leaf->requires_grad);
        fingerprint_word(&f, (uint64_t)leaf->dims);
        for (int d = 0; d < leaf->dims; d++)
            fingerprint_word(&f, (uint64_t)leaf->size[d]);
    }
    fingerprint_word(&f, p->op_count);
    for (size_t i = 0; i < p->op_count; i++)
        hash_op(&f, &p->ops[i]);
    fingerprint_word(&f, p->root_count);
    for (size_t i = 0; i < p->root_count; i++)
        fingerprint_word(&f, p->roots[i].value);
    return fingerprint_end(&f);
}

static bool
fail(struct error *err, const char *subclass, size_t op, const char *what)
{
    (void)error_set(err, ERR_MALFORMED, "operator %zu %s", op, what);
    return error_subclass(err, subclass);
}

bool
program_verify(const struct program *p, struct error *err)
{
    bool *made = xcalloc((size_t)p->values + 1, sizeof(*made));
    bool ok = true;

    for (size_t i = 0; i < p->leaf_count; i++)
        made[p->leaves[i].value] = true;
    for (size_t i = 0; ok && i < p->op_count; i++) {
        const struct program_op *op = &p->ops[i];

        for (size_t k = 0; ok && k < op->in_count; k++) {
            if (op->in[k] != UINT32_MAX && !made[op->in[k]])
                ok = fail(err, "missing_producer", i, "reads a value nobody made");
        }
        for (size_t k = 0; ok && k < op->out_count; k++) {
            if (made[op->out[k]])
                ok = fail(err, "duplicate_name", i, "makes a value again");
            made[op->out[k]] = true;
        }
    }
    for (size_t i = 0; ok && i < p->root_count; i++) {
        if (!made[p->roots[i].value])
            ok = fail(err, "missing_producer", p->op_count, "(a root) is not made");
    }
    free(made);
    return ok;
}

void
rewriter_replace(struct rewriter *r, uint32_t y, uint32_t x)
{
    for (size_t i = 0; i < r->program->op_count; i++) {
        struct program_op *op = &r->program->ops[i];

        for (size_t k = 0; k < op->in_count; k++) {
            if (op->in[k] != y)
                continue;
            op->in[k] = x;
            r->uses[x]++;
            r->uses[y]--;
        }
    }
}

void
rewriter_remove(struct rewriter *r, size_t op)
{
    struct program *p = r->program;

    for (size_t k = 0; k < p->ops[op].in_count; k++) {
        if (p->ops[op].in[k] != UINT32_MAX)
            r->uses[p->ops[op].in[k]]--;
    }
    memmove(&p->ops[op], &p->ops[op + 1], (p->op_count - op - 1) * sizeof(p->ops[0]));
    p->op_count--;
    r->changes++;
}

static void
rewriter_init(struct rewriter *r, struct program *p, const struct session *run)
{
    *r = (struct rewriter){.program = p, .run = run};
    r->uses = xcalloc((size_t)p->values + 1, sizeof(*r->uses));
    r->fixed = xcalloc((size_t)p->values + 1, sizeof(*r->fixed));
    r->tracked = xcalloc((size_t)p->values + 1, sizeof(*r->tracked));
    for (size_t i = 0; i < p->leaf_count; i++)
        r->tracked[p->leaves[i].value] = p->leaves[i].requires_grad;
    for (size_t i = 0; i < p->op_count; i++) {
        const struct program_op *op = &p->ops[i];
        bool tracked = false;

        for (size_t k = 0; k < op->in_count; k++) {
            if (op->in[k] == UINT32_MAX)
                continue;
            r->uses[op->in[k]]++;
            tracked = tracked || r->tracked[op->in[k]];
        }
        for (size_t k = 0; k < op->out_count; k++)
            r->tracked[op->out[k]] = tracked;
    }
    for (size_t i = 0; i < p->root_count; i++) {
        r->uses[p->roots[i].value]++;
        r->fixed[p->roots[i].value] = true;
    }
    for (size_t i = 0; i < p->input_count; i++) {
        r->uses[p->inputs[i]]++;
        r->fixed[p->inputs[i]] = true;
    }
}

static void
rewriter_clear(struct rewriter *r)
{
    free(r->uses);
    free(r->fixed);
    free(r->tracked);
}

static void
add_tensor(struct digest *d, struct heap *h, struct tensor *x)
{
    struct tensor *flat = x ? tensor_contiguous(h, x) : NULL;

    digest_update(d, flat ? "t" : "-", 1);
    if (flat)
        digest_update(d, tensor_data(flat),
                      (size_t)tensor_count(flat) * tensor_type_size(flat->type));
}

/* Roots and every gradient the call asks for; leaves that went away had none. */
static bool
results(struct session *s, char out[static DIGEST_HEX_SIZE], struct error *err)
{
    const struct program *p = s->program;
    uint8_t bytes[DIGEST_SIZE_MAX];
    struct digest *d;

    if (!session_run(s)) {
        *err = s->tape.error;
        return false;
    }
    d = digest_new(DIGEST_XXH3_128);
    for (size_t i = 0; i < p->root_count; i++)
        add_tensor(d, &s->tape.heap, s->tensors[p->roots[i].value]);
    for (size_t i = 0; i < session_gradients(s); i++) {
        const char *name;
        struct tensor *g = session_gradient(s, i, &name);

        if (g || p->is_grad || p->leaves[i].requires_grad)
            add_tensor(d, &s->tape.heap, g);
    }
    digest_final(d, bytes);
    hex_encode(bytes, digest_size(DIGEST_XXH3_128), out);
    digest_free(d);
    return true;
}

static bool
run_program(const struct program *p, struct session *s, char out[static DIGEST_HEX_SIZE],
            struct error *err)
{
    if (session_init(s, p, TORCH_2_6, 1))
        return results(s, out, err);
    *err = s->tape.error;
    return false;
}

/* Run one pass on a copy of the lists; keep it when the results are the same. */
static bool
run_pass(struct program *p, size_t which, const char *want, struct pass_report *report,
         struct error *err)
{
    struct program before = *p;
    struct session was, now = {0};
    struct rewriter r;
    char have[DIGEST_HEX_SIZE], again[DIGEST_HEX_SIZE];
    bool ok = run_program(&before, &was, again, err);

    p->ops = arena_alloc(&p->arena, (p->op_count + 1) * sizeof(p->ops[0]));
    memcpy(p->ops, before.ops, p->op_count * sizeof(p->ops[0]));
    p->leaves = arena_alloc(&p->arena, (p->leaf_count + 1) * sizeof(p->leaves[0]));
    memcpy(p->leaves, before.leaves, p->leaf_count * sizeof(p->leaves[0]));
    rewriter_init(&r, p, &was);
    ok = ok && passes[which].run(&r, err) && program_verify(p, err) &&
         run_program(p, &now, have, err);
    if (ok && strcmp(have, want) != 0) {
        report->taken_back = true;
        r.changes = 0;
        p->ops = before.ops;
        p->op_count = before.op_count;
        p->leaves = before.leaves;
        p->leaf_count = before.leaf_count;
    }
    report->changes = r.changes;
    rewriter_clear(&r);
    session_clear(&was);
    if (now.program)
        session_clear(&now);
    return ok;
}

static void
describe(const struct program *p, const char *name, struct pass_report *report)
{
    report->name = name;
    report->ops = p->op_count;
    report->leaves = p->leaf_count;
    report->fingerprint = program_fingerprint(p);
}

bool
passes_run(struct program *p, struct pass_report reports[PASSES + 1],
           char digest[static DIGEST_HEX_SIZE], struct error *err)
{
    struct session first;
    bool ok;

    memset(reports, 0, (PASSES + 1) * sizeof(reports[0]));
    for (size_t i = 0; i < p->op_count; i++) {
        if (p->ops[i].in_place || p->ops[i].thread != 0) {
            (void)error_set(err, ERR_UNSUPPORTED,
                            "an operator in place or of another thread stands against "
                            "rewriting");
            return error_at(err, "/ops/%zu", i);
        }
    }
    ok = program_verify(p, err) && run_program(p, &first, digest, err);
    session_clear(&first);
    describe(p, "program", &reports[0]);
    for (size_t i = 0; ok && i < PASSES; i++) {
        ok = run_pass(p, i, digest, &reports[i + 1], err);
        describe(p, passes[i].name, &reports[i + 1]);
    }
    return ok;
}
