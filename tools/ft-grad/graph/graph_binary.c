/*
 * graph_binary.c: one graph in as few octets as arrays need, little-endian.
 *
 *     8  "FTGRAPH1"
 *     8  nodes n, 8 edges m, 8 roots, 8 inputs
 *     8  flags: 1 inputs are named, 2 accumulate into them
 *     8 n        sequence numbers (2^64 - 1: a leaf)
 *     8 (n + 1)  first edge of each node, then m
 *     4 n        inputs of each node
 *     8 m        edges: node (2^32 - 1: nowhere), input
 *     8 each     roots, then inputs: node, input
 */
#include "graph/graph_file.h"

#include "common/bytes.h"
#include "common/mem.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { HEADER = 48, FLAG_INPUTS = 1, FLAG_ACCUMULATE = 2 };

static const char magic[8] = "FTGRAPH1";

bool
graph_binary_is(const uint8_t *data, size_t size)
{
    return size >= sizeof(magic) && memcmp(data, magic, sizeof(magic)) == 0;
}

static struct graph_edge *
read_edges(const uint8_t **at, size_t count)
{
    struct graph_edge *edges = xcalloc(count + 1, sizeof(*edges));

    for (size_t i = 0; i < count; i++, *at += 8) {
        edges[i].node = get_le32(*at);
        edges[i].input = get_le32(*at + 4);
    }
    return edges;
}

static bool
check_refs(const struct graph *g, const struct graph_edge *refs, size_t count,
           struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        if (refs[i].node >= g->nodes || refs[i].input >= g->inputs[refs[i].node]) {
            (void)error_set(err, ERR_MALFORMED,
                            "root or input %zu names node %" PRIu32 ", input %" PRIu32
                            ", which does not exist",
                            i, refs[i].node, refs[i].input);
            return error_subclass(err, "unknown_node");
        }
    }
    return true;
}

static bool
read_arrays(struct graph *g, const uint8_t **at, struct error *err)
{
    for (uint32_t i = 0; i < g->nodes; i++, *at += 8)
        g->sequence_nr[i] = get_le64(*at);
    for (uint32_t i = 0; i <= g->nodes; i++, *at += 8) {
        uint64_t first = get_le64(*at);

        if (first > g->edges || (i > 0 && first < g->first_edge[i - 1]) ||
            (i == 0 && first != 0) || (i == g->nodes && first != g->edges))
            return error_set(err, ERR_MALFORMED,
                             "the first edge of node %" PRIu32 " is out of order", i);
        g->first_edge[i] = (size_t)first;
    }
    for (uint32_t i = 0; i < g->nodes; i++, *at += 4)
        g->inputs[i] = get_le32(*at);
    for (size_t k = 0; k < g->edges; k++, *at += 8) {
        g->edge[k].node = get_le32(*at);
        g->edge[k].input = get_le32(*at + 4);
    }
    return true;
}

bool
graph_binary_read(struct graph_set *set, const uint8_t *data, size_t size,
                  struct error *err)
{
    uint64_t n, m, roots, inputs, flags, want;
    const uint8_t *at = data + HEADER;
    struct schedule_call *call;
    struct graph *g;

    memset(set, 0, sizeof(*set));
    if (size < HEADER)
        return error_set(err, ERR_MALFORMED,
                         "%zu octets are too short for a header of %d", size,
                         (int)HEADER);
    n = get_le64(data + 8);
    m = get_le64(data + 16);
    roots = get_le64(data + 24);
    inputs = get_le64(data + 32);
    flags = get_le64(data + 40);
    if (n > GRAPH_NODES_MAX || m > UINT64_C(1) << 32 || roots > m + n || inputs > m + n ||
        flags > (FLAG_INPUTS | FLAG_ACCUMULATE))
        return error_set(err, ERR_LIMIT,
                         "%" PRIu64 " nodes, %" PRIu64 " edges, %" PRIu64
                         " roots, %" PRIu64 " inputs, flags %" PRIu64 " are not possible",
                         n, m, roots, inputs, flags);
    want = HEADER + 8 * n + 8 * (n + 1) + 4 * n + 8 * (m + roots + inputs);
    if (want != size)
        return error_set(err, ERR_MALFORMED, "%zu octets, the header announces %" PRIu64,
                         size, want);
    set->graphs = g = xcalloc(1, sizeof(*g));
    set->calls = call = xcalloc(1, sizeof(*call));
    set->count = 1;
    graph_init(g, (uint32_t)n, (size_t)m);
    if (!read_arrays(g, &at, err))
        return false;
    call->graph = g;
    call->root_count = (size_t)roots;
    call->roots = read_edges(&at, (size_t)roots);
    call->input_count = (size_t)inputs;
    call->accumulate = (flags & FLAG_ACCUMULATE) != 0;
    if (flags & FLAG_INPUTS)
        call->inputs = read_edges(&at, (size_t)inputs);
    if (!check_refs(g, call->roots, call->root_count, err) ||
        (call->inputs && !check_refs(g, call->inputs, call->input_count, err)) ||
        !graph_check(g, err))
        return false;
    graph_number(g);
    return true;
}

static bool
put_u64(struct out_file *out, uint64_t value, struct error *err)
{
    uint8_t octets[8];

    put_le64(octets, value);
    return out_write(out, octets, sizeof(octets), err);
}

static bool
put_edges(struct out_file *out, const struct graph_edge *edges, size_t count,
          struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        if (!put_u64(out, edges[i].node | (uint64_t)edges[i].input << 32, err))
            return false;
    }
    return true;
}

bool
graph_binary_write(const struct schedule_call *call, struct out_file *out,
                   struct error *err)
{
    const struct graph *g = call->graph;
    uint64_t flags =
        (call->inputs ? FLAG_INPUTS : 0U) | (call->accumulate ? FLAG_ACCUMULATE : 0U);
    bool ok = out_write(out, magic, sizeof(magic), err) && put_u64(out, g->nodes, err) &&
              put_u64(out, g->edges, err) && put_u64(out, call->root_count, err) &&
              put_u64(out, call->inputs ? call->input_count : 0, err) &&
              put_u64(out, flags, err);

    for (uint32_t i = 0; ok && i < g->nodes; i++)
        ok = put_u64(out, g->sequence_nr[i], err);
    for (uint32_t i = 0; ok && i <= g->nodes; i++)
        ok = put_u64(out, g->first_edge[i], err);
    for (uint32_t i = 0; ok && i < g->nodes; i++) {
        uint8_t octets[4];

        put_le32(octets, g->inputs[i]);
        ok = out_write(out, octets, sizeof(octets), err);
    }
    return ok && put_edges(out, g->edge, g->edges, err) &&
           put_edges(out, call->roots, call->root_count, err) &&
           (!call->inputs || put_edges(out, call->inputs, call->input_count, err));
}
