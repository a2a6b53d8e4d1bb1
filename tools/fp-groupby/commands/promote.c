/* promote.c: fp-groupby promote: the types that two types, or the columns of two files,
 * meet in. */
#include "commands/commands.h"
#include "commands/table.h"

#include "common/term.h"
#include "table/coltype.h"

#include <assert.h>

struct promote_command {
    struct table_options table;
};

/* What two types become: one below the other, in arithmetic, where rows are missing. */
struct promotion {
    enum coltype concat, arithmetic, with_missing;
};

static struct promotion
promote(enum coltype x, enum coltype y)
{
    enum coltype concat = coltype_common(x, y);

    return (struct promotion){concat, coltype_result(x, y), coltype_with_missing(concat)};
}

static void
put_promotion(struct json_out *j, struct promotion p)
{
    json_string(j, "concat", coltype_name(p.concat));
    json_string(j, "arithmetic", coltype_name(p.arithmetic));
    json_string(j, "with_missing", coltype_name(p.with_missing));
}

static void
promote_types(struct cli *cli, const enum coltype types[static 2])
{
    struct promotion p = promote(types[0], types[1]);
    struct json_out j;

    if (!cli->json) {
        (void)fprintf(cli->out, "concat %s\narithmetic %s\nwith missing %s\n",
                      coltype_name(p.concat), coltype_name(p.arithmetic),
                      coltype_name(p.with_missing));
        return;
    }
    json_start(&j, cli->out, JSON_PRETTY);
    json_object(&j, NULL);
    json_string(&j, "schema", "fp-groupby-promote/1");
    put_promotion(&j, p);
    json_end(&j);
}

/* A column that one file lacks is missing in its rows. */
static struct promotion
promote_columns(const struct column *x, const struct column *y)
{
    enum coltype alone;

    assert(x || y);
    if (x && y)
        return promote(x->dtype, y->dtype);
    alone = coltype_with_missing(x ? x->dtype : y->dtype);
    return (struct promotion){alone, alone, alone};
}

struct row {
    struct cell name;
    const struct column *sides[2];
};

/* Columns of both, in the order of their first appearance. */
static size_t
pair_columns(struct arena *a, struct frame *const frames[static 2], struct row **out)
{
    size_t n = 0;

    *out =
        arena_alloc(a, (frames[0]->n_columns + frames[1]->n_columns + 1) * sizeof **out);
    for (size_t side = 0; side < 2; side++)
        for (size_t i = 0; i < frames[side]->n_columns; i++) {
            const struct column *c = frames[side]->columns[i];
            int64_t other = frame_find(frames[!side], c->name);

            if (side == 1 && other >= 0)
                continue;
            (*out)[n].name = c->name;
            (*out)[n].sides[side] = c;
            if (other >= 0)
                (*out)[n].sides[1] = frames[1]->columns[other];
            n++;
        }
    return n;
}

static const char *
type_of(const struct column *c)
{
    return c ? coltype_name(c->dtype) : "-";
}

static void
print_columns(struct cli *cli, struct arena *a, const struct row *rows, size_t n)
{
    static const char *const titles[] = {"column", "first",      "second",
                                         "concat", "arithmetic", "with missing"};
    struct term_table *t = term_table_new();

    for (size_t i = 0; i < COUNT_OF(titles); i++)
        term_column(t, titles[i], TERM_LEFT);
    for (size_t i = 0; i < n; i++) {
        struct promotion p = promote_columns(rows[i].sides[0], rows[i].sides[1]);

        if (rows[i].name.kind == CELL_STR)
            term_cell(t, "%.*s", (int)rows[i].name.size, rows[i].name.s);
        else
            term_cell(t, "%s", cell_repr(a, rows[i].name));
        term_cell(t, "%s", type_of(rows[i].sides[0]));
        term_cell(t, "%s", type_of(rows[i].sides[1]));
        term_cell(t, "%s", coltype_name(p.concat));
        term_cell(t, "%s", coltype_name(p.arithmetic));
        term_cell(t, "%s", coltype_name(p.with_missing));
    }
    term_table_print(t, cli->out);
}

static void
put_columns(struct cli *cli, struct arena *a, const struct row *rows, size_t n)
{
    struct json_out j;

    json_start(&j, cli->out, JSON_PRETTY);
    json_object(&j, NULL);
    json_string(&j, "schema", "fp-groupby-promote-files/1");
    json_array(&j, "columns");
    for (size_t i = 0; i < n; i++) {
        json_object(&j, NULL);
        if (rows[i].name.kind == CELL_STR)
            json_string_n(&j, "name", rows[i].name.s, rows[i].name.size);
        else
            json_string(&j, "name", cell_repr(a, rows[i].name));
        for (size_t side = 0; side < 2; side++) {
            const char *key = side ? "second" : "first";

            if (rows[i].sides[side])
                json_string(&j, key, type_of(rows[i].sides[side]));
            else
                json_null(&j, key);
        }
        put_promotion(&j, promote_columns(rows[i].sides[0], rows[i].sides[1]));
        json_end(&j);
    }
    json_end(&j);
    json_end(&j);
}

static bool
promote_files(struct cli *cli, const struct promote_command *o, struct error *err)
{
    struct table_input inputs[2];
    struct csv_options csv;
    struct arena a = {0};
    size_t n_open = 0;
    bool ok = table_csv_options(&a, &o->table, &csv, err);

    table_bound_memory(&o->table);
    for (; ok && n_open < 2; n_open += ok)
        ok = table_read(&a, cli->operands[n_open], &csv, o->table.memory, &inputs[n_open],
                        err);
    if (ok) {
        struct frame *const frames[] = {inputs[0].frame, inputs[1].frame};
        struct row *rows;
        size_t n = pair_columns(&a, frames, &rows);

        if (cli->json)
            put_columns(cli, &a, rows, n);
        else
            print_columns(cli, &a, rows, n);
    }
    while (n_open > 0)
        table_close(&inputs[--n_open]);
    arena_clear(&a);
    return ok;
}

/* Two names of types, or two files. */
static int
run(struct cli *cli, const void *options, struct error *err)
{
    enum coltype types[2] = {COLTYPE_OBJECT, COLTYPE_OBJECT};
    bool known[2];

    for (size_t i = 0; i < 2; i++)
        known[i] = coltype_parse(cli->operands[i], &types[i]);
    if (known[0] && known[1]) {
        promote_types(cli, types);
        return 0;
    }
    if (known[0] || known[1]) {
        (void)error_set(err, ERR_USAGE, "unknown dtype '%s'", cli->operands[known[0]]);
        return CLI_ERROR;
    }
    return promote_files(cli, options, err) ? 0 : CLI_ERROR;
}

static const struct cli_option options[] = {
    TABLE_OPTIONS(struct promote_command),
    CLI_OPTION_END,
};

const struct cli_command command_promote = {
    .name = "promote",
    .operands = "DTYPE DTYPE | FILE FILE",
    .summary = "the type two column types, or the columns of two files, meet in",
    .examples = "  fp-groupby promote int64 uint64\n"
                "  fp-groupby promote january.csv february.csv\n",
    .options = options,
    .options_size = sizeof(struct promote_command),
    .common = CLI_JSON | CLI_OUTPUT,
    .min_operands = 2,
    .max_operands = 2,
    .run = run,
};
