/* groupby.c: group a CSV file by columns and aggregate others. */
#include "ops/groupby.h"
#include "commands/commands.h"
#include "common/mem.h"
#include "engine/write.h"

#include <stdlib.h>
#include <string.h>

struct groupby_options {
    struct cli_list by;
    struct cli_list agg;
    const char *delimiter;
    bool no_sort, keep_missing;
};

static const struct cli_option options[] = {
    {"by", 'b', CLI_LIST, offsetof(struct groupby_options, by), "COLUMN",
     "group by this column; repeat for more, the first is the outermost", NULL, 0, 0},
    {"agg", 'a', CLI_LIST, offsetof(struct groupby_options, agg), "[NAME=]COLUMN:HOW",
     "a column of the result; HOW is sum, mean, ...; 'size' counts rows", NULL, 0, 0},
    {"delimiter", 'd', CLI_TEXT, offsetof(struct groupby_options, delimiter), "C",
     "what separates fields (default ',')", NULL, 0, 0},
    {"no-sort", 0, CLI_FLAG, offsetof(struct groupby_options, no_sort), NULL,
     "groups in order of first appearance, not of their keys", NULL, 0, 0},
    {"keep-missing", 0, CLI_FLAG, offsetof(struct groupby_options, keep_missing), NULL,
     "rows with a missing key form groups too", NULL, 0, 0},
    CLI_OPTION_END,
};

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
    if (!aggregate_parse(colon ? colon + 1 : rest, &out->how))
        return error_set(err, ERR_USAGE, "--agg %s: unknown aggregate '%s'", text,
                         colon ? colon + 1 : rest);
    if (out->how == AGGREGATE_SIZE && !colon) {
        out->column = "size";
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

        for (size_t k = 0; k < n; k++)
            same += strcmp(terms[k].column, terms[i].column) == 0;
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

    if (o->by.count == 0 || o->agg.count == 0)
        return error_set(err, ERR_USAGE, "--by and --agg are needed");
    for (size_t i = 0; i < o->agg.count; i++)
        if (!parse_term(a, o->agg.items[i], &terms[i], err))
            return false;
    name_terms(a, terms, o->agg.count);
    *q = groupby_defaults;
    q->group.sort = !o->no_sort;
    q->group.dropna = !o->keep_missing;
    q->as_index = false;
    q->by = o->by.items;
    q->n_by = o->by.count;
    q->terms = terms;
    q->n_terms = o->agg.count;
    return true;
}

static bool
answer(struct cli *cli, const struct groupby_options *o, const struct groupby *q,
       struct error *err)
{
    const char *path = cli->operands[0];
    const char *declined = NULL;
    struct stream_result r;
    bool ok;

    if (strlen(o->delimiter) != 1)
        return error_set(err, ERR_USAGE, "--delimiter '%s' is not one character",
                         o->delimiter);
    ok = stream_groupby(path, (uint8_t)o->delimiter[0], q, (unsigned)cli->threads, &r,
                        &declined, err);
    if (ok && declined)
        ok = error_set(err, ERR_UNSUPPORTED, "%s", declined) || error_in(err, path);
    ok = ok && stream_write_csv(&r, q, (unsigned)cli->threads, cli->out, err);
    stream_clear(&r);
    return ok;
}

static int
run(struct cli *cli, const void *given, struct error *err)
{
    const struct groupby_options *o = given;
    struct arena a = {0};
    struct groupby q;
    bool ok = make_query(&a, o, &q, err) && answer(cli, o, &q, err);

    arena_clear(&a);
    return ok ? 0 : CLI_ERROR;
}

static const struct groupby_options defaults = {.delimiter = ","};

const struct cli_command command_groupby = {
    .name = "groupby",
    .operands = "FILE",
    .summary = "Group a CSV file by columns and aggregate others.",
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
