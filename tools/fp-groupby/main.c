/* fp-groupby: pandas' exact answers on CSV files and cases, from the command line. */
#include "commands/commands.h"

static const struct cli_command *const commands[] = {
    &command_groupby, &command_nlargest,
    &command_join,    &command_asof,
    &command_ordered, &command_concat,
    &command_pivot,   &command_value_counts,
    &command_dedup,   &command_sort,
    &command_csv,     &command_promote,
    &command_run,     NULL,
};

static const struct cli_tool tool = {
    .name = "fp-groupby",
    .summary = "Group, join and align tables with pandas' exact types, order and bits.",
    .examples = "  fp-groupby groupby --by city --agg sales:sum sales.csv\n"
                "  fp-groupby run tests/fixtures/FP-P2C-005/cases.json\n",
    .commands = commands,
};

int
main(int argc, char **argv)
{
    return cli_main(&tool, argc, argv);
}
