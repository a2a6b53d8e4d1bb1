/*
 * seed.c: the cases of FrankenTorch: scalars x and y.
 *
 * autograd_scheduler: out = (x + y) x, nodes x 0, y 1, sum 2, out 3, run by node id.
 * scalar_autograd: one operator on two numbers, and both gradients.
 */
#include "engine/cases/cases.h"

#include "common/mem.h"

#include <string.h>

static bool
read_pair(struct case_io *c, struct tape *t, const char *first, const char *second,
          struct tensor *out[2])
{
    double value[2];

    if (!json_want_f64(c->doc, c->node, first, &value[0], c->err) ||
        !json_want_f64(c->doc, c->node, second, &value[1], c->err))
        return false;
    for (int k = 0; k < 2; k++) {
        out[k] = tape_check(t, tensor_scalar(&t->heap, TENSOR_F64, value[k]));
        if (!out[k]) {
            (void)case_fail(c, t);
            return false;
        }
        out[k]->requires_grad = true;
    }
    return true;
}

static bool
run_back(struct tape *t, struct tensor *y)
{
    struct backward_report report = {0};
    struct backward_call call = {.roots = &y, .root_count = 1, .accumulate = true};
    bool ok = y && backward_run(t, &call, &report);

    backward_report_clear(&report);
    return ok;
}

static void
write_scalar(struct case_io *c, const char *key, const struct tensor *x)
{
    json_f64(c->j, key, x ? tensor_get(x, 0) : 0);
}

bool
case_seed_scheduler(struct case_io *c)
{
    /* x, y, sum, out: their indexes are their ids. */
    static const size_t first[] = {0, 0, 0, 2, 4};
    static const struct graph_edge edges[] = {{0, 0}, {1, 0}, {2, 0}, {0, 0}};
    struct schedule_options options = {.order = SCHEDULE_NODE_ID};
    const struct graph_edge root = {3, 0};
    struct schedule_report report = {0};
    struct schedule_call call = {.roots = &root, .root_count = 1};
    struct tensor *in[2];
    struct graph g;
    struct tape t;
    bool ok;

    case_tape(c, &t);
    graph_init(&g, 4, COUNT_OF(edges));
    memcpy(g.first_edge, first, sizeof(first));
    memcpy(g.edge, edges, sizeof(edges));
    for (uint32_t i = 0; i < 4; i++)
        g.inputs[i] = 1;
    graph_number(&g);
    call.graph = &g;
    ok =
        read_pair(c, &t, "x", "y", in) &&
        (run_back(&t, op_mul(&t, op_add(&t, in[0], in[1]), in[0])) || case_fail(c, &t)) &&
        schedule_run(&call, 1, 0, &options, NULL, &report, c->err);
    if (ok) {
        json_object(c->j, "value");
        write_scalar(c, "x_grad", in[0]->grad);
        write_scalar(c, "y_grad", in[1]->grad);
        json_array(c->j, "execution_order");
        for (size_t i = 0; i < report.order_count; i++)
            json_u64(c->j, NULL, report.order[i]);
        json_end(c->j);
        json_end(c->j);
    }
    schedule_report_clear(&report);
    graph_clear(&g);
    tape_clear(&t);
    return ok;
}

bool
case_seed_scalar(struct case_io *c)
{
    struct tensor *in[2], *y;
    struct tape t;
    bool ok;

    case_tape(c, &t);
    ok = read_pair(c, &t, "lhs", "rhs", in);
    if (ok) {
        y = case_apply(c, &t, in[0], in[1]);
        ok = run_back(&t, y) || case_fail(c, &t);
        if (ok) {
            json_object(c->j, "value");
            write_scalar(c, "output", y);
            write_scalar(c, "lhs_grad", in[0]->grad);
            write_scalar(c, "rhs_grad", in[1]->grad);
            json_end(c->j);
        }
    }
    tape_clear(&t);
    return ok;
}
