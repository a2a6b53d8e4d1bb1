/*
 * grouping.h: what commands that group a table share: their options, and the choice
 * between the engine that streams and the one that reads the whole file first.
 */
#ifndef FPG_COMMANDS_GROUPING_H
#define FPG_COMMANDS_GROUPING_H

#include "commands/table.h"
#include "group/groupby.h"

/* Second member, behind table_options, of every such command's options. */
struct grouping_options {
    struct cli_list by;
    bool no_sort, keep_missing, observed, exact;
    uint64_t repeat;
    bool timing;
};

#define GROUPING_OPTION_BY(command)                                                      \
    TABLE_KEYS(command, group.by, "COLUMN",                                              \
               "group by this column; repeat for more, the first is the outermost")

#define GROUPING_OPTIONS(command)                                                        \
    TABLE_OPTION("no-sort", CLI_FLAG, command, group.no_sort, NULL,                      \
                 "groups in order of first appearance, not of their keys"),              \
        TABLE_OPTION("keep-missing", CLI_FLAG, command, group.keep_missing, NULL,        \
                     "rows with a missing key form groups too"),                         \
        TABLE_OPTION("observed", CLI_FLAG, command, group.observed, NULL,                \
                     "of categories only those that occur"),                             \
        TABLE_OPTION("exact", CLI_FLAG, command, group.exact, NULL,                      \
                     "read the whole file first, even where one pass does as well")

/* Of commands that can group what is in memory again and again. */
#define GROUPING_MEMORY_OPTIONS(command)                                                 \
    {.name = "repeat",                                                                   \
     .type = CLI_U64,                                                                    \
     .offset = offsetof(command, group.repeat),                                          \
     .metavar = "N",                                                                     \
     .help = "load the columns, then group them N times in memory",                      \
     .max = 10000},                                                                      \
    {                                                                                    \
        .name = "timing", .type = CLI_FLAG, .offset = offsetof(command, group.timing),   \
        .help = "answer with how long that took, as JSON, not with the table"            \
    }

struct group_options grouping_groups(const struct grouping_options *o);

/* The query without its terms. */
void grouping_query(const struct grouping_options *o, struct groupby *q);

/*
 * Answer q on the command's one operand by streaming, when file, query and options
 * allow it; else *declined.  The bytes are those of the other way.
 */
MUST_CHECK bool grouping_stream(struct cli *cli, const struct table_options *t,
                                const struct grouping_options *o, const struct groupby *q,
                                bool *declined, struct error *err);

#endif
