/* Graphs, JSON and binary: what is taken can be scheduled without a fault. */
#include "graph/graph_file.h"
#include "graph/scalar_rule.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct json_limits limits = {.size = 1 << 16, .nodes = 5000, .depth = 32};
    struct schedule_options options = {0};
    struct schedule_report report = {0};
    struct scalar_rule rule = {0};
    struct schedule_rule hooks;
    struct graph_set set = {0};
    struct json_doc *doc = NULL;
    struct error err = {0};
    bool ok, nested = false;

    if (graph_binary_is(data, size))
        ok = graph_binary_read(&set, data, size, &err);
    else
        ok = json_parse(&doc, (const char *)data, size, &limits, &err) &&
             graph_set_read(&set, doc, json_root(doc), &err);
    for (size_t i = 0; ok && i < set.count; i++) {
        nested = nested || set.graphs[i].first_reenter;
        for (uint32_t k = 0; k < set.graphs[i].nodes; k++)
            ok = ok && set.graphs[i].inputs[k] < 100000;
    }
    if (ok && !nested && set.count > 0) { /* nesting may have no end */
        scalar_rule_init(&rule, set.calls, set.first);
        hooks = scalar_rule_hooks(&rule);
        if (!schedule_run(set.calls, set.count, set.first, &options, &hooks, &report,
                          &err) &&
            err.class == ERR_NONE)
            __builtin_trap();
        scalar_rule_clear(&rule);
        schedule_report_clear(&report);
    }
    if (!ok && !nested && err.class == ERR_NONE && set.count == 0)
        __builtin_trap();
    graph_set_clear(&set);
    json_free(doc);
    return 0;
}
