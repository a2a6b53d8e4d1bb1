/* groupby.c: group a CSV file by columns and aggregate others. */
#include "group/groupby.h"
#include "commands/commands.h"
#include "commands/grouping.h"
#include "common/mem.h"

#include <stdlib.h>
#include <string.h>

struct groupby_options {
    struct grouping_options group;
    struct cli_list agg;
};

static const struct cli_option options[] = {
    GROUPING_OPTION_BY(struct groupby_options),
    {"agg", 'a', CLI_LIST, offsetof(struct groupby_options, agg), "[NAME=]COLUMN:HOW",
     "a column of the result: sum, mean, ... of one; X,Y:corr (or r2) of two; size", NULL,
     0, 0},
    GROUPING_OPTIONS(struct groupby_options),
    CLI_OPTION_END,
};

/* "X,Y:corr" */
static bool
parse_pair(struct arena *a, const char *columns, size_t size, struct groupby_term *out)
{
    const char *comma = memchr(columns, ',', size);
    size_t first = comma ? (size_t)(comma - columns) : 0;

    if (first == 0 || first + 1 == size)
        return false;
    out->column = arena_strndup(a, columns, first);
    out->other = arena_strndup(a, comma + 1, size - first - 1);
    return true;
}

/* "[NAME=]COLUMN:HOW" or "[NAME=]size". */
static bool
parse_term(struct arena *a, const char *text, struct groupby_term *out, struct error *err)
{
    const char *equals = strchr(text, '=');
    const char *rest = equals ? equals + 1 : text;
    const char *colon = strrchr(rest, ':');

    *out = (struct groupby_term){.options = aggregate_defaults};
    if (equals)
        out->name = arena_strndup(a, text, (size_t)(equals - text));
    if (colon && pair_parse(colon + 1, &out->pair)) {
        if (parse_pair(a, rest, (size_t)(colon - rest), out))
            return true;
        return error_set(err, ERR_USAGE, "--agg %s: not two columns (write X,Y:%s)", text,
                         pair_name(out->pair));
    }
    if (!aggregate_parse(colon ? colon + 1 : rest, &out->how))
        return error_set(err, ERR_USAGE, "--agg %s: unknown aggregate '%s'", text,
                         colon ? colon + 1 : rest);
    if (out->how == AGGREGATE_SIZE && !colon) {
        out->column = "size"; /* names the result; any column will do to count */
        return true;
    }
    if (!colon || colon == rest)
        return error_set(err, ERR_USAGE, "--agg %s: no column (write COLUMN:HOW)", text);
    out->column = arena_strndup(a, rest, (size_t)(colon - rest));
    return true;
}

/* A column that is aggregated in several ways gives columns COLUMN_HOW. */
static void
name_terms(struct arena *a, struct groupby_term *terms, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        size_t same = 0;

        if (terms[i].other && !terms[i].name)
            terms[i].name = pair_name(terms[i].pair);
        for (size_t k = 0; k < n; k++)
            same += !terms[k].other && strcmp(terms[k].column, terms[i].column) == 0;
        if (terms[i].name || same == 1)
            continue;

        char *name = xasprintf("%s_%s", terms[i].column, aggregate_name(terms[i].how));

        terms[i].name = arena_strndup(a, name, strlen(name));
        free(name);
    }
}

static bool
make_query(struct arena *a, const struct groupby_options *o, struct groupby *q,
           struct error *err)
{
    struct groupby_term *terms = arena_alloc(a, (o->agg.count + 1) * sizeof *terms);

    if (o->group.by.count == 0 || o->agg.count == 0)
        return error_set(err, ERR_USAGE, "--by and --agg are needed");
    for (size_t i = 0; i < o->agg.count; i++)
        if (!parse_term(a, o->agg.items[i], &terms[i], err))
            return false;
    name_terms(a, terms, o->agg.count);
    for (size_t i = 0; i < o->agg.count; i++)
        if (!terms[i].other && terms[i].how == AGGREGATE_SIZE) {
            terms[i].name = terms[i].name ? terms[i].name : terms[i].column;
            terms[i].column = o->group.by.items[0];
        }
    if (!grouping_query(&o->group, q, err))
        return false;
    q->terms = terms;
    q->n_terms = o->agg.count;
    return true;
}

static int
run(struct cli *cli, const void *given, struct error *err)
{
    const struct groupby_options *o = given;
    struct arena a = {0};
    struct groupby q;
    bool ok = make_query(&a, o, &q, err) &&
              grouping_answer(cli, &o->group, &q, &a, groupby_frame, err);

    arena_clear(&a);
    return ok ? 0 : CLI_ERROR;
}

static const struct groupby_options defaults = {.group = GROUPING_DEFAULTS};

const struct cli_command command_groupby = {
    .name = "groupby",
    .operands = "FILE",
    .summary = "group a CSV file by columns and aggregate others",
    .details = "Types, order and bits are those of "
               "pandas.read_csv(FILE).groupby(...).agg(...),\n"
               "written by to_csv(index=False).\n",
    .examples = "  fp-groupby groupby --by city --agg sales:sum --agg n=size sales.csv\n",
    .options = options,
    .options_size = sizeof(struct groupby_options),
    .defaults = &defaults,
    .common = CLI_OUTPUT | CLI_THREADS,
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};
