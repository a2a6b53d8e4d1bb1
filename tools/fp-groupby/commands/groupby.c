/* groupby.c: group a CSV file by columns and aggregate others. */
#include "group/groupby.h"
#include "commands/commands.h"
#include "common/file.h"
#include "common/mem.h"
#include "csv/reader.h"
#include "engine/write.h"
#include "io/csv_write.h"

#include <stdlib.h>
#include <string.h>

struct groupby_options {
    struct cli_list by;
    struct cli_list agg;
    const char *delimiter;
    bool no_sort, keep_missing, exact;
};

static const uint64_t EXACT_MOST = UINT64_C(1) << 36; /* octets of a file */

static const struct cli_option options[] = {
    {"by", 'b', CLI_LIST, offsetof(struct groupby_options, by), "COLUMN",
     "group by this column; repeat for more, the first is the outermost", NULL, 0, 0},
    {"agg", 'a', CLI_LIST, offsetof(struct groupby_options, agg), "[NAME=]COLUMN:HOW",
     "a column of the result; HOW is sum, mean, ...; 'size' counts rows", NULL, 0, 0},
    {"delimiter", 'd', CLI_TEXT, offsetof(struct groupby_options, delimiter), "C",
     "what separates fields (default ','); several characters are one separator", NULL, 0,
     0},
    {"no-sort", 0, CLI_FLAG, offsetof(struct groupby_options, no_sort), NULL,
     "groups in order of first appearance, not of their keys", NULL, 0, 0},
    {"keep-missing", 0, CLI_FLAG, offsetof(struct groupby_options, keep_missing), NULL,
     "rows with a missing key form groups too", NULL, 0, 0},
    {"exact", 0, CLI_FLAG, offsetof(struct groupby_options, exact), NULL,
     "read the whole file first, even where one pass gives the same answer", NULL, 0, 0},
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
    for (size_t i = 0; i < o->agg.count; i++)
        if (terms[i].how == AGGREGATE_SIZE) {
            terms[i].name = terms[i].name ? terms[i].name : terms[i].column;
            terms[i].column = o->by.items[0];
        }
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

/* All of the file in memory, by the reader that knows every rule. */
static bool
answer_exactly(struct cli *cli, const struct groupby_options *o, const struct groupby *q,
               struct arena *a, struct error *err)
{
    const char *path = cli->operands[0];
    struct csv_options csv = csv_defaults;
    struct csv_report report = {0};
    struct input in = {0};
    struct frame *f;
    bool ok;

    csv.delimiter = o->delimiter;
    csv.careful = true;
    if (!input_open(&in, path, EXACT_MOST, err))
        return false;
    ok = csv_read(a, in.data, in.size, &csv, &f, &report, err) &&
         groupby_frame(a, f, q, &f, err) && csv_write(f, cli->out, err);
    input_close(&in);
    return ok || error_in(err, path);
}

/* The streaming engine when it takes file and query; it answers alike. */
static bool
answer(struct cli *cli, const struct groupby_options *o, const struct groupby *q,
       struct arena *a, struct error *err)
{
    const char *path = cli->operands[0];
    const char *declined = NULL;
    const struct stream_options stream = {.delimiter = (uint8_t)o->delimiter[0],
                                          .threads = (unsigned)cli->threads};
    struct stream_result r;
    bool ok;

    if (o->exact || strlen(o->delimiter) != 1 || strcmp(path, "-") == 0)
        return answer_exactly(cli, o, q, a, err);
    ok = stream_groupby(path, q, &stream, &r, &declined, err);
    if (ok && !declined)
        ok = stream_write_csv(&r, q, (unsigned)cli->threads, cli->out, err);
    stream_clear(&r);
    return ok && declined ? answer_exactly(cli, o, q, a, err) : ok;
}

static int
run(struct cli *cli, const void *given, struct error *err)
{
    const struct groupby_options *o = given;
    struct arena a = {0};
    struct groupby q;
    bool ok = make_query(&a, o, &q, err) && answer(cli, o, &q, &a, err);

    arena_clear(&a);
    return ok ? 0 : CLI_ERROR;
}

static const struct groupby_options defaults = {.delimiter = ","};

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
