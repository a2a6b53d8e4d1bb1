/* counts.c: fp-groupby value-counts and factorize. */
#include "commands/commands.h"

#include "group/summary.h"
#include "table/order.h"

struct counts_command {
    struct table_options table;
    struct cli_list by;
    bool normalize, keep_missing, unsorted, ascending;
};

struct factorize_command {
    struct table_options table;
    struct cli_list by;
    bool sort, keep_missing, uniques;
};

static bool
check_counts(const void *options, struct error *err)
{
    const struct counts_command *o = options;

    return o->by.count > 0 || error_set(err, ERR_USAGE, "--by is needed");
}

static bool
apply_counts(const struct table_call *c, struct table *out, struct error *err)
{
    const struct counts_command *o = c->options;
    struct count_options count = {.sort = !o->unsorted,
                                  .ascending = o->ascending,
                                  .dropna = !o->keep_missing,
                                  .normalize = o->normalize};
    const struct column **columns;
    struct frame *result;

    if (!table_want_all(c->a, out->frame, &o->by, &columns, err) ||
        (o->by.count > 1 && !order_check(columns, o->by.count, err)))
        return false;
    result = o->by.count == 1 ? dedup_value_counts(c->a, columns[0], &count)
                              : summary_row_counts(c->a, columns, o->by.count, &count);
    *out = (struct table){frame_reset_index(c->a, result), false};
    return true;
}

static bool
check_factorize(const void *options, struct error *err)
{
    const struct factorize_command *o = options;

    return o->by.count == 1 || error_set(err, ERR_USAGE, "one --by is needed");
}

static bool
apply_factorize(const struct table_call *c, struct table *out, struct error *err)
{
    const struct factorize_command *o = c->options;
    const struct column **columns;
    const struct column *uniques;
    struct column *codes;
    struct frame *result;
    int64_t *values;
    size_t n;

    if (!table_want_all(c->a, out->frame, &o->by, &columns, err) ||
        (o->sort && !order_check(columns, 1, err)))
        return false;
    values = dedup_factorize(c->a, columns[0], o->sort, !o->keep_missing, &uniques);
    n = o->uniques ? uniques->size : columns[0]->size;
    codes = column_new(c->a, COLTYPE_INT64, n);
    for (size_t i = 0; i < n; i++)
        codes->i[i] = o->uniques ? (int64_t)i : values[i];
    codes->name = cell_str("code");
    result = frame_new(c->a, n, 2);
    if (!o->uniques)
        result->index = out->frame->index;
    frame_add(result,
              o->uniques ? column_named(c->a, uniques, columns[0]->name) : columns[0]);
    frame_add(result, codes);
    *out = (struct table){result, out->labelled && !o->uniques};
    return true;
}

#define COUNTS(option, kind, field, meta, text)                                          \
    TABLE_OPTION(option, kind, struct counts_command, field, meta, text)
#define FACTORIZE(option, kind, field, meta, text)                                       \
    TABLE_OPTION(option, kind, struct factorize_command, field, meta, text)

static const struct cli_option counts_options[] = {
    TABLE_KEYS(struct counts_command, by, "COLUMN",
               "count its values; repeat to count rows of several columns"),
    COUNTS("normalize", CLI_FLAG, normalize, NULL, "proportions instead of counts"),
    COUNTS("keep-missing", CLI_FLAG, keep_missing, NULL, "count missing values too"),
    COUNTS("no-sort", CLI_FLAG, unsorted, NULL,
           "in order of first appearance, several columns in the order of their values"),
    COUNTS("ascending", CLI_FLAG, ascending, NULL, "rarest first"),
    TABLE_OPTIONS(struct counts_command),
    CLI_OPTION_END,
};

static const struct cli_option factorize_options[] = {
    TABLE_KEYS(struct factorize_command, by, "COLUMN", "number its values"),
    FACTORIZE("sort", CLI_FLAG, sort, NULL,
              "number them in their order, not in that of their first appearance"),
    FACTORIZE("keep-missing", CLI_FLAG, keep_missing, NULL,
              "missing values get a number too (default -1)"),
    FACTORIZE("uniques", CLI_FLAG, uniques, NULL,
              "print each value once instead of every row"),
    TABLE_OPTIONS(struct factorize_command),
    CLI_OPTION_END,
};

const struct table_command command_value_counts = {
    {TABLE_COMMAND("value-counts", "FILE", "count the values of columns", counts_options,
                   struct counts_command),
     .details =
         "Most frequent first; values that are equally frequent in the order of\n"
         "their first appearance, of several columns in the order of the values.\n",
     .examples = "  fp-groupby value-counts -b city sales.csv\n", .min_operands = 1,
     .max_operands = 1},
    1,
    check_counts,
    apply_counts};

const struct table_command command_factorize = {
    {TABLE_COMMAND("factorize", "FILE", "number the values of a column",
                   factorize_options, struct factorize_command),
     .examples = "  fp-groupby factorize -b city sales.csv\n"
                 "  fp-groupby factorize -b city --sort --uniques sales.csv\n",
     .min_operands = 1, .max_operands = 1},
    1,
    check_factorize,
    apply_factorize};
