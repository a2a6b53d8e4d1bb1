/* commands.h: the commands of rq-encode, one file each. */
#ifndef RQ_COMMANDS_H
#define RQ_COMMANDS_H

#include "common/cli.h"

extern const struct cli_command protect_command, verify_command, repair_command,
    scrub_command, drill_command, info_command, list_command, packets_command,
    assemble_command, oti_command, import_command, bench_command;

#endif
