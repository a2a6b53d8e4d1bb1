/* fixture.c: reading the tables of case files. */
#include "io/fixture.h"

#include "common/num.h"

/* {"ts": ns, "zone": minutes} */
static bool
read_zoned(const struct json_doc *doc, const struct json *node, struct cell *out,
           struct error *err)
{
    static const char *const keys[] = {"ts", "zone", NULL};
    const struct json *zone = json_get(node, "zone");
    int64_t ns;
    int64_t minutes;

    if (!json_only(doc, node, keys, err))
        return false;
    if (!zone || !json_to_i64(json_get(node, "ts"), &ns) ||
        !json_to_i64(zone, &minutes) || minutes < -1439 || minutes > 1439)
        return json_fail(doc, node, err, ERR_MALFORMED, "not a time with a zone");
    *out = cell_time(ns, coltype_zoned((int)minutes));
    return true;
}

static bool
read_number_object(const struct json_doc *doc, const struct json *node, struct cell *out,
                   struct error *err)
{
    const struct json *member = json_first(node);
    const char *key = member ? json_key(member) : "";
    int64_t i;
    uint64_t u;
    double f;

    if (member && strcmp(key, "ts") == 0 && json_next(member))
        return read_zoned(doc, node, out, err);
    if (!member || json_next(member))
        return json_fail(doc, node, err, ERR_MALFORMED,
                         "a value needs exactly one member");
    if (strcmp(key, "i") == 0 && json_to_i64(member, &i))
        *out = cell_int(i);
    else if (strcmp(key, "i") == 0 && json_to_u64(member, &u))
        *out = cell_uint(u);
    else if (strcmp(key, "f") == 0 && json_type(member) == JSON_STRING &&
             num_parse_hexfloat(json_text(member), &f))
        *out = cell_float(f);
    else if (strcmp(key, "ts") == 0 && json_to_i64(member, &i))
        *out = cell_time(i, COLTYPE_TIME);
    else if (strcmp(key, "td") == 0 && json_to_i64(member, &i))
        *out = (struct cell){.i = i, .kind = CELL_SPAN};
    else
        return json_fail(doc, node, err, ERR_MALFORMED, "unknown kind of value '%s'",
                         key);
    return true;
}

bool
fixture_read_cell(struct arena *a, const struct json_doc *doc, const struct json *node,
                  struct cell *out, struct error *err)
{
    const char *text;
    int64_t i;
    uint64_t u;
    double f;

    switch (json_type(node)) {
    case JSON_NULL: *out = cell_none(); return true;
    case JSON_BOOL: *out = cell_bool(json_is_true(node)); return true;
    case JSON_STRING:
        text = json_text(node);
        *out = cell_str(arena_strndup(a, text, strlen(text)));
        return true;
    case JSON_NUMBER:
        if (json_to_i64(node, &i))
            *out = cell_int(i);
        else if (json_to_u64(node, &u))
            *out = cell_uint(u);
        else if (json_to_f64(node, &f))
            *out = cell_float(f);
        else
            return json_fail(doc, node, err, ERR_MALFORMED, "number out of range");
        return true;
    case JSON_OBJECT: return read_number_object(doc, node, out, err);
    case JSON_ARRAY: break;
    }
    return json_fail(doc, node, err, ERR_MALFORMED, "an array is not a value");
}

/* The slot of a typed column; false when the value does not belong there. */
static bool
read_slot(const struct json *node, struct column *c, size_t row)
{
    enum json_type type = json_type(node);

    if (type == JSON_NULL) {
        if (coltype_class(c->dtype) == CLASS_TIME)
            c->i[row] = INT64_MIN;
        else if (c->na)
            c->na[row] = 1;
        else
            return false;
        return true;
    }
    if (c->na && type == JSON_OBJECT)
        node = json_first(node);
    if (!node)
        return false;
    switch (coltype_class(c->dtype)) {
    case CLASS_BOOL: c->i[row] = json_is_true(node); return type == JSON_BOOL;
    case CLASS_INT:
        return json_to_i64(node, &c->i[row]) &&
               coltype_wrap_i64(c->dtype, c->i[row]) == c->i[row];
    case CLASS_UINT:
        return json_to_u64(node, &c->u[row]) && c->u[row] <= coltype_max(c->dtype);
    case CLASS_FLOAT:
        return json_type(node) == JSON_STRING &&
               num_parse_hexfloat(json_text(node), &c->f[row]) &&
               (isnan(c->f[row]) || column_round(c->dtype, c->f[row]) == c->f[row]);
    case CLASS_TIME: return json_to_i64(node, &c->i[row]);
    case CLASS_CELL:
    case CLASS_CODE: break;
    }
    return false;
}

static bool
read_values(struct arena *a, const struct json_doc *doc, const struct json *values,
            struct column *c, struct error *err)
{
    size_t row = 0;

    for (const struct json *v = json_first(values); v; v = json_next(v), row++) {
        enum coltype_class class = coltype_class(c->dtype);
        struct cell cell;

        if (class != CLASS_CELL && class != CLASS_CODE) {
            if (!read_slot(v, c, row))
                return json_fail(doc, v, err, ERR_MALFORMED, "not a value of type %s",
                                 coltype_name(c->dtype));
            continue;
        }
        if (!fixture_read_cell(a, doc, v, &cell, err))
            return false;
        column_set(c, row, cell);
        if (class == CLASS_CODE && !cell_missing(cell) && c->i[row] < 0)
            return json_fail(doc, v, err, ERR_MALFORMED, "not one of the categories");
    }
    return true;
}

bool
fixture_read_column(struct arena *a, const struct json_doc *doc, const struct json *node,
                    struct column **out, struct error *err)
{
    static const char *const keys[] = {"name",       "dtype",   "values",
                                       "categories", "ordered", NULL};
    const char *type = NULL;
    const struct json *values = NULL;
    const struct json *categories = NULL;
    struct column *c;
    struct column *labels = NULL;
    enum coltype t;
    bool ordered = false;

    if (!json_only(doc, node, keys, err) ||
        !json_want_string(doc, node, "dtype", &type, err) ||
        !json_want(doc, node, "values", JSON_ARRAY, &values, err) ||
        !json_opt(doc, node, "categories", JSON_OBJECT, &categories, err) ||
        !json_opt_bool(doc, node, "ordered", &ordered, err))
        return false;
    if (!coltype_parse(type, &t) || t == COLTYPE_FLOAT16)
        return json_fail(doc, node, err, ERR_UNSUPPORTED, "dtype '%s' is not supported",
                         type);
    if ((t == COLTYPE_CATEGORY) != (categories != NULL))
        return json_fail(doc, node, err, ERR_MALFORMED,
                         "categories belong to dtype category and only there");
    if (categories && !fixture_read_column(a, doc, categories, &labels, err))
        return false;
    if (labels && labels->categories)
        return json_fail(doc, node, err, ERR_MALFORMED, "categories of categories");
    c = column_new(a, t, json_count(values));
    c->categories = labels;
    c->ordered = ordered;
    if (json_get(node, "name") &&
        !fixture_read_cell(a, doc, json_get(node, "name"), &c->name, err))
        return false;
    *out = c;
    return read_values(a, doc, values, c, err);
}

static bool
read_index(struct arena *a, const struct json_doc *doc, const struct json *node,
           struct index *out, struct error *err)
{
    const struct json *levels = json_get(node, "levels");
    const struct json *level = levels ? json_first(levels) : node;
    size_t n = levels ? json_count(levels) : 1;

    if (levels && json_type(levels) != JSON_ARRAY)
        return json_fail(doc, levels, err, ERR_MALFORMED, "levels must be an array");
    *out = (struct index){.n_levels = n};
    if (n == 0)
        return json_fail(doc, node, err, ERR_MALFORMED, "an index needs a level");
    out->levels = arena_alloc(a, n * sizeof(struct column *));
    for (size_t i = 0; i < n; i++, level = json_next(level)) {
        struct column *c;

        if (!fixture_read_column(a, doc, level, &c, err))
            return false;
        if (i > 0 && c->size != out->levels[0]->size)
            return json_fail(doc, level, err, ERR_MALFORMED, "levels differ in length");
        out->levels[i] = c;
    }
    return true;
}

static bool
read_columns(struct arena *a, const struct json_doc *doc, const struct json *node,
             struct frame **out, struct error *err)
{
    const struct json *columns;
    uint64_t n_rows = 0;
    struct frame *f;

    if (!json_want(doc, node, "columns", JSON_ARRAY, &columns, err))
        return false;
    if (!json_opt_u64(doc, node, "nrows", &n_rows, err))
        return false;
    f = frame_new(a, 0, json_count(columns));
    for (const struct json *c = json_first(columns); c; c = json_next(c)) {
        struct column *column;

        if (!fixture_read_column(a, doc, c, &column, err))
            return false;
        if (f->n_columns == 0 && !json_get(node, "nrows"))
            n_rows = column->size;
        if (column->size != n_rows)
            return json_fail(doc, c, err, ERR_MALFORMED, "column has %zu rows, not %llu",
                             column->size, (unsigned long long)n_rows);
        frame_add(f, column);
    }
    if (f->n_columns == 0 && n_rows > 0 && !json_get(node, "index"))
        return json_fail(doc, node, err, ERR_MALFORMED, "rows without columns");
    f->n_rows = (size_t)n_rows;
    *out = f;
    return true;
}

bool
fixture_read_frame(struct arena *a, const struct json_doc *doc, const struct json *node,
                   struct frame **out, struct error *err)
{
    static const char *const keys[] = {"columns", "nrows",  "index", "values",
                                       "kind",    "levels", NULL};
    const struct json *index = json_get(node, "index");

    if (!json_only(doc, node, keys, err))
        return false;
    if (json_get(node, "columns")) {
        if (!read_columns(a, doc, node, out, err))
            return false;
    } else {
        const struct json *values;
        struct column *c;

        if (!json_want(doc, node, "values", JSON_OBJECT, &values, err) ||
            !fixture_read_column(a, doc, values, &c, err))
            return false;
        *out = series_new(a, NULL, c);
    }
    if (!index) {
        (*out)->index = index_range(a, (*out)->n_rows);
        return true;
    }
    if (!read_index(a, doc, index, &(*out)->index, err))
        return false;
    return index_size(&(*out)->index) == (*out)->n_rows ||
           json_fail(doc, index, err, ERR_MALFORMED, "index and values differ in length");
}
