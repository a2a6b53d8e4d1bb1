/* validate.c: does a checkpoint have what its project requires? */
#include "commands/commands.h"
#include "commands/targets.h"
#include "container/open.h"
#include "judge/contract.h"

struct options {
    const char *profile, *hparams;
    uint64_t min_size, max_size;
};

static const struct cli_option options_table[] = {
    {"profile", 'p', CLI_TEXT, offsetof(struct options, profile), "NAME",
     "lightning (default), ptycho or a YAML file", NULL, 0, 0},
    {"require-hparams", 0, CLI_TEXT, offsetof(struct options, hparams), "KEYS",
     "comma-separated keys below hyper_parameters", NULL, 0, 0},
    {"min-size", 0, CLI_SIZE, offsetof(struct options, min_size), "SIZE",
     "the file has at least so many octets", NULL, 0, 0},
    {"max-size", 0, CLI_SIZE, offsetof(struct options, max_size), "SIZE",
     "and at most so many", NULL, 0, 0},
    CLI_OPTION_END,
};

struct state {
    struct contract contract;
    bool broken;
};

static void
print_json(const char *path, const struct buf *lines, FILE *out)
{
    struct json_out j;
    const char *p = (const char *)lines->data;
    size_t left = lines->size;

    json_start(&j, out, JSON_LINE);
    json_object(&j, NULL);
    json_string(&j, "schema", "lockstep-validate/1");
    json_string(&j, "file", path);
    json_bool(&j, "valid", left == 0);
    json_array(&j, "broken");
    while (left > 0) {
        size_t n = 0;

        while (p[n] != '\n')
            n++;
        json_string_n(&j, NULL, p, n);
        p += n + 1;
        left -= n + 1;
    }
    json_end(&j);
    json_end(&j);
}

static bool
validate_one(struct cli *cli, const char *path, void *context, struct error *err)
{
    struct state *state = context;
    struct diagnostics d;
    struct open_options open = {.diagnostics = &d, .opaque = true};
    struct checkpoint c;
    struct buf lines = {0};
    bool ok;

    diagnostics_init(&d, MODE_STRICT, DIAGNOSTICS_DEFAULT_MAX);
    ok = checkpoint_open(&c, path, &open, err);
    if (ok) {
        state->broken |= contract_check(&state->contract, &c, &lines) > 0;
        if (cli->json)
            print_json(path, &lines, cli->out);
        else
            (void)fprintf(cli->out, "%s: %s\n%s", path, lines.size ? "refused" : "valid",
                          lines.size ? buf_string(&lines) : "");
    }
    buf_clear(&lines);
    checkpoint_close(&c);
    diagnostics_clear(&d);
    return ok;
}

static int
run(struct cli *cli, const void *options, struct error *err)
{
    const struct options *o = options;
    struct state state = {0};
    int status = CLI_ERROR;

    if (contract_open(&state.contract, o->profile ? o->profile : "lightning", err) &&
        (!o->hparams || contract_require_hparams(&state.contract, o->hparams, err))) {
        if (o->min_size > 0)
            state.contract.min_size = o->min_size;
        if (o->max_size > 0)
            state.contract.max_size = o->max_size;
        status = targets_each(cli, validate_one, &state, err);
    }
    contract_clear(&state.contract);
    return status != 0 ? status : state.broken;
}

const struct cli_command command_validate = {
    .name = "validate",
    .operands = "FILE...",
    .summary = "required keys, types and sizes of a project",
    .details = "Exit status 1 when something required is missing.",
    .examples =
        "  ft-ckpt validate --profile lightning last.ckpt\n"
        "  ft-ckpt validate --require-hparams model_config,data_config last.ckpt\n",
    .options = options_table,
    .options_size = sizeof(struct options),
    .common = CLI_JSON | CLI_OUTPUT,
    .min_operands = 1,
    .max_operands = SIZE_MAX,
    .run = run,
};
