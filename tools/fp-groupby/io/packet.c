/* packet.c: kinds and values, in and out. */
#include "io/packet.h"

#include <stdio.h>

bool
packet_read_cell(const struct packet_call *c, const struct json *node, struct cell *out,
                 struct error *err)
{
    const struct json *value = json_get(node, "value");
    const char *kind = "";
    const char *text = value && json_type(value) == JSON_STRING ? json_text(value) : "";
    bool ok = true;

    if (!json_want_string(c->doc, node, "kind", &kind, err))
        return false;
    *out = cell_none();
    if (strcmp(kind, "null") == 0)
        *out = strcmp(text, "na_n") == 0   ? cell_nan()
               : strcmp(text, "na_t") == 0 ? (struct cell){.kind = CELL_NAT}
                                           : cell_none();
    else if (strcmp(kind, "bool") == 0)
        *out = cell_bool(value && json_is_true(value));
    else if (strcmp(kind, "int64") == 0) {
        out->kind = CELL_INT;
        ok = value && json_to_i64(value, &out->i);
    } else if (strcmp(kind, "float64") == 0) {
        out->kind = CELL_FLOAT;
        ok = value && json_to_f64(value, &out->f);
    } else if (strcmp(kind, "utf8") == 0 || strcmp(kind, "str") == 0 ||
               strcmp(kind, "string") == 0)
        *out = cell_str(text);
    else if (strcmp(kind, "datetime64") == 0 || strcmp(kind, "timedelta64") == 0) {
        out->kind = *kind == 'd' ? CELL_TIME : CELL_SPAN;
        ok = value && json_to_i64(value, &out->i);
    } else
        ok = false;
    return ok ||
           json_fail(c->doc, node, err, ERR_MALFORMED, "not a value of kind '%s'", kind);
}

bool
packet_read_cells(const struct packet_call *c, const struct json *list, struct cell **out,
                  size_t *n, struct error *err)
{
    *n = 0;
    *out = arena_alloc(c->a, ((list ? json_count(list) : 0) + 1) * sizeof **out);
    for (const struct json *v = list ? json_first(list) : NULL; v; v = json_next(v))
        if (!packet_read_cell(c, v, &(*out)[(*n)++], err))
            return false;
    return true;
}

static struct column *
typed(struct arena *a, const struct cell *cells, size_t n)
{
    bool integers = false;
    bool missing = false;
    bool others = false;
    struct column *c;

    for (size_t i = 0; i < n; i++) {
        integers |= cells[i].kind == CELL_INT;
        missing |= cell_missing(cells[i]);
        others |= !cell_missing(cells[i]) && cells[i].kind != CELL_INT;
    }
    if (!integers || !missing || others)
        return column_infer(a, cells, n);
    c = column_new(a, COLTYPE_NULLABLE_INT, n);
    for (size_t i = 0; i < n; i++)
        column_set(c, i, cells[i]);
    return c;
}

static bool
read_column(const struct packet_call *c, const struct json *list, struct column **out,
            struct error *err)
{
    struct cell *cells;
    size_t n;

    if (!packet_read_cells(c, list, &cells, &n, err))
        return false;
    *out = typed(c->a, cells, n);
    return true;
}

bool
packet_read_series(const struct packet_call *c, const struct json *node,
                   struct frame **out, struct error *err)
{
    const char *name = NULL;
    const struct json *values = NULL;
    const struct json *labels = NULL;
    struct column *column;
    struct column *index;

    if (!node || json_type(node) != JSON_OBJECT)
        return error_set(err, ERR_MALFORMED, "the packet lacks a series");
    if (!json_opt_string(c->doc, node, "name", &name, err) ||
        !json_want(c->doc, node, "values", JSON_ARRAY, &values, err) ||
        !json_want(c->doc, node, "index", JSON_ARRAY, &labels, err) ||
        !read_column(c, values, &column, err) || !read_column(c, labels, &index, err))
        return false;
    *out = series_new(c->a, NULL,
                      column_named(c->a, column, name ? cell_str(name) : cell_none()));
    (*out)->index = index_of(c->a, index);
    if (index->size != column->size && column->size > 0)
        return json_fail(c->doc, node, err, ERR_MALFORMED,
                         "index and values differ in length");
    return true;
}

static bool
read_named(const struct packet_call *c, const struct json *columns, const char *name,
           struct frame *f, struct error *err)
{
    const struct json *values = json_get(columns, name);
    struct column *column;

    if (!values)
        return error_set(err, ERR_UNSUPPORTED, "column '%s' not found", name);
    if (!read_column(c, values, &column, err))
        return false;
    if (column->size != f->n_rows)
        return json_fail(c->doc, values, err, ERR_MALFORMED,
                         "index and column differ in length");
    frame_add(f, column_named(c->a, column, cell_str(name)));
    return true;
}

bool
packet_read_frame(const struct packet_call *c, const char *key, struct frame **out,
                  struct error *err)
{
    const struct json *node = json_get(c->packet, key);
    const struct json *order = node ? json_get(node, "column_order") : NULL;
    const struct json *columns = NULL;
    const struct json *labels = NULL;
    struct column *index;

    if (!node || json_type(node) != JSON_OBJECT)
        return error_set(err, ERR_MALFORMED, "the packet has no '%s'", key);
    if (!json_want(c->doc, node, "columns", JSON_OBJECT, &columns, err) ||
        !json_want(c->doc, node, "index", JSON_ARRAY, &labels, err) ||
        !read_column(c, labels, &index, err))
        return false;
    *out = frame_new(c->a, index->size, json_count(columns));
    (*out)->index = index_of(c->a, index);
    if (order) {
        for (const struct json *n = json_first(order); n; n = json_next(n))
            if (json_type(n) != JSON_STRING || (*out)->n_columns >= json_count(columns) ||
                !read_named(c, columns, json_text(n), *out, err))
                return err->message[0] ||
                       json_fail(c->doc, n, err, ERR_MALFORMED, "not a column's name");
        return true;
    }
    for (const struct json *v = json_first(columns); v; v = json_next(v))
        if (!read_named(c, columns, json_key(v), *out, err))
            return false;
    return true;
}

static void
write_cell(struct json_out *j, struct cell v)
{
    static const char *const kinds[] = {"null",       "null",       "null",    "bool",
                                        "int64",      "int64",      "float64", "utf8",
                                        "datetime64", "timedelta64"};
    bool missing = cell_missing(v);

    json_object(j, NULL);
    json_string(j, "kind", missing ? "null" : kinds[v.kind]);
    if (missing)
        json_string(j, "value",
                    v.kind == CELL_FLOAT ? "na_n"
                    : v.kind == CELL_NAT ? "na_t"
                                         : "null");
    else if (v.kind == CELL_BOOL)
        json_bool(j, "value", v.i != 0);
    else if (v.kind == CELL_FLOAT)
        json_f64(j, "value", v.f);
    else if (v.kind == CELL_STR)
        json_string_n(j, "value", v.s, v.size);
    else if (v.kind == CELL_UINT)
        json_u64(j, "value", v.u);
    else
        json_i64(j, "value", v.i);
    json_end(j);
}

static void
write_cells(struct json_out *j, const char *key, const struct column *c)
{
    json_array(j, key);
    for (size_t i = 0; i < c->size; i++)
        write_cell(j, column_get(c, i));
    json_end(j);
}

static const char *
name_text(struct arena *a, struct cell name)
{
    return name.kind == CELL_STR ? arena_strndup(a, name.s, name.size)
                                 : cell_repr(a, name);
}

static void
write_frame(struct json_out *j, const struct packet_call *c, const struct frame *f)
{
    write_cells(j, "index", f->index.levels[0]);
    json_object(j, "columns");
    for (size_t i = 0; i < f->n_columns; i++)
        write_cells(j, name_text(c->a, f->columns[i]->name), f->columns[i]);
    json_end(j);
    if (json_get(c->expected, "column_order")) {
        json_array(j, "column_order");
        for (size_t i = 0; i < f->n_columns; i++)
            json_string(j, NULL, name_text(c->a, f->columns[i]->name));
        json_end(j);
    }
    if (f->labels.n_levels == 0)
        return;
    json_object(j, "column_multiindex");
    json_array(j, "tuples");
    for (size_t i = 0; i < f->n_columns; i++) {
        json_array(j, NULL);
        for (size_t k = 0; k < f->labels.n_levels; k++)
            write_cell(j, column_get(f->labels.levels[k], i));
        json_end(j);
    }
    json_end(j);
    json_array(j, "names");
    for (size_t k = 0; k < f->labels.n_levels; k++)
        json_null(j, NULL);
    json_end(j);
    json_end(j);
}

static void
write_positions(struct json_out *j, const char *key, const int64_t *rows, size_t n)
{
    json_array(j, key);
    for (size_t i = 0; i < n; i++)
        if (rows[i] < 0)
            json_null(j, NULL);
        else
            json_i64(j, NULL, rows[i]);
    json_end(j);
}

static void
write_series(struct json_out *j, const struct packet_call *c, const struct frame *f)
{
    if (json_get(c->expected, "name")) {
        if (f->columns[0]->name.kind == CELL_STR)
            json_string(j, "name", name_text(c->a, f->columns[0]->name));
        else
            json_null(j, "name");
    }
    write_cells(j, "index", f->index.levels[0]);
    write_cells(j, "values", f->columns[0]);
}

void
packet_write(struct json_out *j, const struct packet_call *c,
             const struct packet_value *v)
{
    static const char *const keys[] = {"frame",     "series",    "bool",  "join",
                                       "alignment", "positions", "dtype", "scalar"};
    const char *key = keys[v->kind];
    bool plain = v->kind == PACKET_BOOL || v->kind == PACKET_POSITIONS ||
                 v->kind == PACKET_DTYPE || v->kind == PACKET_SCALAR;

    json_object(j, "value");
    if (v->kind == PACKET_BOOL)
        json_bool(j, key, v->truth);
    else if (v->kind == PACKET_POSITIONS)
        write_positions(j, key, v->left, v->n);
    else if (v->kind == PACKET_DTYPE)
        json_string(j, key, v->text);
    else if (v->kind == PACKET_SCALAR) {
        json_object(j, key);
        json_string(j, "kind", "utf8");
        json_string(j, "value", v->text);
        json_end(j);
    }
    if (!plain)
        json_object(j, key);
    if (v->kind == PACKET_FRAME)
        write_frame(j, c, v->frame);
    else if (v->kind == PACKET_SERIES)
        write_series(j, c, v->frame);
    else if (v->kind == PACKET_JOIN) {
        write_cells(j, "index", v->frame->index.levels[0]);
        write_cells(j, "left_values", v->frame->columns[0]);
        write_cells(j, "right_values", v->frame->columns[1]);
    } else if (v->kind == PACKET_ALIGNMENT) {
        write_cells(j, "union_index", v->frame->index.levels[0]);
        write_positions(j, "left_positions", v->left, v->n);
        write_positions(j, "right_positions", v->right, v->n);
    }
    if (!plain)
        json_end(j);
    json_end(j);
}
