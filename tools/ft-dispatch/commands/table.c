/* table.c: an operator's dispatch table, as computed and as torch has it. */
#include "cases/shape.h"
#include "commands/commands.h"
#include "common/term.h"
#include "files/registrations.h"

#include <inttypes.h>
#include <string.h>

struct table_options {
    const char *torch, *op;
    bool torch_text, all, stale, summary;
};

static const struct cli_option options[] = {
    {.name = "torch",
     .type = CLI_TEXT,
     .offset = offsetof(struct table_options, torch),
     .metavar = "VERSION",
     .help = "key table: 1.13 or 2.6 (default: the file's, else 2.6)"},
    {.name = "op",
     .type = CLI_TEXT,
     .offset = offsetof(struct table_options, op),
     .metavar = "NAME",
     .help = "only this operator"},
    {.name = "torch-text",
     .type = CLI_FLAG,
     .offset = offsetof(struct table_options, torch_text),
     .help = "the very text of torch's _dispatch_dump_table"},
    {.name = "all",
     .type = CLI_FLAG,
     .offset = offsetof(struct table_options, all),
     .help = "torch's own fallbacks too"},
    {.name = "stale",
     .type = CLI_FLAG,
     .offset = offsetof(struct table_options, stale),
     .help = "only the slots where the two tables differ; exit 1 if there are any"},
    {.name = "summary",
     .type = CLI_FLAG,
     .offset = offsetof(struct table_options, summary),
     .help = "only counts, over all operators"},
    CLI_OPTION_END,
};

struct counts {
    uint64_t operators, kernels, entries, ambiguous, fallthrough, stale_operators,
        stale_slots;
};

static const char *
label(const struct kernel *kernel)
{
    return kernel ? kernel->debug : "(none)";
}

static void
count(const struct runtime_table *t, struct counts *c)
{
    const struct keyspace *k = t->registry.keys;
    uint64_t before = c->stale_slots;

    c->operators++;
    c->kernels += t->registry.kernel_count;
    for (unsigned i = 0; i < k->runtime_count; i++) {
        const struct kernel *computed = resolve(&t->registry, k->runtime[i]).kernel;

        c->entries += computed != NULL;
        c->ambiguous += computed && computed->kind == KERNEL_AMBIGUOUS;
        c->fallthrough += computed && computed->kind == KERNEL_FALLTHROUGH;
        c->stale_slots += computed != runtime_slot(t, k->runtime[i]);
    }
    c->stale_operators += c->stale_slots != before;
}

static struct term_table *
new_table(void)
{
    struct term_table *t = term_table_new();

    term_column(t, "key", TERM_LEFT);
    term_column(t, "kernel", TERM_LEFT);
    term_column(t, "because", TERM_LEFT);
    term_column(t, "at run time", TERM_LEFT);
    return t;
}

static void
print(const struct table_options *o, const struct runtime_table *t,
      const struct kernel *const builtin[static KEYS_MAX], FILE *out)
{
    const struct keyspace *k = t->registry.keys;
    struct term_table *table = NULL;

    for (unsigned i = 0; i < k->runtime_count; i++) {
        unsigned key = k->runtime[i];
        struct resolution found = resolve(&t->registry, key);
        const struct kernel *stored = runtime_slot(t, key);
        bool stale = found.kernel != stored;

        if (!stale &&
            (o->stale || !found.kernel || (!o->all && is_builtin(builtin, found.kernel))))
            continue;
        if (!table)
            table = new_table();
        term_cell(table, "%s", key_name(k, key));
        term_cell(table, "%s%s",
                  found.kernel && found.kernel->kind == KERNEL_FALLTHROUGH
                      ? "fallthrough "
                      : "",
                  label(found.kernel));
        term_cell(table, "%s", rule_text(found.rule));
        term_cell_style(table, stale ? TERM_BAD : TERM_DIM, "%s%s",
                        stale ? "STALE: " : "same", stale ? label(stored) : "");
    }
    (void)fprintf(out, "%s\n", t->registry.name);
    if (table)
        term_table_print(table, out);
    else
        (void)fputs(o->stale ? "no stale slot\n" : "no entry of its own\n", out);
}

static void
write_json(struct json_out *j, const struct runtime_table *t,
           const struct kernel *const builtin[static KEYS_MAX])
{
    json_object(j, NULL);
    json_string(j, "name", t->registry.name);
    shape_table(j, "table", &t->registry, NULL);
    shape_runtime_table(j, "runtime_table", t, builtin);
    shape_runtime_differs(j, "runtime_differs", t, builtin);
    json_bool(j, "invariants_ok", runtime_is_consistent(t));
    json_end(j);
}

static void
print_counts(struct cli *cli, const struct counts *c)
{
    struct json_out j;

    if (!cli->json) {
        (void)fprintf(cli->out,
                      "%" PRIu64 " operators, %" PRIu64 " kernels, %" PRIu64
                      " table entries (%" PRIu64 " fallthrough, %" PRIu64
                      " ambiguous), %" PRIu64 " stale slots in %" PRIu64 " operators\n",
                      c->operators, c->kernels, c->entries, c->fallthrough, c->ambiguous,
                      c->stale_slots, c->stale_operators);
        return;
    }
    json_start(&j, cli->out, JSON_PRETTY);
    json_object(&j, NULL);
    json_u64(&j, "operators", c->operators);
    json_u64(&j, "kernels", c->kernels);
    json_u64(&j, "entries", c->entries);
    json_u64(&j, "fallthrough", c->fallthrough);
    json_u64(&j, "ambiguous", c->ambiguous);
    json_u64(&j, "stale_slots", c->stale_slots);
    json_u64(&j, "stale_operators", c->stale_operators);
    json_end(&j);
}

static void
show(struct cli *cli, const struct table_options *o, const struct registrations *f,
     struct json_out *j, struct buf *text)
{
    const struct runtime_table *t = &f->replay.table;

    if (o->summary)
        return;
    if (o->torch_text) {
        text->size = 0;
        if (!o->op)
            buf_printf(text, "== %s\n", t->registry.name);
        table_dump(&t->registry, text);
        if (text->size > 0)
            (void)fwrite(text->data, 1, text->size, cli->out);
    } else if (cli->json) {
        write_json(j, t, f->fallback);
    } else {
        print(o, t, f->fallback, cli->out);
    }
}

static int
run(struct cli *cli, const void *opaque, struct error *err)
{
    const struct table_options *o = opaque;
    struct registrations f;
    struct counts counts = {0};
    struct buf text = {0};
    struct json_out j;
    bool more = true, ok = true, is_array = cli->json && !o->summary && !o->torch_text;

    if (!registrations_open(&f, cli->operands[0], o->torch, err))
        return CLI_ERROR;
    if (is_array) {
        json_start(&j, cli->out, JSON_PRETTY);
        json_array(&j, NULL);
    }
    while ((ok = registrations_next(&f, &more, err)) && more) {
        if (o->op && strcmp(o->op, f.replay.table.registry.name) != 0)
            continue;
        count(&f.replay.table, &counts);
        show(cli, o, &f, &j, &text);
    }
    if (ok && o->op && counts.operators == 0)
        ok = error_set(err, ERR_UNSUPPORTED, "there is no operator %s here", o->op);
    if (is_array && ok)
        json_end(&j);
    if (ok && o->summary)
        print_counts(cli, &counts);
    registrations_close(&f);
    buf_clear(&text);
    if (!ok) {
        (void)error_in(err, cli->operands[0]);
        return CLI_ERROR;
    }
    return o->stale && counts.stale_slots > 0;
}

const struct cli_command command_table = {
    .name = "table",
    .operands = "FILE",
    .summary = "print operators' dispatch tables: computed, and as torch has them",
    .details =
        "FILE holds registrations (schema ft-dispatch-registrations/1, JSON or YAML).\n"
        "torch refreshes only some slots at each registration; where it misses one, the\n"
        "table it uses differs from the one it computes, and the slot is stale.\n",
    .examples = "  ft-dispatch table --torch-text --op aten::add.Tensor aten.json\n"
                "  ft-dispatch table --stale registrations.yaml\n",
    .options = options,
    .options_size = sizeof(struct table_options),
    .common = CLI_JSON | CLI_OUTPUT,
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};
