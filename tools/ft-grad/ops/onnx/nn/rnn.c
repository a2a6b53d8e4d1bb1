/*
 * rnn.c: RNN, GRU and LSTM, step by step from recorded operators.
 *
 * Inputs X (seq, batch, input), W (directions, gates hidden, input), R (directions,
 * gates hidden, hidden), B (directions, 2 gates hidden), sequence_lens, initial states
 * (directions, batch, hidden) and, for LSTM, peepholes P (directions, 3 hidden).
 */
#include "ops/onnx/kernel.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

enum { GATES_MAX = 4, FUNCTIONS_MAX = 6, WORD_MAX = 24 };

struct activation {
    char name[WORD_MAX];
    double alpha, beta;
};

struct rnn {
    struct tape *t;
    struct op_call *call;
    int gates, per_direction; /* gates; activation functions */
    int64_t steps, batch, hidden, directions;
    bool reverse; /* of a single direction */
    bool layout;  /* batch first */
    double clip;  /* 0: none */
    struct activation f[FUNCTIONS_MAX];
    struct tensor *x;
    struct tensor *w, *r, *bias_w, *bias_r, *peephole; /* of the current direction */
    struct tensor *mask;                               /* (steps, batch, 1), or NULL */
};

/* The functions there are, with their default alpha and beta. */
static const struct activation known[] = {
    {"Relu", 0, 0},         {"Tanh", 0, 0},
    {"Sigmoid", 0, 0},      {"Affine", 1, 0},
    {"LeakyRelu", 0.01, 0}, {"ThresholdedRelu", 1, 0},
    {"ScaledTanh", 1, 1},   {"HardSigmoid", 0.2, 0.5},
    {"Elu", 1, 0},          {"Softsign", 0, 0},
    {"Softplus", 0, 0}};

static struct tensor *
activate(struct rnn *n, const struct activation *f, struct tensor *x)
{
    struct tape *t = n->t;
    const struct onnx_number alpha[] = {{"alpha", f->alpha}},
                             slope[] = {{"negative_slope", f->alpha}};
    const struct onnx_number unit[] = {{"min", 0}, {"max", 1}};
    const struct onnx_number threshold[] = {{"threshold", f->alpha}, {"value", 0}};

    if (!x)
        return NULL;
    if (n->clip > 0) {
        const struct onnx_number range[] = {{"min", -n->clip}, {"max", n->clip}};

        x = onnx_call(t, n->call, "clamp", &x, 1, range, 2);
    }
    if (!x || strcmp(f->name, "Tanh") == 0)
        return op_tanh(t, x);
    if (strcmp(f->name, "Sigmoid") == 0)
        return op_sigmoid(t, x);
    if (strcmp(f->name, "Relu") == 0)
        return op_relu(t, x);
    if (strcmp(f->name, "LeakyRelu") == 0)
        return onnx_call(t, n->call, "leaky_relu", &x, 1, slope, 1);
    if (strcmp(f->name, "Elu") == 0)
        return onnx_call(t, n->call, "elu", &x, 1, alpha, 1);
    if (strcmp(f->name, "Softsign") == 0)
        return onnx_call(t, n->call, "softsign", &x, 1, NULL, 0);
    if (strcmp(f->name, "ThresholdedRelu") == 0)
        return onnx_call(t, n->call, "threshold", &x, 1, threshold, 2);
    if (strcmp(f->name, "Softplus") == 0) {
        struct tensor *in[2] = {x, onnx_scalar(t, x->type, 0)};

        return onnx_call(t, n->call, "logaddexp", in, 2, NULL, 0);
    }
    if (strcmp(f->name, "ScaledTanh") == 0)
        return op_mul_scalar(t, op_tanh(t, op_mul_scalar(t, x, f->beta)), f->alpha);
    x = op_add_scalar(t, op_mul_scalar(t, x, f->alpha),
                      f->beta); /* Affine, HardSigmoid */
    return strcmp(f->name, "Affine") == 0
               ? x
               : onnx_call(t, n->call, "clamp", &x, 1, unit, 2);
}

static bool
read_activation(struct rnn *n, const char *word, size_t size, int number)
{
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        if (strlen(known[i].name) == size && strncmp(known[i].name, word, size) == 0) {
            n->f[number] = known[i];
            return true;
        }
    }
    (void)onnx_unsupported(n->t, n->call,
                           "attribute 'activations' has '%.*s' (supported: Relu, Tanh, "
                           "Sigmoid, Affine, LeakyRelu, ThresholdedRelu, ScaledTanh, "
                           "HardSigmoid, Elu, Softsign, Softplus)",
                           (int)size, word);
    return false;
}

/* Activations of all directions; alpha and beta go to those that have them, in order. */
static bool
read_activations(struct rnn *n, const char *fallback)
{
    const char *p =
        attr_given(n->call, "activations") ? attr_text(n->call, "activations") : fallback;
    const struct op_attr *alpha = attr_list(n->call, "activation_alpha");
    const struct op_attr *beta = attr_list(n->call, "activation_beta");
    bool empty = (alpha && alpha->count == 0) || (beta && beta->count == 0);
    int want = (int)n->directions * n->per_direction, have = 0;
    size_t a = 0, b = 0;

    while (*p && have < want) {
        size_t size = strcspn(p, ",");

        if (!read_activation(n, p, size, have++))
            return false;
        p += size + (p[size] == ',');
    }
    if (!attr_given(n->call, "activations") || (*p == 0 && have == n->per_direction)) {
        for (int i = have; i < want; i++)
            n->f[i] = n->f[i % n->per_direction];
    } else if (have < want) {
        (void)onnx_malformed(n->t, n->call, "%d activations, %d are wanted", have, want);
        return false;
    }
    for (int i = 0; i < want; i++) {
        bool has_alpha = n->f[i].alpha != 0, has_beta = strstr(n->f[i].name, "Scaled") ||
                                                        strstr(n->f[i].name, "Hard") ||
                                                        strstr(n->f[i].name, "Affine");

        if (has_alpha && alpha && a < alpha->count)
            n->f[i].alpha = alpha->reals[a++];
        if (has_beta && beta && b < beta->count)
            n->f[i].beta = beta->reals[b++];
    }
    if (empty) {
        (void)onnx_malformed(n->t, n->call,
                             "activation_alpha or activation_beta is empty");
        return false;
    }
    if ((alpha && a < alpha->count) || (beta && b < beta->count)) {
        (void)onnx_unsupported(n->t, n->call,
                               "activation_alpha or activation_beta has more "
                               "numbers than there are functions with one");
        return false;
    }
    return true;
}

static bool
shape_is(struct rnn *n, const struct tensor *x, const char *what, int64_t a, int64_t b,
         int64_t c)
{
    if (!x || (x->dims == (c < 0 ? 2 : 3) && x->size[0] == a && x->size[1] == b &&
               (c < 0 || x->size[2] == c)))
        return true;
    (void)onnx_malformed(n->t, n->call, "%s has the wrong shape", what);
    return false;
}

static bool
check_shapes(struct rnn *n)
{
    const struct op_call *c = n->call;
    int64_t g = n->gates, h = n->hidden, d = n->directions;

    return shape_is(n, c->in[1], "W", d, g * h, n->x->size[2]) &&
           shape_is(n, c->in[2], "R", d, g * h, h) &&
           shape_is(n, onnx_in(c, 3), "B", d, 2 * g * h, -1) &&
           shape_is(n, onnx_in(c, 7), "P", d, 3 * h, -1);
}

/* 1 where a step is within the sequence. */
static bool
read_lengths(struct rnn *n)
{
    const struct tensor *lengths = onnx_in(n->call, 4);
    const int64_t size[3] = {n->steps, n->batch, 1};

    if (!lengths)
        return true;
    if (lengths->dims != 1 || lengths->size[0] != n->batch) {
        (void)onnx_malformed(n->t, n->call, "sequence_lens: one length for each batch");
        return false;
    }
    n->mask = tape_check(n->t, tensor_new(&n->t->heap, TENSOR_BOOL, 3, size));
    for (int64_t b = 0; n->mask && b < n->batch; b++) {
        int64_t length = onnx_int_at(lengths, b);

        if (length < 0 || length > n->steps) {
            (void)onnx_malformed(n->t, n->call, "a sequence of %" PRId64 " steps",
                                 length);
            return false;
        }
        for (int64_t s = 0; s < n->steps; s++)
            tensor_bool(n->mask)[s * n->batch + b] = s < length;
    }
    return n->mask != NULL;
}

static bool
begin(struct rnn *n, const char *activations)
{
    struct op_call *call = n->call;
    const char *direction = attr_text(call, "direction");

    n->layout =
        operator_attr_kind(call->op, "layout") != 0 && attr_int(call, "layout") == 1;
    n->x = n->layout ? op_transpose(n->t, call->in[0], 0, 1) : call->in[0];
    n->directions = strcmp(direction, "bidirectional") == 0 ? 2 : 1;
    n->reverse = strcmp(direction, "reverse") == 0;
    if (attr_given(call, "clip") && !(onnx_real(call, "clip") > 0)) {
        (void)onnx_unsupported(n->t, call,
                               "attribute 'clip' is %g (supported: more than 0)",
                               onnx_real(call, "clip"));
        return false;
    }
    if (!n->x || n->x->dims != 3 || call->in[2]->dims != 3) {
        (void)onnx_malformed(n->t, call, "X, W and R have 3 dimensions");
        return false;
    }
    n->steps = n->x->size[0];
    n->batch = n->x->size[1];
    n->hidden = call->in[2]->size[2];
    n->clip = attr_given(call, "clip") ? onnx_real(call, "clip") : 0;
    if (attr_given(call, "hidden_size") && attr_int(call, "hidden_size") != n->hidden) {
        (void)onnx_malformed(n->t, call, "hidden_size is not that of R");
        return false;
    }
    return check_shapes(n) && read_lengths(n) && read_activations(n, activations);
}

/* Weights of one direction. */
static void
enter(struct rnn *n, int64_t d)
{
    struct tensor *b = onnx_in(n->call, 3), *p = onnx_in(n->call, 7);
    int64_t rows = n->gates * n->hidden;

    n->w = op_t(n->t, op_select(n->t, n->call->in[1], 0, d));
    n->r = op_t(n->t, op_select(n->t, n->call->in[2], 0, d));
    b = b ? op_select(n->t, b, 0, d) : NULL;
    n->bias_w = b ? op_slice(n->t, b, 0, 0, rows, 1) : NULL;
    n->bias_r = b ? op_slice(n->t, b, 0, rows, rows, 1) : NULL;
    n->peephole = p ? op_select(n->t, p, 0, d) : NULL;
}

static struct tensor *
initial(struct rnn *n, size_t input, int64_t d)
{
    const int64_t size[2] = {n->batch, n->hidden};
    struct tensor *given = onnx_in(n->call, input);

    if (!given)
        return tape_check(n->t, tensor_zeros(&n->t->heap, n->x->type, 2, size));
    if (n->layout)
        given = op_transpose(n->t, given, 0, 1);
    if (!given ||
        !shape_is(n, given, "an initial state", n->directions, n->batch, n->hidden))
        return NULL;
    return op_select(n->t, given, 0, d);
}

/* Columns of gate g of (batch, gates hidden). */
static struct tensor *
gate(struct rnn *n, struct tensor *x, int g)
{
    return x ? op_slice(n->t, x, x->dims - 1, g * n->hidden, n->hidden, 1) : NULL;
}

static struct tensor *
plus(struct rnn *n, struct tensor *a, struct tensor *b)
{
    return b ? op_add(n->t, a, b) : a;
}

/* State h (and c of an LSTM) after one step; x_w is the input's part, bias included. */
typedef void cell(struct rnn *n, const struct activation *f, struct tensor *x_w,
                  struct tensor **h, struct tensor **c);

static void
rnn_cell(struct rnn *n, const struct activation *f, struct tensor *x_w, struct tensor **h,
         struct tensor **c)
{
    (void)c;
    x_w = op_add(n->t, x_w, plus(n, op_mm(n->t, *h, n->r), n->bias_r));
    *h = activate(n, &f[0], x_w);
}

/* Gates z, r, h. */
static void
gru_cell(struct rnn *n, const struct activation *f, struct tensor *x_w, struct tensor **h,
         struct tensor **c)
{
    struct tape *t = n->t;
    bool before = operator_attr_kind(n->call->op, "linear_before_reset") != 0 &&
                  attr_int(n->call, "linear_before_reset") == 1;
    struct tensor *h_r = plus(n, op_mm(t, *h, n->r), n->bias_r), *z, *r, *candidate,
                  *part;

    (void)c;
    z = activate(n, &f[0], op_add(t, gate(n, x_w, 0), gate(n, h_r, 0)));
    r = activate(n, &f[0], op_add(t, gate(n, x_w, 1), gate(n, h_r, 1)));
    if (before)
        part = op_mul(t, r, gate(n, h_r, 2));
    else
        part = plus(n, op_mm(t, op_mul(t, r, *h), gate(n, n->r, 2)),
                    n->bias_r ? gate(n, n->bias_r, 2) : NULL);
    candidate = activate(n, &f[1], op_add(t, gate(n, x_w, 2), part));
    *h = op_add(t, op_mul(t, op_rsub_scalar(t, z, 1), candidate), op_mul(t, z, *h));
}

/* Gates i, o, f, c; peepholes i, o, f. */
static void
lstm_cell(struct rnn *n, const struct activation *f, struct tensor *x_w,
          struct tensor **h, struct tensor **c)
{
    struct tape *t = n->t;
    struct tensor *sum = op_add(t, x_w, plus(n, op_mm(t, *h, n->r), n->bias_r));
    struct tensor *i = gate(n, sum, 0), *o = gate(n, sum, 1), *forget = gate(n, sum, 2);
    struct tensor *p = n->peephole;

    i = activate(n, &f[0], p ? op_add(t, i, op_mul(t, gate(n, p, 0), *c)) : i);
    forget =
        activate(n, &f[0], p ? op_add(t, forget, op_mul(t, gate(n, p, 2), *c)) : forget);
    if (attr_int(n->call, "input_forget") == 1)
        forget = op_rsub_scalar(t, i, 1);
    *c = op_add(t, op_mul(t, forget, *c),
                op_mul(t, i, activate(n, &f[1], gate(n, sum, 3))));
    o = activate(n, &f[0], p ? op_add(t, o, op_mul(t, gate(n, p, 1), *c)) : o);
    *h = op_mul(t, o, activate(n, &f[2], *c));
}

/* One direction: all states (steps, 1, batch, hidden), and the last ones. */
static struct tensor *
run_direction(struct rnn *n, int64_t d, cell *step, bool has_c, struct tensor **h,
              struct tensor **c)
{
    bool backwards = n->reverse || d == 1;
    struct tensor *all, *x_w, *y = NULL, *zero;
    struct tensor **at = heap_alloc(&n->t->heap, (size_t)(n->steps + 1) * sizeof(*at));

    enter(n, d);
    *h = initial(n, 5, d);
    *c = has_c ? initial(n, 6, d) : NULL;
    all = plus(n, op_matmul(n->t, n->x, n->w), n->bias_w);
    zero = op_zeros_like(n->t, *h);
    for (int64_t k = 0; at && k < n->steps && !n->t->failed; k++) {
        int64_t s = backwards ? n->steps - 1 - k : k;
        struct tensor *mask = n->mask ? op_select(n->t, n->mask, 0, s) : NULL;
        struct tensor *old_h = *h, *old_c = *c;

        x_w = op_select(n->t, all, 0, s);
        step(n, &n->f[d * n->per_direction], x_w, h, c);
        at[s] = *h;
        if (!mask)
            continue;
        at[s] = op_where(n->t, mask, *h, zero);
        *h = op_where(n->t, mask, *h, old_h);
        if (has_c)
            *c = op_where(n->t, mask, *c, old_c);
    }
    /* In parts, because a list of tensors is bounded. */
    for (int64_t k = 0; at && k < n->steps && !n->t->failed; k += 32) {
        size_t count = (size_t)(n->steps - k < 32 ? n->steps - k : 32);
        struct tensor *part = op_stack(n->t, at + k, count, 0);

        y = y ? op_cat(n->t, (struct tensor *[]){y, part}, 2, 0) : part;
    }
    if (n->steps == 0) {
        const int64_t size[3] = {0, n->batch, n->hidden};

        y = tape_check(n->t, tensor_zeros(&n->t->heap, n->x->type, 3, size));
    }
    return op_unsqueeze(n->t, y, 1);
}

static void
run(struct tape *t, struct op_call *call, int gates, int functions,
    const char *activations, cell *step, bool has_c)
{
    struct rnn n = {.t = t, .call = call, .gates = gates, .per_direction = functions};
    struct tensor *y[2], *h[2], *c[2], *out[3];

    if (!begin(&n, activations))
        return;
    for (int64_t d = 0; d < n.directions && !t->failed; d++)
        y[d] = run_direction(&n, d, step, has_c, &h[d], &c[d]);
    if (t->failed)
        return;
    out[0] =
        op_cat(t, y, (size_t)n.directions, 1); /* (steps, directions, batch, hidden) */
    out[1] = op_stack(t, h, (size_t)n.directions, 0);
    out[2] = has_c ? op_stack(t, c, (size_t)n.directions, 0) : NULL;
    if (n.layout) {
        static const int64_t order[] = {2, 0, 1, 3};

        out[0] = op_permute(t, out[0], 4, order);
        out[1] = op_transpose(t, out[1], 0, 1);
        out[2] = has_c ? op_transpose(t, out[2], 0, 1) : NULL;
    }
    for (size_t i = 0; i < call->out_count && i < COUNT_OF(out); i++)
        call->out[i] = out[i];
}

void
onnx_rnn(struct tape *t, struct op_call *call)
{
    run(t, call, 1, 1, "Tanh", rnn_cell, false);
}

void
onnx_gru(struct tape *t, struct op_call *call)
{
    run(t, call, 3, 2, "Sigmoid,Tanh", gru_cell, false);
}

void
onnx_lstm(struct tape *t, struct op_call *call)
{
    run(t, call, 4, 3, "Sigmoid,Tanh,Tanh", lstm_cell, true);
}
