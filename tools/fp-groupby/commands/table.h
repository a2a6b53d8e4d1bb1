/*
 * table.h: what the commands on CSV files share: reading operands, writing the answer.
 */
#ifndef FPG_COMMANDS_TABLE_H
#define FPG_COMMANDS_TABLE_H

#include "common/cli.h"
#include "common/file.h"
#include "csv/reader.h"

enum table_format { TABLE_CSV, TABLE_RECORDS, TABLE_ALIGNED };

/* First member of every such command's options. */
struct table_options {
    const char *delimiter;
    bool no_header;
    bool round_trip;
    struct cli_list na;
    int format;
};

#define TABLE_OPTIONS(command)                                                           \
    {.name = "delimiter",                                                                \
     .letter = 'd',                                                                      \
     .type = CLI_TEXT,                                                                   \
     .offset = offsetof(command, table.delimiter),                                       \
     .metavar = "TEXT",                                                                  \
     .help = "what separates fields (default ,)"},                                       \
        {.name = "no-header",                                                            \
         .type = CLI_FLAG,                                                               \
         .offset = offsetof(command, table.no_header),                                   \
         .help = "the first row is data; columns are 0, 1, ..."},                        \
        {.name = "round-trip",                                                           \
         .type = CLI_FLAG,                                                               \
         .offset = offsetof(command, table.round_trip),                                  \
         .help = "read floats correctly rounded"},                                       \
        {.name = "na",                                                                   \
         .type = CLI_LIST,                                                               \
         .offset = offsetof(command, table.na),                                          \
         .metavar = "TEXT",                                                              \
         .help = "one more text that means missing"},                                    \
    {                                                                                    \
        .name = "format", .type = CLI_CHOICE, .offset = offsetof(command, table.format), \
        .metavar = "FORMAT", .help = "csv (default), records or table",                  \
        .choices = table_formats                                                         \
    }

extern const char *const table_formats[];

/* An operand read; the frame's text points into it. */
struct table_input {
    struct input file;
    struct frame *frame;
    struct csv_report report;
};

struct csv_options table_csv_options(const struct table_options *o);

MUST_CHECK bool table_read(struct arena *a, const char *path, const struct csv_options *o,
                           struct table_input *out, struct error *err);
void table_close(struct table_input *in);

/* In the format asked for; --json is records with the columns' types. */
void table_print(struct cli *cli, const struct table_options *o, const struct frame *f,
                 bool with_index);

/* The index levels as leading columns. */
struct frame *table_flat(struct arena *a, const struct frame *f);

#endif
