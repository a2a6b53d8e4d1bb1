/* csv.c: fp-groupby csv: check a CSV file, or convert it. */
#include "commands/commands.h"
#include "commands/table.h"

#include "common/buf.h"
#include "common/term.h"

struct csv_command {
    struct table_options table;
    uint64_t recover;
    const char *rejects;
    bool explain;
};

static void
explain(FILE *stream, struct arena *a, const struct frame *f,
        const struct csv_report *report)
{
    struct term_table *t = term_table_new();
    size_t n_index = report->n_columns - f->n_columns;

    term_column(t, "column", TERM_LEFT);
    term_column(t, "dtype", TERM_LEFT);
    term_column(t, "line", TERM_RIGHT);
    term_column(t, "because of", TERM_LEFT);
    for (size_t i = 0; i < f->n_columns; i++) {
        const char *why = report->reasons[n_index + i];
        struct cell name = f->columns[i]->name;

        if (name.kind == CELL_STR)
            term_cell(t, "%.*s", (int)name.size, name.s);
        else
            term_cell(t, "%s", cell_repr(a, name));
        term_cell(t, "%s", coltype_name(f->columns[i]->dtype));
        if (why) {
            term_cell(t, "%llu", (unsigned long long)report->lines[n_index + i]);
            term_cell(t, "'%.40s'", why);
        } else {
            term_cell(t, "-");
            term_cell(t, "every field");
        }
    }
    term_table_print(t, stream);
}

/* line, offset, reason and the row as it stands. */
static bool
write_rejects(const char *path, const struct csv_report *report, struct error *err)
{
    struct buf text = {0};
    bool ok;

    buf_puts(&text, "line\toffset\treason\traw\n");
    for (size_t i = 0; i < report->n_rejects; i++) {
        const struct csv_reject *r = &report->rejects[i];

        buf_printf(&text, "%llu\t%llu\t%s\t", (unsigned long long)r->line,
                   (unsigned long long)r->offset, r->reason);
        buf_put(&text, r->raw, r->size);
        buf_putc(&text, '\n');
    }
    ok = out_put(path, text.data, text.size, err);
    buf_clear(&text);
    return ok;
}

static bool
hold_rejects(const struct csv_command *o, const struct csv_report *report,
             struct error *err)
{
    if (report->n_rejects > o->recover)
        return error_set(err, ERR_LIMIT,
                         "%zu rows would be left out, more than --recover %llu",
                         report->n_rejects, (unsigned long long)o->recover);
    return !o->rejects || write_rejects(o->rejects, report, err);
}

static void
print_check(struct cli *cli, const struct frame *f, const struct csv_report *report)
{
    struct json_out j;

    if (!cli->json) {
        (void)fprintf(cli->out, "%zu rows, %zu columns, %zu left out, %llu padded\n",
                      f->n_rows, f->n_columns, report->n_rejects,
                      (unsigned long long)report->short_rows);
        return;
    }
    json_start(&j, cli->out, JSON_PRETTY);
    json_object(&j, NULL);
    json_string(&j, "schema", "fp-groupby-csv/1");
    json_u64(&j, "row_count", f->n_rows);
    json_u64(&j, "column_count", f->n_columns);
    json_u64(&j, "rejected_count", report->n_rejects);
    json_u64(&j, "padded_count", report->short_rows);
    json_end(&j);
}

static bool
answer(struct cli *cli, const struct csv_command *o, struct arena *a,
       struct table_input *in, struct error *err)
{
    bool check = strcmp(cli->operands[0], "check") == 0;
    struct table t = {in->frame, !in->frame->index.range};

    if (!hold_rejects(o, &in->report, err))
        return false;
    if (o->explain)
        explain(cli->out, a, in->frame, &in->report);
    else if (check)
        print_check(cli, in->frame, &in->report);
    else
        return table_print(cli, (enum table_format)o->table.format, &t, err);
    return true;
}

/* convert may begin a chain: csv check and --explain are about the text itself. */
static int
run(struct cli *cli, const void *options, struct error *err)
{
    const struct csv_command *o = options;
    const char *what = cli->operands[0];
    struct csv_options csv;
    struct table_input in;
    struct arena a = {0};
    bool ok;

    if (strcmp(what, "check") != 0 && strcmp(what, "convert") != 0) {
        (void)error_set(err, ERR_USAGE, "'%s' is neither check nor convert", what);
        return CLI_ERROR;
    }
    ok = table_csv_options(&a, &o->table, &csv, err);
    csv.bad_lines = o->recover ? CSV_BAD_SKIP : CSV_BAD_ERROR;
    ok = ok && table_read(&a, cli->operands[1], &csv, &in, err);
    if (ok) {
        ok = answer(cli, o, &a, &in, err);
        table_close(&in);
    }
    arena_clear(&a);
    return ok ? 0 : CLI_ERROR;
}

static const struct cli_option options[] = {
    {.name = "recover",
     .type = CLI_U64,
     .offset = offsetof(struct csv_command, recover),
     .metavar = "N",
     .help = "leave out up to N rows that are too long (default 0)"},
    {.name = "rejects",
     .type = CLI_TEXT,
     .offset = offsetof(struct csv_command, rejects),
     .metavar = "FILE",
     .help = "write them there: line, offset, reason, raw text"},
    {.name = "explain",
     .type = CLI_FLAG,
     .offset = offsetof(struct csv_command, explain),
     .help = "say each column's type and the field that forced it"},
    TABLE_OPTIONS(struct csv_command),
    CLI_OPTION_END,
};

const struct cli_command command_csv = {
    .name = "csv",
    .operands = "check|convert FILE",
    .summary = "check a CSV file, or write it again as it was understood",
    .details =
        "The rules are those of pandas.read_csv; a row longer than the one before is\n"
        "an error unless --recover allows to leave it out.\n",
    .examples = "  fp-groupby csv check --explain sales.csv\n"
                "  fp-groupby csv convert --recover 10 --rejects bad.tsv sales.csv\n",
    .options = options,
    .options_size = sizeof(struct csv_command),
    .common = CLI_JSON | CLI_OUTPUT,
    .min_operands = 2,
    .max_operands = 2,
    .run = run,
};
