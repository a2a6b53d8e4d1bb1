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

/* Whose exp, log and softmax at their ends: 0 torch's, 1 Volta's. */
extern const char *const policy_choices[];
#define POLICY_OPTION(type_, field)                                                      \
    {                                                                                    \
        .name = "policy", .type = CLI_CHOICE, .offset = offsetof(type_, field),          \
        .metavar = "POLICY",                                                             \
        .help = "exp, log and softmax at their ends: torch (default) or volta",          \
        .choices = policy_choices                                                        \
    }

extern const struct cli_command command_bench, command_diverge, command_graph,
    command_passes, command_stability;
extern const struct cli_command command_grad, command_gradcheck, command_replay,
    command_run;
extern const struct cli_command command_schedule, command_stress;
extern const struct cli_command command_onnx, command_operators, command_train;

#endif
