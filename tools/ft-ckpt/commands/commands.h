/* commands.h: the commands of ft-ckpt, each in its own file. */
#ifndef CKPT_COMMANDS_H
#define CKPT_COMMANDS_H

#include "common/cli.h"

extern const struct cli_command command_ls;
extern const struct cli_command command_scan;
extern const struct cli_command command_verify;
extern const struct cli_command command_hash;
extern const struct cli_command command_globals;
extern const struct cli_command command_run;
extern const struct cli_command command_sign;
extern const struct cli_command command_check;
extern const struct cli_command command_shards;
extern const struct cli_command command_validate;
extern const struct cli_command command_stats;
extern const struct cli_command command_decode;
extern const struct cli_command command_encode;
extern const struct cli_command command_inspect;
extern const struct cli_command command_tree;
extern const struct cli_command command_salvage;
extern const struct cli_command command_diff;
extern const struct cli_command command_extract;
extern const struct cli_command command_convert;

#endif
