/* nlargest.c: the largest values of each group of a CSV file. */
#include "group/nlargest.h"
#include "commands/commands.h"
#include "commands/grouping.h"

struct nlargest_options {
    struct grouping_options group;
    const char *column;
    uint64_t n;
    bool smallest;
};

static const struct cli_option options[] = {
    GROUPING_OPTION_BY(struct nlargest_options),
    {"column", 'c', CLI_TEXT, offsetof(struct nlargest_options, column), "COLUMN",
     "whose values", NULL, 0, 0},
    {"count", 'n', CLI_U64, offsetof(struct nlargest_options, n), "N",
     "how many of each group (default 5)", NULL, 1, 1000},
    {"smallest", 0, CLI_FLAG, offsetof(struct nlargest_options, smallest), NULL,
     "the smallest values, in ascending order", NULL, 0, 0},
    GROUPING_OPTIONS(struct nlargest_options),
    CLI_OPTION_END,
};

static const struct nlargest_options defaults = {.group = GROUPING_DEFAULTS, .n = 5};

static int
run(struct cli *cli, const void *given, struct error *err)
{
    const struct nlargest_options *o = given;
    const struct groupby_term term = {.column = o->column,
                                      .options = aggregate_defaults,
                                      .top = (size_t)o->n,
                                      .smallest = o->smallest};
    struct arena a = {0};
    struct groupby q;
    bool ok;

    if (!o->column) {
        (void)error_set(err, ERR_USAGE, "--column is needed");
        return CLI_ERROR;
    }
    ok = grouping_query(&o->group, &q, err);
    q.terms = &term;
    q.n_terms = 1;
    ok = ok && grouping_answer(cli, &o->group, &q, &a, nlargest_frame, err);
    arena_clear(&a);
    return ok ? 0 : CLI_ERROR;
}

const struct cli_command command_nlargest = {
    .name = "nlargest",
    .operands = "FILE",
    .summary = "the largest values of each group of a CSV file",
    .details = "The values of pandas' df.groupby(BY)[COLUMN].nlargest(N), each in a row "
               "behind its keys.\n",
    .examples = "  fp-groupby nlargest --by city --column sales -n 3 sales.csv\n",
    .options = options,
    .options_size = sizeof(struct nlargest_options),
    .defaults = &defaults,
    .common = CLI_OUTPUT | CLI_THREADS,
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};
