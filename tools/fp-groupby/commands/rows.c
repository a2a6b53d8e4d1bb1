/* rows.c: fp-groupby sort, dedup, concat and pivot. */
#include "commands/commands.h"

#include "group/pivot.h"
#include "rows/concat.h"
#include "rows/dedup.h"
#include "table/order.h"

struct sort_command {
    struct table_options table;
    struct cli_list by;
    bool descending;
};

/* COLUMN, COLUMN:asc or COLUMN:desc; a column of the very name comes first. */
static bool
read_key(struct arena *a, const struct frame *f, const char *text,
         const struct column **out, bool *ascending, struct error *err)
{
    const char *colon = strrchr(text, ':');
    struct error ignored = {0};

    if (table_want(f, text, out, &ignored))
        return true;
    if (!colon || (strcmp(colon, ":asc") != 0 && strcmp(colon, ":desc") != 0))
        return table_want(f, text, out, err);
    *ascending = strcmp(colon, ":asc") == 0;
    return table_want(f, arena_strndup(a, text, (size_t)(colon - text)), out, err);
}

static bool
check_sort(const void *options, struct error *err)
{
    const struct sort_command *o = options;

    return o->by.count > 0 || error_set(err, ERR_USAGE, "--by is needed");
}

static bool
apply_sort(const struct table_call *c, struct table *out, struct error *err)
{
    const struct sort_command *o = c->options;
    size_t n = o->by.count;
    const struct column **columns = arena_alloc(c->a, (n + 1) * sizeof *columns);
    bool *ascending = arena_alloc(c->a, n + 1);

    for (size_t i = 0; i < n; i++) {
        ascending[i] = !o->descending;
        if (!read_key(c->a, out->frame, o->by.items[i], &columns[i], &ascending[i], err))
            return false;
    }
    if (!order_check(columns, n, err))
        return false;
    out->frame = frame_take(c->a, out->frame, order_by(c->a, columns, n, ascending),
                            out->frame->n_rows);
    return true;
}

struct dedup_command {
    struct table_options table;
    struct cli_list by;
    int keep;
    bool mark;
};

static const char *const keeps[] = {"first", "last", "none", NULL};

/* The frame with one more column of booleans. */
static struct frame *
with_marks(struct arena *a, const struct frame *f, const bool *marks)
{
    struct frame *out = frame_new(a, f->n_rows, f->n_columns + 1);
    struct column *c = column_new(a, COLTYPE_BOOL, f->n_rows);

    out->index = f->index;
    for (size_t i = 0; i < f->n_columns; i++)
        frame_add(out, f->columns[i]);
    for (size_t i = 0; i < f->n_rows; i++)
        c->i[i] = marks[i];
    c->name = cell_str("duplicated");
    frame_add(out, c);
    return out;
}

static bool
apply_dedup(const struct table_call *c, struct table *out, struct error *err)
{
    const struct dedup_command *o = c->options;
    const struct column **columns;
    size_t n;
    bool *marks;

    if (!dedup_subset(c->a, out->frame, o->by.items, o->by.count, &columns, &n, err))
        return false;
    marks = dedup_marks(c->a, columns, n, (enum dedup_keep)o->keep);
    if (o->mark) {
        out->frame = with_marks(c->a, out->frame, marks);
        return true;
    }
    for (size_t i = 0; i < out->frame->n_rows; i++)
        marks[i] = !marks[i];
    out->frame = frame_filter(c->a, out->frame, marks);
    return true;
}

struct concat_command {
    struct table_options table;
    uint64_t axis;
    bool inner;
    bool sort;
};

static bool
apply_concat(const struct table_call *c, struct table *out, struct error *err)
{
    const struct concat_command *o = c->options;
    struct frame **frames = arena_alloc(c->a, (c->n_tables + 1) * sizeof *frames);
    struct concat_options concat = {
        .axis = (int)o->axis, .inner = o->inner, .sort = o->sort};

    out->labelled = false;
    for (size_t i = 0; i < c->n_tables; i++) {
        frames[i] = c->tables[i].frame;
        out->labelled |= c->tables[i].labelled;
    }
    concat.ignore_index = o->axis == 0 && !out->labelled;
    return concat_frames(c->a, frames, c->n_tables, &concat, &out->frame, err);
}

struct pivot_command {
    struct table_options table;
    const char *index, *columns, *values, *how, *fill;
    bool keep_empty, observed;
};

static bool
check_pivot(const void *options, struct error *err)
{
    const struct pivot_command *o = options;
    enum aggregate how;

    if (!o->index || !o->columns || !o->values)
        return error_set(err, ERR_USAGE, "--rows, --columns and --values are needed");
    return aggregate_parse(o->how ? o->how : "mean", &how) ||
           error_set(err, ERR_USAGE, "--agg: unknown aggregate '%s'", o->how);
}

static bool
apply_pivot(const struct table_call *c, struct table *out, struct error *err)
{
    const struct pivot_command *o = c->options;
    struct pivot_options options = {.index = o->index,
                                    .columns = o->columns,
                                    .values = o->values,
                                    .dropna = !o->keep_empty,
                                    .observed = o->observed};
    struct cell fill = table_value(o->fill ? o->fill : "");
    struct frame *result;

    (void)aggregate_parse(o->how ? o->how : "mean", &options.how);
    options.fill_value = o->fill ? &fill : NULL;
    if (!pivot(c->a, out->frame, &options, &result, err))
        return false;
    *out = (struct table){table_flat(c->a, result), false};
    return true;
}

#define SORT(option, kind, field, meta, text)                                            \
    TABLE_OPTION(option, kind, struct sort_command, field, meta, text)
#define DEDUP(option, kind, field, meta, text)                                           \
    TABLE_OPTION(option, kind, struct dedup_command, field, meta, text)
#define CONCAT(option, kind, field, meta, text)                                          \
    TABLE_OPTION(option, kind, struct concat_command, field, meta, text)
#define PIVOT(option, kind, field, meta, text)                                           \
    TABLE_OPTION(option, kind, struct pivot_command, field, meta, text)

static const struct cli_option sort_options[] = {
    TABLE_KEYS(struct sort_command, by, "COLUMN[:desc]",
               "sort by it; repeat for several"),
    SORT("descending", CLI_FLAG, descending, NULL,
         "largest first; missing ones stay last"),
    TABLE_OPTIONS(struct sort_command),
    CLI_OPTION_END,
};

static const struct cli_option dedup_options[] = {
    TABLE_KEYS(struct dedup_command, by, "COLUMN",
               "compare these columns only (default all)"),
    {.name = "keep",
     .type = CLI_CHOICE,
     .offset = offsetof(struct dedup_command, keep),
     .metavar = "WHICH",
     .help = "first (default), last or none of equal rows",
     .choices = keeps},
    DEDUP("mark", CLI_FLAG, mark, NULL,
          "keep all rows and add a column that marks repeated ones"),
    TABLE_OPTIONS(struct dedup_command),
    CLI_OPTION_END,
};

static const struct cli_option concat_options[] = {
    {.name = "axis",
     .type = CLI_U64,
     .offset = offsetof(struct concat_command, axis),
     .metavar = "N",
     .help = "0: below each other (default), 1: side by side",
     .max = 1},
    CONCAT("inner", CLI_FLAG, inner, NULL, "only what all files have"),
    CONCAT("sort", CLI_FLAG, sort, NULL,
           "sort the columns; with --axis 1 the labels of the rows"),
    TABLE_OPTIONS(struct concat_command),
    CLI_OPTION_END,
};

static const struct cli_option pivot_options[] = {
    PIVOT("rows", CLI_TEXT, index, "COLUMN", "its values become the rows"),
    PIVOT("columns", CLI_TEXT, columns, "COLUMN", "its values become the columns"),
    PIVOT("values", CLI_TEXT, values, "COLUMN", "what is aggregated"),
    {.name = "agg",
     .letter = 'a',
     .type = CLI_TEXT,
     .offset = offsetof(struct pivot_command, how),
     .metavar = "HOW",
     .help = "sum, mean (default), count, ..."},
    PIVOT("fill", CLI_TEXT, fill, "VALUE", "what absent cells hold (default: missing)"),
    PIVOT("keep-empty", CLI_FLAG, keep_empty, NULL,
          "keep columns that have no value, and all pairs of keys"),
    PIVOT("observed", CLI_FLAG, observed, NULL, "only categories that occur"),
    TABLE_OPTIONS(struct pivot_command),
    CLI_OPTION_END,
};

const struct table_command command_sort = {
    {TABLE_COMMAND("sort", "FILE", "sort the rows of a table, stably", sort_options,
                   struct sort_command),
     .examples = "  fp-groupby sort -b city -b price:desc sales.csv\n", .min_operands = 1,
     .max_operands = 1},
    1,
    check_sort,
    apply_sort};

const struct table_command command_dedup = {
    {TABLE_COMMAND("dedup", "FILE", "leave out repeated rows of a table", dedup_options,
                   struct dedup_command),
     .examples = "  fp-groupby dedup -b id --keep last events.csv\n", .min_operands = 1,
     .max_operands = 1},
    1,
    NULL,
    apply_dedup};

const struct table_command command_concat = {
    {TABLE_COMMAND("concat", "FILE...", "put tables below each other, or side by side",
                   concat_options, struct concat_command),
     .details = "Columns are matched by name; absent fields are missing.  Side by side\n"
                "(--axis 1) rows are matched by the labels that --index names.\n",
     .examples = "  fp-groupby concat january.csv february.csv\n", .min_operands = 1,
     .max_operands = SIZE_MAX},
    SIZE_MAX,
    NULL,
    apply_concat};

const struct table_command command_pivot = {
    {TABLE_COMMAND("pivot", "FILE", "spread a column of a table over columns",
                   pivot_options, struct pivot_command),
     .examples =
         "  fp-groupby pivot --rows city --columns year --values price -a sum s.csv\n",
     .min_operands = 1, .max_operands = 1},
    1,
    check_pivot,
    apply_pivot};
