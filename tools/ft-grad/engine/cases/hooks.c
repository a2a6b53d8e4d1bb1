/*
 * hooks.c: in which order hooks run, and what they see.
 */
#include "engine/cases/cases.h"
#include "engine/cases/scenarios.h"

#include <string.h>

/* Hooks that write their name, or multiply what passes. */
struct event {
    struct json_out *j;
    const char *name;
    double factor; /* 0: leave the gradient */
};

static struct tensor *
on_hook(void *context, struct tape *t, struct tensor *g)
{
    struct event *e = context;

    if (e->name)
        json_string(e->j, NULL, e->name);
    return e->factor != 0 && g ? op_mul_scalar(t, g, e->factor) : NULL;
}

static void
order_of_hooks(struct tape *t, struct json_out *j)
{
    static const char *const names[] = {
        "z.grad_fn_post_hook", "y.tensor_hook_1", "y.tensor_hook_2",
        "y.grad_fn_post_hook", "x.tensor_hook",   "x.AccumulateGrad_post_hook"};
    struct event e[6];
    struct tensor *x = scenario_leaf(t, 2, 1, true), *y = op_mul_scalar(t, x, 2), *z;
    struct node *acc = tape_edge(t, x).node;

    for (int i = 0; i < 6; i++)
        e[i] = (struct event){.j = j, .name = names[i]};
    z = op_sum(t, y);
    tape_add_hook(t, z->grad_fn, HOOK_POST, 0, on_hook, &e[0]);
    tape_add_hook(t, y->grad_fn, HOOK_TENSOR, 0, on_hook, &e[1]);
    tape_add_hook(t, y->grad_fn, HOOK_TENSOR, 0, on_hook, &e[2]);
    tape_add_hook(t, y->grad_fn, HOOK_POST, 0, on_hook, &e[3]);
    tape_add_hook(t, acc, HOOK_TENSOR, 0, on_hook, &e[4]);
    tape_add_hook(t, acc, HOOK_POST, 0, on_hook, &e[5]);
    (void)scenario_back(t, z, NULL, false);
}

/* pre, tensor and post hook on y's node; then backward, or scenario_grad(y) alone. */
static void
kinds_of_hooks(struct tape *t, struct json_out *j, bool captured_only)
{
    struct event pre = {.j = j, .name = "pre"}, tensor = {.j = j, .name = "tensor"},
                 post = {.j = j, .name = "post"};
    struct tensor *x = scenario_leaf(t, 2, 1, true), *y = op_mul_scalar(t, x, 2);

    tape_add_hook(t, y->grad_fn, HOOK_PRE, 0, on_hook, &pre);
    tape_add_hook(t, y->grad_fn, HOOK_TENSOR, 0, on_hook, &tensor);
    if (captured_only) {
        (void)scenario_grad(t, op_sum(t, op_mul_scalar(t, y, 3)), &y, 1);
        return;
    }
    tape_add_hook(t, y->grad_fn, HOOK_POST, 0, on_hook, &post);
    (void)scenario_back(t, op_sum(t, y), NULL, false);
}

static void
write_values(struct json_out *j, const struct tensor *x)
{
    for (int64_t i = 0; x && i < tensor_count(x); i++)
        json_f64(j, NULL, tensor_get(x, i));
}

/* A hook that multiplies by ten, at what scenario_grad() or backward(inputs=) gives back.
 */
static void
scaling_hook(struct tape *t, struct json_out *j, bool on_leaf, bool accumulate)
{
    struct event ten = {.j = j, .factor = 10};
    struct tensor *x = scenario_leaf(t, 2, 1, true), *y, *target, *root;

    if (!x)
        return;
    y = on_leaf ? x : op_mul_scalar(t, x, 1);
    target = y;
    tape_add_hook(t, tape_edge(t, y).node, HOOK_TENSOR, 0, on_hook, &ten);
    root = op_sum(t, op_mul_scalar(t, y, 3));
    if (accumulate) {
        struct backward_report report = {0};
        struct backward_call call = {.roots = &root,
                                     .root_count = 1,
                                     .inputs = &target,
                                     .input_count = 1,
                                     .accumulate = true};

        (void)backward_run(t, &call, &report);
        backward_report_clear(&report);
        write_values(j, x->grad);
        return;
    }
    write_values(j, scenario_grad(t, root, &target, 1));
}

bool
case_hooks(struct case_io *c)
{
    const char *name = strncmp(c->id, "hooks_", 6) == 0 ? c->id + 6 : c->id;
    bool known = true;
    struct tape t;

    case_tape(c, &t);
    json_object(c->j, "value");
    json_array(c->j, strncmp(name, "order_1", 7) == 0 ? "order" : "result");
    if (strcmp(name, "order_1") == 0)
        order_of_hooks(&t, c->j);
    else if (strcmp(name, "tensor_before_pre") == 0)
        kinds_of_hooks(&t, c->j, false);
    else if (strcmp(name, "captured_only_skips_pre") == 0)
        kinds_of_hooks(&t, c->j, true);
    else if (strcmp(name, "capture_leaf") == 0)
        scaling_hook(&t, c->j, true, false);
    else if (strcmp(name, "capture_nonleaf") == 0)
        scaling_hook(&t, c->j, false, false);
    else if (strcmp(name, "backward_inputs") == 0 ||
             strcmp(name, "backward_inputs_leaf") == 0)
        scaling_hook(&t, c->j, true, true);
    else
        known = false;
    json_end(c->j);
    json_end(c->j);
    if (!known)
        (void)json_fail(c->doc, c->node, c->err, ERR_UNSUPPORTED, "unknown scenario '%s'",
                        c->id);
    else if (t.failed)
        known = case_fail(c, &t);
    tape_clear(&t);
    return known;
}
