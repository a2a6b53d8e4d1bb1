/* commands.h: the commands of fp-groupby. */
#ifndef FPG_COMMANDS_H
#define FPG_COMMANDS_H

#include "commands/table.h"

extern const struct table_command command_align;
extern const struct table_command command_arith;
extern const struct table_command command_asof;
extern const struct table_command command_concat;
extern const struct table_command command_csv;
extern const struct table_command command_dedup;
extern const struct table_command command_factorize;
extern const struct table_command command_filter;
extern const struct table_command command_groupby;
extern const struct table_command command_join;
extern const struct table_command command_nlargest;
extern const struct table_command command_ordered;
extern const struct table_command command_pivot;
extern const struct table_command command_sort;
extern const struct table_command command_value_counts;
extern const struct cli_command command_merge;
extern const struct cli_command command_partial;
extern const struct cli_command command_promote;
extern const struct cli_command command_run;

#endif
