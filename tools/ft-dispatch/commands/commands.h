/* commands.h: the commands of ft-dispatch, one file each, and what they share. */
#ifndef COMMANDS_COMMANDS_H
#define COMMANDS_COMMANDS_H

#include "common/cli.h"
#include "dispatcher/call.h"

extern const struct cli_command command_keys;
extern const struct cli_command command_keyset;
extern const struct cli_command command_resolve;
extern const struct cli_command command_table;
extern const struct cli_command command_call;
extern const struct cli_command command_explain;
extern const struct cli_command command_diff;
extern const struct cli_command command_search;
extern const struct cli_command command_graph;
extern const struct cli_command command_dtype;
extern const struct cli_command command_run;

/* The keys of the version --torch names (NULL: the default). */
MUST_CHECK bool open_keys(struct keyspace *out, const char *torch, struct error *err);

/* What call, explain and graph know about one call; expressions, or NULL. */
struct call_options {
    const char *torch, *op, *args, *include, *exclude;
};

#define CALL_OPTIONS(owner)                                                              \
    {.name = "torch",                                                                    \
     .type = CLI_TEXT,                                                                   \
     .offset = offsetof(owner, call.torch),                                              \
     .metavar = "VERSION",                                                               \
     .help = "key table: 1.13 or 2.6 (default: the file's, else 2.6)"},                  \
        {.name = "op",                                                                   \
         .type = CLI_TEXT,                                                               \
         .offset = offsetof(owner, call.op),                                             \
         .metavar = "NAME",                                                              \
         .help = "the operator, if the file has several"},                               \
        {.name = "args",                                                                 \
         .type = CLI_TEXT,                                                               \
         .offset = offsetof(owner, call.args),                                           \
         .metavar = "SETS",                                                              \
         .help = "keysets of the tensor arguments, comma-separated"},                    \
        {.name = "include",                                                              \
         .type = CLI_TEXT,                                                               \
         .offset = offsetof(owner, call.include),                                        \
         .metavar = "SET",                                                               \
         .help = "TLS: keys added to every call"},                                       \
    {                                                                                    \
        .name = "exclude", .type = CLI_TEXT, .offset = offsetof(owner, call.exclude),    \
        .metavar = "SET", .help = "TLS: keys taken from every call"                      \
    }

/* Arguments and TLS; without --include and --exclude those torch starts with. */
MUST_CHECK bool read_call_options(const struct keyspace *k,
                                  const struct call_options *options, uint64_t *arguments,
                                  struct tls *tls, struct error *err);

/* The set's text in a reused buffer: "DispatchKeySet(CPU, AutogradCPU)". */
const char *set_text(const struct keyspace *k, uint64_t set, struct buf *buffer);

#endif
