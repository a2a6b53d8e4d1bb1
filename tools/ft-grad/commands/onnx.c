/*
 * onnx.c: `ft-grad onnx ACTION`: models in ONNX's format.
 */
#include "commands/onnx.h"

#include "commands/commands.h"

#include "common/attr.h"

#include <string.h>

static const struct {
    const char *name;
    size_t least, most; /* operands behind the action */
    int (*run)(struct cli *cli, const struct onnx_options *o, struct error *err);
} actions[] = {
    {"inspect", 1, 1, onnx_inspect},        {"import", 2, SIZE_MAX, onnx_import_command},
    {"run", 1, SIZE_MAX, onnx_run_command}, {"check", 1, SIZE_MAX, onnx_check},
    {"coverage", 0, 1, onnx_coverage},
};

static int
run(struct cli *cli, const void *options, struct error *err)
{
    size_t count = cli->operand_count - 1;

    for (size_t i = 0; i < COUNT_OF(actions); i++) {
        if (strcmp(actions[i].name, cli->operands[0]) != 0)
            continue;
        if (count >= actions[i].least && count <= actions[i].most)
            return actions[i].run(cli, options, err);
        (void)error_set(err, ERR_USAGE, "onnx %s: %s operands (see ft-grad onnx --help)",
                        actions[i].name,
                        count < actions[i].least ? "too few" : "too many");
        return CLI_ERROR;
    }
    (void)error_set(err, ERR_USAGE,
                    "onnx: unknown action '%s' (inspect, import, run, check, coverage)",
                    cli->operands[0]);
    return CLI_ERROR;
}

static const char *const wants[] = {"none", "inputs", "weights", "all", NULL};

static const struct cli_option onnx_option_table[] = {
    {.name = "tensors",
     .type = CLI_TEXT,
     .offset = offsetof(struct onnx_options, tensors),
     .metavar = "FILE",
     .help = "import: weights go there; run: results (.safetensors)"},
    {.name = "grad",
     .type = CLI_CHOICE,
     .offset = offsetof(struct onnx_options, grad),
     .metavar = "WHICH",
     .help = "import: leaves that want gradients, none (default), inputs, weights, all",
     .choices = wants},
    {.name = "shape",
     .type = CLI_LIST,
     .offset = offsetof(struct onnx_options, shapes),
     .metavar = "NAME=N,N",
     .help = "import: the shape of an input that the model leaves open"},
    {.name = "trace",
     .type = CLI_TEXT,
     .offset = offsetof(struct onnx_options, trace),
     .metavar = "FILE",
     .help = "run: what every node makes goes there, for diverge"},
    {.name = "repeat",
     .type = CLI_U64,
     .offset = offsetof(struct onnx_options, repeat),
     .metavar = "N",
     .help = "run: once, then N times more with best and median time"},
    {.name = "rtol",
     .type = CLI_F64,
     .offset = offsetof(struct onnx_options, relative),
     .metavar = "X",
     .help = "check: relative tolerance of floats (default 1e-3)"},
    {.name = "atol",
     .type = CLI_F64,
     .offset = offsetof(struct onnx_options, absolute),
     .metavar = "X",
     .help = "check: absolute tolerance of floats (default 1e-7)"},
    {.name = "quiet",
     .letter = 'q',
     .type = CLI_FLAG,
     .offset = offsetof(struct onnx_options, quiet),
     .help = "check: leave out the tests that passed"},
    {.name = "markdown",
     .type = CLI_FLAG,
     .offset = offsetof(struct onnx_options, markdown),
     .help = "coverage: as docs/ONNX_COVERAGE.md has it"},
    CLI_OPTION_END,
};

static const struct onnx_options defaults = {.relative = 1e-3, .absolute = 1e-7};

const struct cli_command command_onnx = {
    .name = "onnx",
    .operands = "ACTION [FILE...]",
    .summary = "inspect, import, run and check ONNX models",
    .details =
        "inspect MODEL           what is in it, and whether it can be run\n"
        "import MODEL PROGRAM [INPUT...]\n"
        "                        write it as an ft-grad program and its weights\n"
        "run MODEL [INPUT...]    inputs in order (.pb, .npy) or by name (.safetensors)\n"
        "check FOLDER...         backend tests: model.onnx, test_data_set_*\n"
        "coverage [OPERATOR]     operators, opsets, types, attributes supported",
    .examples = "  ft-grad onnx run model.onnx input_0.pb\n"
                "  ft-grad onnx import --grad weights model.onnx model.json\n",
    .options = onnx_option_table,
    .options_size = sizeof(struct onnx_options),
    .defaults = &defaults,
    .common = CLI_JSON | CLI_OUTPUT | CLI_THREADS,
    .min_operands = 1,
    .max_operands = SIZE_MAX,
    .run = run,
};
