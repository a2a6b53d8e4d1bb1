/* fixture_write.c: answers in the shape of the case files. */
#include "io/fixture.h"
#include "io/value.h"

#include "common/num.h"

static void
write_float(struct json_out *j, const char *key, double x)
{
    char text[NUM_F64_SIZE];

    (void)num_format_hexfloat(x, text);
    json_string(j, key, text);
}

static void
write_cell(struct json_out *j, const char *key, struct cell c)
{
    switch ((enum cell_kind)c.kind) {
    case CELL_NONE:
    case CELL_NA:
    case CELL_NAT: json_null(j, key); return;
    case CELL_BOOL: json_bool(j, key, c.i != 0); return;
    case CELL_STR: json_string_n(j, key, c.s, c.size); return;
    case CELL_INT:
    case CELL_UINT:
    case CELL_FLOAT:
    case CELL_TIME:
    case CELL_SPAN: break;
    }
    json_object(j, key);
    if (c.kind == CELL_INT)
        json_i64(j, "i", c.i);
    else if (c.kind == CELL_UINT)
        json_u64(j, "i", c.u);
    else if (c.kind == CELL_FLOAT)
        write_float(j, "f", c.f);
    else
        json_i64(j, c.kind == CELL_TIME ? "ts" : "td", c.i);
    if (c.kind == CELL_TIME && c.zone)
        json_i64(j, "zone", coltype_minutes((enum coltype)c.zone));
    json_end(j);
}

static void
write_value(struct json_out *j, const struct column *c, size_t row)
{
    if (c->na) {
        write_cell(j, NULL, column_get(c, row));
        return;
    }
    switch (coltype_class(c->dtype)) {
    case CLASS_BOOL: json_bool(j, NULL, c->i[row] != 0); return;
    case CLASS_INT: json_i64(j, NULL, c->i[row]); return;
    case CLASS_UINT: json_u64(j, NULL, c->u[row]); return;
    case CLASS_FLOAT: write_float(j, NULL, c->f[row]); return;
    case CLASS_TIME:
        if (c->i[row] == INT64_MIN)
            json_null(j, NULL);
        else
            json_i64(j, NULL, c->i[row]);
        return;
    case CLASS_CODE:
        write_cell(j, NULL, c->i[row] < 0 ? cell_none() : column_get(c, row));
        return;
    case CLASS_CELL: break;
    }
    write_cell(j, NULL, c->cells[row]);
}

/* Column labels are written as text, as str() has them, and None and NaN as null. */
static void
write_name(struct json_out *j, struct cell name)
{
    struct buf text = {0};

    if (name.kind == CELL_NAT || name.kind == CELL_NA)
        json_string(j, "name", name.kind == CELL_NA ? "<NA>" : "NaT");
    else if (cell_missing(name))
        json_null(j, "name");
    else {
        value_put_cell(&text, name);
        json_string_n(j, "name", (const char *)text.data, text.size);
        buf_clear(&text);
    }
}

static void
write_column_members(struct json_out *j, const struct column *c)
{
    write_name(j, c->name);
    json_string(j, "dtype", coltype_name(c->dtype));
    if (c->categories) {
        json_object(j, "categories");
        write_column_members(j, c->categories);
        json_end(j);
        json_bool(j, "ordered", c->ordered);
    }
    json_array(j, "values");
    for (size_t i = 0; i < c->size; i++)
        write_value(j, c, i);
    json_end(j);
}

static void
write_column(struct json_out *j, const char *key, const struct column *c)
{
    json_object(j, key);
    write_column_members(j, c);
    json_end(j);
}

static void
write_index(struct json_out *j, const struct index *index)
{
    if (index->n_levels == 1) {
        write_column(j, "index", index->levels[0]);
        return;
    }
    json_object(j, "index");
    json_array(j, "levels");
    for (size_t i = 0; i < index->n_levels; i++)
        write_column(j, NULL, index->levels[i]);
    json_end(j);
    json_end(j);
}

static void
write_list(struct json_out *j, const char *key, const struct fixture_value *v)
{
    json_array(j, key);
    for (size_t i = 0; i < v->n_list; i++)
        json_i64(j, NULL, v->list[i]);
    json_end(j);
}

static void
write_frame(struct json_out *j, const struct fixture_value *v)
{
    const struct frame *f = v->frame;

    if (v->kind == FIXTURE_FRAME) {
        json_array(j, "columns");
        for (size_t i = 0; i < f->n_columns; i++)
            write_column(j, NULL, f->columns[i]);
        json_end(j);
        json_u64(j, "nrows", f->n_rows);
    } else
        write_column(j, "values", f->columns[0]);
    if (v->kind != FIXTURE_INDEX && !index_is_default(&f->index))
        write_index(j, &f->index);
}

void
fixture_write(struct json_out *j, const char *key, const struct fixture_value *v)
{
    json_object(j, key);
    switch (v->kind) {
    case FIXTURE_FRAME:
    case FIXTURE_SERIES:
    case FIXTURE_INDEX: write_frame(j, v); break;
    case FIXTURE_LIST: write_list(j, "list", v); break;
    case FIXTURE_CODES:
        write_list(j, "codes", v);
        write_column(j, "uniques", v->frame->columns[0]);
        break;
    case FIXTURE_BOOL: json_bool(j, "bool", v->truth); break;
    case FIXTURE_TEXT: json_string(j, "text", v->text); break;
    }
    json_end(j);
}
