/*
 * cli_table.h: how the files of cli see one command's options.
 *
 * Private to cli*.c.  A command's options are its own table followed by the common
 * ones it takes, so that they can never disagree.
 */
#ifndef COMMON_CLI_TABLE_H
#define COMMON_CLI_TABLE_H

#include "cli.h"

enum { CLI_OPTIONS_MAX = 48 };

struct cli_option_ref {
    const struct cli_option *option;
    bool common; /* its offset is into struct cli */
};

/* Every option the command takes; returns how many. */
size_t cli_options(const struct cli_command *command,
                   struct cli_option_ref out[static CLI_OPTIONS_MAX]);
const struct cli_command *cli_find_command(const struct cli_tool *tool, const char *name);

/* Usage errors that name the nearest known word; always return false. */
bool cli_unknown_command(const struct cli_tool *tool, const char *name,
                         struct error *err);
bool cli_unknown_option(const struct cli_tool *tool, const struct cli_command *command,
                        const char *name, struct error *err);

void cli_help_tool(const struct cli_tool *tool, FILE *stream);
void cli_help_command(const struct cli_tool *tool, const struct cli_command *command,
                      FILE *stream);
MUST_CHECK bool cli_completion(const struct cli_tool *tool, size_t argc, char **argv,
                               FILE *stream, struct error *err);

#endif
