/* table_write.c: tables out. */
#include "io/table_write.h"

#include "arrow/arrow.h"
#include "io/npy_frame.h"

#include "common/arena.h"
#include "common/buf.h"
#include "common/term.h"
#include "io/csv_write.h"
#include "io/value.h"
#include "table/key_table.h"

const char *const table_formats[] = {"csv",     "tsv",   "records",  "jsonl",
                                     "columns", "split", "markdown", "table",
                                     "arrow",   "npz",   "npy",      NULL};

/* The columns shown: index levels, then columns. */
struct shown {
    size_t n_index;
    size_t n;
    const struct frame *f;
    const char **titles; /* see name_all() */
};

static struct shown
show(const struct frame *f, bool with_index)
{
    size_t n_index = with_index ? f->index.n_levels : 0;

    return (struct shown){n_index, n_index + f->n_columns, f, NULL};
}

static const struct column *
shown(const struct shown *s, size_t i)
{
    return i < s->n_index ? s->f->index.levels[i] : s->f->columns[i - s->n_index];
}

const char *
table_title(struct arena *a, const struct frame *f, size_t n_index, size_t i)
{
    struct cell name =
        i < n_index ? f->index.levels[i]->name : f->columns[i - n_index]->name;
    struct buf text = {0};
    const char *copy;

    if (i >= n_index || !cell_missing(name))
        value_put_cell(&text, name);
    else if (n_index == 1 && frame_find(f, cell_str("index")) < 0)
        buf_puts(&text, "index");
    else
        buf_printf(&text, "level_%zu", i);
    copy = arena_strndup(a, buf_string(&text), text.size);
    buf_clear(&text);
    return copy;
}

static const char *
title(struct arena *a, const struct shown *s, size_t i)
{
    return table_title(a, s->f, s->n_index, i);
}

static void
name_all(struct arena *a, struct shown *s)
{
    s->titles = arena_alloc(a, (s->n + 1) * sizeof *s->titles);
    for (size_t i = 0; i < s->n; i++)
        s->titles[i] = title(a, s, i);
}

static void
put_json(struct json_out *j, const char *key, struct cell v)
{
    struct buf text = {0};

    if (cell_missing(v) || (v.kind == CELL_FLOAT && isinf(v.f)))
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
        if (v.kind == CELL_TIME)
            value_put_iso(&text, v);
        else
            value_put_cell(&text, v);
        json_string_n(j, key, (const char *)text.data, text.size);
    }
    buf_clear(&text);
}

static void
put_record(struct json_out *j, const struct shown *s, size_t row)
{
    json_object(j, NULL);
    for (size_t i = 0; i < s->n; i++)
        put_json(j, s->titles[i], column_get(shown(s, i), row));
    json_end(j);
}

void
table_write_records(struct json_out *j, const char *key, const struct frame *f,
                    bool with_index)
{
    struct shown s = show(f, with_index);
    struct arena a = {0};

    name_all(&a, &s);
    json_array(j, key);
    for (size_t row = 0; row < f->n_rows; row++)
        put_record(j, &s, row);
    json_end(j);
    arena_clear(&a);
}

static void
write_lines(FILE *out, struct shown *s)
{
    struct arena a = {0};

    name_all(&a, s);
    for (size_t row = 0; row < s->f->n_rows; row++) {
        struct json_out j;

        json_start(&j, out, JSON_LINE);
        put_record(&j, s, row);
    }
    arena_clear(&a);
}

/* The labels of a row as the key of an object: "a", or "('a', 1)". */
static const char *
row_key(struct arena *a, const struct frame *f, bool with_index, size_t row)
{
    struct buf text = {0};
    const char *copy;

    if (!with_index)
        value_put_cell(&text, cell_int((int64_t)row));
    else if (f->index.n_levels == 1)
        value_put_cell(&text, column_get(f->index.levels[0], row));
    else {
        for (size_t i = 0; i < f->index.n_levels; i++)
            buf_printf(&text, "%s%s", i ? ", " : "(",
                       cell_repr(a, column_get(f->index.levels[i], row)));
        buf_putc(&text, ')');
    }
    copy = arena_strndup(a, buf_string(&text), text.size);
    buf_clear(&text);
    return copy;
}

static void
write_columns(struct json_out *j, const struct frame *f, bool with_index)
{
    struct shown s = show(f, false);
    struct arena a = {0};
    const char **keys = arena_alloc(&a, (f->n_rows + 1) * sizeof *keys);

    for (size_t row = 0; row < f->n_rows; row++)
        keys[row] = row_key(&a, f, with_index, row);
    json_object(j, NULL);
    for (size_t i = 0; i < s.n; i++) {
        json_object(j, title(&a, &s, i));
        for (size_t row = 0; row < f->n_rows; row++)
            put_json(j, keys[row], column_get(f->columns[i], row));
        json_end(j);
    }
    json_end(j);
    arena_clear(&a);
}

static void
put_label(struct json_out *j, const struct frame *f, bool with_index, size_t row)
{
    if (!with_index) {
        json_u64(j, NULL, row);
        return;
    }
    if (f->index.n_levels > 1)
        json_array(j, NULL);
    for (size_t i = 0; i < f->index.n_levels; i++)
        put_json(j, NULL, column_get(f->index.levels[i], row));
    if (f->index.n_levels > 1)
        json_end(j);
}

static void
write_split(struct json_out *j, const struct frame *f, bool with_index)
{
    json_object(j, NULL);
    json_array(j, "columns");
    for (size_t i = 0; i < f->n_columns; i++)
        put_json(j, NULL, f->columns[i]->name);
    json_end(j);
    json_array(j, "index");
    for (size_t row = 0; row < f->n_rows; row++)
        put_label(j, f, with_index, row);
    json_end(j);
    json_array(j, "data");
    for (size_t row = 0; row < f->n_rows; row++) {
        json_array(j, NULL);
        for (size_t i = 0; i < f->n_columns; i++)
            put_json(j, NULL, column_get(f->columns[i], row));
        json_end(j);
    }
    json_end(j);
    json_end(j);
}

static bool
is_text(const struct column *c)
{
    return coltype_class(c->dtype) == CLASS_CELL || c->categories;
}

/* What would end a cell or a row of the table is written as HTML has it. */
static void
put_markdown(FILE *out, const struct buf *text)
{
    for (size_t i = 0; i < text->size; i++) {
        char c = (char)text->data[i];

        if (c == '|')
            (void)fputs("\\|", out);
        else if (c == '\n')
            (void)fputs("<br>", out);
        else if (c != '\r')
            (void)fputc(c, out);
    }
}

static void
write_markdown(FILE *out, const struct shown *s)
{
    struct arena a = {0};
    struct value_format *formats = arena_alloc(&a, (s->n + 1) * sizeof *formats);
    struct buf text = {0};

    for (size_t i = 0; i < s->n; i++) {
        formats[i] = value_format(shown(s, i));
        text.size = 0;
        buf_puts(&text, title(&a, s, i));
        (void)fputs(i ? " | " : "| ", out);
        put_markdown(out, &text);
    }
    (void)fputs(s->n ? " |\n" : "|\n", out);
    for (size_t i = 0; i < s->n; i++)
        (void)fprintf(out, "%s%s", i ? " | " : "| ",
                      is_text(shown(s, i)) ? "---" : "--:");
    (void)fputs(s->n ? " |\n" : "|\n", out);
    for (size_t row = 0; row < s->f->n_rows; row++) {
        for (size_t i = 0; i < s->n; i++) {
            text.size = 0;
            value_put(&text, &formats[i], row);
            (void)fputs(i ? " | " : "| ", out);
            put_markdown(out, &text);
        }
        (void)fputs(s->n ? " |\n" : "|\n", out);
    }
    buf_clear(&text);
    arena_clear(&a);
}

static void
write_aligned(FILE *out, const struct shown *s)
{
    size_t n = s->n < TERM_COLUMNS_MAX ? s->n : TERM_COLUMNS_MAX;
    struct term_table *t = term_table_new();
    struct arena a = {0}; /* the table borrows its titles */
    struct value_format *formats = arena_alloc(&a, (n + 1) * sizeof *formats);
    struct buf text = {0};

    for (size_t i = 0; i < n; i++) {
        formats[i] = value_format(shown(s, i));
        term_column(t, title(&a, s, i), is_text(shown(s, i)) ? TERM_LEFT : TERM_RIGHT);
    }
    for (size_t row = 0; row < s->f->n_rows; row++)
        for (size_t i = 0; i < n; i++) {
            text.size = 0;
            value_put(&text, &formats[i], row);
            term_cell(t, "%s", buf_string(&text));
        }
    term_table_print(t, out);
    if (n < s->n)
        (void)fprintf(out, "... %zu columns in all\n", s->n);
    buf_clear(&text);
    arena_clear(&a);
}

/* An object cannot have two members of one name. */
static bool
check_names(const struct shown *s, struct error *err)
{
    struct arena a = {0};
    struct column *names = column_new(&a, COLTYPE_OBJECT, s->n);
    struct key_codes codes;
    bool unique;

    for (size_t i = 0; i < s->n; i++)
        names->cells[i] = cell_str(title(&a, s, i));
    key_codes(&a, names, KEY_EACH, &codes);
    unique = codes.n_keys == s->n;
    arena_clear(&a);
    return unique || raise_error(err, "ValueError", "DataFrame columns must be unique");
}

static bool
write_json(FILE *out, const struct frame *f, enum table_format format, bool with_index,
           struct error *err)
{
    struct shown s = show(f, with_index && format != TABLE_COLUMNS);
    struct json_out j;

    if (!check_names(&s, err))
        return false;
    if (format == TABLE_LINES) {
        write_lines(out, &s);
        return true;
    }
    json_start(&j, out, JSON_PRETTY);
    if (format == TABLE_RECORDS)
        table_write_records(&j, NULL, f, with_index);
    else
        write_columns(&j, f, with_index);
    return true;
}

static bool
write_binary(FILE *out, const struct shown *s, size_t n_rows, enum table_format format,
             struct error *err)
{
    struct arena a = {0};
    struct frame *f = frame_new(&a, n_rows, s->n);
    bool ok;

    for (size_t i = 0; i < s->n; i++)
        frame_add(f, shown(s, i));
    ok = format == TABLE_ARROW ? arrow_write(f, out, err)
         : format == TABLE_NPZ ? npz_frame_write(f, out, err)
                               : npy_frame_write(f, out, err);
    arena_clear(&a);
    return ok;
}

bool
table_write(FILE *out, const struct frame *f, enum table_format format, bool with_index,
            struct error *err)
{
    const struct csv_style style = {format == TABLE_TSV ? '\t' : ',', with_index};
    struct shown s = show(f, with_index);
    struct json_out j;

    switch (format) {
    case TABLE_CSV:
    case TABLE_TSV: return csv_write(f, &style, out, err);
    case TABLE_RECORDS:
    case TABLE_LINES:
    case TABLE_COLUMNS: return write_json(out, f, format, with_index, err);
    case TABLE_SPLIT:
        json_start(&j, out, JSON_PRETTY);
        write_split(&j, f, with_index);
        break;
    case TABLE_MARKDOWN: write_markdown(out, &s); break;
    case TABLE_ALIGNED: write_aligned(out, &s); break;
    case TABLE_ARROW:
    case TABLE_NPZ:
    case TABLE_NPY: return write_binary(out, &s, f->n_rows, format, err);
    }
    return true;
}
