/* ft-dispatch: PyTorch's dispatcher, offline and explained. */
#include "commands/commands.h"

static const struct cli_command *const commands[] = {
    &command_run,
    NULL,
};

static const struct cli_tool tool = {
    .name = "ft-dispatch",
    .summary = "PyTorch's operator dispatcher, offline and explained.",
    .examples = "  ft-dispatch run tests/fixtures/FT-P2C-002/cases.json\n",
    .commands = commands,
};

int
main(int argc, char **argv)
{
    return cli_main(&tool, argc, argv);
}
