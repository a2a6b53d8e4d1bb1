/*
 * test_queues.c: the bitmap queue and the literal heap pop the same nodes, leaves that
 * tie included; and what the bitmap queue must leave to the heap.
 */
#include "graph/rank_queue.h"
#include "graph/ready_queue.h"

#include "test.h"

#include <stdlib.h>

static uint64_t state = 88172645463325252U;

static uint64_t
next_random(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

/* n nodes, about one in `share` a leaf; the others' numbers are shuffled and gapped. */
static void
random_graph(struct graph *g, uint32_t n, uint64_t share)
{
    graph_init(g, n, 0);
    for (uint32_t i = 0; i < n; i++)
        g->sequence_nr[i] = 7 + 2 * (uint64_t)i;
    for (uint32_t i = n; i-- > 1;) {
        uint32_t k = (uint32_t)(next_random() % (i + 1));
        uint64_t kept = g->sequence_nr[i];

        g->sequence_nr[i] = g->sequence_nr[k];
        g->sequence_nr[k] = kept;
    }
    for (uint32_t i = 0; i < n; i++) {
        if (next_random() % share == 0)
            g->sequence_nr[i] = GRAPH_SEQUENCE_LEAF;
    }
}

/* Push every node once, popping now and then; `eager` of 8 steps push. */
static bool
same_order(const struct graph *g, uint64_t eager)
{
    struct ready_queue heap = {0};
    struct rank_queue ranks;
    uint32_t pushed = 0;
    bool same = rank_queue_init(&ranks, g, false);

    while (same && (pushed < g->nodes || heap.count > 0)) {
        if (pushed < g->nodes && (heap.count == 0 || next_random() % 8 < eager)) {
            ready_queue_push(&heap,
                             (struct ready_task){g->sequence_nr[pushed], 0, pushed});
            rank_queue_push(&ranks, pushed++);
        } else {
            same = ready_queue_pop(&heap).node == rank_queue_pop(&ranks);
        }
    }
    same = same && heap.longest == ranks.longest && heap.pops == ranks.pops &&
           heap.pushes == ranks.pushes;
    ready_queue_clear(&heap);
    rank_queue_clear(&ranks);
    return same;
}

static void
test_same_as_the_heap(void)
{
    static const uint64_t shares[] = {1, 2, 3, 10, 1000};
    int rounds = getenv("LOCKSTEP_QUICK") ? 40 : 400;

    for (int round = 0; round < rounds; round++) {
        struct graph g;

        random_graph(&g, 1 + (uint32_t)(next_random() % 300),
                     shares[next_random() % COUNT_OF(shares)]);
        CHECK(same_order(&g, 1 + next_random() % 7));
        graph_clear(&g);
    }
}

static void
test_more_than_one_level(void)
{
    struct graph g;

    random_graph(&g, 70000, 20);
    CHECK(same_order(&g, 7));
    graph_clear(&g);
}

static void
test_refusals(void)
{
    struct rank_queue q;
    struct graph g;

    graph_init(&g, 3, 0);
    g.sequence_nr[0] = 5;
    g.sequence_nr[1] = 5;
    g.sequence_nr[2] = GRAPH_SEQUENCE_LEAF;
    CHECK(!rank_queue_init(&q, &g, false)); /* a tie */
    CHECK(rank_queue_init(&q, &g, true));
    rank_queue_push(&q, 1);
    rank_queue_push(&q, 2);
    rank_queue_push(&q, 0);
    CHECK(rank_queue_pop(&q) == 2);
    CHECK(rank_queue_pop(&q) == 1);
    CHECK(rank_queue_pop(&q) == 0);
    rank_queue_clear(&q);
    g.sequence_nr[1] = UINT64_C(1) << 40;
    CHECK(!rank_queue_init(&q, &g, false)); /* a gap */
    graph_clear(&g);
}

int
main(void)
{
    test_same_as_the_heap();
    test_more_than_one_level();
    test_refusals();
    return test_failures != 0;
}
