/*
 * recurrent.c: LSTM, GRU and plain recurrent cells, and sequences of them.
 *
 * Gates lie in torch's order: LSTM input, forget, cell, output; GRU reset, update, new.
 * A sequence multiplies all its inputs by the input weights at once.
 */
#include "ops/nn/recurrent.h"

#include "ops/operators.h"

#include <inttypes.h>
#include <string.h>

int
recurrent_gates(enum recurrent_kind kind)
{
    return kind == RECURRENT_LSTM ? 4 : kind == RECURRENT_GRU ? 3 : 1;
}

/* x w^T + b for rows x. */
static struct tensor *
project(struct tape *t, struct tensor *x, struct tensor *w, struct tensor *bias)
{
    struct tensor *wt = op_t(t, w);

    return bias ? op_addmm(t, bias, x, wt, 1, 1) : op_mm(t, x, wt);
}

static struct tensor *
gate(struct tape *t, struct tensor *gates, int k, int64_t hidden)
{
    return op_slice(t, gates, 1, k * hidden, hidden, 1);
}

static void
lstm_step(struct tape *t, struct tensor *gates, struct tensor **h, struct tensor **c)
{
    int64_t hidden = (*h)->size[1];
    struct tensor *i = op_sigmoid(t, gate(t, gates, 0, hidden));
    struct tensor *f = op_sigmoid(t, gate(t, gates, 1, hidden));
    struct tensor *g = op_tanh(t, gate(t, gates, 2, hidden));
    struct tensor *o = op_sigmoid(t, gate(t, gates, 3, hidden));

    *c = op_add(t, op_mul(t, f, *c), op_mul(t, i, g));
    *h = op_mul(t, o, op_tanh(t, *c));
}

/* from_x, from_h: what input and state give to the gates. */
static void
gru_step(struct tape *t, struct tensor *from_x, struct tensor *from_h, struct tensor **h)
{
    int64_t hidden = (*h)->size[1];
    struct tensor *reset =
        op_sigmoid(t, op_add(t, gate(t, from_h, 0, hidden), gate(t, from_x, 0, hidden)));
    struct tensor *update =
        op_sigmoid(t, op_add(t, gate(t, from_h, 1, hidden), gate(t, from_x, 1, hidden)));
    struct tensor *new = op_mul(t, gate(t, from_h, 2, hidden), reset);

    new = op_tanh(t, op_add(t, gate(t, from_x, 2, hidden), new));
    *h = op_add(t, op_mul(t, op_sub(t, *h, new), update), new);
}

bool
op_recurrent_step(struct tape *t, enum recurrent_kind kind, struct tensor *from_x,
                  const struct recurrent_weights *w, struct tensor **h, struct tensor **c)
{
    struct tensor *from_h = *h ? project(t, *h, w->hidden, w->hidden_bias) : NULL;
    struct tensor *sum;

    if (!from_x || !from_h || (kind == RECURRENT_LSTM && !*c))
        return false;
    if (kind == RECURRENT_GRU) {
        gru_step(t, from_x, from_h, h);
        return *h != NULL;
    }
    sum = op_add(t, from_h, from_x);
    if (kind == RECURRENT_LSTM && sum)
        lstm_step(t, sum, h, c);
    else
        *h = kind == RECURRENT_RELU ? op_relu(t, sum) : op_tanh(t, sum);
    return *h != NULL;
}

struct tensor *
op_recurrent(struct tape *t, enum recurrent_kind kind, struct tensor *x,
             const struct recurrent_weights *w, bool reverse, struct tensor **h,
             struct tensor **c)
{
    struct tensor *rows, *y, **steps;
    int64_t length, batch, size[3];

    if (!x || x->dims != 3 || !w->input)
        return NULL;
    length = x->size[0];
    batch = x->size[1];
    rows = op_reshape(t, x, 2, (int64_t[]){length * batch, x->size[2]});
    rows = project(t, rows, w->input, w->input_bias);
    size[0] = length;
    size[1] = batch;
    size[2] = rows ? rows->size[1] : 0;
    rows = rows ? op_reshape(t, rows, 3, size) : NULL;
    steps = heap_alloc(&t->heap, ((size_t)length + 1) * sizeof(struct tensor *));
    for (int64_t i = 0; rows && steps && i < length; i++) {
        int64_t at = reverse ? length - 1 - i : i;

        if (!op_recurrent_step(t, kind, op_select(t, rows, 0, at), w, h, c))
            return NULL;
        steps[at] = op_unsqueeze(t, *h, 0);
    }
    y = rows && steps && length > 0 ? op_cat(t, steps, (size_t)length, 0) : NULL;
    return y;
}

static bool
check_weights(struct tape *t, enum recurrent_kind kind, int64_t input, int64_t hidden,
              const struct recurrent_weights *w)
{
    int64_t gates = recurrent_gates(kind), rows = gates * hidden;

    if (!w->input || !w->hidden || w->input->dims != 2 || w->hidden->dims != 2)
        return tape_fail(t, ERR_MALFORMED, "RuntimeError",
                         "recurrent weights must be matrices") != NULL;
    if (w->input->size[1] != input)
        return tape_fail(t, ERR_MALFORMED, "RuntimeError",
                         "input has inconsistent input_size: got %" PRId64
                         " expected %" PRId64,
                         input, w->input->size[1]) != NULL;
    if (w->hidden->size[1] != hidden)
        return tape_fail(t, ERR_MALFORMED, "RuntimeError",
                         "hidden0 has inconsistent hidden_size: got %" PRId64
                         ", expected %" PRId64,
                         hidden, w->hidden->size[1]) != NULL;
    if (w->hidden->size[0] != rows || w->input->size[0] != rows)
        return tape_fail(t, ERR_MALFORMED, "RuntimeError",
                         "weights of %" PRId64 " and %" PRId64 " rows: %" PRId64
                         " gates of %" PRId64 " take %" PRId64,
                         w->input->size[0], w->hidden->size[0], gates, hidden,
                         rows) != NULL;
    return true;
}

/* State 0 or 1 beside the input, as torch's check_rnn_cell_forward_hidden. */
static bool
check_state(struct tape *t, const struct tensor *x, const struct tensor *state, int which,
            int64_t hidden)
{
    if (x->size[0] != state->size[0])
        return tape_fail(t, ERR_MALFORMED, "RuntimeError",
                         "Input batch size %" PRId64
                         " doesn't match hidden%d batch size %" PRId64,
                         x->size[0], which, state->size[0]) != NULL;
    if (state->size[1] != hidden)
        return tape_fail(t, ERR_MALFORMED, "RuntimeError",
                         "hidden%d has inconsistent hidden_size: got %" PRId64
                         ", expected %" PRId64,
                         which, state->size[1], hidden) != NULL;
    return true;
}

/* in: x, h, (c,) and the two weights and two biases (or none). */
static void
run_cell(struct tape *t, struct op_call *call, enum recurrent_kind kind)
{
    int states = kind == RECURRENT_LSTM ? 2 : 1;
    struct tensor **in = call->in, *x = in[0], *h = in[1];
    struct tensor *c = states == 2 ? in[2] : NULL;
    struct recurrent_weights w = {in[states + 1], in[states + 2], in[states + 3],
                                  in[states + 4]};

    if (x->dims != 2 || !h || h->dims != 2 || (states == 2 && (!c || c->dims != 2))) {
        (void)tape_fail(t, ERR_MALFORMED, "RuntimeError",
                        "%s: input and states are matrices (batch, features)",
                        call->op->name);
        return;
    }
    if (!check_weights(t, kind, x->size[1], h->size[1], &w) ||
        !check_state(t, x, h, 0, h->size[1]) ||
        (c && !check_state(t, x, c, 1, h->size[1])) ||
        !op_recurrent_step(t, kind, project(t, x, w.input, w.input_bias), &w, &h, &c))
        return;
    call->out[0] = h;
    call->out[1] = c;
}

RUN(lstm_cell, run_cell(t, call, RECURRENT_LSTM))
RUN(gru_cell, run_cell(t, call, RECURRENT_GRU))
RUN(rnn_tanh_cell, run_cell(t, call, RECURRENT_TANH))
RUN(rnn_relu_cell, run_cell(t, call, RECURRENT_RELU))

enum { LAYERS_MAX = 16 };

/* What a call of several layers and directions says. */
struct network {
    enum recurrent_kind kind;
    int64_t layers;
    int directions, states; /* 2 states: h and c */
    bool biases, batch_first;
    struct tensor *const *weights; /* torch's order, layer by layer */
};

static bool
read_network(struct tape *t, const struct op_call *call, enum recurrent_kind kind,
             struct network *n)
{
    struct tensor *const *in = call->in;
    size_t wanted;

    n->kind = kind;
    n->states = kind == RECURRENT_LSTM ? 2 : 1;
    n->layers = attr_int(call, "num_layers");
    n->directions = attr_bool(call, "bidirectional") ? 2 : 1;
    n->biases = attr_bool(call, "bias");
    n->batch_first = attr_bool(call, "batch_first");
    n->weights = in + 1 + n->states;
    if (n->layers < 1 || n->layers > LAYERS_MAX)
        return tape_fail(t, ERR_LIMIT, "RuntimeError",
                         "%s: num_layers %" PRId64 " is not in 1..%d", call->op->name,
                         n->layers, (int)LAYERS_MAX) != NULL;
    wanted =
        1 + (size_t)n->states + (size_t)(n->layers * n->directions) * (n->biases ? 4 : 2);
    if (call->in_count != wanted)
        return tape_fail(t, ERR_MALFORMED, "RuntimeError",
                         "%s: %zu inputs given, %zu wanted for these layers (input, "
                         "states, then weights and biases layer by layer)",
                         call->op->name, call->in_count, wanted) != NULL;
    for (int s = 0; s <= n->states; s++) {
        if (!in[s] || in[s]->dims != 3)
            return tape_fail(t, ERR_MALFORMED, "RuntimeError",
                             "%s: input and states have three dimensions",
                             call->op->name) != NULL;
        if (s > 0 && (in[s]->size[0] != n->layers * n->directions ||
                      in[s]->size[1] != in[0]->size[n->batch_first ? 0 : 1] ||
                      in[s]->size[2] != in[1]->size[2]))
            return tape_fail(t, ERR_MALFORMED, "RuntimeError",
                             "%s: state %d does not have the shape (layers * directions, "
                             "batch, hidden)",
                             call->op->name, s) != NULL;
    }
    if (in[0]->size[n->batch_first ? 1 : 0] == 0)
        return tape_fail(t, ERR_MALFORMED, "RuntimeError",
                         "Expected sequence length to be larger than 0 in RNN") != NULL;
    return true;
}

static void
run_network(struct tape *t, struct op_call *call, enum recurrent_kind kind)
{
    struct tensor *h[2 * LAYERS_MAX], *c[2 * LAYERS_MAX], *x = call->in[0], *both[2];
    struct network n;

    if (!read_network(t, call, kind, &n))
        return;
    x = n.batch_first ? op_transpose(t, x, 0, 1) : x;
    for (int64_t k = 0; k < n.layers * n.directions; k++) {
        int direction = (int)(k % n.directions);
        struct tensor *const *at = n.weights + k * (n.biases ? 4 : 2);
        struct recurrent_weights w = {at[0], at[1], n.biases ? at[2] : NULL,
                                      n.biases ? at[3] : NULL};

        h[k] = op_select(t, call->in[1], 0, k);
        c[k] = n.states == 2 ? op_select(t, call->in[2], 0, k) : NULL;
        if (!x || !h[k] || !check_weights(t, kind, x->size[2], h[k]->size[1], &w))
            return;
        both[direction] = op_recurrent(t, kind, x, &w, direction == 1, &h[k], &c[k]);
        if (direction == n.directions - 1)
            x = n.directions == 2 ? op_cat(t, both, 2, 2) : both[0];
    }
    call->out[0] = n.batch_first ? op_transpose(t, x, 0, 1) : x;
    call->out[1] = op_stack(t, h, (size_t)(n.layers * n.directions), 0);
    if (n.states == 2)
        call->out[2] = op_stack(t, c, (size_t)(n.layers * n.directions), 0);
}

RUN(lstm, run_network(t, call, RECURRENT_LSTM))
RUN(gru, run_network(t, call, RECURRENT_GRU))
RUN(rnn_tanh, run_network(t, call, RECURRENT_TANH))
RUN(rnn_relu, run_network(t, call, RECURRENT_RELU))
