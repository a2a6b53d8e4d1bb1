/* table.c: CSV operands in, tables out. */
#include "commands/table.h"

#include "io/write.h"

#include <stdlib.h>

const char *const table_formats[] = {"csv", "records", "table", NULL};

/* A file is mapped, not loaded; this only bounds what standard input may bring. */
static const uint64_t input_limit = UINT64_C(1) << 36;

struct csv_options
table_csv_options(const struct table_options *o)
{
    struct csv_options csv = csv_defaults;

    if (o->delimiter && *o->delimiter)
        csv.delimiter = strcmp(o->delimiter, "\\t") == 0 ? "\t" : o->delimiter;
    csv.header = !o->no_header;
    csv.round_trip = o->round_trip;
    csv.na_values = o->na.items;
    csv.n_na_values = o->na.count;
    csv.careful = true;
    return csv;
}

bool
table_read(struct arena *a, const char *path, const struct csv_options *o,
           struct table_input *out, struct error *err)
{
    *out = (struct table_input){0};
    if (!input_open(&out->file, path, input_limit, err))
        return false;
    if (csv_read(a, out->file.data ? out->file.data : (const uint8_t *)"", out->file.size,
                 o, &out->frame, &out->report, err))
        return true;
    input_close(&out->file);
    return error_in(err, path);
}

void
table_close(struct table_input *in)
{
    input_close(&in->file);
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

static void
print_json(struct cli *cli, const struct frame *f)
{
    struct arena a = {0};
    struct json_out j;

    json_start(&j, cli->out, JSON_PRETTY);
    json_object(&j, NULL);
    json_string(&j, "schema", "fp-groupby-table/1");
    json_array(&j, "columns");
    for (size_t i = 0; i < f->n_columns; i++) {
        struct cell name = f->columns[i]->name;

        json_object(&j, NULL);
        if (name.kind == CELL_STR)
            json_string_n(&j, "name", name.s, name.size);
        else
            json_string(&j, "name", cell_repr(&a, name));
        json_string(&j, "dtype", coltype_name(f->columns[i]->dtype));
        json_end(&j);
    }
    json_end(&j);
    json_u64(&j, "row_count", f->n_rows);
    write_json_records(&j, "rows", f);
    json_end(&j);
    arena_clear(&a);
}

void
table_print(struct cli *cli, const struct table_options *o, const struct frame *f,
            bool with_index)
{
    struct arena a = {0};
    const struct frame *flat = with_index ? table_flat(&a, f) : f;
    struct buf text = {0};
    struct json_out j;

    if (cli->json)
        print_json(cli, flat);
    else if (o->format == TABLE_RECORDS) {
        json_start(&j, cli->out, JSON_PRETTY);
        write_json_records(&j, NULL, flat);
    } else if (o->format == TABLE_ALIGNED)
        write_table(cli->out, flat, false, 0);
    else {
        write_csv(&text, flat, ',', false);
        (void)fwrite(text.data, 1, text.size, cli->out);
    }
    buf_clear(&text);
    arena_clear(&a);
}
