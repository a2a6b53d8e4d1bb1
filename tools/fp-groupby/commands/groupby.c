/* groupby.c: fp-groupby groupby: one value a group, one a row, or rows of groups. */
#include "commands/commands.h"
#include "commands/group_terms.h"

#include "group/summary.h"
#include "query/query.h"
#include "rows/select.h"

#include "common/num.h"

/* One column for each --agg, named, and the query made of them where that is enough. */
static bool
aggregates(const struct table_call *c, struct table *out, struct error *err)
{
    const struct groupby_options *o = c->options;

    out->labelled = o->as_index;
    return group_aggregates(c->a, out->frame, o, &out->frame, err);
}

/* The rows of groups whose aggregates satisfy the expression. */
static bool
filter_groups(const struct table_call *c, struct table *out, struct error *err)
{
    const struct groupby_options *o = c->options;
    struct groupby_options flat = *o;
    struct frame *groups;
    struct groups g;
    bool *wanted;
    bool *keep = arena_alloc(c->a, out->frame->n_rows + 1);

    flat.as_index = false;
    flat.group.observed = true;
    if (!group_make(c->a, out->frame, &flat, &g, err) ||
        !group_aggregates(c->a, out->frame, &flat, &groups, err) ||
        !query_mask(c->a, groups, o->filter, &wanted, err))
        return false;
    for (size_t i = 0; i < out->frame->n_rows; i++)
        keep[i] = g.ids[i] >= 0 && wanted[g.ids[i]];
    out->frame = frame_filter(c->a, out->frame, keep);
    return true;
}

static bool
some_rows(const struct table_call *c, struct table *out, struct error *err)
{
    const struct groupby_options *o = c->options;
    const struct cli_list *nth = &o->nth;
    int64_t *places = arena_alloc(c->a, (nth->count + 1) * sizeof *places);
    struct groups g;
    enum select_group how = o->head != NO_COUNT   ? SELECT_HEAD
                            : o->tail != NO_COUNT ? SELECT_TAIL
                                                  : SELECT_NTH;

    places[0] = how == SELECT_HEAD ? o->head : o->tail;
    for (size_t i = 0; how == SELECT_NTH && i < nth->count; i++)
        if (!num_parse_i64(nth->items[i], strlen(nth->items[i]), &places[i]))
            return error_set(err, ERR_USAGE, "--nth: '%s' is not a whole number",
                             nth->items[i]);
    if (!group_make(c->a, out->frame, o, &g, err))
        return false;
    out->frame = select_in_groups(c->a, out->frame, &g, how, places,
                                  how == SELECT_NTH ? nth->count : 1);
    return true;
}

static bool
count_values(const struct table_call *c, struct table *out, struct error *err)
{
    const struct groupby_options *o = c->options;
    const struct count_options count = {.sort = true, .dropna = true};
    const struct column *values;
    struct frame *result;
    struct groups g;

    if (!frame_want(out->frame, o->counts, &values, err) ||
        !group_make(c->a, out->frame, o, &g, err) ||
        !summary_value_counts(c->a, &g, values, &count, &result, err))
        return false;
    *out = (struct table){table_flat(c->a, result), false};
    return true;
}

static bool
check(const void *options, struct error *err)
{
    const struct groupby_options *o = options;
    int asked = (o->head != NO_COUNT) + (o->tail != NO_COUNT) + (o->nth.count > 0) +
                (o->transform.count > 0) + (o->counts != NULL) + (o->agg.count > 0);

    if (o->group.by.count == 0 || asked == 0)
        return error_set(err, ERR_USAGE,
                         "--by and --agg (or --transform, --head, ...) are needed");
    if (asked > 1 || (o->filter && o->agg.count == 0))
        return error_set(err, ERR_USAGE,
                         "one of --agg, --transform, --head, --tail, --nth and --counts "
                         "is given; --filter goes with --agg");
    return true;
}

static bool
apply(const struct table_call *c, struct table *out, struct error *err)
{
    const struct groupby_options *o = c->options;

    if (o->filter)
        return filter_groups(c, out, err);
    if (o->agg.count > 0)
        return aggregates(c, out, err);
    if (o->transform.count > 0)
        return group_transforms(c->a, out->frame, o, &out->frame, err);
    return o->counts ? count_values(c, out, err) : some_rows(c, out, err);
}

static int
run_plain(struct cli *cli, const void *options, struct error *err)
{
    const struct groupby_options *o = options;
    bool plain = o->agg.count > 0 && !o->filter && !o->as_index;
    bool declined = true;
    struct arena a = {0};
    struct groupby q;
    bool ok = check(options, err);

    if (ok && plain)
        ok = group_query(&a, o, &q, &declined, err);
    if (ok && plain && !declined)
        ok = grouping_stream(cli, &o->table, &o->group, &q, &declined, err);
    arena_clear(&a);
    if (!ok)
        return CLI_ERROR;
    return declined ? table_main(cli, options, err) : 0;
}

static int
run(struct cli *cli, const void *options, struct error *err)
{
    const struct groupby_options *o = options;

    return table_with_files(cli, &o->table, options, run_plain, err);
}

#define OPTION(option, kind, field, meta, text)                                          \
    TABLE_OPTION(option, kind, struct groupby_options, field, meta, text)

static const struct cli_option options[] = {
    GROUPING_OPTION_BY(struct groupby_options),
    {.name = "agg",
     .letter = 'a',
     .type = CLI_LIST,
     .offset = offsetof(struct groupby_options, agg),
     .metavar = "[NAME=]COLUMN:HOW",
     .help = "a value a group: sum, mean, quantile(0.9), ...; 'size' counts rows"},
    {.name = "transform",
     .letter = 't',
     .type = CLI_LIST,
     .offset = offsetof(struct groupby_options, transform),
     .metavar = "[NAME=]COLUMN:HOW",
     .help = "a value a row: cumsum, rank, shift(2), ..., or an aggregate"},
    OPTION("filter", CLI_TEXT, filter, "EXPRESSION",
           "rows of groups whose --agg columns satisfy it, see filter --help"),
    OPTION("head", CLI_I64, head, "N", "first N rows of each group (negative: all but)"),
    OPTION("tail", CLI_I64, tail, "N", "last N rows of each group"),
    OPTION("nth", CLI_LIST, nth, "N", "N-th row of each group from 0; repeat for more"),
    OPTION("counts", CLI_TEXT, counts, "COLUMN", "how often each value is in each group"),
    OPTION("as-index", CLI_FLAG, as_index, NULL,
           "the keys become the labels of the rows"),
    GROUPING_OPTIONS(struct groupby_options),
    GROUPING_MEMORY_OPTIONS(struct groupby_options),
    TABLE_OPTIONS(struct groupby_options),
    CLI_OPTION_END,
};

static const struct groupby_options defaults = {.head = NO_COUNT, .tail = NO_COUNT};

const struct table_command command_groupby = {
    {.name = "groupby",
     .operands = "FILE",
     .summary = "group a table by columns and aggregate others",
     .details =
         "Types, order and bits are those of "
         "pandas.read_csv(FILE).groupby(...).agg(...).\n"
         "HOW of --agg: sum mean count size min max first last std var sem median\n"
         "quantile prod nunique any all idxmin idxmax skew kurt ohlc describe,\n"
         "corr and r2 of two columns (X,Y:corr), with\n"
         "arguments in parentheses: std(ddof=0), sum(min_count=1), quantile(0.9,lower).\n"
         "HOW of --transform: these, and cumsum cumprod cummin cummax cumcount ngroup\n"
         "rank shift diff ffill bfill: rank(dense), shift(1,fill=0), cumsum(skipna=0).\n",
     .examples = "  fp-groupby groupby -b city -a sales:sum -a n=size sales.csv\n"
                 "  fp-groupby groupby -b city -t share=sales:cumsum sales.csv\n"
                 "  fp-groupby groupby -b city -a n=size --filter 'n >= 10' sales.csv\n",
     .options = options,
     .options_size = sizeof(struct groupby_options),
     .defaults = &defaults,
     .common = CLI_JSON | CLI_OUTPUT | CLI_THREADS | CLI_CHAIN,
     .min_operands = 1,
     .max_operands = 1,
     .run = run},
    1,
    check,
    apply};
