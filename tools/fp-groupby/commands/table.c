/* table.c: reading operands, running chains, printing. */
#include "commands/table.h"

#include "common/mem.h"
#include "common/num.h"
#include "csv/options.h"

#include <stdlib.h>

bool
table_csv_options(struct arena *a, const struct table_options *o, struct csv_options *out,
                  struct error *err)
{
    *out = csv_defaults;
    if (o->delimiter && *o->delimiter)
        out->delimiter = strcmp(o->delimiter, "\\t") == 0 ? "\t" : o->delimiter;
    out->header = !o->no_header;
    out->round_trip = o->round_trip;
    out->na_values = o->na.items;
    out->n_na_values = o->na.count;
    out->careful = true;
    if (o->max_record > CSV_RECORD_LIMIT)
        return error_set(err, ERR_USAGE, "--max-record is at most 1G");
    if (o->max_record)
        out->max_record = o->max_record;
    for (size_t i = 0; i < o->read.count; i++)
        if (!csv_option_set(a, out, o->read.items[i], err))
            return false;
    return true;
}

void
table_bound_memory(const struct table_options *o)
{
    const uint64_t own = 32 << 20; /* what goes beside the tables */

    if (o->memory)
        mem_bound(o->memory + own,
                  "fp-groupby: out of memory (the tables need more than --memory)");
    else
        mem_bound(
            mem_of_machine() / 8 * 7,
            "fp-groupby: out of memory (the tables need more than this machine has)");
}

struct frame *
table_flat(struct arena *a, const struct frame *f)
{
    struct frame *out = frame_new(a, f->n_rows, f->index.n_levels + f->n_columns);

    for (size_t i = 0; i < f->index.n_levels; i++)
        frame_add(out, f->index.levels[i]);
    for (size_t i = 0; i < f->n_columns; i++)
        frame_add(out, f->columns[i]);
    return out;
}

bool
table_want(const struct frame *f, const char *name, const struct column **out,
           struct error *err)
{
    *out = frame_column(f, name);
    for (size_t i = 0; !*out && i < f->index.n_levels; i++)
        if (cell_equal(f->index.levels[i]->name, cell_str(name)))
            *out = f->index.levels[i];
    return *out || frame_want(f, name, out, err);
}

bool
table_want_all(struct arena *a, const struct frame *f, const struct cli_list *names,
               const struct column ***out, struct error *err)
{
    *out = arena_alloc(a, (names->count + 1) * sizeof(struct column *));
    for (size_t i = 0; i < names->count; i++)
        if (!table_want(f, names->items[i], &(*out)[i], err))
            return false;
    return true;
}

struct cell
table_value(const char *word)
{
    size_t n = strlen(word);
    int64_t i;
    double x;

    if (num_parse_i64(word, n, &i))
        return cell_int(i);
    if (num_parse_f64(word, n, &x))
        return cell_float(x);
    return cell_str(word);
}

static void
print_json(struct cli *cli, const struct table *t)
{
    const struct frame *f = t->frame;
    size_t n_index = t->labelled ? f->index.n_levels : 0;
    struct arena a = {0};
    struct json_out j;

    json_start(&j, cli->out, JSON_PRETTY);
    json_object(&j, NULL);
    json_string(&j, "schema", "fp-groupby-table/1");
    json_array(&j, "columns");
    for (size_t i = 0; i < n_index + f->n_columns; i++) {
        const struct column *c =
            i < n_index ? f->index.levels[i] : f->columns[i - n_index];

        json_object(&j, NULL);
        json_string(&j, "name", table_title(&a, f, n_index, i));
        json_string(&j, "dtype", coltype_name(c->dtype));
        json_end(&j);
    }
    json_end(&j);
    json_u64(&j, "row_count", f->n_rows);
    table_write_records(&j, "rows", f, t->labelled);
    json_end(&j);
    arena_clear(&a);
}

bool
table_print(struct cli *cli, enum table_format format, const struct table *t,
            struct error *err)
{
    if (!cli->json)
        return table_write(cli->out, t->frame, format, t->labelled, err);
    print_json(cli, t);
    return true;
}

/* A run of commands: the files they opened, which the tables point into. */
struct chain {
    struct cli *cli;
    struct arena a;
    struct table_input *inputs;
    size_t n_inputs;
    struct table table;
    enum table_format format;
};

/* The columns of --index become the labels. */
static bool
set_index(struct arena *a, const struct cli_list *names, struct frame **f,
          struct error *err)
{
    struct frame *out = frame_new(a, 0, (*f)->n_columns);
    struct index index = {.n_levels = names->count};

    index.levels = arena_alloc(a, (names->count + 1) * sizeof(struct column *));
    for (size_t i = 0; i < names->count; i++)
        if (!frame_want(*f, names->items[i], &index.levels[i], err))
            return false;
    for (size_t k = 0; k < (*f)->n_columns; k++) {
        const struct column *c = (*f)->columns[k];
        bool taken = false;

        for (size_t i = 0; i < names->count; i++)
            taken |= index.levels[i] == c;
        if (!taken)
            frame_add(out, c);
    }
    out->index = index;
    out->n_rows = (*f)->n_rows;
    *f = out;
    return true;
}

static bool
read_files(struct chain *chain, const struct table_options *o, char *const *paths,
           size_t n, struct table *tables, struct error *err)
{
    struct csv_options csv;

    if (!table_csv_options(&chain->a, o, &csv, err))
        return false;
    for (size_t i = 0; i < n; i++) {
        struct table_input *in = &chain->inputs[chain->n_inputs];

        if (!table_read(&chain->a, paths[i], &csv, o->memory, in, err))
            return false;
        chain->n_inputs++;
        tables[i].frame = in->frame;
        if (o->index.count > 0 && !set_index(&chain->a, &o->index, &tables[i].frame, err))
            return error_in(err, paths[i]);
        tables[i].labelled = !tables[i].frame->index.range;
    }
    return true;
}

/* One command; `follows`: the chain's table stands in for its first file. */
static bool
run_step(struct chain *chain, const struct cli_step *step, bool follows,
         struct error *err)
{
    const struct table_command *command = (const struct table_command *)step->command;
    const struct table_options *o = step->options;
    size_t given = step->operand_count + follows;
    size_t n_tables = given < command->n_files ? given : command->n_files;
    size_t n_files = n_tables - follows;
    size_t n_words = step->operand_count - n_files;
    struct table *tables = arena_alloc(&chain->a, (n_tables + 1) * sizeof *tables);
    struct table_call call = {&chain->a, o, step->operands, n_words, tables, n_tables};

    if (follows)
        tables[0] = chain->table;
    if (!read_files(chain, o, step->operands + n_words, n_files, tables + follows, err))
        return false;
    chain->table = tables[0];
    if (o->format)
        chain->format = (enum table_format)o->format;
    if (command->apply(&call, &chain->table, err))
        return true;
    return follows ? error_at(err, "%s", step->command->name) : false;
}

bool
table_is_plain(const struct cli *cli, const struct table_options *o)
{
    bool plain = cli->then_count == 0 && !cli->json && o->format == TABLE_CSV &&
                 !o->no_header && !o->round_trip &&
                 o->na.count + o->index.count + o->read.count == 0;

    for (size_t i = 0; i < cli->operand_count; i++)
        plain &= !operand_is_special(cli->operands[i]);
    return plain;
}

static bool
check_step(const struct cli_step *step, struct error *err)
{
    const struct table_command *command = (const struct table_command *)step->command;

    return !command->check || command->check(step->options, err);
}

static size_t
count_operands(const struct cli *cli)
{
    size_t n = cli->operand_count;

    for (size_t i = 0; i < cli->then_count; i++)
        n += cli->then[i].operand_count;
    return n;
}

int
table_main(struct cli *cli, const void *options, struct error *err)
{
    const struct cli_step first = {cli->command, options, cli->operands,
                                   cli->operand_count};
    struct chain chain = {.cli = cli};
    bool ok;

    table_bound_memory(options);
    chain.inputs =
        arena_alloc(&chain.a, (count_operands(cli) + 1) * sizeof *chain.inputs);
    ok = check_step(&first, err);
    for (size_t i = 0; ok && i < cli->then_count; i++)
        ok = check_step(&cli->then[i], err);
    ok = ok && run_step(&chain, &first, false, err);
    for (size_t i = 0; ok && i < cli->then_count; i++)
        ok = run_step(&chain, &cli->then[i], true, err);
    ok = ok && table_print(cli, chain.format, &chain.table, err);
    for (size_t i = 0; i < chain.n_inputs; i++)
        table_close(&chain.inputs[i]);
    arena_clear(&chain.a);
    return ok ? 0 : CLI_ERROR;
}

int
table_with_files(struct cli *cli, const struct table_options *o, const void *options,
                 int (*run)(struct cli *, const void *, struct error *),
                 struct error *err)
{
    const struct table_command *command = (const struct table_command *)cli->command;
    size_t n =
        cli->operand_count < command->n_files ? cli->operand_count : command->n_files;
    struct arena a = {0};
    struct operand *operands = arena_alloc(&a, (n + 1) * sizeof *operands);
    struct csv_options csv;
    int status = CLI_ERROR;

    if (table_csv_options(&a, o, &csv, err) &&
        table_plain_files(cli->operands + cli->operand_count - n, n, &csv, o->memory,
                          operands, err)) {
        status = run(cli, options, err);
        table_plain_close(operands, n, err);
    }
    arena_clear(&a);
    return status;
}
