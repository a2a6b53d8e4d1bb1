/* rows.c: fp-groupby sort, dedup, value-counts, concat and pivot. */
#include "commands/commands.h"
#include "commands/table.h"

#include "group/summary.h"
#include "rows/concat.h"
#include "rows/dedup.h"
#include "table/order.h"

struct rows_command {
    struct table_options table;
    struct cli_list by;
    int keep;
    bool descending;
    bool normalize;
    bool keep_missing;
    bool inner;
    uint64_t axis;
    const char *index;
    const char *columns;
    const char *values;
    const char *how;
};

typedef bool rows_function(const struct rows_command *o, struct arena *a,
                           struct frame *const frames[], size_t n, struct frame **out,
                           struct error *err);

static const char *const keeps[] = {"first", "last", "none", NULL};

static bool
wanted(struct arena *a, const struct frame *f, const struct cli_list *names,
       const struct column ***out, struct error *err)
{
    *out = arena_alloc(a, (names->count + 1) * sizeof(struct column *));
    for (size_t i = 0; i < names->count; i++)
        if (!frame_want(f, names->items[i], &(*out)[i], err))
            return false;
    return names->count > 0 || error_set(err, ERR_USAGE, "--by is needed");
}

static bool
sort_rows(const struct rows_command *o, struct arena *a, struct frame *const frames[],
          size_t n, struct frame **out, struct error *err)
{
    const struct column **columns;
    bool *ascending = arena_alloc(a, o->by.count + 1);

    (void)n;
    if (!wanted(a, frames[0], &o->by, &columns, err))
        return false;
    for (size_t i = 0; i < o->by.count; i++)
        ascending[i] = !o->descending;
    *out = frame_take(a, frames[0], order_by(a, columns, o->by.count, ascending),
                      frames[0]->n_rows);
    return true;
}

static bool
drop_rows(const struct rows_command *o, struct arena *a, struct frame *const frames[],
          size_t n, struct frame **out, struct error *err)
{
    const struct column **columns;
    bool *marks;

    if (!dedup_subset(a, frames[0], o->by.items, o->by.count, &columns, &n, err))
        return false;
    marks = dedup_marks(a, columns, n, (enum dedup_keep)o->keep);
    for (size_t i = 0; i < frames[0]->n_rows; i++)
        marks[i] = !marks[i];
    *out = frame_filter(a, frames[0], marks);
    return true;
}

static bool
count_rows(const struct rows_command *o, struct arena *a, struct frame *const frames[],
           size_t n, struct frame **out, struct error *err)
{
    struct count_options count = {
        .sort = true, .dropna = !o->keep_missing, .normalize = o->normalize};
    const struct column **columns;

    (void)n;
    if (!wanted(a, frames[0], &o->by, &columns, err))
        return false;
    if (o->by.count != 1)
        return error_set(err, ERR_USAGE, "values of one column are counted");
    *out = table_flat(a, dedup_value_counts(a, columns[0], &count));
    return true;
}

static bool
stack_rows(const struct rows_command *o, struct arena *a, struct frame *const frames[],
           size_t n, struct frame **out, struct error *err)
{
    const struct concat_options concat = {
        .axis = (int)o->axis, .inner = o->inner, .ignore_index = o->axis == 0};

    return concat_frames(a, frames, n, &concat, out, err);
}

static bool
pivot_rows(const struct rows_command *o, struct arena *a, struct frame *const frames[],
           size_t n, struct frame **out, struct error *err)
{
    struct pivot_options pivot = {
        .index = o->index, .columns = o->columns, .values = o->values, .dropna = true};
    struct frame *result;

    (void)n;
    if (!o->index || !o->columns || !o->values)
        return error_set(err, ERR_USAGE, "--index, --columns and --values are needed");
    if (!aggregate_parse(o->how ? o->how : "mean", &pivot.how))
        return error_set(err, ERR_USAGE, "unknown aggregate '%s'", o->how);
    if (!summary_pivot(a, frames[0], &pivot, &result, err))
        return false;
    *out = table_flat(a, result);
    return true;
}

static int
run(struct cli *cli, const struct rows_command *o, rows_function *function,
    struct error *err)
{
    struct csv_options csv = table_csv_options(&o->table);
    size_t n = cli->operand_count;
    struct arena a = {0};
    struct table_input *in = arena_alloc(&a, n * sizeof *in);
    struct frame **frames = arena_alloc(&a, n * sizeof *frames);
    struct frame *result;
    bool ok = false;

    for (size_t i = 0; i < n; i++) {
        if (!table_read(&a, cli->operands[i], &csv, &in[i], err))
            goto done;
        frames[i] = in[i].frame;
    }
    ok = function(o, &a, frames, n, &result, err);
    if (ok)
        table_print(cli, &o->table, result, false);
done:
    for (size_t i = 0; i < n; i++)
        table_close(&in[i]);
    arena_clear(&a);
    return ok ? 0 : CLI_ERROR;
}

static int
sort_main(struct cli *cli, const void *options, struct error *err)
{
    return run(cli, options, sort_rows, err);
}

static int
dedup_main(struct cli *cli, const void *options, struct error *err)
{
    return run(cli, options, drop_rows, err);
}

static int
counts_main(struct cli *cli, const void *options, struct error *err)
{
    return run(cli, options, count_rows, err);
}

static int
concat_main(struct cli *cli, const void *options, struct error *err)
{
    return run(cli, options, stack_rows, err);
}

static int
pivot_main(struct cli *cli, const void *options, struct error *err)
{
    return run(cli, options, pivot_rows, err);
}

#define OPTION(option, kind, field, meta, text)                                          \
    {                                                                                    \
        .name = option, .type = kind, .offset = offsetof(struct rows_command, field),    \
        .metavar = meta, .help = text                                                    \
    }

static const struct cli_option sort_options[] = {
    OPTION("by", CLI_LIST, by, "COLUMN", "sort by it; repeat for several"),
    OPTION("descending", CLI_FLAG, descending, NULL,
           "largest first; missing ones stay last"),
    TABLE_OPTIONS(struct rows_command),
    CLI_OPTION_END,
};

static const struct cli_option dedup_options[] = {
    OPTION("by", CLI_LIST, by, "COLUMN", "compare these columns only (default all)"),
    {.name = "keep",
     .type = CLI_CHOICE,
     .offset = offsetof(struct rows_command, keep),
     .metavar = "WHICH",
     .help = "first (default), last or none of equal rows",
     .choices = keeps},
    TABLE_OPTIONS(struct rows_command),
    CLI_OPTION_END,
};

static const struct cli_option counts_options[] = {
    OPTION("by", CLI_LIST, by, "COLUMN", "count its values"),
    OPTION("normalize", CLI_FLAG, normalize, NULL, "proportions instead of counts"),
    OPTION("keep-missing", CLI_FLAG, keep_missing, NULL, "count missing values too"),
    TABLE_OPTIONS(struct rows_command),
    CLI_OPTION_END,
};

static const struct cli_option concat_options[] = {
    {.name = "axis",
     .type = CLI_U64,
     .offset = offsetof(struct rows_command, axis),
     .metavar = "N",
     .help = "0: below each other (default), 1: side by side",
     .max = 1},
    OPTION("inner", CLI_FLAG, inner, NULL, "only what all files have"),
    TABLE_OPTIONS(struct rows_command),
    CLI_OPTION_END,
};

static const struct cli_option pivot_options[] = {
    OPTION("index", CLI_TEXT, index, "COLUMN", "its values become the rows"),
    OPTION("columns", CLI_TEXT, columns, "COLUMN", "its values become the columns"),
    OPTION("values", CLI_TEXT, values, "COLUMN", "what is aggregated"),
    OPTION("agg", CLI_TEXT, how, "HOW", "sum, mean (default), count, ..."),
    TABLE_OPTIONS(struct rows_command),
    CLI_OPTION_END,
};

#define COMMAND(variable, title, text, example, table, function, files, most)            \
    const struct cli_command variable = {                                                \
        .name = title,                                                                   \
        .operands = files,                                                               \
        .summary = text,                                                                 \
        .examples = example,                                                             \
        .options = table,                                                                \
        .options_size = sizeof(struct rows_command),                                     \
        .common = CLI_JSON | CLI_OUTPUT,                                                 \
        .min_operands = 1,                                                               \
        .max_operands = most,                                                            \
        .run = function,                                                                 \
    }

COMMAND(command_sort, "sort", "sort the rows of a CSV file, stably",
        "  fp-groupby sort --by price --descending sales.csv\n", sort_options, sort_main,
        "FILE", 1);
COMMAND(command_dedup, "dedup", "leave out repeated rows of a CSV file",
        "  fp-groupby dedup --by id --keep last events.csv\n", dedup_options, dedup_main,
        "FILE", 1);
COMMAND(command_value_counts, "value-counts", "count the values of a column",
        "  fp-groupby value-counts --by city sales.csv\n", counts_options, counts_main,
        "FILE", 1);
COMMAND(command_concat, "concat", "put CSV files below each other, or side by side",
        "  fp-groupby concat january.csv february.csv\n", concat_options, concat_main,
        "FILE...", SIZE_MAX);
COMMAND(command_pivot, "pivot", "spread a column of a CSV file over columns",
        "  fp-groupby pivot --index city --columns year --values price --agg sum s.csv\n",
        pivot_options, pivot_main, "FILE", 1);
