/*
 * scenarios.c: the error texts that were recorded under a name.
 *
 * Such a case says only what was tried, so each name stands for a few lines here that
 * try the same on this engine; the text is whatever the engine then says.
 */
#include "engine/cases/scenarios.h"

#include "engine/cases/cases.h"

#include <stdio.h>
#include <string.h>

struct tensor *
scenario_leaf(struct tape *t, int64_t n, double v, bool requires_grad)
{
    struct tensor *x = tape_check(t, tensor_new(&t->heap, TENSOR_F64, 1, &n));

    for (int64_t i = 0; x && i < n; i++)
        tensor_set(x, i, v + (double)i);
    if (x)
        x->requires_grad = requires_grad;
    return x;
}

bool
scenario_back(struct tape *t, struct tensor *y, struct tensor *g, bool retain)
{
    struct backward_report report = {0};
    struct backward_call call = {.roots = &y,
                                 .root_grads = g ? &g : NULL,
                                 .root_count = 1,
                                 .accumulate = true,
                                 .retain_graph = retain};
    bool ok = y && backward_run(t, &call, &report);

    backward_report_clear(&report);
    return ok;
}

struct tensor *
scenario_grad(struct tape *t, struct tensor *y, struct tensor **inputs, size_t count)
{
    struct backward_report report = {0};
    struct backward_call call = {
        .roots = &y, .root_count = 1, .inputs = inputs, .input_count = count};
    struct tensor *g = y && backward_run(t, &call, &report) ? report.captured[0] : NULL;

    backward_report_clear(&report);
    return g;
}

/* y = x.op_(...): what a program's "inplace" does. */
static void
bump(struct tape *t, struct tensor *x)
{
    if (x->requires_grad && !x->grad_fn)
        (void)tape_fail(t, ERR_MALFORMED, "RuntimeError",
                        "a leaf Variable that requires grad is being used in an in-place "
                        "operation.");
    else if (x->multi_view)
        (void)tape_fail(
            t, ERR_MALFORMED, "RuntimeError",
            "Output %u of %s is a view and is being modified inplace. This view is the "
            "output of a function that returns multiple views. Such functions do not "
            "allow the output views to be modified inplace. You should replace the "
            "inplace operation by an out-of-place one.",
            x->output_nr, x->grad_fn->name);
    else
        x->storage->version++;
}

/* A user's function: forward 2 x, backward as `n->i[0]` says. */
enum { FN_NONE, FN_LONG, FN_WIDE, FN_SINGLE, FN_RAISES, FN_MANY };

static void
user_backward(struct tape *t, struct node *n, struct tensor *const *g,
              struct tensor **out)
{
    struct tensor *doubled = op_mul_scalar(t, g[0], 2);

    switch (n->i[0]) {
    case FN_LONG: out[0] = scenario_leaf(t, 3, 1, false); break;
    case FN_WIDE: out[0] = op_expand(t, doubled, 2, (int64_t[]){2, 2}); break;
    case FN_SINGLE: out[0] = op_cast(t, g[0], TENSOR_F32); break;
    case FN_RAISES: (void)tape_fail(t, ERR_MALFORMED, "ValueError", "boom"); break;
    case FN_MANY:
        (void)tape_fail(t, ERR_MALFORMED, "RuntimeError",
                        "function %s returned an incorrect number of gradients (expected "
                        "%u, got 2)",
                        n->name, n->edge_count);
        break;
    default: break; /* None */
    }
}

static void
try_function(struct tape *t, const char *name, int64_t form, struct tensor **x)
{
    struct node *n;
    struct tensor *y;

    *x = scenario_leaf(t, 2, 1, true);
    y = tape_check(t, tensor_copy(&t->heap, *x));
    n = tape_record(t, name, user_backward, 1, *x);
    if (n)
        n->i[0] = form;
    y = tape_output(t, n, y);
    (void)scenario_back(t, op_sum(t, y), NULL, false);
}

static struct tensor *
matrix(struct tape *t, int64_t n)
{
    struct tensor *x =
        tape_check(t, tensor_full(&t->heap, TENSOR_F64, 2, (int64_t[]){n, n}, 1));

    return x;
}

/* Runs the scenario; *x is the tensor whose gradient is reported without an error. */
typedef void scenario(struct tape *t, struct tensor **x);

static void
retain_graph_saved(struct tape *t, struct tensor **x)
{
    struct tensor *y;

    *x = scenario_leaf(t, 2, 1, true);
    y = op_sum(t, op_mul(t, *x, *x));
    if (scenario_back(t, y, NULL, false))
        (void)scenario_back(t, y, NULL, false);
}

static void
retain_graph_nothing_saved(struct tape *t, struct tensor **x)
{
    struct tensor *y;

    *x = scenario_leaf(t, 2, 1, true);
    y = op_sum(t, op_add(t, *x, *x));
    if (scenario_back(t, y, NULL, false))
        (void)scenario_back(t, y, NULL, false);
}

static void
no_requires_grad(struct tape *t, struct tensor **x)
{
    *x = scenario_leaf(t, 2, 1, false);
    (void)scenario_back(t, op_sum(t, *x), NULL, false);
}

static void
inplace_version(struct tape *t, struct tensor **x)
{
    struct tensor *y, *z;

    *x = scenario_leaf(t, 2, 1, true);
    y = op_add_scalar(t, *x, 1);
    z = op_mul(t, y, y);
    bump(t, y);
    (void)scenario_back(t, op_sum(t, z), NULL, false);
}

static void
inplace_version_exp(struct tape *t, struct tensor **x)
{
    struct tensor *y;

    *x = scenario_leaf(t, 2, 1, true);
    y = op_exp(t, *x);
    bump(t, y);
    (void)scenario_back(t, op_sum(t, y), NULL, false);
}

static void
leaf_inplace(struct tape *t, struct tensor **x)
{
    *x = scenario_leaf(t, 2, 1, true);
    bump(t, *x);
}

static void
unbind_inplace(struct tape *t, struct tensor **x)
{
    struct op_call call = {
        .op = operator_find("unbind"), .label = "unbind", .in_count = 1, .out_count = 2};

    *x = scenario_leaf(t, 2, 1, true);
    call.in[0] = op_mul_scalar(t, *x, 1);
    if (op_call_run(t, &call))
        bump(t, call.out[0]);
}

static void
anomaly_sqrt0(struct tape *t, struct tensor **x)
{
    *x = scenario_leaf(t, 1, 0, true);
    t->anomaly = true;
    (void)scenario_back(t, op_sum(t, op_mul_scalar(t, op_sqrt(t, *x), 0)), NULL, false);
}

static void
anomaly_sqrt_neg(struct tape *t, struct tensor **x)
{
    *x = scenario_leaf(t, 1, -1, true);
    t->anomaly = true;
    (void)scenario_back(t, op_sum(t, op_sqrt(t, *x)), NULL, false);
}

static void
nonscalar(struct tape *t, struct tensor **x)
{
    *x = scenario_leaf(t, 2, 1, true);
    (void)scenario_back(t, op_mul_scalar(t, *x, 2), NULL, false);
}

static void
grad_shape(struct tape *t, struct tensor **x)
{
    *x = scenario_leaf(t, 2, 1, true);
    (void)scenario_back(t, op_mul_scalar(t, *x, 2), scenario_leaf(t, 3, 1, false), false);
}

static void
unused(struct tape *t, struct tensor **x)
{
    struct tensor *other = scenario_leaf(t, 2, 1, true);

    *x = scenario_leaf(t, 2, 1, true);
    (void)scenario_grad(t, op_sum(t, *x), &other, 1);
}

static void
one_of_unused(struct tape *t, struct tensor **x)
{
    struct tensor *both[2] = {scenario_leaf(t, 2, 1, true), scenario_leaf(t, 2, 1, true)};

    *x = both[0];
    (void)scenario_grad(t, op_sum(t, *x), both, 2);
}

static void
grad_empty(struct tape *t, struct tensor **x)
{
    *x = scenario_leaf(t, 2, 1, true);
    (void)scenario_grad(t, op_sum(t, *x), x, 0);
}

static void
backward_inputs_empty(struct tape *t, struct tensor **x)
{
    struct backward_report report = {0};
    struct backward_call call = {.root_count = 1, .accumulate = true};
    struct tensor *y;

    *x = scenario_leaf(t, 2, 1, true);
    y = op_sum(t, *x);
    call.roots = &y;
    call.inputs = x;
    (void)backward_run(t, &call, &report);
    backward_report_clear(&report);
}

static void
input_not_requires_grad(struct tape *t, struct tensor **x)
{
    struct tensor *other = scenario_leaf(t, 2, 1, false);

    *x = scenario_leaf(t, 2, 1, true);
    (void)scenario_grad(t, op_sum(t, op_mul(t, *x, other)), &other, 1);
}

static void
len_mismatch(struct tape *t, struct tensor **x)
{
    const size_t tensors = 2, gradients = 1;

    *x = scenario_leaf(t, 2, 1, true);
    if (tensors != gradients)
        (void)tape_fail(t, ERR_MALFORMED, "RuntimeError",
                        "got %zu tensors and %zu gradients", tensors, gradients);
}

static void
mm_shape(struct tape *t, struct tensor **x)
{
    *x = matrix(t, 2);
    (void)op_mm(t, *x, matrix(t, 3));
}

static void
broadcast(struct tape *t, struct tensor **x)
{
    *x = scenario_leaf(t, 2, 1, true);
    (void)op_add(t, *x, scenario_leaf(t, 3, 1, true));
}

static void
int_requires_grad(struct tape *t, struct tensor **x)
{
    *x = tape_check(t, tensor_zeros(&t->heap, TENSOR_I64, 0, NULL));
    if (*x && !tensor_is_real(*x))
        (void)tape_fail(t, ERR_MALFORMED, "RuntimeError",
                        "only Tensors of floating point dtype can require gradients");
}

static void
nonleaf_requires_grad_false(struct tape *t, struct tensor **x)
{
    struct tensor *y;

    *x = scenario_leaf(t, 2, 1, true);
    y = op_mul_scalar(t, *x, 2);
    if (y && y->grad_fn)
        (void)tape_fail(
            t, ERR_MALFORMED, "RuntimeError",
            "you can only change requires_grad flags of leaf variables. If you want to "
            "use a computed variable in a subgraph that doesn't require differentiation "
            "use var_no_grad = var.detach().");
}

static void
complex_grad(struct tape *t, struct tensor **x)
{
    *x = scenario_leaf(t, 2, 1, true);
    (void)tape_fail(
        t, ERR_MALFORMED, "RuntimeError",
        "For complex Tensors, both grad_output and output are required to have "
        "the same dtype. Mismatch in dtype: grad_output[0] has a dtype of "
        "torch.complex128 and output[0] has a dtype of torch.%s.",
        tensor_type_name((*x)->type));
}

static void
fn_none(struct tape *t, struct tensor **x)
{
    try_function(t, "NoneFnBackward", FN_NONE, x);
}

static void
fn_bad_shape(struct tape *t, struct tensor **x)
{
    try_function(t, "Bad2Backward", FN_LONG, x);
}

static void
fn_expandable_reduced(struct tape *t, struct tensor **x)
{
    try_function(t, "WideBackward", FN_WIDE, x);
}

static void
fn_dtype_cast(struct tape *t, struct tensor **x)
{
    try_function(t, "CastBackward", FN_SINGLE, x);
}

static void
fn_raises(struct tape *t, struct tensor **x)
{
    try_function(t, "BoomBackward", FN_RAISES, x);
}

static void
fn_too_many_grads(struct tape *t, struct tensor **x)
{
    try_function(t, "Bad1Backward", FN_MANY, x);
}

static const struct {
    const char *name;
    scenario *run;
} scenarios[] = {
    {"retain_graph_saved", retain_graph_saved},
    {"retain_graph_nothing_saved", retain_graph_nothing_saved},
    {"no_requires_grad", no_requires_grad},
    {"inplace_version", inplace_version},
    {"inplace_version_exp", inplace_version_exp},
    {"leaf_inplace", leaf_inplace},
    {"unbind_inplace", unbind_inplace},
    {"anomaly_sqrt0", anomaly_sqrt0},
    {"anomaly_sqrt_neg", anomaly_sqrt_neg},
    {"nonscalar", nonscalar},
    {"grad_shape", grad_shape},
    {"unused", unused},
    {"one_of_unused", one_of_unused},
    {"grad_empty", grad_empty},
    {"backward_inputs_empty", backward_inputs_empty},
    {"input_not_requires_grad", input_not_requires_grad},
    {"len_mismatch", len_mismatch},
    {"mm_shape", mm_shape},
    {"broadcast_shape", broadcast},
    {"int_requires_grad", int_requires_grad},
    {"nonleaf_requires_grad_false", nonleaf_requires_grad_false},
    {"complex_grad", complex_grad},
    {"fn_none", fn_none},
    {"fn_bad_shape", fn_bad_shape},
    {"fn_expandable_reduced", fn_expandable_reduced},
    {"fn_dtype_cast", fn_dtype_cast},
    {"fn_raises", fn_raises},
    {"fn_too_many_grads", fn_too_many_grads},
    {"extra_grad_outputs", fn_none},
};

static scenario *
find_scenario(const char *id)
{
    const char *name = strncmp(id, "err_", 4) == 0 ? id + 4 : id;

    for (size_t i = 0; i < COUNT_OF(scenarios); i++) {
        if (strcmp(scenarios[i].name, name) == 0)
            return scenarios[i].run;
    }
    return NULL;
}

/* "grad=[4.0, 4.0] dtype=torch.float64", as Python prints them. */
static void
describe_grad(const struct tensor *x, bool with_type, char *out, size_t size)
{
    struct tensor *g = x ? x->grad : NULL;
    size_t used = 0;

    if (!g) {
        (void)snprintf(out, size, "grad=None dtype=None");
        return;
    }
    used += (size_t)snprintf(out, size, "grad=[");
    for (int64_t i = 0; i < tensor_count(g) && used < size; i++)
        used += (size_t)snprintf(out + used, size - used, "%s%.1f", i > 0 ? ", " : "",
                                 tensor_get(g, i));
    if (used < size)
        (void)snprintf(out + used, size - used, "]%s%s", with_type ? " dtype=torch." : "",
                       with_type ? tensor_type_name(g->type) : "");
}

bool
case_error_text(struct case_io *c)
{
    scenario *run = find_scenario(c->id);
    struct tensor *x = NULL;
    char text[200];
    struct tape t;

    if (!run)
        return json_fail(c->doc, c->node, c->err, ERR_UNSUPPORTED,
                         "unknown scenario '%s'", c->id);
    case_tape(c, &t);
    run(&t, &x);
    json_object(c->j, "value");
    if (t.failed) {
        json_string(c->j, "type", t.error.subclass);
        json_string(c->j, "text", t.error.message);
    } else if (strcmp(c->id, "err_extra_grad_outputs") == 0) {
        json_null(c->j, "type");
        json_null(c->j, "text");
    } else {
        bool again = run == retain_graph_nothing_saved;

        describe_grad(x, !again, text, sizeof(text));
        json_null(c->j, "type");
        json_stringf(c->j, "text", "%s%s", again ? "no error: nothing saved; " : "",
                     text);
    }
    json_end(c->j);
    tape_clear(&t);
    return true;
}
