/* ft-dispatch: PyTorch's dispatcher, offline and explained. */
#include "commands/commands.h"

static const struct cli_command *const commands[] = {
    &command_keys,  &command_keyset,  &command_resolve, &command_table,
    &command_call,  &command_explain, &command_diff,    &command_search,
    &command_graph, &command_dtype,   &command_run,     NULL,
};

static const struct cli_tool tool = {
    .name = "ft-dispatch",
    .summary = "PyTorch's operator dispatcher, offline and explained.",
    .examples = "  ft-dispatch keyset 'CPU|AutogradCPU - Autograd'\n"
                "  ft-dispatch explain --key AutogradOther registrations.yaml\n"
                "  ft-dispatch search --goal stale\n"
                "  ft-dispatch run tests/fixtures/FT-P2C-002/cases.json\n",
    .commands = commands,
};

int
main(int argc, char **argv)
{
    return cli_main(&tool, argc, argv);
}
