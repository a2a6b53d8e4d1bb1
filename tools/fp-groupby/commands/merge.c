/* merge.c: states of shards to one state, or to the answer. */
#include "commands/commands.h"
#include "commands/table.h"

#include "shards/merge.h"
#include "shards/partial.h"

struct merge_options {
    bool state, bounds;
    uint64_t part;
    int format;
};

/* How far off each column may be. */
static void
print_bounds(struct cli *cli, const struct plan *p, const double *bounds)
{
    struct json_out j;

    json_start(&j, cli->out, JSON_PRETTY);
    json_object(&j, NULL);
    json_string(&j, "schema", "fp-groupby-bounds/1");
    json_array(&j, "columns");
    for (size_t i = 0; i < p->query.n_terms; i++) {
        const struct groupby_term *t = &p->query.terms[i];

        json_object(&j, NULL);
        json_string(&j, "name", t->name ? t->name : t->column);
        if (bounds && isnan(bounds[i]))
            json_null(&j, "absolute_error");
        else
            json_f64(&j, "absolute_error", bounds ? bounds[i] : 0);
        json_end(&j);
    }
    json_end(&j);
    json_end(&j);
}

static bool
answer(struct cli *cli, const struct merge_options *o, const struct merge *m,
       struct error *err)
{
    struct arena a = {0};
    struct frame *f;
    double *bounds;
    bool ok = merge_answer(m, &a, &f, &bounds, err);

    if (ok && o->bounds)
        print_bounds(cli, &m->states[0].plan, bounds);
    else if (ok)
        ok = table_write(cli->out, f, (enum table_format)o->format, false, err);
    arena_clear(&a);
    return ok;
}

static int
run(struct cli *cli, const void *options, struct error *err)
{
    const struct merge_options *o = options;
    struct merge m;
    bool ok;

    if (!merge_open(&m, (const char *const *)cli->operands, cli->operand_count, err))
        return CLI_ERROR;
    ok = o->state  ? merge_write(&m, cli->out, err)
         : o->part ? merge_write_part(&m, o->part - 1, cli->out, err)
                   : answer(cli, o, &m, err);
    merge_close(&m);
    return ok ? 0 : CLI_ERROR;
}

static const struct cli_option options[] = {
    {.name = "state",
     .type = CLI_FLAG,
     .offset = offsetof(struct merge_options, state),
     .help = "write a state, to be merged again, not the answer"},
    {.name = "part",
     .type = CLI_U64,
     .offset = offsetof(struct merge_options, part),
     .metavar = "P",
     .help = "answer the groups of part P alone (from 1), as a state",
     .min = 1,
     .max = 1 << 16},
    {.name = "bounds",
     .type = CLI_FLAG,
     .offset = offsetof(struct merge_options, bounds),
     .help = "instead of the answer, how far off its columns may be (JSON)"},
    {.name = "format",
     .letter = 'f',
     .type = CLI_CHOICE,
     .offset = offsetof(struct merge_options, format),
     .metavar = "FORMAT",
     .help = "of the answer: csv (default), jsonl, markdown, ... as in groupby",
     .choices = table_formats},
    CLI_OPTION_END,
};

const struct cli_command command_merge = {
    .name = "merge",
    .operands = "STATE...",
    .summary = "put the states of shards together, in whatever tree",
    .details =
        "States of rows give the answer of one process, bit for bit.  Those of\n"
        "partial --fast do, too, but for float sums and means, which differ by at\n"
        "most 4 * 2^-53 * the sum of magnitudes, and for variances; --bounds says by\n"
        "how much in each column.  Every tree gives the same octets.\n",
    .examples = "  fp-groupby merge p1 p2 p3\n"
                "  fp-groupby merge --part 1 -o a1 p1 p2 p3   (and --part 2 -o a2)\n"
                "  fp-groupby merge a1 a2\n",
    .options = options,
    .options_size = sizeof(struct merge_options),
    .common = CLI_OUTPUT,
    .min_operands = 1,
    .max_operands = SIZE_MAX,
    .run = run,
};
