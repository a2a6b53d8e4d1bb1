/* diff.c: two tables side by side: two files, two versions, two orders. */
#include "commands/commands.h"
#include "common/json_out.h"
#include "common/mem.h"
#include "common/term.h"
#include "files/registrations.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct diff_options {
    const char *torch_a, *torch_b, *op;
    bool runtime;
};

static const struct cli_option options[] = {
    {.name = "torch-a",
     .type = CLI_TEXT,
     .offset = offsetof(struct diff_options, torch_a),
     .metavar = "VERSION",
     .help = "key table for A (default: the file's, else 2.6)"},
    {.name = "torch-b",
     .type = CLI_TEXT,
     .offset = offsetof(struct diff_options, torch_b),
     .metavar = "VERSION",
     .help = "key table for B"},
    {.name = "op",
     .type = CLI_TEXT,
     .offset = offsetof(struct diff_options, op),
     .metavar = "NAME",
     .help = "only this operator"},
    {.name = "runtime",
     .type = CLI_FLAG,
     .offset = offsetof(struct diff_options, runtime),
     .help = "compare what torch has stored, not what it computes"},
    CLI_OPTION_END,
};

struct diff {
    const struct diff_options *options;
    struct term_table *table; /* or NULL: JSON */
    struct json_out *json;
    uint64_t count;
};

/* "" where the table has nothing, or the version has no such key. */
static void
entry(const struct runtime_table *t, const char *key, bool runtime, struct buf *out)
{
    const struct keyspace *k = t->registry.keys;
    struct resolution found;
    unsigned value = 0;

    out->size = 0;
    if (!key_find(k, key, strlen(key), &value)) {
        buf_puts(out, "(no such key)");
        return;
    }
    found = resolve(&t->registry, value);
    if (runtime)
        found.kernel = runtime_slot(t, value);
    if (!found.kernel)
        return;
    if (found.kernel->kind == KERNEL_FALLTHROUGH)
        buf_puts(out, "fallthrough ");
    buf_puts(out, found.kernel->debug);
    if (!runtime)
        buf_printf(out, " [%s]", rule_text(found.rule));
}

static void
report(struct diff *d, const char *op, const char *key, const char *a, const char *b)
{
    d->count++;
    if (d->table) {
        term_cell(d->table, "%s", op);
        term_cell(d->table, "%s", key);
        term_cell(d->table, "%s", *a ? a : "-");
        term_cell(d->table, "%s", *b ? b : "-");
        return;
    }
    json_object(d->json, NULL);
    json_string(d->json, "op", op);
    json_string(d->json, "key", key);
    json_string(d->json, "a", a);
    json_string(d->json, "b", b);
    json_end(d->json);
}

static void
compare(struct diff *d, const struct runtime_table *a, const struct runtime_table *b)
{
    const struct keyspace *ka = a->registry.keys, *kb = b->registry.keys;
    struct buf left = {0}, right = {0};
    bool runtime = d->options->runtime;

    for (unsigned i = 0; i < ka->runtime_count + kb->runtime_count; i++) {
        bool from_a = i < ka->runtime_count;
        const char *key = from_a ? key_name(ka, ka->runtime[i])
                                 : key_name(kb, kb->runtime[i - ka->runtime_count]);
        unsigned ignored;

        if (!from_a && key_find(ka, key, strlen(key), &ignored))
            continue;
        entry(a, key, runtime, &left);
        entry(b, key, runtime, &right);
        if (strcmp(buf_string(&left), buf_string(&right)) != 0)
            report(d, a->registry.name, key, buf_string(&left), buf_string(&right));
    }
    buf_clear(&left);
    buf_clear(&right);
}

/* B's operator of that name: the next one as a rule, else looked for. */
static bool
follow(struct registrations *b, const char *path, const char *torch, const char *name,
       bool *is_open, struct error *err)
{
    bool more = true;

    if (*is_open && !registrations_next(b, &more, err))
        return error_in(err, path);
    if (*is_open && more && strcmp(b->replay.table.registry.name, name) == 0)
        return true;
    if (*is_open)
        registrations_close(b);
    *is_open = registrations_find(b, path, torch, name, err);
    return *is_open;
}

static bool
compare_files(struct cli *cli, struct diff *d, struct error *err)
{
    const struct diff_options *o = d->options;
    struct registrations a, b;
    bool more = true, ok, is_open = true;

    if (!registrations_open(&a, cli->operands[0], o->torch_a, err))
        return false;
    if (!registrations_open(&b, cli->operands[1], o->torch_b, err)) {
        registrations_close(&a);
        return false;
    }
    while ((ok = registrations_next(&a, &more, err)) && more) {
        const char *name = a.replay.table.registry.name;

        if (o->op && strcmp(name, o->op) != 0)
            continue;
        if (!follow(&b, cli->operands[1], o->torch_b, name, &is_open, err)) {
            ok = false;
            break;
        }
        compare(d, &a.replay.table, &b.replay.table);
    }
    if (!ok)
        (void)error_in(err, cli->operands[0]);
    registrations_close(&a);
    if (is_open)
        registrations_close(&b);
    return ok;
}

/* Printing is what frees a table: one that is not wanted is printed to nowhere. */
static void
print_table(struct term_table *table, FILE *out)
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = out ? out : xmemstream(&text, &size);

    term_table_print(table, stream);
    if (!out)
        xmemclose(stream);
    free(text);
}

static int
run(struct cli *cli, const void *opaque, struct error *err)
{
    struct json_out j;
    struct diff d = {.options = opaque, .json = &j};
    bool ok;

    if (cli->json) {
        json_start(&j, cli->out, JSON_PRETTY);
        json_array(&j, NULL);
    } else {
        d.table = term_table_new();
        term_column(d.table, "operator", TERM_LEFT);
        term_column(d.table, "key", TERM_LEFT);
        term_column(d.table, "A", TERM_LEFT);
        term_column(d.table, "B", TERM_LEFT);
    }
    ok = compare_files(cli, &d, err);
    if (d.table)
        print_table(d.table, ok ? cli->out : NULL);
    else if (ok)
        json_end(&j);
    return ok ? d.count > 0 : CLI_ERROR;
}

const struct cli_command command_diff = {
    .name = "diff",
    .operands = "A B",
    .summary = "compare the tables of two registration files, versions or orders",
    .details = "Exit 1 when they differ.  B must have every operator of A.\n",
    .examples = "  ft-dispatch diff --torch-a 1.13 --torch-b 2.6 r.yaml r.yaml\n"
                "  ft-dispatch diff --runtime implicit-first.yaml sparse-first.yaml\n",
    .options = options,
    .options_size = sizeof(struct diff_options),
    .common = CLI_JSON | CLI_OUTPUT,
    .min_operands = 2,
    .max_operands = 2,
    .run = run,
};
