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

/* What was read as what, before any type. */
static void
explain_dialect(FILE *stream, const struct frame *f, const struct csv_report *report)
{
    (void)fprintf(stream, "encoding: UTF-8%s\n",
                  report->mark ? ", with a byte order mark" : "");
    (void)fprintf(
        stream, "line ends: %llu LF, %llu CRLF, %llu CR; quoted fields: %llu\n",
        (unsigned long long)report->ends[0], (unsigned long long)report->ends[1],
        (unsigned long long)report->ends[2], (unsigned long long)report->quoted);
    (void)fprintf(stream, "rows: %zu of %zu fields, from line %llu; padded: %llu\n",
                  f->n_rows, report->n_columns, (unsigned long long)report->first_line,
                  (unsigned long long)report->short_rows);
    if (report->n_index > 0)
        (void)fprintf(stream,
                      "labels: the first %zu fields, because line %llu has more than the "
                      "header\n",
                      report->n_index, (unsigned long long)report->first_line);
    (void)fputc('\n', stream);
}

static void
explain(FILE *stream, struct arena *a, const struct frame *f,
        const struct csv_report *report)
{
    struct term_table *t = term_table_new();

    explain_dialect(stream, f, report);
    term_column(t, "column", TERM_LEFT);
    term_column(t, "dtype", TERM_LEFT);
    term_column(t, "line", TERM_RIGHT);
    term_column(t, "because of", TERM_LEFT);
    for (size_t i = 0; i < f->n_columns; i++) {
        const char *why = report->reasons[report->fields[i]];
        struct cell name = f->columns[i]->name;

        if (name.kind == CELL_STR)
            term_cell(t, "%.*s", (int)name.size, name.s);
        else
            term_cell(t, "%s", cell_repr(a, name));
        term_cell(t, "%s", coltype_name(f->columns[i]->dtype));
        if (why) {
            term_cell(t, "%llu", (unsigned long long)report->lines[report->fields[i]]);
            term_cell(t, "'%.40s'", why);
        } else {
            term_cell(t, "-");
            term_cell(t, "every field");
        }
    }
    term_table_print(t, stream);
}

/* Octets that would end the line or the field are written \\n, \\t, \\x00, ... */
static void
put_raw(struct buf *text, const uint8_t *raw, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (raw[i] == '\\')
            buf_puts(text, "\\\\");
        else if (raw[i] == '\n')
            buf_puts(text, "\\n");
        else if (raw[i] == '\t')
            buf_puts(text, "\\t");
        else if (raw[i] < 0x20 || raw[i] == 0x7f)
            buf_printf(text, "\\x%02x", raw[i]);
        else
            buf_putc(text, (char)raw[i]);
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
        put_raw(&text, r->raw, r->size);
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
                         "%zu rows or pieces would be left out or replaced, more than "
                         "--recover %llu",
                         report->n_rejects, (unsigned long long)o->recover);
    return !o->rejects || write_rejects(o->rejects, report, err);
}

static void
print_check(struct cli *cli, const struct frame *f, const struct csv_report *report)
{
    struct json_out j;

    if (!cli->json) {
        (void)fprintf(cli->out, "%zu rows, %zu columns, %zu left out, %llu padded\n",
                      f->n_rows, f->n_columns, report->n_rejects - report->replaced,
                      (unsigned long long)report->short_rows);
        if (report->replaced > 0)
            (void)fprintf(cli->out, "%llu pieces were not UTF-8 and are replaced\n",
                          (unsigned long long)report->replaced);
        return;
    }
    json_start(&j, cli->out, JSON_PRETTY);
    json_object(&j, NULL);
    json_string(&j, "schema", "fp-groupby-csv/1");
    json_u64(&j, "row_count", f->n_rows);
    json_u64(&j, "column_count", f->n_columns);
    json_u64(&j, "rejected_count", report->n_rejects - report->replaced);
    json_u64(&j, "replaced_count", report->replaced);
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

/* In a chain `convert` hands its table on; the rest is about the text itself. */
static bool
chain_check(const void *options, struct error *err)
{
    const struct csv_command *o = options;

    return (!o->recover && !o->rejects && !o->explain) ||
           error_set(err, ERR_USAGE,
                     "--recover, --rejects and --explain do not go with --then");
}

static bool
chain_apply(const struct table_call *c, struct table *out, struct error *err)
{
    (void)out;
    return (c->n_words == 1 && strcmp(c->words[0], "convert") == 0) ||
           error_set(err, ERR_USAGE, "of csv only convert goes with --then");
}

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
    if (cli->then_count > 0)
        return table_main(cli, options, err);
    table_bound_memory(&o->table);
    ok = table_csv_options(&a, &o->table, &csv, err);
    if (o->recover)
        csv.bad_lines = CSV_BAD_RECOVER;
    ok = ok && table_read(&a, cli->operands[1], &csv, o->table.memory, &in, err);
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
     .help = "leave out up to N rows that are too long, hold NULs or open a quote, and "
             "replace what is not UTF-8 (default 0)"},
    {.name = "rejects",
     .type = CLI_TEXT,
     .offset = offsetof(struct csv_command, rejects),
     .metavar = "FILE",
     .help = "write what was left out there: line, offset, reason, raw octets"},
    {.name = "explain",
     .type = CLI_FLAG,
     .offset = offsetof(struct csv_command, explain),
     .help =
         "say how the text was read, each column's type and the field that forced it"},
    TABLE_OPTIONS(struct csv_command),
    CLI_OPTION_END,
};

const struct table_command command_csv = {
    {.name = "csv",
     .operands = "check|convert FILE",
     .summary = "check a CSV file, or write it again as it was understood",
     .details =
         "The rules are those of pandas.read_csv; what it would refuse is an error "
         "unless\n"
         "--recover allows to leave it out.  NAME of --read, lists with commas:\n"
         "sep quotechar quoting(0,3) doublequote escapechar comment skipinitialspace\n"
         "skip_blank_lines thousands decimal header names usecols dtype(TYPE or\n"
         "COLUMN:TYPE) parse_dates(COLUMN or A+B) date_format dayfirst skiprows(N, or\n"
         "[lines]) nrows na_values keep_default_na true_values false_values\n"
         "float_precision on_bad_lines encoding\n",
     .examples =
         "  fp-groupby csv check --explain sales.csv\n"
         "  fp-groupby csv convert --recover 10 --rejects bad.tsv sales.csv\n"
         "  fp-groupby csv convert -r decimal=, -d ';' in.csv --then sort -b id\n",
     .options = options,
     .options_size = sizeof(struct csv_command),
     .common = CLI_JSON | CLI_OUTPUT | CLI_CHAIN,
     .min_operands = 2,
     .max_operands = 2,
     .run = run},
    1,
    chain_check,
    chain_apply};
