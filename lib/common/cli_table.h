/*
 * cli_table.h: how the files of cli see one command's options.
 *
 * Private to cli*.c.  A command's options are its own table followed by the common
 * ones it takes, so that they can never disagree.
 */
#ifndef COMMON_CLI_TABLE_H
#define COMMON_CLI_TABLE_H

#include "cli.h"

enum { CLI_OPTIONS_MAX = 64, CLI_CHAIN_MAX = 32 };

struct cli_option_ref {
    const struct cli_option *option;
    bool common; /* its offset is into struct cli */
};

/* One command of the command line, with its options as they are parsed. */
struct cli_link {
    struct cli_step step;
    struct cli_option_ref refs[CLI_OPTIONS_MAX];
    size_t count;  /* of refs */
    void *options; /* owned: the command's struct */
};

struct cli_parser {
    const struct cli_tool *tool;
    struct cli cli;
    struct cli_link links[CLI_CHAIN_MAX]; /* the command, and those behind --then */
    size_t count;                         /* of links */
    struct cli_link *link;                /* the one that is parsed */
    struct cli_step then[CLI_CHAIN_MAX];
    const char *output;                  /* --output, or NULL */
    const struct cli_command *want_help; /* --help was given for it */
};

/* argv: the words after the command, ended by NULL.  Clear p in any case. */
MUST_CHECK bool cli_parse(struct cli_parser *p, const struct cli_command *command,
                          char **argv, struct error *err);
void cli_parser_clear(struct cli_parser *p);

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
