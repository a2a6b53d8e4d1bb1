/* packet_table.c: packet operations that read and write tables, query and count rows. */
#include "cases/packet.h"

#include "csv/options.h"
#include "group/summary.h"
#include "io/csv_write.h"
#include "io/json_frame.h"
#include "io/pandas_json.h"
#include "io/value.h"
#include "query/query.h"

#include <stdlib.h>

static bool
run_query(const struct packet_call *c, struct packet_value *out, struct error *err)
{
    const char *expression = packet_text(c, "expr");
    struct frame *f;

    if (!expression)
        return error_set(err, ERR_MALFORMED, "the packet has no 'expr'");
    return packet_read_frame(c, "frame", &f, err) &&
           query_rows(c->a, f, expression, &f, err) &&
           packet_answer(out, PACKET_FRAME, f);
}

/* A float as Rust displays it: without a point when it is whole. */
static void
put_label(struct buf *text, struct cell v)
{
    if (v.kind == CELL_BOOL)
        buf_puts(text, v.i ? "true" : "false");
    else if (v.kind == CELL_FLOAT && v.f == trunc(v.f) && fabs(v.f) < 1e15)
        buf_printf(text, "%.0f", v.f);
    else
        value_put_cell(text, v);
}

/* Labels of several levels as one text: "a, 1". */
static const struct column *
joined_labels(struct arena *a, const struct index *index, size_t n)
{
    struct column *c = column_new(a, COLTYPE_OBJECT, n);
    struct buf text = {0};

    for (size_t i = 0; i < n; i++) {
        text.size = 0;
        for (size_t k = 0; k < index->n_levels; k++) {
            if (k > 0)
                buf_puts(&text, ", ");
            put_label(&text, column_get(index->levels[k], i));
        }
        c->cells[i] =
            cell_str_n(arena_strndup(a, buf_string(&text), text.size), text.size);
    }
    buf_clear(&text);
    return c;
}

static bool
run_value_counts(const struct packet_call *c, struct packet_value *out, struct error *err)
{
    const struct count_options o = {.sort = true, .dropna = true};
    struct index labels;
    struct frame *f;

    if (!packet_read_frame(c, "frame", &f, err))
        return false;
    f = summary_row_counts(c->a, f->columns, f->n_columns, &o);
    labels = index_of(c->a, joined_labels(c->a, &f->index, f->n_rows));
    return packet_answer(out, PACKET_SERIES, series_new(c->a, &labels, f->columns[0]));
}

/* A member's value as the command line would have it; lists with `between`. */
static void
put_value(struct buf *text, const struct json *v, char between)
{
    int64_t i;

    if (json_type(v) == JSON_ARRAY) {
        for (const struct json *n = json_first(v); n; n = json_next(n)) {
            if (n != json_first(v))
                buf_putc(text, between);
            put_value(text, n, '+');
        }
    } else if (json_type(v) == JSON_STRING)
        buf_puts(text, json_text(v));
    else if (json_type(v) == JSON_BOOL)
        buf_puts(text, json_is_true(v) ? "true" : "false");
    else if (json_to_i64(v, &i))
        buf_printf(text, "%lld", (long long)i);
}

/* Every member csv_NAME is read_csv's option NAME. */
static bool
read_options(const struct packet_call *c, struct csv_options *o, struct error *err)
{
    struct buf text = {0};
    bool ok = true;

    *o = csv_defaults;
    for (const struct json *v = json_first(c->packet); ok && v; v = json_next(v)) {
        const char *name = json_key(v);

        if (strncmp(name, "csv_", 4) != 0 || strncmp(name, "csv_input", 9) == 0 ||
            json_type(v) == JSON_NULL)
            continue;
        if (strcmp(name, "csv_parse_date_combinations") == 0)
            name = "csv_parse_dates";
        text.size = 0;
        buf_printf(&text, "%s=", name + 4);
        put_value(&text, v, ',');
        ok = csv_option_set(c->a, o, arena_strndup(c->a, buf_string(&text), text.size),
                            err);
    }
    buf_clear(&text);
    return ok;
}

static bool
read_csv(const struct packet_call *c, const char *text, size_t size, struct frame **out,
         struct error *err)
{
    struct csv_report report = {0};
    struct csv_options o;

    return read_options(c, &o, err) &&
           csv_read(c->a, (const uint8_t *)text, size, &o, out, &report, err);
}

static bool
read_input(const struct packet_call *c, struct frame **out, struct error *err)
{
    const char *text = packet_text(c, "csv_input");

    return text ? read_csv(c, text, strlen(text), out, err)
                : error_set(err, ERR_MALFORMED, "the packet has no 'csv_input'");
}

static bool
run_read(const struct packet_call *c, struct packet_value *out, struct error *err)
{
    struct frame *f;

    return read_input(c, &f, err) && packet_answer(out, PACKET_FRAME, f);
}

/* Equal values, types and names. */
static bool
same_frames(const struct frame *x, const struct frame *y)
{
    if (x->n_rows != y->n_rows || x->n_columns != y->n_columns)
        return false;
    for (size_t i = 0; i < x->n_columns; i++) {
        if (x->columns[i]->dtype != y->columns[i]->dtype ||
            !cell_equal(x->columns[i]->name, y->columns[i]->name))
            return false;
        for (size_t row = 0; row < x->n_rows; row++)
            if (!cell_equal(column_get(x->columns[i], row),
                            column_get(y->columns[i], row)))
                return false;
    }
    return true;
}

/* Read, write and read again. */
static bool
run_round_trip(const struct packet_call *c, struct packet_value *out, struct error *err)
{
    struct frame *before;
    struct frame *after;
    char *text = NULL;
    size_t size = 0;
    FILE *stream;
    bool ok;

    if (!read_input(c, &before, err))
        return false;
    stream = open_memstream(&text, &size);
    if (!stream)
        return error_errno(err, "cannot write to memory");
    ok = csv_write(before, &csv_style_plain, stream, err);
    (void)fclose(stream);
    ok = ok && read_csv(c, arena_strndup(c->a, text, size), size, &after, err);
    free(text);
    if (ok)
        *out = (struct packet_value){.kind = PACKET_BOOL,
                                     .truth = same_frames(before, after)};
    return ok;
}

static const char *
orient_of(const struct packet_call *c, const char *standard)
{
    const char *orient = packet_text(c, "json_orient");

    return orient ? orient : standard;
}

/* Read, write and read again; only records are read. */
static bool
run_json_round_trip(const struct packet_call *c, struct packet_value *out,
                    struct error *err)
{
    const char *input = packet_text(c, "json_input");
    struct frame *before;
    struct frame *after;
    struct buf text = {0};
    bool ok;

    if (!input || strcmp(orient_of(c, "records"), "records") != 0)
        return error_set(err, ERR_UNSUPPORTED, "JSON is read as records only");
    ok = json_frame_read(c->a, (const uint8_t *)input, strlen(input), false, &before,
                         err) &&
         pandas_json(&text, before, "records", err) &&
         json_frame_read(c->a, text.data, text.size, false, &after, err);
    if (ok)
        *out = (struct packet_value){.kind = PACKET_BOOL,
                                     .truth = same_frames(before, after)};
    buf_clear(&text);
    return ok;
}

/* dataframe_to_json, or dataframe_to_json_records and its kin. */
static bool
run_to_json(const struct packet_call *c, struct packet_value *out, struct error *err)
{
    const char *suffix =
        strstr(packet_text(c, "operation"), "to_json") + strlen("to_json");
    const char *orient = orient_of(c, "columns");
    struct buf text = {0};
    struct frame *f;
    bool ok;

    if (*suffix)
        orient = suffix + 1;
    ok = packet_read_frame(c, "frame", &f, err) && pandas_json(&text, f, orient, err);
    if (ok)
        *out = (struct packet_value){
            .kind = PACKET_SCALAR,
            .text = arena_strndup(c->a, buf_string(&text), text.size)};
    buf_clear(&text);
    return ok;
}

const struct packet_operation packet_table_table[] = {
    {"dataframe_query", run_query},
    {"dataframe_value_counts", run_value_counts},
    {"csv_read_frame", run_read},
    {"csv_round_trip", run_round_trip},
    {"json_round_trip", run_json_round_trip},
    {"dataframe_to_json", run_to_json},
    {"dataframe_to_json_records", run_to_json},
    {"dataframe_to_json_columns", run_to_json},
    {"dataframe_to_json_split", run_to_json},
    {"dataframe_to_json_index", run_to_json},
    {"dataframe_to_json_values", run_to_json},
    {NULL, NULL},
};
