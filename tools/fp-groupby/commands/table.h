/*
 * table.h: commands that turn tables into a table: they read their files, work, and
 * print, or hand what they made to the next command of a chain.
 */
#ifndef FPG_COMMANDS_TABLE_H
#define FPG_COMMANDS_TABLE_H

#include "common/cli.h"
#include "io/table_read.h"
#include "io/table_write.h"

/* First member of every such command's options. */
struct table_options {
    const char *delimiter;
    bool no_header;
    bool round_trip;
    struct cli_list na;
    struct cli_list index;
    struct cli_list read;
    uint64_t memory, max_record;
    int format;
};

#define TABLE_OPTION(option, kind, command, field, meta, text)                           \
    {                                                                                    \
        .name = option, .type = kind, .offset = offsetof(command, field),                \
        .metavar = meta, .help = text                                                    \
    }

#define TABLE_OPTIONS(command)                                                           \
    {.name = "delimiter",                                                                \
     .letter = 'd',                                                                      \
     .type = CLI_TEXT,                                                                   \
     .offset = offsetof(command, table.delimiter),                                       \
     .metavar = "TEXT",                                                                  \
     .help = "what separates fields (default ,); several are one separator"},            \
        TABLE_OPTION("no-header", CLI_FLAG, command, table.no_header, NULL,              \
                     "the first row is data; columns are 0, 1, ..."),                    \
        TABLE_OPTION("round-trip", CLI_FLAG, command, table.round_trip, NULL,            \
                     "read floats correctly rounded"),                                   \
        TABLE_OPTION("na", CLI_LIST, command, table.na, "TEXT",                          \
                     "one more text that means missing"),                                \
        TABLE_OPTION("index", CLI_LIST, command, table.index, "COLUMN",                  \
                     "a column whose values are the labels of the rows"),                \
        {.name = "read",                                                                 \
         .letter = 'r',                                                                  \
         .type = CLI_LIST,                                                               \
         .offset = offsetof(command, table.read),                                        \
         .metavar = "NAME=VALUE",                                                        \
         .help = "an option of pandas.read_csv; 'csv --help' lists them"},               \
        {.name = "memory",                                                               \
         .type = CLI_SIZE,                                                               \
         .offset = offsetof(command, table.memory),                                      \
         .metavar = "SIZE",                                                              \
         .help = "for groups and joins, which spill beyond it, and unfolded input"},     \
        {.name = "max-record",                                                           \
         .type = CLI_SIZE,                                                               \
         .offset = offsetof(command, table.max_record),                                  \
         .metavar = "SIZE",                                                              \
         .help = "refuse longer rows of a CSV file (default 64M, at most 1G)"},          \
    {                                                                                    \
        .name = "format", .letter = 'f', .type = CLI_CHOICE,                             \
        .offset = offsetof(command, table.format), .metavar = "FORMAT",                  \
        .help = "csv (default), tsv, records, jsonl, columns, split, markdown, table, "  \
                "arrow, npz or npy",                                                     \
        .choices = table_formats                                                         \
    }

/* --by, and --key as another word for it. */
#define TABLE_KEYS(command, field, meta, text)                                           \
    {.name = "by",                                                                       \
     .letter = 'b',                                                                      \
     .type = CLI_LIST,                                                                   \
     .offset = offsetof(command, field),                                                 \
     .metavar = meta,                                                                    \
     .help = text},                                                                      \
    {                                                                                    \
        .name = "key", .letter = 'k', .type = CLI_LIST,                                  \
        .offset = offsetof(command, field), .metavar = meta, .help = "the same as --by"  \
    }

/* A frame, and whether its index says something that is to be printed. */
struct table {
    struct frame *frame;
    bool labelled;
};

/* What a command works with; everything lives in the arena. */
struct table_call {
    struct arena *a;
    const void *options;
    char *const *words; /* operands before the files */
    size_t n_words;
    const struct table *tables; /* those of the files, in a chain the last result first */
    size_t n_tables;
};

struct table_command {
    struct cli_command command; /* .run is table_main() or calls it */
    size_t n_files; /* SIZE_MAX: every operand is one; else the last n_files */
    /* Usage errors, before any file is read; may be NULL. */
    bool (*check)(const void *options, struct error *err);
    /* *out begins as the first table. */
    bool (*apply)(const struct table_call *c, struct table *out, struct error *err);
};

/*
 * Nothing but a delimiter is asked for beyond one file read and written as CSV, so that
 * an engine which streams may answer.
 */
bool table_is_plain(const struct cli *cli, const struct table_options *o);

/*
 * Call `run` with plain files in the places of operands that stand for compressed or
 * several CSV files, or standard input.
 */
int table_with_files(struct cli *cli, const struct table_options *o, const void *options,
                     int (*run)(struct cli *, const void *, struct error *),
                     struct error *err);

/* The process ends with a message rather than to take more memory than it may. */
void table_bound_memory(const struct table_options *o);

/* Run the command and those behind it, and print. */
int table_main(struct cli *cli, const void *options, struct error *err);

/* The fields of a command on tables. */
#define TABLE_COMMAND(title, files, text, table, type)                                   \
    .name = title, .operands = files, .summary = text, .options = table,                 \
    .options_size = sizeof(type), .common = CLI_JSON | CLI_OUTPUT | CLI_CHAIN,           \
    .run = table_main

MUST_CHECK bool table_csv_options(struct arena *a, const struct table_options *o,
                                  struct csv_options *out, struct error *err);
/* In the format asked for; --json is records with the columns' types. */
MUST_CHECK bool table_print(struct cli *cli, enum table_format format,
                            const struct table *t, struct error *err);

/* The index levels as leading columns. */
struct frame *table_flat(struct arena *a, const struct frame *f);

/* A column, or a level of the index, of that name; KeyError when there is none. */
MUST_CHECK bool table_want(const struct frame *f, const char *name,
                           const struct column **out, struct error *err);
MUST_CHECK bool table_want_all(struct arena *a, const struct frame *f,
                               const struct cli_list *names, const struct column ***out,
                               struct error *err);

/* A word of the command line as a value: a whole number, a number, or text. */
struct cell table_value(const char *word);

#endif
