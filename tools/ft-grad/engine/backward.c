/*
 * backward.c: gradients travel where graph/schedule says; this file carries them.
 *
 * A node's incoming gradients wait in slots, first one stored, later ones added in
 * order of arrival.  What leaves a node is brought to the shape and type that the
 * receiving tensor had (Engine.cpp: validate_outputs).
 */
#include "engine/backward.h"

#include "engine/discover.h"
#include "engine/trace/trace.h"

#include "ops/ops.h"

#include "common/mem.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct pass {
    struct tape *tape;
    const struct backward_call *call;
    struct backward_report *report;
    struct tensor **slots; /* owned: gradients waiting, by first_slot */
    size_t *first_slot;    /* owned, by node */
    struct tensor **out;   /* owned: what the node that just ran gave */
    struct tensor **roots; /* owned: gradients of the roots */
    uint8_t *hooked;       /* owned, by node: tensor hooks have run */
};

static struct tensor *
run_hooks(struct pass *p, const struct node *n, enum hook_kind kind, uint32_t input,
          struct tensor *grad)
{
    for (const struct hook *h = n->hooks; h; h = h->next) {
        struct tensor *other;

        if (h->kind != kind || h->input != input)
            continue;
        other = h->call(h->context, p->tape, grad);
        if (other)
            grad = other;
    }
    return grad;
}

/* Hooks on the tensors whose gradients arrive at a node. */
static void
run_tensor_hooks(struct pass *p, const struct node *n, struct tensor **in)
{
    if (p->hooked[n->index])
        return;
    p->hooked[n->index] = 1;
    for (uint32_t i = 0; n->hooks && i < n->input_count; i++) {
        in[i] = run_hooks(p, n, HOOK_TENSOR, i, in[i]);
        in[i] = run_hooks(p, n, HOOK_RETAIN_GRAD, i, in[i]);
    }
}

/* May `from` be summed to `to`? */
static bool
expandable(const struct node_input *to, const struct tensor *from)
{
    if (to->dims > from->dims)
        return false;
    for (int d = 0; d < to->dims; d++) {
        int64_t have = from->size[from->dims - to->dims + d];

        if (to->size[d] != have && to->size[d] != 1)
            return false;
    }
    return true;
}

/* Bring gradient `index` to what its receiver had. */
static struct tensor *
conform(struct pass *p, const struct node *n, uint32_t index, const struct node_input *to,
        struct tensor *grad)
{
    struct tape *t = p->tape;
    char got[SHAPE_TEXT], want[SHAPE_TEXT];
    bool same = to->dims == grad->dims &&
                memcmp(to->size, grad->size, (size_t)to->dims * sizeof(to->size[0])) == 0;

    if (!same) {
        if (!expandable(to, grad))
            return tape_fail(t, ERR_MALFORMED, "RuntimeError",
                             "Function %s returned an invalid gradient at index %" PRIu32
                             " - got %s but expected shape compatible with %s",
                             n->name, index, shape_text(grad->dims, grad->size, got),
                             shape_text(to->dims, to->size, want));
        grad = op_sum_to(t, grad, to->dims, to->size);
    }
    if (grad && grad->type != to->type)
        grad = op_cast(t, grad, to->type);
    return grad;
}

static bool
has_nan(struct tape *t, struct tensor *grad)
{
    struct tensor *flat = tensor_contiguous(&t->heap, grad);
    int64_t n = tensor_count(grad);

    for (int64_t i = 0; flat && i < n; i++) {
        if (isnan(tensor_get(flat, i)))
            return true;
    }
    return false;
}

static void
finish_outputs(struct pass *p, const struct node *n)
{
    struct tape *t = p->tape;

    for (uint32_t k = 0; k < n->edge_count && !t->failed; k++) {
        const struct node_edge *edge = &n->edges[k];

        if (!edge->node)
            p->out[k] = NULL;
        else if (p->out[k])
            p->out[k] = conform(p, n, k, &edge->node->inputs[edge->input], p->out[k]);
    }
    for (uint32_t k = 0; t->anomaly && k < n->edge_count && !t->failed; k++) {
        if (p->out[k] && has_nan(t, p->out[k]))
            (void)tape_fail(t, ERR_MALFORMED, "RuntimeError",
                            "Function '%s' returned nan values in its %" PRIu32
                            "th output.",
                            n->name, k);
    }
}

static void
accumulate_leaf(struct pass *p, struct node *n, struct tensor *grad)
{
    struct tensor *leaf = n->leaf;

    if (!grad)
        return;
    if (!leaf->grad)
        /* Taken over, as nobody writes into a gradient; rows apart are put together. */
        leaf->grad =
            p->call->create_graph ? grad : tensor_contiguous(&p->tape->heap, grad);
    else
        leaf->grad = op_add(p->tape, leaf->grad, grad);
    (void)tape_check(p->tape, leaf->grad);
    (void)run_hooks(p, n, HOOK_POST_ACCUMULATE, 0, leaf->grad);
}

static bool
enter(void *context, uint32_t task, uint32_t index, uint32_t thread, struct error *err)
{
    struct pass *p = context;
    struct tape *t = p->tape;
    struct node *n = p->report->graph.nodes[index];
    struct tensor **in = p->slots + p->first_slot[index];

    (void)task;
    (void)thread;
    run_tensor_hooks(p, n, in);
    for (uint32_t i = 0; n->hooks && i < n->input_count; i++)
        in[i] = run_hooks(p, n, HOOK_PRE, i, in[i]);
    memset(p->out, 0, (n->edge_count + 1) * sizeof(struct tensor *));
    if (!n->backward) {
        accumulate_leaf(p, n, in[0]);
    } else {
        n->backward(t, n, in, p->out);
        if (!t->failed)
            finish_outputs(p, n);
        if (!p->call->retain_graph && n->saved_count > 0)
            n->released = true;
    }
    (void)run_hooks(p, n, HOOK_POST, 0, NULL);
    if (p->report->trace && n->backward && !t->failed) {
        for (uint32_t k = 0; k < n->edge_count; k++)
            trace_tensor(p->report->trace, "backward", n->name, k, p->out[k]);
    }
    if (p->report->observe && !t->failed)
        p->report->observe(p->report->context, n, in, p->out);
    if (t->failed)
        *err = t->error;
    return !t->failed;
}

static void
deliver(void *context, uint32_t task, uint32_t node, size_t k,
        const struct graph_edge *to)
{
    struct pass *p = context;
    struct tensor *grad = node == GRAPH_NONE ? p->roots[k] : p->out[k];
    struct tensor **slot = p->slots + p->first_slot[to->node] + to->input;

    (void)task;
    if (!grad)
        return;
    *slot = *slot ? op_add(p->tape, *slot, grad) : grad;
}

static void
capture(void *context, uint32_t task, uint32_t node, size_t index)
{
    struct pass *p = context;
    const struct node *n = p->report->graph.nodes[node];
    struct tensor **in = p->slots + p->first_slot[node];
    uint32_t input = p->report->graph.inputs[index].input;

    (void)task;
    if (p->tape->version >= TORCH_2_6) /* 1.13 captures before any hook */
        run_tensor_hooks(p, n, in);
    p->report->captured[index] = in[input];
}

/* Shape and type of the gradient given for a root (torch/autograd/__init__.py). */
static struct tensor *
root_grad(struct tape *t, struct tensor *root, struct tensor *grad, size_t index)
{
    char got[SHAPE_TEXT], want[SHAPE_TEXT];

    if (!tape_tracks(root))
        return tape_fail(t, ERR_MALFORMED, "RuntimeError",
                         "element %zu of tensors does not require grad and does not have "
                         "a grad_fn",
                         index);
    if (!grad && tensor_count(root) != 1)
        return tape_fail(t, ERR_MALFORMED, "RuntimeError",
                         "grad can be implicitly created only for scalar outputs");
    if (!grad)
        return tape_check(t,
                          tensor_full(&t->heap, root->type, root->dims, root->size, 1));
    if (!tensor_same_shape(root, grad))
        return tape_fail(t, ERR_MALFORMED, "RuntimeError",
                         "Mismatch in shape: grad_output[%zu] has a shape of "
                         "torch.Size(%s) and output[%zu] has a shape of torch.Size(%s).",
                         index, shape_text(grad->dims, grad->size, got), index,
                         shape_text(root->dims, root->size, want));
    return grad->type == root->type ? grad : op_cast(t, grad, root->type);
}

static bool
check_call(struct tape *t, const struct backward_call *call, struct pass *p)
{
    for (size_t i = 0; i < call->root_count && !t->failed; i++)
        p->roots[i] = root_grad(t, call->roots[i],
                                call->root_grads ? call->root_grads[i] : NULL, i);
    if (!t->failed && call->inputs && call->input_count == 0) {
        if (call->accumulate)
            (void)tape_fail(t, ERR_MALFORMED, "RuntimeError",
                            t->version >= TORCH_2_6
                                ? "`inputs` argument to `backward()` cannot be empty."
                                : "'inputs' argument to backward() cannot be empty.");
        else
            (void)tape_fail(t, ERR_MALFORMED, "ValueError",
                            "grad requires non-empty inputs.");
    }
    for (size_t i = 0; call->inputs && i < call->input_count && !t->failed; i++) {
        if (!tape_tracks(call->inputs[i]))
            (void)tape_fail(t, ERR_MALFORMED, "RuntimeError",
                            "One of the differentiated Tensors does not require grad");
    }
    return !t->failed;
}

static void
allocate_slots(struct pass *p)
{
    const struct tape_graph *g = &p->report->graph;
    size_t slots = 0, widest = p->call->root_count;

    p->first_slot = xcalloc((size_t)g->graph.nodes + 1, sizeof(*p->first_slot));
    for (uint32_t i = 0; i < g->graph.nodes; i++) {
        p->first_slot[i] = slots;
        slots += g->nodes[i]->input_count;
        if (g->nodes[i]->edge_count > widest)
            widest = g->nodes[i]->edge_count;
    }
    p->slots = xcalloc(slots + 1, sizeof(struct tensor *));
    p->out = xcalloc(widest + 1, sizeof(struct tensor *));
    p->hooked = xcalloc((size_t)g->graph.nodes + 1, 1);
}

static bool
check_unused(struct tape *t, const struct backward_call *call,
             const struct backward_report *report)
{
    if (call->accumulate || call->allow_unused)
        return true;
    for (size_t i = 0; i < call->input_count; i++) {
        if (!report->captured[i])
            (void)tape_fail(t, ERR_MALFORMED, "RuntimeError",
                            "One of the differentiated Tensors appears to not have been "
                            "used in the graph. Set allow_unused=True if this is the "
                            "desired behavior.");
    }
    return !t->failed;
}

static bool
run_graph(struct pass *p)
{
    struct tape *t = p->tape;
    struct backward_report *report = p->report;
    const struct backward_call *call = p->call;
    struct schedule_call task = {.graph = &report->graph.graph,
                                 .roots = report->graph.roots,
                                 .root_count = call->root_count,
                                 .inputs = report->graph.inputs,
                                 .input_count = call->input_count,
                                 .accumulate = call->accumulate};
    struct schedule_options options = {.order = call->order};
    struct schedule_rule rule = {
        .context = p, .capture = capture, .enter = enter, .deliver = deliver};
    struct error err = {0};

    allocate_slots(p);
    /* A graph root takes a sequence number; the gradient of a single root waits. */
    if (call->root_count == 1)
        p->slots[p->first_slot[report->graph.roots[0].node] +
                 report->graph.roots[0].input] = p->roots[0];
    else
        t->sequence_nr[t->thread]++;
    if (schedule_run(&task, 1, 0, &options, &rule, &report->schedule, &err))
        return check_unused(t, call, report);
    if (!t->failed) {
        t->failed = true;
        t->error = err;
    }
    return false;
}

bool
backward_run(struct tape *t, const struct backward_call *call,
             struct backward_report *report)
{
    struct pass p = {.tape = t, .call = call, .report = report};
    bool recording = t->recording;

    p.roots = xcalloc(call->root_count + 1, sizeof(struct tensor *));
    report->captured = xcalloc(call->input_count + 1, sizeof(struct tensor *));
    if (!t->failed && check_call(t, call, &p) &&
        tape_graph_init(&report->graph, t, call)) {
        t->recording = call->create_graph;
        (void)run_graph(&p);
        t->recording = recording;
    }
    free(p.roots);
    free(p.slots);
    free(p.first_slot);
    free(p.out);
    free(p.hooked);
    return !t->failed;
}

void
backward_report_clear(struct backward_report *report)
{
    tape_graph_clear(&report->graph);
    schedule_report_clear(&report->schedule);
    free(report->captured);
    memset(report, 0, sizeof(*report));
}
