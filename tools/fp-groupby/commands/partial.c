/* partial.c: what one shard of CSV files contributes to a group-by. */
#include "commands/commands.h"
#include "commands/group_terms.h"

#include "common/num.h"
#include "shards/cells.h"
#include "shards/partial.h"

#include <string.h>

struct partial_options {
    struct cli_list by, agg, na;
    const char *shard, *types, *delimiter;
    uint64_t parts, memory;
    bool no_sort, keep_missing, round_trip, fast;
};

/* "3/8", counted from 1. */
static bool
parse_shard(const char *text, size_t *shard, size_t *n, struct error *err)
{
    const char *slash = strchr(text, '/');
    uint64_t i, of;

    if (!slash || !num_parse_u64(text, (size_t)(slash - text), &i) ||
        !num_parse_u64(slash + 1, strlen(slash + 1), &of) || i < 1 || i > of ||
        of > 1 << 20)
        return error_set(err, ERR_USAGE, "--shard %s: not I/N with 1 <= I <= N", text);
    *shard = i - 1;
    *n = of;
    return true;
}

static struct csv_options
csv_of(const struct partial_options *o)
{
    struct csv_options csv = csv_defaults;

    csv.delimiter = strcmp(o->delimiter, "\\t") == 0 ? "\t" : o->delimiter;
    csv.round_trip = o->round_trip;
    csv.na_values = o->na.items;
    csv.n_na_values = o->na.count;
    csv.careful = true;
    return csv;
}

static bool
query_of(struct arena *a, const struct partial_options *o, struct groupby *out,
         struct error *err)
{
    const struct groupby_options group = {
        .group = {.by = o->by, .no_sort = o->no_sort, .keep_missing = o->keep_missing},
        .agg = o->agg};
    bool declined;

    if (!group_query(a, &group, out, &declined, err))
        return false;
    return !declined || error_set(err, ERR_UNSUPPORTED,
                                  "aggregates of several columns are not for shards");
}

static bool
make_plan(struct arena *a, const struct partial_options *o, struct partial *p,
          struct error *err)
{
    partial_plan(a, p->source, p->n_shards, &p->plan);
    p->plan.kind = o->fast ? PLAN_GROUPS : PLAN_ROWS;
    p->plan.types = p->survey->types;
    p->plan.rows = p->survey->rows;
    p->plan.n_parts = o->fast ? 1 : o->parts;
    return query_of(a, o, &p->plan.query, err) && plan_check(&p->plan, err) &&
           (!o->fast || cells_allowed(&p->plan, err));
}

/* The facts of all shards: from the file of --types, or found here when this is all. */
static bool
find_types(const struct partial_options *o, const struct partial *p, struct arena *a,
           struct survey *out, struct error *err)
{
    struct state types;
    struct portion *portions;
    size_t n;
    bool ok;

    if (o->types) {
        if (!state_open(&types, o->types, err))
            return false;
        ok = partial_load(&types, p->source, a, out, err);
        if (ok && types.plan.n_shards != p->n_shards)
            ok = error_set(err, ERR_USAGE, "--types is of %zu shards",
                           types.plan.n_shards);
        state_close(&types);
        return ok;
    }
    if (p->n_shards > 1)
        return error_set(err, ERR_USAGE,
                         "one shard does not know the types of all: --types is needed "
                         "(merge --state what partial makes of each shard without --by)");
    return partial_survey(p->source, 0, 1, a, &portions, &n, err) &&
           partial_join(p->source, portions, n, a, out, err);
}

static int
run(struct cli *cli, const void *options, struct error *err)
{
    const struct partial_options *o = options;
    struct csv_options csv = csv_of(o);
    struct shard_source source;
    struct survey survey;
    struct partial p = {.source = &source, .survey = &survey, .n_shards = 1};
    struct arena a = {0};
    bool ok;

    if (o->shard && !parse_shard(o->shard, &p.shard, &p.n_shards, err))
        return CLI_ERROR;
    if ((o->by.count == 0) != (o->agg.count == 0)) {
        (void)error_set(err, ERR_USAGE, "--by and --agg go together");
        return CLI_ERROR;
    }
    if (!shard_source_open(&source, (const char *const *)cli->operands,
                           cli->operand_count, &csv, o->memory, err))
        return CLI_ERROR;
    if (o->by.count == 0)
        ok = partial_types(&source, p.shard, p.n_shards, cli->out, err);
    else
        ok = find_types(o, &p, &a, &survey, err) && make_plan(&a, o, &p, err) &&
             partial_write(&p, cli->out, err);
    shard_source_close(&source);
    arena_clear(&a);
    return ok ? 0 : CLI_ERROR;
}

#define OPTION(option, kind, field, meta, text)                                          \
    {                                                                                    \
        .name = option, .type = kind, .offset = offsetof(struct partial_options, field), \
        .metavar = meta, .help = text                                                    \
    }

static const struct cli_option options[] = {
    OPTION("shard", CLI_TEXT, shard, "I/N", "the I-th of N equal parts (default 1/1)"),
    OPTION("types", CLI_TEXT, types, "STATE", "the merged states of the first pass"),
    OPTION("by", CLI_LIST, by, "COLUMN", "group by this column; repeat for more"),
    OPTION("agg", CLI_LIST, agg, "[NAME=]COLUMN:HOW", "as in groupby"),
    OPTION("fast", CLI_FLAG, fast, NULL,
           "keep running values, not rows: small states, float sums within a bound"),
    {.name = "parts",
     .type = CLI_U64,
     .offset = offsetof(struct partial_options, parts),
     .metavar = "N",
     .help = "deal the groups out to N parts, for merge --part (default 1)",
     .min = 1,
     .max = 1 << 16},
    OPTION("no-sort", CLI_FLAG, no_sort, NULL, "groups in order of first appearance"),
    OPTION("keep-missing", CLI_FLAG, keep_missing, NULL,
           "rows with a missing key form groups too"),
    OPTION("delimiter", CLI_TEXT, delimiter, "TEXT", "what separates fields (default ,)"),
    OPTION("na", CLI_LIST, na, "TEXT", "one more text that means missing"),
    OPTION("round-trip", CLI_FLAG, round_trip, NULL, "read floats correctly rounded"),
    OPTION("memory", CLI_SIZE, memory, "SIZE",
           "for compressed files when unfolded (default 16G)"),
    CLI_OPTION_END,
};

static const struct partial_options defaults = {
    .delimiter = ",", .parts = 1, .memory = UINT64_C(16) << 30};

const struct cli_command command_partial = {
    .name = "partial",
    .operands = "FILE...",
    .summary = "what one shard contributes to a group-by, as a state for merge",
    .details = "Without --by: the first pass, which finds the types of the columns.\n"
               "With --by: the second, which needs the merged states of the first.\n"
               "FILE... are one table, and the same for every shard.\n",
    .examples = "  fp-groupby partial --shard 1/2 -o t1 big.csv    (and 2/2 -o t2)\n"
                "  fp-groupby merge --state -o types t1 t2\n"
                "  fp-groupby partial --shard 1/2 --types types --by k --agg v:sum -o p1 "
                "big.csv\n"
                "  fp-groupby merge p1 p2\n",
    .options = options,
    .options_size = sizeof(struct partial_options),
    .defaults = &defaults,
    .common = CLI_OUTPUT,
    .min_operands = 1,
    .max_operands = SIZE_MAX,
    .run = run,
};
