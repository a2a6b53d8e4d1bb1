/* join.c: fp-groupby join, asof and ordered: two CSV files into one. */
#include "commands/commands.h"
#include "commands/table.h"

#include "merge/merge.h"

#include <stdlib.h>

struct join_command {
    struct table_options table;
    struct cli_list on;
    struct cli_list left_on;
    struct cli_list right_on;
    struct cli_list by;
    int how;
    int direction;
    bool sort;
    bool indicator;
    bool ffill;
    bool strictly;
    bool exact;
    const char *validate;
    const char *tolerance;
    uint64_t max_rows;
};

static const char *const hows[] = {"inner", "left", "right", "outer", "cross", NULL};
static const char *const directions[] = {"backward", "forward", "nearest", NULL};

static void
join_options_of(const struct join_command *o, struct join_options *q)
{
    *q = join_defaults;
    q->how = (enum join_how)o->how;
    q->on = o->on.count ? o->on.items : NULL;
    q->n_on = o->on.count;
    q->left_on = o->left_on.items;
    q->n_left_on = o->left_on.count;
    q->right_on = o->right_on.items;
    q->n_right_on = o->right_on.count;
    q->sort = o->sort;
    q->indicator = o->indicator ? "_merge" : NULL;
    q->validate = o->validate;
    q->max_rows = o->max_rows;
}

static bool
run_join(const struct join_command *o, struct arena *a, struct frame *const sides[2],
         struct frame **out, struct error *err)
{
    struct join_options q;

    join_options_of(o, &q);
    return join_frames(a, sides[0], sides[1], &q, out, err);
}

static bool
run_ordered(const struct join_command *o, struct arena *a, struct frame *const sides[2],
            struct frame **out, struct error *err)
{
    struct join_options q = join_defaults;

    q.how = o->how == JOIN_INNER ? JOIN_OUTER : (enum join_how)o->how;
    q.on = o->on.items;
    q.n_on = o->on.count;
    q.max_rows = o->max_rows;
    if (q.n_on == 0 || q.how == JOIN_CROSS)
        return error_set(err, ERR_USAGE, "--on is needed");
    return join_ordered(a, sides[0], sides[1], &q, o->ffill, out, err);
}

static bool
run_asof(const struct join_command *o, struct arena *a, struct frame *const sides[2],
         struct frame **out, struct error *err)
{
    struct asof_options q = {.allow_exact_matches = !o->strictly,
                             .suffixes = {"_x", "_y"}};
    struct column *given;
    struct cell text;

    if (o->on.count != 1)
        return error_set(err, ERR_USAGE, "one --on is needed");
    q.left_on = o->on.items[0];
    q.right_on = o->on.items[0];
    q.by = o->by.items;
    q.n_by = o->by.count;
    q.direction = o->direction == 0   ? ASOF_BACKWARD
                  : o->direction == 1 ? ASOF_FORWARD
                                      : ASOF_NEAREST;
    if (o->tolerance) {
        double x;
        char *end;

        x = strtod(o->tolerance, &end);
        if (*end || end == o->tolerance)
            return error_set(err, ERR_USAGE, "--tolerance '%s' is not a number",
                             o->tolerance);
        given = column_new(a, COLTYPE_OBJECT, 1);
        text = strpbrk(o->tolerance, ".eE") ? cell_float(x) : cell_int((int64_t)x);
        given->cells[0] = text;
        q.tolerance = given->cells;
    }
    return join_asof(a, sides[0], sides[1], &q, out, err);
}

static int
run_two(struct cli *cli, const struct join_command *o,
        bool (*join)(const struct join_command *, struct arena *, struct frame *const[2],
                     struct frame **, struct error *),
        struct error *err)
{
    struct csv_options csv = table_csv_options(&o->table);
    struct table_input in[2] = {0};
    struct frame *sides[2];
    struct frame *result;
    struct arena a = {0};
    bool ok = false;

    for (int i = 0; i < 2; i++) {
        if (!table_read(&a, cli->operands[i], &csv, &in[i], err))
            goto done;
        sides[i] = in[i].frame;
    }
    ok = join(o, &a, sides, &result, err);
    if (ok)
        table_print(cli, &o->table, result, false);
done:
    for (int i = 0; i < 2; i++)
        table_close(&in[i]);
    arena_clear(&a);
    return ok ? 0 : CLI_ERROR;
}

/* By streaming, when the files and options allow it; the answer is the same. */
static bool
stream_join(struct cli *cli, const struct join_command *o, const char **declined,
            struct error *err)
{
    const struct table_options *t = &o->table;
    struct join_options q;
    const struct merge m = {cli->operands[0], cli->operands[1], &q,
                            (unsigned)cli->threads};

    join_options_of(o, &q);
    *declined = "an option";
    if (o->exact || cli->json || t->format != TABLE_CSV || t->no_header ||
        t->round_trip || t->na.count > 0 ||
        (t->delimiter && strcmp(t->delimiter, ",") != 0) || strcmp(m.left, "-") == 0 ||
        strcmp(m.right, "-") == 0)
        return true;
    return merge_csv(&m, cli->out, declined, err);
}

static int
join_main(struct cli *cli, const void *options, struct error *err)
{
    const char *declined;

    if (!stream_join(cli, options, &declined, err))
        return CLI_ERROR;
    if (!declined)
        return 0;
    return run_two(cli, options, run_join, err);
}

static int
ordered_main(struct cli *cli, const void *options, struct error *err)
{
    return run_two(cli, options, run_ordered, err);
}

static int
asof_main(struct cli *cli, const void *options, struct error *err)
{
    return run_two(cli, options, run_asof, err);
}

#define OPTION_ON                                                                        \
    {                                                                                    \
        .name = "on", .type = CLI_LIST, .offset = offsetof(struct join_command, on),     \
        .metavar = "COLUMN", .help = "key column of both files"                          \
    }
#define OPTION_MAX_ROWS                                                                  \
    {                                                                                    \
        .name = "max-output-rows", .type = CLI_U64,                                      \
        .offset = offsetof(struct join_command, max_rows), .metavar = "N",               \
        .help = "refuse a larger result before making it"                                \
    }
#define OPTION_HOW(text)                                                                 \
    {                                                                                    \
        .name = "how", .type = CLI_CHOICE, .offset = offsetof(struct join_command, how), \
        .metavar = "HOW", .help = text, .choices = hows                                  \
    }

static const struct cli_option join_options[] = {
    OPTION_ON,
    {.name = "left-on",
     .type = CLI_LIST,
     .offset = offsetof(struct join_command, left_on),
     .metavar = "COLUMN",
     .help = "key column of the first file"},
    {.name = "right-on",
     .type = CLI_LIST,
     .offset = offsetof(struct join_command, right_on),
     .metavar = "COLUMN",
     .help = "key column of the second file"},
    OPTION_HOW("inner (default), left, right, outer or cross"),
    {.name = "sort",
     .type = CLI_FLAG,
     .offset = offsetof(struct join_command, sort),
     .help = "rows in the order of the keys"},
    {.name = "indicator",
     .type = CLI_FLAG,
     .offset = offsetof(struct join_command, indicator),
     .help = "add a column _merge that tells where a row is from"},
    {.name = "validate",
     .type = CLI_TEXT,
     .offset = offsetof(struct join_command, validate),
     .metavar = "KIND",
     .help = "refuse unless keys are 1:1, 1:m or m:1"},
    {.name = "exact",
     .type = CLI_FLAG,
     .offset = offsetof(struct join_command, exact),
     .help = "read both files first, even where streaming gives the same answer"},
    OPTION_MAX_ROWS,
    TABLE_OPTIONS(struct join_command),
    CLI_OPTION_END,
};

static const struct cli_option ordered_options[] = {
    OPTION_ON,
    OPTION_HOW("outer (default), left or right"),
    {.name = "ffill",
     .type = CLI_FLAG,
     .offset = offsetof(struct join_command, ffill),
     .help = "fill gaps from the row before"},
    OPTION_MAX_ROWS,
    TABLE_OPTIONS(struct join_command),
    CLI_OPTION_END,
};

static const struct cli_option asof_options[] = {
    OPTION_ON,
    {.name = "by",
     .type = CLI_LIST,
     .offset = offsetof(struct join_command, by),
     .metavar = "COLUMN",
     .help = "search only among rows that agree in it"},
    {.name = "direction",
     .type = CLI_CHOICE,
     .offset = offsetof(struct join_command, direction),
     .metavar = "DIRECTION",
     .help = "backward (default), forward or nearest",
     .choices = directions},
    {.name = "tolerance",
     .type = CLI_TEXT,
     .offset = offsetof(struct join_command, tolerance),
     .metavar = "X",
     .help = "match only within this distance"},
    {.name = "no-exact",
     .type = CLI_FLAG,
     .offset = offsetof(struct join_command, strictly),
     .help = "equal keys do not match"},
    TABLE_OPTIONS(struct join_command),
    CLI_OPTION_END,
};

#define TWO_FILES(command, title, text, example, table, more, function)                  \
    const struct cli_command command = {                                                 \
        .name = title,                                                                   \
        .operands = "LEFT RIGHT",                                                        \
        .summary = text,                                                                 \
        .examples = example,                                                             \
        .options = table,                                                                \
        .options_size = sizeof(struct join_command),                                     \
        .common = CLI_JSON | CLI_OUTPUT | (more),                                        \
        .min_operands = 2,                                                               \
        .max_operands = 2,                                                               \
        .run = function,                                                                 \
    }

TWO_FILES(command_join, "join", "join two CSV files on their keys",
          "  fp-groupby join --on id --how left orders.csv customers.csv\n", join_options,
          CLI_THREADS, join_main);
TWO_FILES(command_ordered, "ordered", "join two CSV files in the order of their keys",
          "  fp-groupby ordered --on day --ffill prices.csv rates.csv\n", ordered_options,
          0, ordered_main);
TWO_FILES(command_asof, "asof", "give each row the nearest row of a second CSV file",
          "  fp-groupby asof --on time --by symbol trades.csv quotes.csv\n", asof_options,
          0, asof_main);
