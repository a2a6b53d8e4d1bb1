/*
 * cli.h: a tool's commands and options as one table; everything a main() shares.
 *
 * From the table come parsing, --help, --version, the bash and zsh completions
 * (`tool completion bash|zsh`) and the checks that compare it with the man page.
 */
#ifndef COMMON_CLI_H
#define COMMON_CLI_H

#include "diagnostic.h"
#include "error.h"

#include <stddef.h>
#include <stdio.h>

enum cli_type {
    CLI_FLAG,   /* bool */
    CLI_TEXT,   /* const char *, borrowed from argv */
    CLI_LIST,   /* struct cli_list; the option may be repeated */
    CLI_U64,    /* uint64_t in min..max (max 0: no limit) */
    CLI_I64,    /* int64_t */
    CLI_SIZE,   /* uint64_t octets, "64M" */
    CLI_F64,    /* double */
    CLI_CHOICE, /* int: the index of the word in choices */
};

struct cli_list {
    const char **items; /* owned by cli; valid during the command */
    size_t count;
};

struct cli_option {
    const char *name; /* "symbol-size"; NULL ends the table */
    char letter;      /* 't', or 0 */
    enum cli_type type;
    size_t offset;              /* of the field in the command's options struct */
    const char *metavar;        /* "N"; NULL for a flag */
    const char *help;           /* one line; says the default */
    const char *const *choices; /* CLI_CHOICE: NULL-terminated */
    uint64_t min, max;          /* CLI_U64, CLI_SIZE */
};

/* Options that mean the same in every command that takes them. */
enum cli_common {
    CLI_JSON = 1,    /* --json               cli->json */
    CLI_MODE = 2,    /* --mode, --max-diagnostics   cli->mode, cli->max_diagnostics */
    CLI_OUTPUT = 4,  /* -o, --output FILE    cli->out, atomic */
    CLI_THREADS = 8, /* --threads N          cli->threads (default: all CPUs) */
    CLI_RUN = 16,    /* as CLI_MODE, and --mode both, which is the default */
    CLI_CHAIN = 32,  /* --then COMMAND ...   cli->then; it may also follow --then */
};

/*
 * A command behind --then.  What the command before it answered stands in for its
 * first operand, so that it has one operand less.
 */
struct cli_step {
    const struct cli_command *command;
    const void *options;
    char **operands;
    size_t operand_count;
};

struct cli {
    const struct cli_tool *tool;
    const struct cli_command *command;
    char **operands;
    size_t operand_count;
    FILE *out; /* where the result goes: stdout, or the file of --output */
    bool json;
    enum mode mode;
    uint64_t max_diagnostics;
    uint64_t threads;
    const struct cli_step *then; /* CLI_CHAIN: in order */
    size_t then_count;
};

/* The return of a command: an exit status, or CLI_ERROR with *err filled. */
enum { CLI_ERROR = -1 };

struct cli_command {
    const char *name;
    const char *operands;              /* "[FILE...]" for the usage line */
    const char *summary;               /* one line */
    const char *details;               /* more lines for COMMAND --help, or NULL */
    const char *examples;              /* lines, or NULL */
    const struct cli_option *options;  /* may be NULL */
    size_t options_size;               /* of the options struct; 0: run gets NULL */
    const void *defaults;              /* an options struct, or NULL for zeroes */
    unsigned common;                   /* enum cli_common */
    size_t min_operands, max_operands; /* max SIZE_MAX: any number */
    int (*run)(struct cli *cli, const void *options, struct error *err);
};

struct cli_tool {
    const char *name;
    const char *summary; /* one sentence */
    const char *examples;
    const struct cli_command *const *commands; /* NULL-terminated */
};

#define CLI_OPTION_END                                                                   \
    {                                                                                    \
        .name = NULL                                                                     \
    }

/* Say now what is wrong with one of several operands; the command goes on. */
void cli_report(const struct cli *cli, const struct error *err);

/* Parse, run, print errors, flush; returns the exit status. */
int cli_main(const struct cli_tool *tool, int argc, char **argv);

#endif
