/* commands.h: what main.c lists; one file each. */
#ifndef FTG_COMMANDS_COMMANDS_H
#define FTG_COMMANDS_COMMANDS_H

#include "common/cli.h"

/* Who multiplies matrices: 0 fixed chains, 1 OpenBLAS. */
extern const char *const matmul_choices[];
#define MATMUL_OPTION(type_, field)                                                      \
    {                                                                                    \
        .name = "matmul", .type = CLI_CHOICE, .offset = offsetof(type_, field),          \
        .metavar = "WAY", .help = "matrix products by fixed chains (default) or blas",   \
        .choices = matmul_choices                                                        \
    }

extern const struct cli_command command_bench, command_diverge, command_graph;
extern const struct cli_command command_grad, command_gradcheck, command_replay,
    command_run;
extern const struct cli_command command_schedule, command_stress;
extern const struct cli_command command_operators, command_train;

#endif
