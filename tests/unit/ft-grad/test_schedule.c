/*
 * test_schedule.c: order, pruning, captures, nesting and the errors of the scheduler.
 */
#include "graph/fingerprint.h"
#include "graph/schedule.h"

#include "test.h"

#include <string.h>

/* (x + y) * x: 0 Mul, 1 Add, 2 Acc(x), 3 Acc(y). */
static void
build(struct graph *g)
{
    static const struct graph_edge edges[] = {{1, 0}, {2, 0}, {2, 0}, {3, 0}};
    static const size_t first[] = {0, 2, 4, 4, 4};
    static const uint64_t sequence[] = {1, 0, GRAPH_SEQUENCE_LEAF, GRAPH_SEQUENCE_LEAF};

    graph_init(g, 4, 4);
    memcpy(g->edge, edges, sizeof(edges));
    memcpy(g->first_edge, first, sizeof(first));
    memcpy(g->sequence_nr, sequence, sizeof(sequence));
    for (uint32_t i = 0; i < 4; i++)
        g->inputs[i] = 1;
    graph_number(g);
}

static bool
order_is(const struct schedule_report *r, const uint32_t *want, size_t count)
{
    return r->order_count == count && memcmp(r->order, want, count * sizeof(*want)) == 0;
}

static void
test_orders(void)
{
    struct graph g;
    const struct graph_edge root = {0, 0}, leaf = {3, 0};
    struct schedule_call call = {.graph = &g, .roots = &root, .root_count = 1};
    struct schedule_options options = {0};
    struct schedule_report r;
    struct error err = {0};

    build(&g);
    CHECK(graph_check(&g, &err));
    CHECK(g.topological_nr[0] == 2 && g.topological_nr[1] == 1);
    CHECK(schedule_run(&call, 1, 0, &options, NULL, &r, &err));
    CHECK(order_is(&r, (uint32_t[]){0, 1, 2, 3}, 4));
    CHECK(r.pushes == 4 && r.pops == 4 && r.longest == 2 && !r.graph_root);
    schedule_report_clear(&r);
    options.order = SCHEDULE_NODE_ID;
    CHECK(schedule_run(&call, 1, 0, &options, NULL, &r, &err));
    CHECK(order_is(&r, (uint32_t[]){0, 1, 3, 2}, 4));
    schedule_report_clear(&r);
    options.order = SCHEDULE_TORCH;
    call.inputs = &leaf;
    call.input_count = 1;
    CHECK(schedule_run(&call, 1, 0, &options, NULL, &r, &err));
    CHECK(order_is(&r, (uint32_t[]){0, 1}, 2));
    CHECK(r.captured_count == 1 && r.captured[0] == 3);
    schedule_report_clear(&r);
    graph_clear(&g);
}

/* Roots that all lie below the input: torch prunes the node that feeds them, too. */
static void
test_inputs_above_the_roots(void)
{
    struct graph g;
    const struct graph_edge roots[] = {{2, 0}, {3, 0}}, top = {0, 0};
    struct schedule_call call = {
        .graph = &g, .roots = roots, .root_count = 2, .inputs = &top, .input_count = 1};
    struct schedule_options options = {0};
    struct schedule_report r;
    struct error err = {0};

    build(&g);
    CHECK(schedule_run(&call, 1, 0, &options, NULL, &r, &err));
    CHECK(r.graph_root && r.order_count == 0 && r.captured_count == 0);
    CHECK(r.pushes == 1 && r.pops == 1);
    for (uint32_t i = 0; i < g.nodes; i++)
        CHECK(r.dependencies[i] == 0);
    schedule_report_clear(&r);
    graph_clear(&g);
}

static void
test_errors(void)
{
    struct graph g;
    struct error err = {0};

    build(&g);
    g.edge[3].node = 9;
    CHECK(!graph_check(&g, &err) && strcmp(err.subclass, "unknown_node") == 0);
    g.edge[3].node = 3;
    g.edge[3].input = 5;
    memset(&err, 0, sizeof(err));
    CHECK(!graph_check(&g, &err) && strcmp(err.subclass, "shape_mismatch") == 0);
    g.edge[3] = (struct graph_edge){0, 0};
    memset(&err, 0, sizeof(err));
    CHECK(!graph_check(&g, &err) && strcmp(err.subclass, "cycle") == 0);
    graph_clear(&g);
}

/* Ten million nodes in a row need no stack. */
static void
test_long_chain(void)
{
    enum { NODES = 200000 };
    struct graph g;
    const struct graph_edge root = {0, 0};
    struct schedule_call call = {.graph = &g, .roots = &root, .root_count = 1};
    struct schedule_options options = {0};
    struct schedule_report r;
    struct error err = {0};

    graph_init(&g, NODES, NODES - 1);
    for (uint32_t i = 0; i < NODES; i++) {
        g.sequence_nr[i] = NODES - i;
        g.inputs[i] = 1;
        g.first_edge[i + 1] = i + 1 < NODES ? i + 1 : i;
        if (i + 1 < NODES)
            g.edge[i].node = i + 1;
    }
    CHECK(graph_check(&g, &err));
    graph_number(&g);
    CHECK(g.topological_nr[0] == NODES - 1);
    CHECK(schedule_run(&call, 1, 0, &options, NULL, &r, &err));
    CHECK(r.order_count == NODES && r.order[NODES - 1] == NODES - 1);
    schedule_report_clear(&r);
    graph_clear(&g);
}

/* SipHash-1-3 of nothing and of eight zero octets, key zero. */
static void
test_fingerprint(void)
{
    struct fingerprint f;

    fingerprint_begin(&f);
    CHECK(fingerprint_end(&f) == UINT64_C(0xd1fba762150c532c));
    fingerprint_begin(&f);
    fingerprint_word(&f, 0);
    CHECK(fingerprint_end(&f) == UINT64_C(0xbd60acb658c79e45));
}

int
main(void)
{
    test_orders();
    test_inputs_above_the_roots();
    test_errors();
    test_long_chain();
    test_fingerprint();
    return test_failures != 0;
}
