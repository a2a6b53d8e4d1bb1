/*
 * rank_queue.c: a bitmap of bitmaps, and the leaves' places in a heap.
 *
 * In std::push_heap and std::pop_heap leaves never move past each other's level: they
 * fill a connected piece at the top.  Whether a sifting step goes left or right matters
 * only while both sides are leaves or one is, so their places follow from the number of
 * waiting tasks alone.
 */
#include "graph/rank_queue.h"

#include "common/mem.h"

#include <stdlib.h>
#include <string.h>

enum { WORD = 64, GAPS = 4 };

static bool
is_leaf(const struct rank_queue *q, uint32_t node)
{
    return q->node_of && node < q->graph->nodes &&
           q->graph->sequence_nr[node] == GRAPH_SEQUENCE_LEAF;
}

/* The lowest number and how many from there to the highest; 0 without any. */
static uint64_t
span_of(const struct graph *g, uint64_t *lowest)
{
    uint64_t low = UINT64_MAX, high = 0;

    for (uint32_t i = 0; i < g->nodes; i++) {
        uint64_t nr = g->sequence_nr[i];

        if (nr == GRAPH_SEQUENCE_LEAF)
            continue;
        low = nr < low ? nr : low;
        high = nr > high ? nr : high;
    }
    *lowest = low;
    return low > high ? 0 : high - low + 1;
}

static bool
rank_nodes(struct rank_queue *q, uint64_t span)
{
    const struct graph *g = q->graph;

    q->node_of = xlarge(((size_t)span + 1) * sizeof(*q->node_of));
    memset(q->node_of, 0xff, ((size_t)span + 1) * sizeof(*q->node_of));
    for (uint32_t i = 0; i < g->nodes; i++) {
        uint64_t nr = g->sequence_nr[i];

        if (nr == GRAPH_SEQUENCE_LEAF)
            continue;
        if (q->node_of[nr - q->lowest] != GRAPH_NONE)
            return false;
        q->node_of[nr - q->lowest] = i;
    }
    q->node_of[span] = g->nodes;
    return true;
}

bool
rank_queue_init(struct rank_queue *q, const struct graph *g, bool by_node)
{
    uint64_t span = g->nodes;
    size_t words;

    memset(q, 0, sizeof(*q));
    q->graph = g;
    q->top = GRAPH_NONE;
    if (!by_node) {
        span = span_of(g, &q->lowest);
        if (span > (uint64_t)GAPS * g->nodes + WORD || !rank_nodes(q, span)) {
            rank_queue_clear(q);
            return false;
        }
    }
    words = (size_t)span + 1;
    do {
        words = (words + WORD - 1) / WORD;
        q->bits[q->levels++] = xcalloc(words, sizeof(uint64_t));
    } while (words > 1);
    return true;
}

void
rank_queue_clear(struct rank_queue *q)
{
    for (int i = 0; i < q->levels; i++)
        free(q->bits[i]);
    free(q->node_of);
    free(q->leaf_at);
    memset(q, 0, sizeof(*q));
}

static void
set_rank(struct rank_queue *q, uint32_t rank)
{
    for (int i = 0; i < q->levels; i++) {
        uint64_t *word = &q->bits[i][rank / WORD];
        uint64_t before = *word;

        *word = before | UINT64_C(1) << rank % WORD;
        if (before != 0)
            break;
        rank /= WORD;
    }
}

/* Take the highest rank out of the bitmap, which must have one. */
static uint32_t
take_highest(struct rank_queue *q)
{
    uint32_t rank = 0, at;

    for (int i = q->levels; i-- > 0;)
        rank = rank * WORD + (uint32_t)(WORD - 1 - __builtin_clzll(q->bits[i][rank]));
    at = rank;
    for (int i = 0; i < q->levels; i++) {
        uint64_t *word = &q->bits[i][at / WORD];

        *word &= ~(UINT64_C(1) << at % WORD);
        if (*word != 0)
            break;
        at /= WORD;
    }
    return rank;
}

static bool
leaf_here(const struct rank_queue *q, size_t place)
{
    return place < q->leaf_places && q->leaf_at[place] != 0;
}

/* std::push_heap: rise past everything that is no leaf. */
static void
push_leaf(struct rank_queue *q, uint32_t node, size_t waiting)
{
    size_t place = q->leaves == 0 ? 0 : waiting;

    if (place >= q->leaf_places) {
        size_t places = q->leaf_places > 0 ? q->leaf_places : WORD;

        while (places <= place)
            places *= 2;
        q->leaf_at = xrealloc(q->leaf_at, places, sizeof(*q->leaf_at));
        memset(q->leaf_at + q->leaf_places, 0,
               (places - q->leaf_places) * sizeof(*q->leaf_at));
        q->leaf_places = places;
    }
    while (place > 0 && q->leaf_at[(place - 1) / 2] == 0)
        place = (place - 1) / 2;
    q->leaf_at[place] = node + 1;
    q->leaves++;
}

/*
 * std::pop_heap: the hole sinks along the better children.  Below the last leaf on its
 * way the other nodes move up by one, and the last task of the heap, if it is a leaf,
 * rises to just there; if it is none, it stays below.
 */
static uint32_t
pop_leaf(struct rank_queue *q, size_t waiting)
{
    uint32_t best = q->leaf_at[0] - 1, last = 0;
    size_t n = waiting - 1, hole = 0, child = 0;

    q->leaves--;
    if (leaf_here(q, n)) {
        last = q->leaf_at[n];
        q->leaf_at[n] = 0;
    }
    if (n == 0)
        return best;
    while (child < (n - 1) / 2) {
        child = 2 * (child + 1);
        if (!leaf_here(q, child)) {
            child--;
            if (!leaf_here(q, child)) {
                q->leaf_at[hole] = last;
                return best;
            }
        }
        q->leaf_at[hole] = q->leaf_at[child];
        hole = child;
    }
    if (n % 2 == 0 && child == (n - 2) / 2 && leaf_here(q, 2 * child + 1)) {
        q->leaf_at[hole] = q->leaf_at[2 * child + 1];
        hole = 2 * child + 1;
    }
    q->leaf_at[hole] = last;
    return best;
}

void
rank_queue_push(struct rank_queue *q, uint32_t node)
{
    size_t waiting = q->ranked + q->leaves;

    q->pushes++;
    if (waiting + 1 > q->longest)
        q->longest = waiting + 1;
    if (is_leaf(q, node)) {
        push_leaf(q, node, waiting);
        return;
    }
    if (q->node_of)
        node = node < q->graph->nodes
                   ? (uint32_t)(q->graph->sequence_nr[node] - q->lowest)
                   : UINT32_MAX - 1;
    if (q->ranked++ == 0) {
        q->top = node;
    } else if (node > q->top) {
        set_rank(q, q->top);
        q->top = node;
    } else {
        set_rank(q, node);
    }
}

uint32_t
rank_queue_pop(struct rank_queue *q)
{
    uint32_t rank = q->top;

    q->pops++;
    if (q->leaves > 0)
        return pop_leaf(q, q->ranked + q->leaves);
    q->top = --q->ranked > 0 ? take_highest(q) : GRAPH_NONE;
    if (!q->node_of)
        return rank;
    return rank == UINT32_MAX - 1 ? q->graph->nodes : q->node_of[rank];
}
