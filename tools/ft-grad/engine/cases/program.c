/*
 * program.c: whole programs, higher derivatives, and special values.
 */
#include "engine/cases/cases.h"

#include "common/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
write_tensor(struct case_io *c, const char *key, struct heap *h, struct tensor *x)
{
    if (!x) {
        json_null(c->j, key);
        return;
    }
    json_object(c->j, key);
    json_array(c->j, "shape");
    for (int d = 0; d < x->dims; d++)
        json_i64(c->j, NULL, x->size[d]);
    json_end(c->j);
    case_numbers(c, "data", h, x);
    json_end(c->j);
}

static void
write_grads(struct case_io *c, const struct program *p, struct tape *t,
            struct tensor **tensors, const struct backward_report *report)
{
    if (p->is_grad) {
        json_array(c->j, "grads");
        for (size_t i = 0; i < p->input_count; i++)
            write_tensor(c, NULL, &t->heap, report->captured[i]);
        json_end(c->j);
        return;
    }
    json_object(c->j, "grads");
    for (size_t i = 0; i < p->leaf_count; i++) {
        uint32_t v = p->leaves[i].value;

        case_numbers(c, p->names[v], &t->heap, tensors[v]->grad);
    }
    json_end(c->j);
}

static void
write_refs(struct json_out *j, const char *key, const struct graph_edge *refs,
           size_t count)
{
    if (!refs) {
        json_null(j, key);
        return;
    }
    json_array(j, key);
    for (size_t i = 0; i < count; i++) {
        json_array(j, NULL);
        json_u64(j, NULL, refs[i].node);
        json_u64(j, NULL, refs[i].input);
        json_end(j);
    }
    json_end(j);
}

static void
write_node(struct json_out *j, const struct tape_graph *g, uint32_t i)
{
    const struct node *n = g->nodes[i];

    json_object(j, NULL);
    json_u64(j, "id", i);
    json_string(j, "name", n->name);
    if (n->sequence_nr == GRAPH_SEQUENCE_LEAF)
        json_string(j, "sequence_nr", "max");
    else
        json_u64(j, "sequence_nr", n->sequence_nr);
    json_u64(j, "topological_nr", n->topological_nr);
    json_u64(j, "num_inputs", n->input_count);
    json_array(j, "next");
    for (uint32_t k = 0; k < n->edge_count; k++) {
        const struct node_edge *e = &n->edges[k];

        json_array(j, NULL);
        json_i64(j, NULL, e->node ? (int64_t)e->node->index : -1);
        json_u64(j, NULL, e->node ? e->input : 0);
        json_end(j);
    }
    json_end(j);
    json_array(j, "input_shapes");
    for (uint32_t k = 0; k < n->input_count; k++) {
        json_array(j, NULL);
        for (int d = 0; d < n->inputs[k].dims; d++)
            json_i64(j, NULL, n->inputs[k].size[d]);
        json_end(j);
    }
    json_end(j);
    json_end(j);
}

void
tape_graph_write(struct json_out *j, const char *key, const struct tape_graph *g,
                 size_t roots, size_t inputs)
{
    json_object(j, key);
    json_array(j, "nodes");
    for (uint32_t i = 0; i < g->graph.nodes; i++)
        write_node(j, g, i);
    json_end(j);
    write_refs(j, "roots", g->roots, roots);
    write_refs(j, "inputs", g->inputs, inputs);
    json_end(j);
}

static void
write_program(struct case_io *c, const struct program *p, struct tape *t,
              struct tensor **tensors, const struct backward_report *report)
{
    const struct json *order = json_get(c->node, "order");

    json_object(c->j, "value");
    json_object(c->j, "outputs");
    for (size_t i = 0; i < p->root_count; i++) {
        uint32_t v = p->roots[i].value;
        bool again = false;

        for (size_t k = 0; k < i; k++)
            again = again || p->roots[k].value == v;
        if (!again)
            write_tensor(c, p->names[v], &t->heap, tensors[v]);
    }
    json_end(c->j);
    write_grads(c, p, t, tensors, report);
    json_null(c->j, "error");
    if (!order || json_is_true(order)) { /* false: only the numbers are asked for */
        json_array(c->j, "execution_order");
        for (size_t i = 0; i < report->schedule.order_count; i++)
            json_u64(c->j, NULL, report->schedule.order[i]);
        json_end(c->j);
    }
    if (c->with_graph)
        tape_graph_write(c->j, "graph", &report->graph, p->root_count, p->input_count);
    json_end(c->j);
}

bool
case_program(struct case_io *c)
{
    struct program p;
    struct tape t;
    struct backward_report report = {0};
    struct tensor **tensors = NULL;
    bool ok = program_read(&p, c->doc, c->node, c->err);

    case_tape(c, &t);
    if (ok) {
        tensors = xcalloc((size_t)p.values + 1, sizeof(struct tensor *));
        ok = program_forward(&p, &t, tensors) &&
             program_backward(&p, &t, tensors, SCHEDULE_TORCH, &report);
        if (ok)
            write_program(c, &p, &t, tensors, &report);
        else
            (void)case_fail(c, &t);
    }
    backward_report_clear(&report);
    free(tensors);
    tape_clear(&t);
    program_clear(&p);
    return ok;
}

/* The gradient of sum(y) with respect to x; NULL when there is none. */
static struct tensor *
derivative(struct tape *t, struct tensor *y, struct tensor *x, bool create_graph)
{
    struct tensor *root = y ? op_sum(t, y) : NULL, *g;
    struct backward_report report = {0};
    struct backward_call call = {.roots = &root,
                                 .root_count = 1,
                                 .inputs = &x,
                                 .input_count = 1,
                                 .retain_graph = true,
                                 .create_graph = create_graph,
                                 .allow_unused = true};

    if (!root || !tape_tracks(root))
        return NULL;
    g = backward_run(t, &call, &report) ? report.captured[0] : NULL;
    backward_report_clear(&report);
    return g;
}

bool
case_second_order(struct case_io *c)
{
    static const char *const keys[] = {"y", "g1", "g2", "g3"};
    struct tensor *x, *g[4] = {NULL};
    struct tape t;

    case_tape(c, &t);
    x = case_tensor(c, &t, "x", TENSOR_F64);
    if (x)
        x->requires_grad = true;
    g[0] = case_apply(c, &t, x, NULL);
    for (int k = 1; k < 4; k++)
        g[k] = derivative(&t, g[k - 1], x, true);
    if (!t.failed) {
        json_object(c->j, "value");
        for (int k = 0; k < 4; k++)
            case_numbers(c, keys[k], &t.heap, g[k]);
        json_end(c->j);
    } else {
        (void)case_fail(c, &t);
    }
    tape_clear(&t);
    return c->err->class == ERR_NONE;
}

/* Backward from y with gradient g (NULL: ones); leaves have their grad then. */
static bool
run_back(struct tape *t, struct tensor *y, struct tensor *g)
{
    struct tensor *seed = y && !g ? op_full_like(t, y, 1) : g;
    struct backward_report report = {0};
    struct backward_call call = {
        .roots = &y, .root_grads = &seed, .root_count = 1, .accumulate = true};
    bool ok;

    if (!y)
        return false;
    ok = backward_run(t, &call, &report);
    backward_report_clear(&report);
    return ok;
}

/* All elements in one tensor, or (scalar) each in a 0-dim tensor of its own. */
static bool
edge_half(struct case_io *c, bool scalar)
{
    struct tensor *x, *y = NULL, *grad = NULL, *forward = NULL;
    struct tape t;
    bool ok;

    case_tape(c, &t);
    x = case_tensor(c, &t, "x", TENSOR_F64);
    if (x && !scalar) {
        x->requires_grad = true;
        y = case_apply(c, &t, x, NULL);
        ok = run_back(&t, y, NULL);
        forward = y;
        grad = x->grad;
    } else {
        forward = x ? op_zeros_like(&t, x) : NULL;
        grad = x ? op_zeros_like(&t, x) : NULL;
        ok = x && forward && grad;
        for (int64_t i = 0; ok && i < tensor_count(x); i++) {
            struct tensor *one = tensor_scalar(&t.heap, TENSOR_F64, tensor_get(x, i));

            one->requires_grad = true;
            y = case_apply(c, &t, one, NULL);
            ok = run_back(&t, y, NULL);
            if (ok) {
                tensor_set(forward, i, tensor_get(y, 0));
                tensor_set(grad, i, one->grad ? tensor_get(one->grad, 0) : 0);
            }
        }
    }
    if (ok) {
        case_numbers(c, scalar ? "forward_scalar" : "forward_vector", &t.heap, forward);
        case_numbers(c, scalar ? "grad_scalar" : "grad_vector", &t.heap, grad);
    } else {
        (void)case_fail(c, &t);
    }
    tape_clear(&t);
    return ok;
}

bool
case_edge_unary(struct case_io *c)
{
    bool ok;

    json_object(c->j, "value");
    ok = edge_half(c, false) && edge_half(c, true);
    json_end(c->j);
    return ok;
}

bool
case_edge_binary(struct case_io *c)
{
    struct tensor *a, *b, *y;
    struct tape t;
    bool ok;

    case_tape(c, &t);
    a = case_tensor(c, &t, "a", TENSOR_F64);
    b = case_tensor(c, &t, "b", TENSOR_F64);
    if (a && b)
        a->requires_grad = b->requires_grad = true;
    y = a && b ? case_apply(c, &t, a, b) : NULL;
    ok = run_back(&t, y, NULL);
    if (ok) {
        json_object(c->j, "value");
        case_numbers(c, "forward", &t.heap, y);
        case_numbers(c, "grad_a", &t.heap, a->grad);
        case_numbers(c, "grad_b", &t.heap, b->grad);
        json_end(c->j);
    } else {
        (void)case_fail(c, &t);
    }
    tape_clear(&t);
    return ok;
}

/* One row: x forward, then backward with grad_out (when the row has one). */
static bool
reduction_row(struct case_io *c, const struct json *row)
{
    struct case_io part = *c;
    struct tensor *x, *y, *g = NULL;
    struct tape t;
    bool ok;

    part.node = row;
    case_tape(c, &t);
    x = case_tensor(&part, &t, "x", TENSOR_F64);
    if (x)
        x->requires_grad = true;
    y = x ? case_apply(c, &t, x, NULL) : NULL;
    if (y && json_get(row, "grad_out")) {
        g = case_tensor(&part, &t, "grad_out", TENSOR_F64);
        g = g ? op_reshape(&t, g, y->dims, y->size) : NULL;
    }
    ok = run_back(&t, y, g);
    if (ok) {
        json_object(c->j, NULL);
        case_numbers(c, "x", &t.heap, op_detach(&t, x));
        case_numbers(c, "forward", &t.heap, y);
        if (g)
            case_numbers(c, "grad_out", &t.heap, g);
        case_numbers(c, "grad", &t.heap, x->grad);
        json_end(c->j);
    } else if (strcmp(t.error.subclass, "RuntimeError") == 0 ||
               strcmp(t.error.subclass, "IndexError") == 0) {
        json_object(c->j, NULL);
        json_stringf(c->j, "error", "%s: %s", t.error.subclass, t.error.message);
        json_end(c->j);
        ok = true;
    } else {
        (void)case_fail(c, &t);
    }
    tape_clear(&t);
    return ok;
}

bool
case_edge_reduction(struct case_io *c)
{
    const struct json *rows = NULL;
    bool ok = json_want(c->doc, c->node, "rows", JSON_ARRAY, &rows, c->err);

    if (!ok)
        return false;
    json_object(c->j, "value");
    json_array(c->j, "rows");
    for (const struct json *r = json_first(rows); ok && r; r = json_next(r))
        ok = reduction_row(c, r);
    json_end(c->j);
    json_end(c->j);
    return ok;
}

bool
case_edge_empty(struct case_io *c)
{
    const struct json *shape = NULL;
    int64_t size[TENSOR_DIMS_MAX];
    struct tensor *x, *y;
    struct tape t;
    int dims = 0;
    bool ok;

    if (!json_want(c->doc, c->node, "shape", JSON_ARRAY, &shape, c->err))
        return false;
    for (const struct json *d = json_first(shape); d; d = json_next(d)) {
        if (dims == TENSOR_DIMS_MAX || !json_to_i64(d, &size[dims++]))
            return json_fail(c->doc, d, c->err, ERR_MALFORMED, "a size is wanted");
    }
    case_tape(c, &t);
    x = tape_check(&t, tensor_zeros(&t.heap, TENSOR_F64, dims, size));
    if (x)
        x->requires_grad = true;
    y = x ? case_apply(c, &t, x, NULL) : NULL;
    ok = run_back(&t, y, NULL);
    json_object(c->j, "value");
    if (ok) {
        case_numbers(c, "forward", &t.heap, y);
        json_array(c->j, "shape");
        for (int d = 0; d < y->dims; d++)
            json_i64(c->j, NULL, y->size[d]);
        json_end(c->j);
        case_numbers(c, "grad", &t.heap, x->grad);
    } else if (strstr(t.error.subclass, "Error")) { /* torch's own */
        json_stringf(c->j, "error", "%s: %s", t.error.subclass, t.error.message);
        ok = true;
    } else {
        (void)case_fail(c, &t);
    }
    json_end(c->j);
    tape_clear(&t);
    return ok;
}
