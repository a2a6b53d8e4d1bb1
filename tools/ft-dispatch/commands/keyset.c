/* keyset.c: what a keyset holds and what torch would make of it. */
#include "cases/shape.h"
#include "commands/commands.h"
#include "keyset/expression.h"

#include <inttypes.h>

struct keyset_options {
    const char *torch;
};

static const struct cli_option options[] = {
    {.name = "torch",
     .type = CLI_TEXT,
     .offset = offsetof(struct keyset_options, torch),
     .metavar = "VERSION",
     .help = "1.13 or 2.6 (default)"},
    CLI_OPTION_END,
};

static void
print(const struct keyspace *k, uint64_t set, FILE *out)
{
    struct buf text = {0};
    uint64_t loose = set & k->backend_mask;
    bool has_per_backend = false;

    for (unsigned f = 1; f < k->version->functionality_count; f++)
        has_per_backend = has_per_backend || (k->block[f] && set & k->bits[f]);
    (void)fprintf(out, "0x%016" PRIx64 "  %s\n", set, set_text(k, set, &text));
    (void)fprintf(out, "highest functionality  %s\n",
                  key_name(k, keyset_functionality(k, set)));
    (void)fprintf(out, "highest backend        %s\n",
                  k->version->backends[keyset_backend(k, set)].name);
    (void)fprintf(out, "dispatches to          %s (slot %u)\n",
                  key_name(k, keyset_key(k, set)), keyset_slot(k, set));
    (void)fprintf(out, "backend key            %s\n",
                  key_name(k, keyset_backend_key(k, set)));
    (void)fprintf(out, "legacy extract         %s\n",
                  key_name(k, keyset_legacy_extract(k, set)));
    if (has_per_backend && !loose)
        (void)fputs(
            "note: a per-backend functionality without a backend uses CPU's slot\n", out);
    if (loose && !has_per_backend)
        (void)fputs("note: backend bits alone are no keys; subtraction leaves them\n",
                    out);
    buf_clear(&text);
}

static int
run(struct cli *cli, const void *opaque, struct error *err)
{
    const struct keyset_options *o = opaque;
    struct keyspace k;
    struct json_out j;
    uint64_t set = 0;

    if (!open_keys(&k, o->torch, err))
        return CLI_ERROR;
    if (!keyset_expression(&k, cli->operands[0], &set, err)) {
        (void)error_in(err, cli->operands[0]);
        return CLI_ERROR;
    }
    if (cli->json) {
        json_start(&j, cli->out, JSON_PRETTY);
        shape_facts(&j, NULL, &k, set, NULL);
    } else {
        print(&k, set, cli->out);
    }
    return 0;
}

const struct cli_command command_keyset = {
    .name = "keyset",
    .operands = "EXPRESSION",
    .summary = "compute a keyset and what torch would dispatch it to",
    .details =
        "Operators as in Python: '-' before '&' before '^' before '|', parentheses.\n"
        "Operands: keys, backend components (CPUBit), named sets (see keys --sets),\n"
        "0x.., full_after(KEY).  An alias stands for its members.\n",
    .examples =
        "  ft-dispatch keyset 'CPU|AutogradCPU - Autograd'\n"
        "  ft-dispatch keyset --json 'full_after(AutogradOther) & (CPU|Sparse)'\n",
    .options = options,
    .options_size = sizeof(struct keyset_options),
    .common = CLI_JSON | CLI_OUTPUT,
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};
