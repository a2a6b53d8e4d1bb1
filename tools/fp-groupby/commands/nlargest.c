/* nlargest.c: fp-groupby nlargest: the largest values of each group of a table. */
#include "group/nlargest.h"
#include "commands/commands.h"
#include "commands/grouping.h"

struct nlargest_options {
    struct table_options table;
    struct grouping_options group;
    const char *column;
    uint64_t n;
    bool smallest;
};

static bool
check(const void *options, struct error *err)
{
    const struct nlargest_options *o = options;

    return (o->group.by.count > 0 && o->column) ||
           error_set(err, ERR_USAGE, "--by and --column are needed");
}

static struct groupby_term
term_of(const struct nlargest_options *o)
{
    return (struct groupby_term){.column = o->column,
                                 .options = aggregate_defaults,
                                 .top = (size_t)o->n,
                                 .smallest = o->smallest};
}

static bool
apply(const struct table_call *c, struct table *out, struct error *err)
{
    const struct nlargest_options *o = c->options;
    const struct groupby_term term = term_of(o);
    struct groupby q;

    grouping_query(&o->group, &q);
    q.terms = &term;
    q.n_terms = 1;
    out->labelled = false;
    return nlargest_frame(c->a, out->frame, &q, &out->frame, err);
}

static int
run(struct cli *cli, const void *options, struct error *err)
{
    const struct nlargest_options *o = options;
    const struct groupby_term term = term_of(o);
    bool declined = true;
    struct groupby q;

    grouping_query(&o->group, &q);
    q.terms = &term;
    q.n_terms = 1;
    if (!check(options, err) ||
        !grouping_stream(cli, &o->table, &o->group, &q, &declined, err))
        return CLI_ERROR;
    return declined ? table_main(cli, options, err) : 0;
}

static const struct cli_option options[] = {
    GROUPING_OPTION_BY(struct nlargest_options),
    {"column", 'c', CLI_TEXT, offsetof(struct nlargest_options, column), "COLUMN",
     "whose values", NULL, 0, 0},
    {"count", 'n', CLI_U64, offsetof(struct nlargest_options, n), "N",
     "how many of each group (default 5)", NULL, 1, 1000},
    {"smallest", 0, CLI_FLAG, offsetof(struct nlargest_options, smallest), NULL,
     "the smallest values, in ascending order", NULL, 0, 0},
    GROUPING_OPTIONS(struct nlargest_options),
    GROUPING_MEMORY_OPTIONS(struct nlargest_options),
    TABLE_OPTIONS(struct nlargest_options),
    CLI_OPTION_END,
};

static const struct nlargest_options defaults = {.n = 5};

const struct table_command command_nlargest = {
    {.name = "nlargest",
     .operands = "FILE",
     .summary = "the largest values of each group of a table",
     .details = "The values of pandas' df.groupby(BY)[COLUMN].nlargest(N), each in a row "
                "behind its keys.\n",
     .examples = "  fp-groupby nlargest --by city --column sales -n 3 sales.csv\n",
     .options = options,
     .options_size = sizeof(struct nlargest_options),
     .defaults = &defaults,
     .common = CLI_JSON | CLI_OUTPUT | CLI_THREADS | CLI_CHAIN,
     .min_operands = 1,
     .max_operands = 1,
     .run = run},
    1,
    check,
    apply};
