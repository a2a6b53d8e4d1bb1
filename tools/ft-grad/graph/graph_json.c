/*
 * graph_json.c: graphs written as JSON.
 *
 * Ids are any integers; a sorted index finds them, unless they are 0, 1, 2, ...
 */
#include "graph/graph_file.h"

#include "common/mem.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct known_id {
    int64_t id;
    uint32_t index;
};

struct reader {
    const struct json_doc *doc;
    struct error *err;
    struct graph *g;
    struct known_id *ids; /* owned; by id */
    bool numbered;        /* topological numbers were given */
    size_t graphs;        /* that nodes may re-enter */
};

static int
compare_ids(const void *a, const void *b)
{
    const struct known_id *x = a, *y = b;

    return x->id < y->id ? -1 : x->id > y->id;
}

static bool
find_id(struct reader *r, const struct json *node, uint32_t *out)
{
    struct known_id key = {0}, *found;

    if (!json_to_i64(node, &key.id))
        return json_fail(r->doc, node, r->err, ERR_MALFORMED, "a node's id is wanted");
    found = bsearch(&key, r->ids, r->g->nodes, sizeof(key), compare_ids);
    if (!found) {
        (void)json_fail(r->doc, node, r->err, ERR_MALFORMED,
                        "node %" PRId64 " does not exist", key.id);
        return error_subclass(r->err, "unknown_node");
    }
    *out = found->index;
    return true;
}

/* [id, input]; an id of -1 is an edge to nowhere where that is allowed. */
static bool
read_edge(struct reader *r, const struct json *node, bool may_be_null,
          struct graph_edge *out)
{
    const struct json *id = json_type(node) == JSON_ARRAY ? json_first(node) : NULL;
    const struct json *input = id ? json_next(id) : NULL;
    int64_t number;
    uint64_t nr;

    if (!input || json_next(input) || !json_to_u64(input, &nr) || nr >= UINT32_MAX)
        return json_fail(r->doc, node, r->err, ERR_MALFORMED,
                         "a pair [node id, input number] is wanted");
    out->input = (uint32_t)nr;
    out->node = GRAPH_NONE;
    if (may_be_null && json_to_i64(id, &number) && number == -1)
        return true;
    return find_id(r, id, &out->node);
}

static bool
read_number(struct reader *r, const struct json *node, const char *key, uint32_t *out)
{
    const struct json *member = json_get(node, key);
    uint64_t value;

    if (!member)
        return true;
    if (!json_to_u64(member, &value) || value >= UINT32_MAX)
        return json_fail(r->doc, member, r->err, ERR_MALFORMED,
                         "%s must be an integer, 0 or more", key);
    *out = (uint32_t)value;
    return true;
}

static bool
read_node(struct reader *r, const struct json *node, uint32_t i)
{
    static const char *const keys[] = {
        "id",     "sequence_nr", "topological_nr", "num_inputs",   "next",
        "throws", "reenter",     "name",           "input_shapes", NULL};
    const struct json *sequence = json_get(node, "sequence_nr");
    struct graph *g = r->g;
    bool throws = false;

    if (!json_only(r->doc, node, keys, r->err) ||
        !json_want_i64(r->doc, node, "id", &g->id[i], r->err) ||
        !json_opt_bool(r->doc, node, "throws", &throws, r->err))
        return false;
    g->throws[i] = throws;
    if (sequence && json_type(sequence) == JSON_STRING &&
        strcmp(json_text(sequence), "max") == 0)
        g->sequence_nr[i] = GRAPH_SEQUENCE_LEAF;
    else if (!sequence || !json_to_u64(sequence, &g->sequence_nr[i]))
        return json_fail(r->doc, node, r->err, ERR_MALFORMED,
                         "sequence_nr must be an integer, 0 or more, or \"max\"");
    g->inputs[i] = 1;
    r->numbered = r->numbered && json_get(node, "topological_nr");
    return read_number(r, node, "num_inputs", &g->inputs[i]) &&
           read_number(r, node, "topological_nr", &g->topological_nr[i]);
}

/* Ids, sorted; two nodes of one id are refused. */
static bool
index_ids(struct reader *r, const struct json *nodes)
{
    struct graph *g = r->g;
    bool plain = true;

    r->ids = xcalloc((size_t)g->nodes + 1, sizeof(*r->ids));
    for (uint32_t i = 0; i < g->nodes; i++) {
        r->ids[i] = (struct known_id){g->id[i], i};
        plain = plain && g->id[i] == (int64_t)i;
    }
    if (plain) {
        free(g->id);
        g->id = NULL;
        return true;
    }
    qsort(r->ids, g->nodes, sizeof(*r->ids), compare_ids);
    for (uint32_t i = 1; i < g->nodes; i++) {
        if (r->ids[i].id == r->ids[i - 1].id) {
            (void)json_fail(r->doc, nodes, r->err, ERR_MALFORMED,
                            "two nodes have the id %" PRId64, r->ids[i].id);
            return error_subclass(r->err, "duplicate_node");
        }
    }
    return true;
}

static bool
read_edges(struct reader *r, const struct json *nodes, size_t reenters)
{
    struct graph *g = r->g;
    size_t at = 0, run = 0;
    uint32_t i = 0;

    if (reenters > 0) {
        g->first_reenter = xcalloc((size_t)g->nodes + 1, sizeof(*g->first_reenter));
        g->reenter = xcalloc(reenters, sizeof(*g->reenter));
    }
    for (const struct json *n = json_first(nodes); n; n = json_next(n), i++) {
        const struct json *next = json_get(n, "next"), *again = json_get(n, "reenter");

        for (const struct json *e = json_first(next); e; e = json_next(e)) {
            if (!read_edge(r, e, true, &g->edge[at++]))
                return false;
        }
        g->first_edge[i + 1] = at;
        for (const struct json *k = again ? json_first(again) : NULL; k;
             k = json_next(k)) {
            uint64_t graph;

            if (!json_to_u64(k, &graph) || graph >= r->graphs) {
                (void)json_fail(r->doc, k, r->err, ERR_MALFORMED,
                                "re-enters a graph that does not exist");
                return error_subclass(r->err, "unknown_graph");
            }
            g->reenter[run++] = (uint32_t)graph;
        }
        if (g->first_reenter)
            g->first_reenter[i + 1] = (uint32_t)run;
    }
    return true;
}

static bool
read_nodes(struct reader *r, const struct json *nodes)
{
    size_t count = 0, edges = 0, reenters = 0;
    uint32_t i = 0;

    for (const struct json *n = json_first(nodes); n; n = json_next(n), count++) {
        const struct json *next = json_get(n, "next"), *again = json_get(n, "reenter");

        if (json_type(n) != JSON_OBJECT || !next || json_type(next) != JSON_ARRAY ||
            (again && json_type(again) != JSON_ARRAY))
            return json_fail(r->doc, n, r->err, ERR_MALFORMED,
                             "a node is an object with the array \"next\"");
        edges += json_count(next);
        reenters += again ? json_count(again) : 0;
    }
    if (count > GRAPH_NODES_MAX)
        return json_fail(r->doc, nodes, r->err, ERR_LIMIT, "more than %d nodes",
                         (int)GRAPH_NODES_MAX);
    graph_init(r->g, (uint32_t)count, edges);
    r->g->id = xcalloc(count + 1, sizeof(*r->g->id));
    r->g->throws = xcalloc(count + 1, 1);
    r->numbered = true;
    for (const struct json *n = json_first(nodes); n; n = json_next(n), i++) {
        if (!read_node(r, n, i))
            return false;
    }
    if (!index_ids(r, nodes) || !read_edges(r, nodes, reenters) ||
        !graph_check(r->g, r->err))
        return false;
    if (!r->numbered)
        graph_number(r->g);
    return true;
}

/* A list of [id, nr], within the inputs the nodes have. */
static bool
read_refs(struct reader *r, const struct json *list, const struct graph_edge **out,
          size_t *count)
{
    struct graph_edge *refs = xcalloc(json_count(list) + 1, sizeof(*refs));

    *out = refs;
    for (const struct json *e = json_first(list); e; e = json_next(e)) {
        if (!read_edge(r, e, false, &refs[*count]))
            return false;
        if (refs[*count].input >= r->g->inputs[refs[*count].node]) {
            (void)json_fail(r->doc, e, r->err, ERR_MALFORMED,
                            "the node does not have that input");
            return error_subclass(r->err, "shape_mismatch");
        }
        (*count)++;
    }
    return true;
}

static bool
read_graph(struct reader *r, const struct json *node, struct schedule_call *call)
{
    const struct json *nodes = NULL, *roots = NULL, *inputs = json_get(node, "inputs");

    call->graph = r->g;
    call->accumulate = true;
    if (!json_want(r->doc, node, "nodes", JSON_ARRAY, &nodes, r->err) ||
        !json_want(r->doc, node, "roots", JSON_ARRAY, &roots, r->err) ||
        !json_opt_bool(r->doc, node, "accumulate", &call->accumulate, r->err) ||
        !read_nodes(r, nodes) || !read_refs(r, roots, &call->roots, &call->root_count))
        return false;
    if (!inputs || json_type(inputs) == JSON_NULL)
        return true;
    if (json_type(inputs) != JSON_ARRAY)
        return json_fail(r->doc, inputs, r->err, ERR_MALFORMED, "inputs must be a list");
    return read_refs(r, inputs, &call->inputs, &call->input_count);
}

bool
graph_set_read(struct graph_set *set, const struct json_doc *doc, const struct json *node,
               struct error *err)
{
    const struct json *graphs = json_get(node, "graphs"), *item;
    struct reader r = {.doc = doc, .err = err};
    uint64_t run = 0;
    bool ok = true;

    memset(set, 0, sizeof(*set));
    if (graphs && json_type(graphs) != JSON_ARRAY)
        return json_fail(doc, graphs, err, ERR_MALFORMED, "graphs must be a list");
    r.graphs = graphs ? json_count(graphs) : 1;
    set->graphs = xcalloc(r.graphs + 1, sizeof(*set->graphs));
    set->calls = xcalloc(r.graphs + 1, sizeof(*set->calls));
    item = graphs ? json_first(graphs) : node;
    while (ok && set->count < r.graphs) {
        r.g = &set->graphs[set->count];
        ok = read_graph(&r, item, &set->calls[set->count]);
        free(r.ids);
        r.ids = NULL;
        set->count++;
        item = json_next(item);
    }
    if (ok && graphs) {
        ok = json_opt_u64(doc, node, "run", &run, err);
        if (ok && run >= set->count)
            ok = json_fail(doc, node, err, ERR_MALFORMED, "graph %" PRIu64 " of %zu", run,
                           set->count);
    }
    set->first = (size_t)run;
    return ok;
}

static bool
read_json(struct graph_set *set, const struct input *in, struct error *err)
{
    static const char *const keys[] = {
        "schema", "nodes", "roots",     "inputs",         "accumulate", "graphs", "run",
        "id",     "kind",  "node_rule", "root_gradients", "expect",     NULL};
    const struct json_limits limits = {
        .size = SIZE_MAX, .nodes = (size_t)1 << 28, .depth = 32};
    struct json_doc *doc = NULL;
    const char *schema = NULL;
    bool ok = json_parse(&doc, (const char *)in->data, in->size, &limits, err);

    if (!ok)
        return false;
    ok = json_only(doc, json_root(doc), keys, err) &&
         json_opt_string(doc, json_root(doc), "schema", &schema, err);
    if (ok && schema && strcmp(schema, "ft-grad-graph/1") != 0)
        ok = json_fail(doc, json_root(doc), err, ERR_VERSION,
                       "unknown schema '%s' (ft-grad-graph/1)", schema);
    ok = ok && graph_set_read(set, doc, json_root(doc), err);
    json_free(doc);
    return ok;
}

bool
graph_set_open(struct graph_set *set, const char *path, struct error *err)
{
    struct input in;
    bool ok;

    memset(set, 0, sizeof(*set));
    if (!input_open(&in, path, UINT64_C(1) << 36, err))
        return false;
    ok = graph_binary_is(in.data, in.size) ? graph_binary_read(set, in.data, in.size, err)
                                           : read_json(set, &in, err);
    input_close(&in);
    return ok || error_in(err, path);
}

void
graph_set_clear(struct graph_set *set)
{
    for (size_t i = 0; i < set->count; i++) {
        union {
            const struct graph_edge *kept;
            struct graph_edge *owned;
        } roots = {.kept = set->calls[i].roots}, inputs = {.kept = set->calls[i].inputs};

        free(roots.owned);
        free(inputs.owned);
        graph_clear(&set->graphs[i]);
    }
    free(set->graphs);
    free(set->calls);
    memset(set, 0, sizeof(*set));
}
