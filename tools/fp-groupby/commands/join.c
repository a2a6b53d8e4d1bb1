/* join.c: fp-groupby join, asof and ordered: two tables into one. */
#include "commands/commands.h"

#include "merge/merge.h"
#include "table/span.h"

struct join_command {
    struct table_options table;
    struct cli_list on, left_on, right_on, by, suffixes;
    int how, direction;
    bool left_index, right_index, sort, ffill, strictly, indicator, exact;
    const char *validate, *tolerance, *indicator_name;
    uint64_t max_rows;
};

static const char *const hows[] = {"inner", "left", "right", "outer", "cross", NULL};
static const char *const directions[] = {"backward", "forward", "nearest", NULL};

static bool
check_suffixes(const void *options, struct error *err)
{
    const struct join_command *o = options;

    return o->suffixes.count == 0 || o->suffixes.count == 2 ||
           error_set(err, ERR_USAGE, "--suffix is given twice, left and right");
}

static void
read_suffixes(const struct cli_list *given, const char *out[2])
{
    out[0] = given->count ? given->items[0] : "_x";
    out[1] = given->count ? given->items[1] : "_y";
}

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
    q->left_index = o->left_index;
    q->right_index = o->right_index;
    q->sort = o->sort;
    q->indicator = o->indicator_name ? o->indicator_name : o->indicator ? "_merge" : NULL;
    q->validate = o->validate;
    q->max_rows = o->max_rows;
    read_suffixes(&o->suffixes, q->suffixes);
}

/* Rows are numbered anew, unless the labels of a side were a key. */
static bool
keeps_labels(const struct join_command *o, const struct table tables[2])
{
    if (o->left_index == o->right_index)
        return o->left_index;
    return tables[o->left_index ? 1 : 0].labelled;
}

static bool
apply_join(const struct table_call *c, struct table *out, struct error *err)
{
    struct join_options q;

    join_options_of(c->options, &q);
    out->labelled = keeps_labels(c->options, c->tables);
    return join_frames(c->a, c->tables[0].frame, c->tables[1].frame, &q, &out->frame,
                       err);
}

/* By streaming, when the files and options allow it; the answer is the same. */
static int
run_plain(struct cli *cli, const void *options, struct error *err)
{
    const struct join_command *o = options;
    const char *declined = "an option";
    struct join_options q;

    if (!check_suffixes(options, err))
        return CLI_ERROR;
    join_options_of(o, &q);
    if (!o->exact && table_is_plain(cli, &o->table) && !o->left_index &&
        !o->right_index && o->suffixes.count == 0 &&
        (!o->table.delimiter || strcmp(o->table.delimiter, ",") == 0)) {
        const struct merge m = {cli->operands[0], cli->operands[1], &q,
                                (unsigned)cli->threads, o->table.memory};

        if (!merge_csv(&m, cli->out, &declined, err))
            return CLI_ERROR;
    }
    return declined ? table_main(cli, options, err) : 0;
}

static int
run_join(struct cli *cli, const void *options, struct error *err)
{
    const struct join_command *o = options;

    return table_with_files(cli, &o->table, options, run_plain, err);
}

static bool
check_ordered(const void *options, struct error *err)
{
    const struct join_command *o = options;

    if (o->on.count == 0)
        return error_set(err, ERR_USAGE, "--on is needed");
    if (o->how == JOIN_CROSS)
        return error_set(err, ERR_USAGE, "--how cross has no order");
    return check_suffixes(options, err);
}

static bool
apply_ordered(const struct table_call *c, struct table *out, struct error *err)
{
    const struct join_command *o = c->options;
    struct join_options q = join_defaults;

    q.how = (enum join_how)o->how;
    q.on = o->on.items;
    q.n_on = o->on.count;
    q.max_rows = o->max_rows;
    out->labelled = false;
    read_suffixes(&o->suffixes, q.suffixes);
    return join_ordered(c->a, c->tables[0].frame, c->tables[1].frame, &q, o->ffill,
                        &out->frame, err);
}

/* A number, or for times a span. */
static struct cell
tolerance_value(const char *word)
{
    struct cell value = table_value(word);
    int64_t ns;

    if (value.kind != CELL_STR || !span_read(word, &ns))
        return value;
    return (struct cell){.i = ns, .kind = CELL_SPAN};
}

static bool
check_asof(const void *options, struct error *err)
{
    const struct join_command *o = options;

    if (o->on.count > 1 || o->left_on.count > 1 || o->right_on.count > 1 ||
        o->on.count + o->left_on.count != 1 || o->left_on.count != o->right_on.count)
        return error_set(err, ERR_USAGE,
                         "one --on is needed, or --left-on and --right-on");
    if (o->tolerance && tolerance_value(o->tolerance).kind == CELL_STR)
        return error_set(
            err, ERR_USAGE,
            "--tolerance '%s' is no number, and no span such as 90s, 1.5h or "
            "'1 days 12:00:00'",
            o->tolerance);
    return check_suffixes(options, err);
}

static bool
apply_asof(const struct table_call *c, struct table *out, struct error *err)
{
    const struct join_command *o = c->options;
    struct asof_options q = {.allow_exact_matches = !o->strictly};
    struct cell tolerance = tolerance_value(o->tolerance ? o->tolerance : "");

    q.left_on = o->on.count ? o->on.items[0] : o->left_on.items[0];
    q.right_on = o->on.count ? o->on.items[0] : o->right_on.items[0];
    q.by = o->by.items;
    q.n_by = o->by.count;
    q.direction = o->direction == 0   ? ASOF_BACKWARD
                  : o->direction == 1 ? ASOF_FORWARD
                                      : ASOF_NEAREST;
    q.tolerance = o->tolerance ? &tolerance : NULL;
    out->labelled = false;
    read_suffixes(&o->suffixes, q.suffixes);
    return join_asof(c->a, c->tables[0].frame, c->tables[1].frame, &q, &out->frame, err);
}

#define OPTION(option, kind, field, meta, text)                                          \
    TABLE_OPTION(option, kind, struct join_command, field, meta, text)
#define OPTION_ON OPTION("on", CLI_LIST, on, "COLUMN", "key column of both tables")
#define OPTION_SIDES                                                                     \
    OPTION("left-on", CLI_LIST, left_on, "COLUMN", "key column of the first table"),     \
        OPTION("right-on", CLI_LIST, right_on, "COLUMN",                                 \
               "key column of the second table")
#define OPTION_SUFFIX                                                                    \
    OPTION("suffix", CLI_LIST, suffixes, "TEXT",                                         \
           "given twice: behind names that both tables have (default _x and _y)")
#define OPTION_MAX_ROWS                                                                  \
    OPTION("max-output-rows", CLI_U64, max_rows, "N",                                    \
           "refuse a larger result before making it (default 4294967295)")
#define OPTION_HOW(text)                                                                 \
    {                                                                                    \
        .name = "how", .type = CLI_CHOICE, .offset = offsetof(struct join_command, how), \
        .metavar = "HOW", .help = text, .choices = hows                                  \
    }

static const struct cli_option join_options[] = {
    OPTION_ON,
    OPTION_SIDES,
    OPTION("left-index", CLI_FLAG, left_index, NULL,
           "the labels (--index) of the first table are its key"),
    OPTION("right-index", CLI_FLAG, right_index, NULL,
           "the labels of the second table are its key"),
    OPTION_HOW("inner (default), left, right, outer or cross"),
    OPTION("sort", CLI_FLAG, sort, NULL, "rows in the order of the keys"),
    OPTION_SUFFIX,
    OPTION("indicator", CLI_FLAG, indicator, NULL,
           "add a column _merge that tells where a row is from"),
    OPTION("indicator-name", CLI_TEXT, indicator_name, "NAME",
           "the same, under another name"),
    OPTION("validate", CLI_TEXT, validate, "KIND",
           "refuse unless keys are 1:1, 1:m or m:1"),
    OPTION("exact", CLI_FLAG, exact, NULL,
           "read both files first, even where streaming gives the same answer"),
    OPTION_MAX_ROWS,
    TABLE_OPTIONS(struct join_command),
    CLI_OPTION_END,
};

static const struct cli_option ordered_options[] = {
    OPTION_ON,
    OPTION_HOW("outer (default), inner, left or right"),
    OPTION("ffill", CLI_FLAG, ffill, NULL, "fill gaps from the row before"),
    OPTION_SUFFIX,
    OPTION_MAX_ROWS,
    TABLE_OPTIONS(struct join_command),
    CLI_OPTION_END,
};

static const struct cli_option asof_options[] = {
    OPTION_ON,
    OPTION_SIDES,
    OPTION("by", CLI_LIST, by, "COLUMN", "search only among rows that agree in it"),
    {.name = "direction",
     .type = CLI_CHOICE,
     .offset = offsetof(struct join_command, direction),
     .metavar = "DIRECTION",
     .help = "backward (default), forward or nearest",
     .choices = directions},
    OPTION("tolerance", CLI_TEXT, tolerance, "X",
           "match only within this distance (10, 0.5; of times 90s, 1.5h)"),
    OPTION("no-exact", CLI_FLAG, strictly, NULL, "equal keys do not match"),
    OPTION_SUFFIX,
    TABLE_OPTIONS(struct join_command),
    CLI_OPTION_END,
};

static const struct join_command ordered_defaults = {.how = JOIN_OUTER};

const struct table_command command_join = {
    {.name = "join",
     .operands = "LEFT RIGHT",
     .summary = "join two tables on their keys",
     .examples = "  fp-groupby join --on id --how left orders.csv customers.csv\n",
     .options = join_options,
     .options_size = sizeof(struct join_command),
     .common = CLI_JSON | CLI_OUTPUT | CLI_THREADS | CLI_CHAIN,
     .min_operands = 2,
     .max_operands = 2,
     .run = run_join},
    2,
    check_suffixes,
    apply_join};

const struct table_command command_ordered = {
    {TABLE_COMMAND("ordered", "LEFT RIGHT", "join two tables in the order of their keys",
                   ordered_options, struct join_command),
     .examples = "  fp-groupby ordered --on day --ffill prices.csv rates.csv\n",
     .defaults = &ordered_defaults, .min_operands = 2, .max_operands = 2},
    2,
    check_ordered,
    apply_ordered};

const struct table_command command_asof = {
    {TABLE_COMMAND("asof", "LEFT RIGHT",
                   "give each row the nearest row of a second table", asof_options,
                   struct join_command),
     .examples = "  fp-groupby asof --on time --by symbol trades.csv quotes.csv\n",
     .min_operands = 2, .max_operands = 2},
    2,
    check_asof,
    apply_asof};
