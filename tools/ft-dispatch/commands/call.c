/* call.c: what one call does, from the arguments' keysets to the last kernel. */
#include "cases/shape.h"
#include "commands/commands.h"
#include "files/registrations.h"

#include <inttypes.h>
#include <string.h>

struct options {
    struct call_options call;
    bool full_text;
};

static const struct cli_option options[] = {
    CALL_OPTIONS(struct options),
    {.name = "full-text",
     .type = CLI_FLAG,
     .offset = offsetof(struct options, full_text),
     .help = "torch's whole error text, not only its first line"},
    CLI_OPTION_END,
};

static void
print(const struct options *o, const struct runtime_table *t, const struct call *c,
      FILE *out)
{
    const struct keyspace *k = t->registry.keys;
    struct buf set = {0}, text = {0};

    for (size_t i = 0; i < c->hop_count; i++)
        (void)fprintf(out, "%zu  %s at %s  %s\n", i + 1, c->hops[i].kernel->debug,
                      key_name(k, c->hops[i].key), set_text(k, c->hops[i].keyset, &set));
    if (c->outcome == OUTCOME_RETURNED) {
        (void)fputs("returned\n", out);
    } else {
        call_error_text(t, c, &text);
        if (!o->full_text)
            ((char *)text.data)[strcspn(buf_string(&text), "\n")] = '\0';
        (void)fprintf(out, "%s at %s\n%s: %s\n", outcome_name(c->outcome),
                      key_name(k, c->key), outcome_type(c->outcome), buf_string(&text));
    }
    buf_clear(&set);
    buf_clear(&text);
}

static void
write_json(struct cli *cli, const struct runtime_table *t, const struct call *c,
           const struct tls *tls)
{
    struct json_out j;

    json_start(&j, cli->out, JSON_PRETTY);
    json_object(&j, NULL);
    json_string(&j, "name", t->registry.name);
    shape_bits(&j, "arguments", c->arguments);
    shape_bits(&j, "included", tls->included);
    shape_bits(&j, "excluded", tls->excluded);
    shape_bits(&j, "keyset", c->keyset);
    shape_call(&j, "result", t, c, false);
    json_end(&j);
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
        if (cli->json)
            write_json(cli, &f.replay.table, &call, &tls);
        else
            print(o, &f.replay.table, &call, cli->out);
    }
    registrations_close(&f);
    return ok ? call.outcome != OUTCOME_RETURNED : CLI_ERROR;
}

const struct cli_command command_call = {
    .name = "call",
    .operands = "FILE",
    .summary = "call an operator: every kernel entered, or the error and its text",
    .details =
        "Exit 1 when the call raises.  TLS is what torch starts with unless given.\n",
    .examples =
        "  ft-dispatch call --args 'CPU|AutogradCPU' registrations.yaml\n"
        "  ft-dispatch call --args CUDA,SparseCPU --include '' --exclude '' r.yaml\n",
    .options = options,
    .options_size = sizeof(struct options),
    .common = CLI_JSON | CLI_OUTPUT,
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};
