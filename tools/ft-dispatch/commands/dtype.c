/* dtype.c: which case of a CPU kernel's dtype switch is taken. */
#include "commands/commands.h"
#include "common/json_out.h"
#include "profiles/dtype_switch.h"

struct dtype_options {
    const char *cases;
};

static const struct cli_option options[] = {
    {.name = "cases",
     .type = CLI_TEXT,
     .offset = offsetof(struct dtype_options, cases),
     .metavar = "SET",
     .help = "a switch of your own: FLOATING_TYPES+Half; OP is then its name"},
    CLI_OPTION_END,
};

static void
print(struct cli *cli, const struct dtype_kernel *kernel, unsigned type, bool taken)
{
    const struct scalar_type *t = scalar_type_at(type);
    struct buf text = {0};
    struct json_out j;

    if (!taken)
        dtype_refusal(kernel->kernel, type, &text);
    if (!cli->json) {
        if (taken)
            (void)fprintf(cli->out, "%s<%s>\n", kernel->kernel, t->c_type);
        else
            (void)fprintf(cli->out, "RuntimeError: %s\n", buf_string(&text));
    } else {
        json_start(&j, cli->out, JSON_PRETTY);
        json_object(&j, NULL);
        json_string(&j, "op", kernel->op);
        json_string(&j, "dtype", t->name);
        json_string(&j, "kernel", kernel->kernel);
        if (taken) {
            json_string(&j, "scalar_t", t->c_type);
            json_null(&j, "error");
        } else {
            json_null(&j, "scalar_t");
            json_object(&j, "error");
            json_string(&j, "type", "RuntimeError");
            json_string(&j, "text", buf_string(&text));
            json_end(&j);
        }
        json_end(&j);
    }
    buf_clear(&text);
}

static void
list(FILE *out)
{
    const struct dtype_kernel *k;

    for (size_t i = 0; (k = dtype_kernel_at(i)) != NULL; i++) {
        (void)fprintf(out, "%-22s %-26s", k->op, k->kernel);
        for (unsigned t = 0; scalar_type_at(t); t++)
            if (k->types >> t & 1)
                (void)fprintf(out, " %s", scalar_type_at(t)->name);
        (void)fputc('\n', out);
    }
}

static bool
find(const struct dtype_options *o, struct cli *cli, struct dtype_kernel *kernel,
     unsigned *type, struct error *err)
{
    const char *op = cli->operands[0];
    const struct dtype_kernel *known = dtype_kernel_find(op);

    if (cli->operand_count < 2)
        return error_set(err, ERR_USAGE,
                         "dtype takes an operator and a dtype, or neither");
    if (!scalar_type_find(cli->operands[1], type))
        return error_set(err, ERR_UNSUPPORTED, "unknown dtype '%.60s'", cli->operands[1]);
    if (o->cases) {
        *kernel = (struct dtype_kernel){.op = op, .kernel = op};
        return dtype_cases_parse(o->cases, &kernel->types, err) ||
               error_in(err, "--cases");
    }
    if (!known)
        return error_set(err, ERR_UNSUPPORTED,
                         "no CPU kernel of '%.60s' in the table (dtype lists them)", op);
    *kernel = *known;
    return true;
}

static int
run(struct cli *cli, const void *opaque, struct error *err)
{
    struct dtype_kernel kernel;
    unsigned type = 0;
    bool taken;

    if (cli->operand_count == 0) {
        list(cli->out);
        return 0;
    }
    if (!find(opaque, cli, &kernel, &type, err))
        return CLI_ERROR;
    taken = kernel.types >> type & 1;
    print(cli, &kernel, type, taken);
    return !taken;
}

const struct cli_command command_dtype = {
    .name = "dtype",
    .operands = "[OP DTYPE]",
    .summary = "say which kernel a dtype selects, or how torch refuses it",
    .details =
        "Without operands: the operators in the table, read out of torch 2.6's CPU\n"
        "kernels, with the dtypes they take.  Exit 1 when the dtype is refused.\n",
    .examples = "  ft-dispatch dtype atan2 float16\n"
                "  ft-dispatch dtype --cases FLOATING_TYPES+Half my_kernel_cpu Long\n",
    .options = options,
    .options_size = sizeof(struct dtype_options),
    .common = CLI_JSON | CLI_OUTPUT,
    .min_operands = 0,
    .max_operands = 2,
    .run = run,
};
