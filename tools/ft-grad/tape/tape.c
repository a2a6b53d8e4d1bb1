/*
 * tape.c: nodes and their numbers.
 *
 * A node takes its sequence number from a counter of the thread that runs the
 * operator, as at::sequence_number does; AccumulateGrad nodes have the highest.
 */
#include "tape/tape.h"

#include "graph/graph.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void
tape_init(struct tape *t, enum torch_version version)
{
    memset(t, 0, sizeof(*t));
    t->recording = true;
    t->version = version;
    t->threads = 1;
    t->heap.limit = (size_t)16 << 30;
}

void
tape_reset(struct tape *t)
{
    struct heap heap = t->heap;
    enum torch_version version = t->version;
    unsigned threads = t->threads;
    bool anomaly = t->anomaly, blas = t->blas, volta = t->volta;

    heap_reset(&heap);
    tape_init(t, version);
    t->heap = heap;
    t->threads = threads;
    t->anomaly = anomaly;
    t->blas = blas;
    t->volta = volta;
}

void
tape_clear(struct tape *t)
{
    heap_clear(&t->heap);
    memset(t, 0, sizeof(*t));
}

struct tensor *
tape_fail(struct tape *t, enum error_class class, const char *type, const char *fmt, ...)
{
    char text[sizeof(t->error.message)];
    va_list args;

    if (t->failed)
        return NULL;
    t->failed = true;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    (void)error_set(&t->error, class, "%s", text);
    (void)error_subclass(&t->error, type);
    return NULL;
}

struct tensor *
tape_check(struct tape *t, struct tensor *tensor)
{
    if (!tensor && !t->failed && !t->heap.full)
        return tape_fail(t, ERR_UNSUPPORTED, "RuntimeError",
                         "not supported for operands of this type (float32 and float64 "
                         "always are)");
    if (!tensor && !t->failed)
        return tape_fail(t, ERR_LIMIT, "OutOfMemoryError",
                         "a tensor would not fit into the limit of %zu octets",
                         t->heap.limit);
    return t->failed ? NULL : tensor;
}

struct node_edge
tape_edge(struct tape *t, struct tensor *tensor)
{
    if (tensor->grad_fn)
        return (struct node_edge){tensor->grad_fn, tensor->output_nr};
    if (!tensor->requires_grad)
        return (struct node_edge){NULL, 0};
    if (!tensor->accumulator) {
        struct node *n = heap_alloc(&t->heap, sizeof(*n));

        if (!n)
            return (struct node_edge){NULL, 0};
        n->name = "torch::autograd::AccumulateGrad";
        n->leaf = tensor;
        n->sequence_nr = GRAPH_SEQUENCE_LEAF;
        n->input_count = 1;
        n->inputs = heap_alloc(&t->heap, sizeof(*n->inputs));
        if (!n->inputs)
            return (struct node_edge){NULL, 0};
        n->inputs->type = tensor->type;
        n->inputs->dims = tensor->dims;
        memcpy(n->inputs->size, tensor->size, sizeof(tensor->size));
        tensor->accumulator = n;
    }
    return (struct node_edge){tensor->accumulator, 0};
}

struct node *
tape_record_list(struct tape *t, const char *name, node_backward *backward, size_t count,
                 struct tensor *const *inputs)
{
    bool wanted = false;
    struct node *n;

    for (size_t i = 0; i < count; i++)
        wanted = wanted || tape_tracks(inputs[i]);
    if (!wanted || !t->recording || t->failed)
        return NULL;
    n = heap_alloc(&t->heap, sizeof(*n));
    if (n)
        n->edges = heap_alloc(&t->heap, (count + 1) * sizeof(*n->edges));
    if (!n || !n->edges) {
        (void)tape_check(t, NULL);
        return NULL;
    }
    n->name = name;
    n->backward = backward;
    n->sequence_nr = t->sequence_nr[t->thread]++;
    n->edge_count = (uint32_t)count;
    for (size_t i = 0; i < count; i++) {
        if (!inputs[i])
            continue;
        n->edges[i] = tape_edge(t, inputs[i]);
        if (n->edges[i].node && n->edges[i].node->topological_nr >= n->topological_nr)
            n->topological_nr = n->edges[i].node->topological_nr + 1;
    }
    return n;
}

struct node *
tape_record(struct tape *t, const char *name, node_backward *backward, int count, ...)
{
    struct tensor *inputs[8] = {NULL};
    va_list args;

    va_start(args, count);
    for (int i = 0; i < count; i++)
        inputs[i] = va_arg(args, struct tensor *);
    va_end(args);
    return tape_record_list(t, name, backward, (size_t)count, inputs);
}

struct tensor *
tape_output(struct tape *t, struct node *n, struct tensor *y)
{
    struct node_input *inputs;

    y = tape_check(t, y);
    if (!n || !y)
        return y;
    inputs = heap_alloc(&t->heap, (n->input_count + 1) * sizeof(*inputs));
    if (!inputs)
        return tape_check(t, NULL);
    if (n->input_count > 0)
        memcpy(inputs, n->inputs, n->input_count * sizeof(*inputs));
    n->inputs = inputs;
    inputs += n->input_count;
    inputs->type = y->type;
    inputs->dims = y->dims;
    memcpy(inputs->size, y->size, sizeof(y->size));
    y->output_nr = n->input_count++;
    y->grad_fn = tensor_is_real(y) ? n : NULL;
    y->requires_grad = y->grad_fn != NULL;
    return y;
}

struct tensor *
tape_view(struct tape *t, struct node *n, struct tensor *base, struct tensor *view)
{
    view = tape_output(t, n, view);
    if (view)
        view->base = base->base ? base->base : base;
    return view;
}

void
node_save(struct tape *t, struct node *n, struct tensor *tensor)
{
    (void)t;
    if (!n || !tensor)
        return;
    n->saved[n->saved_count].tensor = tensor;
    n->saved[n->saved_count++].version = tensor->storage->version;
}

struct tensor *
node_saved(struct tape *t, struct node *n, uint32_t number)
{
    const struct saved_tensor *s = &n->saved[number];
    char shape[SHAPE_TEXT], origin[128] = "";

    if (n->released)
        return tape_fail(
            t, ERR_MALFORMED, "RuntimeError",
            "Trying to backward through the graph a second time (or directly access "
            "saved "
            "tensors after they have already been freed). Saved intermediate values of "
            "the graph are freed when you call .backward() or autograd.grad(). Specify "
            "retain_graph=True if you need to backward through the graph a second time "
            "or if you need to access saved tensors after calling backward.");
    if (s->version == s->tensor->storage->version)
        return s->tensor;
    if (s->tensor->grad_fn)
        (void)snprintf(origin, sizeof(origin), ", which is output %" PRIu32 " of %s,",
                       s->tensor->output_nr, s->tensor->grad_fn->name);
    return tape_fail(
        t, ERR_MALFORMED, "RuntimeError",
        "one of the variables needed for gradient computation has been modified by an "
        "inplace operation: [torch.%sTensor %s]%s is at version %" PRIu64
        "; expected version %" PRIu64 " instead. Hint: enable anomaly detection to find "
        "the operation that failed to compute its gradient, with "
        "torch.autograd.set_detect_anomaly(True).",
        s->tensor->type == TENSOR_F32 ? "Float" : "Double",
        shape_text(s->tensor->dims, s->tensor->size, shape), origin,
        s->tensor->storage->version, s->version);
}

bool
node_wants(const struct node *n, uint32_t k)
{
    return n->edges[k].node != NULL;
}

void
tape_add_hook(struct tape *t, struct node *n, enum hook_kind kind, uint32_t input,
              struct tensor *(*call)(void *, struct tape *, struct tensor *),
              void *context)
{
    struct hook **link = &n->hooks;
    struct hook *hook = heap_alloc(&t->heap, sizeof(*hook));

    if (!hook) {
        (void)tape_check(t, NULL);
        return;
    }
    *hook = (struct hook){.kind = kind, .input = input, .call = call, .context = context};
    while (*link)
        link = &(*link)->next;
    *link = hook;
}

const char *
shape_text(int dims, const int64_t *size, char out[static SHAPE_TEXT])
{
    size_t used = 1;

    out[0] = '[';
    for (int d = 0; d < dims; d++) {
        int n = snprintf(out + used, SHAPE_TEXT - used, "%s%" PRId64, d > 0 ? ", " : "",
                         size[d]);

        if (n < 0 || used + (size_t)n + 2 > SHAPE_TEXT)
            break;
        used += (size_t)n;
    }
    out[used] = ']';
    out[used + 1] = 0;
    return out;
}
