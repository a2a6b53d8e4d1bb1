/* packet_frame.c: packet operations on whole frames: joins, concatenation, selection. */
#include "cases/packet.h"

#include "join/join.h"
#include "rows/concat.h"
#include "rows/dedup.h"
#include "rows/select.h"
#include "rows/where.h"

const char *
packet_text(const struct packet_call *c, const char *key)
{
    const struct json *node = json_get(c->packet, key);

    return node && json_type(node) == JSON_STRING ? json_text(node) : NULL;
}

const char **
packet_names(const struct packet_call *c, const char *key, size_t *n)
{
    const struct json *list = json_get(c->packet, key);
    const char **names =
        arena_alloc(c->a, ((list ? json_count(list) : 0) + 1) * sizeof *names);

    *n = 0;
    for (const struct json *v = list ? json_first(list) : NULL; v; v = json_next(v))
        if (json_type(v) == JSON_STRING)
            names[(*n)++] = json_text(v);
    return names;
}

static bool
two(const struct packet_call *c, struct frame *frames[2], struct error *err)
{
    return packet_read_frame(c, "frame", &frames[0], err) &&
           packet_read_frame(c, "frame_right", &frames[1], err);
}

static bool
run_concat(const struct packet_call *c, struct packet_value *out, struct error *err)
{
    const char *join = packet_text(c, "concat_join");
    struct concat_options o = {0};
    struct frame *parts[2];
    struct frame *result;
    int64_t axis = 0;

    if (!json_opt_i64(c->doc, c->packet, "concat_axis", &axis, err) ||
        !two(c, parts, err))
        return false;
    if (axis != 0 && axis != 1)
        return error_set(err, ERR_UNSUPPORTED, "concat_axis must be 0 or 1");
    if (join && strcmp(join, "outer") != 0 && strcmp(join, "inner") != 0)
        return error_set(err, ERR_UNSUPPORTED, "concat_join must be 'outer' or 'inner'");
    o.axis = (int)axis;
    o.inner = join && strcmp(join, "inner") == 0;
    if (!concat_frames(c->a, parts, 2, &o, &result, err))
        return strcmp(err->subclass, "InvalidIndexError") != 0
                   ? false
                   : error_set(err, ERR_UNSUPPORTED,
                               "cannot reindex on a duplicate index");
    return packet_answer(out, PACKET_FRAME, result);
}

static bool
read_merge(const struct packet_call *c, struct join_options *o, struct error *err)
{
    const char *how = packet_text(c, "join_type");
    const char *on = packet_text(c, "merge_on");
    const struct json *suffixes = json_get(c->packet, "merge_suffixes");
    const struct json *suffix = suffixes ? json_first(suffixes) : NULL;
    bool indicator = false;
    const char **names;

    *o = join_defaults;
    if (how && !join_how_parse(how, &o->how))
        return error_set(err, ERR_UNSUPPORTED, "unknown join_type '%s'", how);
    names = packet_names(c, "merge_on_keys", &o->n_on);
    if (o->n_on == 0 && on)
        names[o->n_on++] = on;
    o->on = o->n_on ? names : NULL;
    o->left_on = packet_names(c, "left_on_keys", &o->n_left_on);
    o->right_on = packet_names(c, "right_on_keys", &o->n_right_on);
    if (o->n_left_on > 0 || o->n_right_on > 0)
        o->on = NULL;
    if (o->how == JOIN_CROSS && (o->on || o->n_left_on || o->n_right_on))
        return error_set(err, ERR_UNSUPPORTED,
                         "join_type='cross' does not allow merge_on/merge_on_keys/"
                         "left_on_keys/right_on_keys");
    for (int i = 0; i < 2 && suffix; i++, suffix = json_next(suffix))
        o->suffixes[i] = json_type(suffix) == JSON_STRING ? json_text(suffix) : NULL;
    o->validate = packet_text(c, "merge_validate");
    o->indicator = packet_text(c, "merge_indicator_name");
    return json_opt_bool(c->doc, c->packet, "merge_sort", &o->sort, err) &&
           json_opt_bool(c->doc, c->packet, "left_index", &o->left_index, err) &&
           json_opt_bool(c->doc, c->packet, "right_index", &o->right_index, err) &&
           json_opt_bool(c->doc, c->packet, "merge_indicator", &indicator, err) &&
           (o->indicator || !indicator || (o->indicator = "_merge") != NULL);
}

static bool
run_merge(const struct packet_call *c, struct packet_value *out, struct error *err)
{
    struct join_options o;
    struct frame *sides[2];
    struct frame *result;

    return read_merge(c, &o, err) && two(c, sides, err) &&
           join_frames(c->a, sides[0], sides[1], &o, &result, err) &&
           packet_answer(out, PACKET_FRAME, result);
}

/* The index as a key column of the given name, joined like any other. */
static struct frame *
index_as_column(struct arena *a, const struct frame *f, const char *name)
{
    struct frame *out = frame_new(a, f->n_rows, f->n_columns + 1);

    frame_add(out, column_named(a, f->index.levels[0], cell_str(name)));
    for (size_t i = 0; i < f->n_columns; i++)
        frame_add(out, f->columns[i]);
    return out;
}

static bool
run_merge_index(const struct packet_call *c, struct packet_value *out, struct error *err)
{
    struct join_options o;
    struct frame *sides[2];
    struct frame *result;

    if (!read_merge(c, &o, err) || !two(c, sides, err))
        return false;
    if (o.n_on == 0) {
        static const char *const standard[] = {"__index_key"};

        o.on = standard;
        o.n_on = 1;
    }
    for (int i = 0; i < 2; i++)
        sides[i] = index_as_column(c->a, sides[i], o.on[0]);
    return join_frames(c->a, sides[0], sides[1], &o, &result, err) &&
           packet_answer(out, PACKET_FRAME, result);
}

static bool
run_ordered(const struct packet_call *c, struct packet_value *out, struct error *err)
{
    struct join_options o;
    struct frame *sides[2];
    struct frame *result;

    if (!read_merge(c, &o, err) || !two(c, sides, err))
        return false;
    if (!packet_text(c, "join_type"))
        o.how = JOIN_OUTER;
    return join_ordered(c->a, sides[0], sides[1], &o,
                        packet_text(c, "fill_method") != NULL, &result, err) &&
           packet_answer(out, PACKET_FRAME, result);
}

static bool
run_duplicates(const struct packet_call *c, struct packet_value *out, struct error *err)
{
    bool drop = json_get(c->packet, "expected_series") == NULL;
    const char *keep = packet_text(c, "keep");
    struct frame *f;
    const struct column **columns;
    const char **subset;
    bool *marks;
    size_t n;

    subset = packet_names(c, "subset", &n);
    if (!packet_read_frame(c, "frame", &f, err))
        return false;
    for (size_t i = 0; i < n; i++)
        if (!frame_column(f, subset[i]))
            return error_set(err, ERR_UNSUPPORTED, "column '%s' not found", subset[i]);
    if (!dedup_subset(c->a, f, subset, n, &columns, &n, err))
        return false;
    marks = dedup_marks(c->a, columns, n,
                        keep && strcmp(keep, "last") == 0   ? DEDUP_LAST
                        : keep && strcmp(keep, "none") == 0 ? DEDUP_NONE
                                                            : DEDUP_FIRST);
    if (!drop) {
        struct column *result = column_new(c->a, COLTYPE_BOOL, f->n_rows);

        for (size_t i = 0; i < f->n_rows; i++)
            result->i[i] = marks[i];
        return packet_answer(out, PACKET_SERIES, series_new(c->a, &f->index, result));
    }
    for (size_t i = 0; i < f->n_rows; i++)
        marks[i] = !marks[i];
    return packet_answer(out, PACKET_FRAME, frame_filter(c->a, f, marks));
}

static bool
read_positions(const struct packet_call *c, const char *key, int64_t **out, size_t *n,
               struct error *err)
{
    const struct json *list = json_get(c->packet, key);

    *n = 0;
    *out = arena_alloc(c->a, ((list ? json_count(list) : 0) + 1) * sizeof **out);
    for (const struct json *v = list ? json_first(list) : NULL; v; v = json_next(v))
        if (!json_to_i64(v, &(*out)[(*n)++]))
            return json_fail(c->doc, v, err, ERR_MALFORMED, "not an integer");
    return true;
}

static bool
run_iloc(const struct packet_call *c, struct packet_value *out, struct error *err)
{
    const struct json *order = json_get(c->packet, "column_order");
    struct frame *f;
    int64_t *rows;
    size_t n;

    if (!packet_read_frame(c, "frame", &f, err) ||
        !read_positions(c, "iloc_positions", &rows, &n, err))
        return false;
    for (const struct json *v = order ? json_first(order) : NULL; v; v = json_next(v))
        if (json_type(v) == JSON_STRING && !frame_column(f, json_text(v)))
            return error_set(err, ERR_UNSUPPORTED, "column '%s' not found", json_text(v));
    if (!select_positions(c->a, f, rows, n, &f, err))
        return error_set(err, ERR_BOUNDS, "iloc position out of bounds");
    return packet_answer(out, PACKET_FRAME, f);
}

static bool
run_loc(const struct packet_call *c, struct packet_value *out, struct error *err)
{
    struct frame *f;
    struct cell *labels;
    size_t n;

    if (!packet_read_frame(c, "frame", &f, err) ||
        !packet_read_cells(c, json_get(c->packet, "loc_labels"), &labels, &n, err))
        return false;
    if (!select_labels(c->a, f, labels, n, &f, err))
        return error_set(err, ERR_UNSUPPORTED, "loc label not found");
    return packet_answer(out, PACKET_FRAME, f);
}

static bool
run_take(const struct packet_call *c, struct packet_value *out, struct error *err)
{
    struct frame *f;
    struct frame *result;
    int64_t *at;
    int64_t axis = 0;
    size_t n;

    if (!packet_read_frame(c, "frame", &f, err) ||
        !json_opt_i64(c->doc, c->packet, "take_axis", &axis, err) ||
        !read_positions(c, "take_indices", &at, &n, err))
        return false;
    if (axis == 0)
        return select_positions(c->a, f, at, n, &result, err) &&
               packet_answer(out, PACKET_FRAME, result);
    result = frame_new(c->a, f->n_rows, n);
    result->index = f->index;
    for (size_t i = 0; i < n; i++) {
        int64_t k = at[i] < 0 ? at[i] + (int64_t)f->n_columns : at[i];

        if (k < 0 || (size_t)k >= f->n_columns)
            return error_set(err, ERR_BOUNDS, "take index out of bounds");
        frame_add(result, f->columns[k]);
    }
    return packet_answer(out, PACKET_FRAME, result);
}

static bool
run_filter(const struct packet_call *c, struct packet_value *out, struct error *err)
{
    struct frame *f;
    const char **items;
    int64_t axis = 1;
    size_t n;
    struct frame *result;

    items = packet_names(c, "filter_items", &n);
    if (!packet_read_frame(c, "frame", &f, err) ||
        !json_opt_i64(c->doc, c->packet, "filter_axis", &axis, err))
        return false;
    if (axis == 0) {
        struct cell *labels = arena_alloc(c->a, (n + 1) * sizeof *labels);

        for (size_t i = 0; i < f->n_rows; i++)
            for (size_t k = 0; k < i; k++)
                if (index_row_equal(&f->index, i, &f->index, k))
                    return error_set(err, ERR_UNSUPPORTED,
                                     "cannot reindex on an axis with duplicate labels");
        for (size_t i = 0; i < n; i++)
            labels[i] = cell_str(items[i]);
        return select_labels(c->a, f, labels, n, &result, err) &&
               packet_answer(out, PACKET_FRAME, result);
    }
    result = frame_new(c->a, f->n_rows, n);
    result->index = f->index;
    for (size_t i = 0; i < n; i++)
        if (frame_column(f, items[i]))
            frame_add(result, frame_column(f, items[i]));
    return packet_answer(out, PACKET_FRAME, result);
}

/* Values of a frame at another's labels; absent cells are missing. */
static struct cell
cell_at(const struct frame *f, const struct frame *like, const struct column *column,
        size_t row)
{
    int64_t at = frame_find(f, column->name);

    for (size_t i = 0; at >= 0 && i < f->n_rows; i++)
        if (index_row_equal(&f->index, i, &like->index, row))
            return column_get(f->columns[at], i);
    return cell_nan();
}

/* where and mask: a cell without a condition is replaced in both. */
static bool
run_where(const struct packet_call *c, struct packet_value *out, struct error *err)
{
    bool mask = strstr(packet_text(c, "operation"), "mask") != NULL;
    const struct json *fill = json_get(c->packet, "fill_value");
    struct frame *sides[2];
    struct frame *other = NULL;
    struct cell value = cell_nan();

    if (!two(c, sides, err) || (fill && !packet_read_cell(c, fill, &value, err)) ||
        (json_get(c->packet, "frame_other") &&
         !packet_read_frame(c, "frame_other", &other, err)))
        return false;
    for (size_t k = 0; k < sides[0]->n_columns; k++) {
        const struct column *column = sides[0]->columns[k];
        struct cell *cells = arena_alloc(c->a, (column->size + 1) * sizeof *cells);
        bool *keep = arena_alloc(c->a, column->size + 1);
        bool replaced = false;

        for (size_t i = 0; i < column->size; i++) {
            struct cell cond = cell_at(sides[1], sides[0], column, i);

            keep[i] = !cell_missing(cond) && cell_truth(cond) != mask;
            replaced |= !keep[i];
            cells[i] = keep[i] ? column_get(column, i)
                       : other ? cell_at(other, sides[0], column, i)
                               : value;
        }
        if (other && replaced)
            sides[0]->columns[k] =
                column_named(c->a, column_infer(c->a, cells, column->size), column->name);
        else if (replaced && !where_column(c->a, column, keep, fill ? &value : NULL,
                                           &sides[0]->columns[k], err))
            return false;
    }
    return packet_answer(out, PACKET_FRAME, sides[0]);
}

static bool
run_astype(const struct packet_call *c, struct packet_value *out, struct error *err)
{
    const char *type = packet_text(c, "constructor_dtype");
    struct frame *f;
    enum coltype t;

    if (!packet_read_frame(c, "frame", &f, err))
        return false;
    if (!type || !coltype_parse(type, &t))
        return error_set(err, ERR_UNSUPPORTED, "dtype '%s' is not supported",
                         type ? type : "");
    for (size_t i = 0; i < f->n_columns; i++) {
        if (coltype_integer(t) && column_any_missing(f->columns[i]))
            return raise_error(err, "ValueError", "cannot convert NA to integer");
        f->columns[i] = column_cast(c->a, f->columns[i], t);
    }
    return packet_answer(out, PACKET_FRAME, f);
}

static bool
run_nunique(const struct packet_call *c, struct packet_value *out, struct error *err)
{
    struct frame *f;
    struct column *names;
    struct column *counts;
    struct index index;

    if (!packet_read_frame(c, "frame", &f, err))
        return false;
    names = column_new(c->a, COLTYPE_OBJECT, f->n_columns);
    counts = column_new(c->a, COLTYPE_INT64, f->n_columns);
    for (size_t i = 0; i < f->n_columns; i++) {
        const struct column *uniques;

        (void)dedup_factorize(c->a, f->columns[i], false, true, &uniques);
        names->cells[i] = f->columns[i]->name;
        counts->i[i] = (int64_t)uniques->size;
    }
    index = index_of(c->a, names);
    return packet_answer(out, PACKET_SERIES, series_new(c->a, &index, counts));
}

const struct packet_operation packet_frame_table[] = {
    {"dataframe_concat", run_concat},
    {"dataframe_merge", run_merge},
    {"dataframe_merge_index", run_merge_index},
    {"dataframe_merge_ordered", run_ordered},
    {"dataframe_drop_duplicates", run_duplicates},
    {"dataframe_duplicated", run_duplicates},
    {"dataframe_iloc", run_iloc},
    {"dataframe_loc", run_loc},
    {"dataframe_take", run_take},
    {"dataframe_filter", run_filter},
    {"dataframe_where", run_where},
    {"dataframe_mask", run_where},
    {"dataframe_where_df", run_where},
    {"dataframe_mask_df", run_where},
    {"dataframe_astype", run_astype},
    {"dataframe_nunique", run_nunique},
    {NULL, NULL},
};
