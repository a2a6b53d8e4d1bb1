/* write.c: text out. */
#include "io/write.h"

#include "common/num.h"
#include "common/term.h"

#include <stdlib.h>

/* 1970-01-02, or with the time of day when there is one. */
static void
put_time(struct buf *out, int64_t ns)
{
    int64_t seconds = ns / 1000000000 - (ns % 1000000000 < 0);
    int64_t days = seconds / 86400 - (seconds % 86400 < 0);
    int64_t rest = seconds - days * 86400;
    int64_t z = days + 719468; /* days from 0000-03-01; Howard Hinnant, chrono dates */
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153;
    int64_t month = mp < 10 ? mp + 3 : mp - 9;
    int64_t year = yoe + era * 400 + (month <= 2);
    int64_t day = doy - (153 * mp + 2) / 5 + 1;
    int64_t fraction = ns - seconds * 1000000000;

    buf_printf(out, "%04lld-%02lld-%02lld", (long long)year, (long long)month,
               (long long)day);
    if (rest || fraction)
        buf_printf(out, " %02lld:%02lld:%02lld", (long long)(rest / 3600),
                   (long long)(rest / 60 % 60), (long long)(rest % 60));
    if (fraction)
        buf_printf(out, ".%09lld", (long long)fraction);
}

static void
put_cell(struct buf *out, struct cell v)
{
    char text[NUM_F64_SIZE];

    if (cell_missing(v))
        return;
    switch ((enum cell_kind)v.kind) {
    case CELL_BOOL: buf_puts(out, v.i ? "True" : "False"); break;
    case CELL_INT:
    case CELL_SPAN: buf_put(out, text, num_format_i64(v.i, text)); break;
    case CELL_UINT: buf_put(out, text, num_format_u64(v.u, text)); break;
    case CELL_FLOAT:
        if (isinf(v.f))
            buf_puts(out, v.f > 0 ? "inf" : "-inf");
        else
            buf_put(out, text, num_format_f64(v.f, text));
        break;
    case CELL_STR: buf_put(out, v.s, v.size); break;
    case CELL_TIME: put_time(out, v.i); break;
    case CELL_NONE:
    case CELL_NA:
    case CELL_NAT: break;
    }
}

/* float32 columns show the fewest digits of their own type. */
static void
put_value(struct buf *out, const struct column *c, size_t row)
{
    char text[NUM_F64_SIZE];

    if (c->dtype == COLTYPE_FLOAT32 && isfinite(c->f[row]))
        buf_put(out, text, num_format_f32((float)c->f[row], text));
    else
        put_cell(out, column_get(c, row));
}

static void
put_field(struct buf *out, const struct buf *text, char delimiter, bool lone)
{
    bool quote = lone && text->size == 0;

    for (size_t i = 0; i < text->size; i++)
        quote |= text->data[i] == (uint8_t)delimiter || text->data[i] == '"' ||
                 text->data[i] == '\n' || text->data[i] == '\r';
    if (!quote) {
        buf_put(out, text->data, text->size);
        return;
    }
    buf_putc(out, '"');
    for (size_t i = 0; i < text->size; i++) {
        if (text->data[i] == '"')
            buf_putc(out, '"');
        buf_putc(out, (char)text->data[i]);
    }
    buf_putc(out, '"');
}

/* The columns shown: index levels, then columns. */
static const struct column *
shown(const struct frame *f, size_t n_index, size_t i)
{
    return i < n_index ? f->index.levels[i] : f->columns[i - n_index];
}

void
write_csv(struct buf *out, const struct frame *f, char delimiter, bool with_index)
{
    size_t n_index = with_index ? f->index.n_levels : 0;
    size_t n = n_index + f->n_columns;
    struct buf text = {0};

    for (size_t row = 0; row <= f->n_rows; row++) {
        for (size_t i = 0; i < n; i++) {
            const struct column *c = shown(f, n_index, i);

            text.size = 0;
            if (row == 0)
                put_cell(&text, c->name);
            else
                put_value(&text, c, row - 1);
            if (i > 0)
                buf_putc(out, delimiter);
            put_field(out, &text, delimiter, n == 1);
        }
        buf_putc(out, '\n');
    }
    buf_clear(&text);
}

static void
write_json_value(struct json_out *j, const char *key, struct cell v)
{
    struct buf text = {0};

    if (cell_missing(v))
        json_null(j, key);
    else if (v.kind == CELL_BOOL)
        json_bool(j, key, v.i != 0);
    else if (v.kind == CELL_INT)
        json_i64(j, key, v.i);
    else if (v.kind == CELL_UINT)
        json_u64(j, key, v.u);
    else if (v.kind == CELL_FLOAT)
        json_f64(j, key, v.f);
    else {
        put_cell(&text, v);
        json_string_n(j, key, (const char *)text.data, text.size);
    }
    buf_clear(&text);
}

void
write_json_records(struct json_out *j, const char *key, const struct frame *f)
{
    struct buf name = {0};

    json_array(j, key);
    for (size_t row = 0; row < f->n_rows; row++) {
        json_object(j, NULL);
        for (size_t i = 0; i < f->n_columns; i++) {
            name.size = 0;
            put_cell(&name, f->columns[i]->name);
            write_json_value(j, buf_string(&name), column_get(f->columns[i], row));
        }
        json_end(j);
    }
    json_end(j);
    buf_clear(&name);
}

void
write_table(FILE *stream, const struct frame *f, bool with_index, size_t max_rows)
{
    size_t n_index = with_index ? f->index.n_levels : 0;
    size_t n = n_index + f->n_columns;
    size_t rows = max_rows && f->n_rows > max_rows ? max_rows : f->n_rows;
    struct term_table *t = term_table_new();
    struct arena titles = {0}; /* the table borrows them */
    struct buf text = {0};

    if (n > TERM_COLUMNS_MAX)
        n = TERM_COLUMNS_MAX;
    for (size_t i = 0; i < n; i++) {
        const struct column *c = shown(f, n_index, i);

        text.size = 0;
        put_cell(&text, c->name);
        term_column(t, arena_strndup(&titles, buf_string(&text), text.size),
                    coltype_class(c->dtype) == CLASS_CELL || c->categories ? TERM_LEFT
                                                                           : TERM_RIGHT);
    }
    for (size_t row = 0; row < rows; row++)
        for (size_t i = 0; i < n; i++) {
            text.size = 0;
            put_value(&text, shown(f, n_index, i), row);
            term_cell(t, "%s", buf_string(&text));
        }
    term_table_print(t, stream);
    if (rows < f->n_rows)
        (void)fprintf(stream, "... %zu rows in all\n", f->n_rows);
    buf_clear(&text);
    arena_clear(&titles);
}
