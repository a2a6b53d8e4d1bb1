/* graph.c: a redispatch chain as Graphviz DOT. */
#include "commands/commands.h"
#include "files/registrations.h"

#include <inttypes.h>

struct options {
    struct call_options call;
};

static const struct cli_option options[] = {CALL_OPTIONS(struct options), CLI_OPTION_END};

/* Quotes and backslashes are what a DOT string must escape. */
static void
put_text(const char *text, FILE *out)
{
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            (void)fputc('\\', out);
        (void)fputc(*text, out);
    }
}

static void
put_node(size_t id, const char *shape, const char *title, const char *subtitle, FILE *out)
{
    (void)fprintf(out, "    n%zu [shape=%s, label=\"", id, shape);
    put_text(title, out);
    (void)fputs("\\n", out);
    put_text(subtitle, out);
    (void)fputs("\"];\n", out);
}

static void
put_edge(size_t id, uint64_t keyset, FILE *out)
{
    (void)fprintf(out, "    n%zu -> n%zu [label=\"0x%" PRIx64 "\"];\n", id - 1, id,
                  keyset);
}

static void
print(const struct runtime_table *t, const struct call *c, FILE *out)
{
    const struct keyspace *k = t->registry.keys;
    struct buf set = {0};
    size_t id = 0;

    (void)fputs("digraph redispatch {\n    rankdir=LR;\n", out);
    put_node(id, "oval", t->registry.name, set_text(k, c->after_tls, &set), out);
    for (size_t i = 0; i < c->hop_count; i++) {
        id++;
        put_node(id, "box", key_name(k, c->hops[i].key), c->hops[i].kernel->debug, out);
        put_edge(id, c->hops[i].keyset, out);
    }
    if (c->outcome != OUTCOME_RETURNED) {
        id++;
        put_node(id, "octagon", key_name(k, c->key), outcome_name(c->outcome), out);
        put_edge(id, c->failed_keyset, out);
    }
    (void)fputs("}\n", out);
    buf_clear(&set);
}

static int
run(struct cli *cli, const void *opaque, struct error *err)
{
    const struct options *o = opaque;
    struct registrations f;
    struct call call;
    struct tls tls;
    uint64_t arguments = 0;
    bool ok;

    if (!registrations_find(&f, cli->operands[0], o->call.torch, o->call.op, err))
        return CLI_ERROR;
    ok = read_call_options(&f.keys, &o->call, &arguments, &tls, err);
    if (ok) {
        call_operator(&f.replay.table, arguments, tls, &call);
        print(&f.replay.table, &call, cli->out);
    }
    registrations_close(&f);
    return ok ? 0 : CLI_ERROR;
}

const struct cli_command command_graph = {
    .name = "graph",
    .operands = "FILE",
    .summary = "draw a call's redispatch chain as Graphviz DOT",
    .examples =
        "  ft-dispatch graph --args 'CPU|AutogradCPU' r.yaml | dot -Tsvg > r.svg\n",
    .options = options,
    .options_size = sizeof(struct options),
    .common = CLI_OUTPUT,
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};
