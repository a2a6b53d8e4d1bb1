/*
 * grouping.h: what commands that group a CSV file share: its options, and the choice
 * between the engine that streams and the one that reads the whole file first.
 */
#ifndef FPG_COMMANDS_GROUPING_H
#define FPG_COMMANDS_GROUPING_H

#include "common/cli.h"
#include "group/groupby.h"

/* First member of every such command's options. */
struct grouping_options {
    struct cli_list by;
    const char *delimiter;
    bool no_sort, keep_missing, exact;
};

#define GROUPING_DEFAULTS                                                                \
    {                                                                                    \
        .delimiter = ","                                                                 \
    }

#define GROUPING_OPTION_BY(command)                                                      \
    {                                                                                    \
        .name = "by", .letter = 'b', .type = CLI_LIST,                                   \
        .offset = offsetof(command, group.by), .metavar = "COLUMN",                      \
        .help = "group by this column; repeat for more, the first is the outermost"      \
    }

#define GROUPING_OPTIONS(command)                                                        \
    {.name = "delimiter",                                                                \
     .letter = 'd',                                                                      \
     .type = CLI_TEXT,                                                                   \
     .offset = offsetof(command, group.delimiter),                                       \
     .metavar = "C",                                                                     \
     .help = "what separates fields (default ','); several characters are one "          \
             "separator"},                                                               \
        {.name = "no-sort",                                                              \
         .type = CLI_FLAG,                                                               \
         .offset = offsetof(command, group.no_sort),                                     \
         .help = "groups in order of first appearance, not of their keys"},              \
        {.name = "keep-missing",                                                         \
         .type = CLI_FLAG,                                                               \
         .offset = offsetof(command, group.keep_missing),                                \
         .help = "rows with a missing key form groups too"},                             \
    {                                                                                    \
        .name = "exact", .type = CLI_FLAG, .offset = offsetof(command, group.exact),     \
        .help = "read the whole file first, even where one pass gives the same answer"   \
    }

/* The query without its terms. */
MUST_CHECK bool grouping_query(const struct grouping_options *o, struct groupby *q,
                               struct error *err);

/* A result from the whole table. */
typedef bool grouping_frame(struct arena *a, const struct frame *f,
                            const struct groupby *q, struct frame **out,
                            struct error *err);

/*
 * Answer q on the command's one operand: by streaming when file and query allow it,
 * which gives the same bytes, else by `exactly`.
 */
MUST_CHECK bool grouping_answer(struct cli *cli, const struct grouping_options *o,
                                const struct groupby *q, struct arena *a,
                                grouping_frame *exactly, struct error *err);

#endif
