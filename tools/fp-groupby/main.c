/* fp-groupby: pandas' exact answers on CSV files and cases, from the command line. */
#include "commands/commands.h"

static const struct cli_command *const commands[] = {
    &command_groupby.command,
    &command_nlargest.command,
    &command_join.command,
    &command_asof.command,
    &command_ordered.command,
    &command_filter.command,
    &command_sort.command,
    &command_dedup.command,
    &command_concat.command,
    &command_pivot.command,
    &command_value_counts.command,
    &command_factorize.command,
    &command_align.command,
    &command_arith.command,
    &command_csv.command,
    &command_promote,
    &command_partial,
    &command_merge,
    &command_run,
    NULL,
};

static const struct cli_tool tool = {
    .name = "fp-groupby",
    .summary = "Group, join and align tables with pandas' exact types, order and bits.",
    .examples =
        "  fp-groupby groupby --by city --agg sales:sum sales.csv\n"
        "  fp-groupby filter 'price > 3' in.csv --then groupby -b id -a price:mean \\\n"
        "      --then sort -b price\n"
        "  fp-groupby run tests/fixtures/FP-P2C-005/cases.json\n",
    .commands = commands,
};

int
main(int argc, char **argv)
{
    return cli_main(&tool, argc, argv);
}
