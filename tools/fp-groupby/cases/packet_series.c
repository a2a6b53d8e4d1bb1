/* packet_series.c: packet operations on Series and indexes. */
#include "cases/packet.h"

#include "csv/convert.h"
#include "group/groupby.h"
#include "join/join.h"
#include "rows/align.h"
#include "rows/arith.h"
#include "rows/concat.h"
#include "rows/dedup.h"
#include "rows/label.h"
#include "rows/select.h"
#include "rows/where.h"

#include <stdio.h>

const struct packet_operation *
packet_find(const char *name)
{
    const struct packet_operation *const tables[] = {
        packet_series_table, packet_frame_table, packet_group_table, packet_table_table};

    for (size_t i = 0; i < COUNT_OF(tables); i++)
        for (const struct packet_operation *o = tables[i]; o->name; o++)
            if (strcmp(o->name, name) == 0)
                return o;
    return NULL;
}

static const char *
operation(const struct packet_call *c)
{
    const struct json *node = json_get(c->packet, "operation");

    return node && json_type(node) == JSON_STRING ? json_text(node) : "";
}

static bool
one(const struct packet_call *c, struct frame **left, struct error *err)
{
    return packet_read_series(c, json_get(c->packet, "left"), left, err);
}

static bool
two(const struct packet_call *c, struct frame **left, struct frame **right,
    struct error *err)
{
    return one(c, left, err) &&
           packet_read_series(c, json_get(c->packet, "right"), right, err);
}

static bool
integers(const struct packet_call *c, const char *key, int64_t **out, size_t *n,
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
run_arith(const struct packet_call *c, struct packet_value *out, struct error *err)
{
    struct frame *left;
    struct frame *right;
    struct frame *result;
    enum arith op;

    return arith_parse(operation(c) + strlen("series_"), &op) &&
           two(c, &left, &right, err) &&
           arith_series(c->a, op, left, right, NULL, &result, err) &&
           packet_answer(out, PACKET_SERIES, result);
}

static bool
run_join(const struct packet_call *c, struct packet_value *out, struct error *err)
{
    struct join_options o = join_defaults;
    struct frame *sides[2];
    struct frame *result;
    const char *how = "inner";

    if (!json_opt_string(c->doc, c->packet, "join_type", &how, err))
        return false;
    if (!join_how_parse(how, &o.how) || o.how == JOIN_CROSS)
        return error_set(err, ERR_UNSUPPORTED,
                         "series_join requires join_type=inner|left|right|outer");
    o.left_index = true;
    o.right_index = true;
    if (!two(c, &sides[0], &sides[1], err) ||
        !join_frames(c->a, sides[0], sides[1], &o, &result, err))
        return false;
    return packet_answer(out, PACKET_JOIN, result);
}

static bool
run_concat(const struct packet_call *c, struct packet_value *out, struct error *err)
{
    struct frame *parts[2];

    return two(c, &parts[0], &parts[1], err) &&
           packet_answer(out, PACKET_SERIES, concat_series(c->a, parts, 2, false));
}

static bool
run_filter(const struct packet_call *c, struct packet_value *out, struct error *err)
{
    struct frame *left;
    struct frame *mask;

    return two(c, &left, &mask, err) && select_mask(c->a, left, mask, &left, err) &&
           packet_answer(out, PACKET_SERIES, left);
}

static bool
run_take(const struct packet_call *c, struct packet_value *out, struct error *err)
{
    const char *key =
        strcmp(operation(c), "series_take") == 0 ? "take_indices" : "iloc_positions";
    struct frame *left;
    int64_t *rows;
    size_t n;

    return one(c, &left, err) && integers(c, key, &rows, &n, err) &&
           select_positions(c->a, left, rows, n, &left, err) &&
           packet_answer(out, PACKET_SERIES, left);
}

static bool
run_loc(const struct packet_call *c, struct packet_value *out, struct error *err)
{
    struct frame *left;
    struct cell *labels;
    size_t n;

    if (!one(c, &left, err) ||
        !packet_read_cells(c, json_get(c->packet, "loc_labels"), &labels, &n, err))
        return false;
    if (!select_labels(c->a, left, labels, n, &left, err))
        return error_set(err, ERR_UNSUPPORTED, "loc label not found");
    return packet_answer(out, PACKET_SERIES, left);
}

static bool
run_mask(const struct packet_call *c, struct packet_value *out, struct error *err)
{
    struct frame *left;
    struct frame *cond;
    bool *keep;

    if (!two(c, &left, &cond, err))
        return false;
    keep = arena_alloc(c->a, left->n_rows + 1);
    for (size_t i = 0; i < left->n_rows && i < cond->n_rows; i++)
        keep[i] = !cell_truth(column_get(cond->columns[0], i));
    return where_column(c->a, left->columns[0], keep, NULL, &left->columns[0], err) &&
           packet_answer(out, PACKET_SERIES, left);
}

static bool
run_astype(const struct packet_call *c, struct packet_value *out, struct error *err)
{
    const char *type = NULL;
    struct frame *left;
    enum coltype t;
    double x;

    if (!json_want_string(c->doc, c->packet, "constructor_dtype", &type, err) ||
        !one(c, &left, err))
        return false;
    if (!coltype_parse(type, &t))
        return error_set(err, ERR_UNSUPPORTED, "dtype '%s' is not supported", type);

    struct column *result = column_new(c->a, t, left->n_rows);

    result->name = left->columns[0]->name;
    for (size_t i = 0; i < left->n_rows; i++) {
        struct cell v = column_get(left->columns[0], i);

        if (v.kind == CELL_STR && coltype_integer(t)) {
            if (!csv_parse_float(v, &csv_defaults, &x) || x != trunc(x))
                return raise_error(err, "ValueError",
                                   "invalid literal for int() with base 10: %s",
                                   cell_repr(c->a, v));
            v = cell_float(x);
        }
        if (cell_missing(v) && coltype_integer(t))
            return raise_error(err, "ValueError", "cannot convert NA to integer");
        column_set(result, i, v);
    }
    left->columns[0] = result;
    return packet_answer(out, PACKET_SERIES, left);
}

static bool
run_duplicated(const struct packet_call *c, struct packet_value *out, struct error *err)
{
    const char *keep = "first";
    struct frame *left;
    struct column *result;
    bool *marks;

    if (!json_opt_string(c->doc, c->packet, "keep", &keep, err) || !one(c, &left, err))
        return false;
    marks = dedup_marks(c->a, left->columns, 1,
                        strcmp(keep, "last") == 0   ? DEDUP_LAST
                        : strcmp(keep, "none") == 0 ? DEDUP_NONE
                                                    : DEDUP_FIRST);
    result = column_new(c->a, COLTYPE_BOOL, left->n_rows);
    for (size_t i = 0; i < left->n_rows; i++)
        result->i[i] = marks[i];
    result->name = left->columns[0]->name;
    left->columns[0] = result;
    return packet_answer(out, PACKET_SERIES, left);
}

static bool
run_unique(const struct packet_call *c, struct packet_value *out, struct error *err)
{
    const struct column *uniques;
    struct frame *left;
    bool factorize = strcmp(operation(c), "series_factorize") == 0;
    int64_t *codes;

    if (!one(c, &left, err))
        return false;
    codes = dedup_factorize(c->a, left->columns[0], false, factorize, &uniques);
    if (!factorize)
        return packet_answer(out, PACKET_SERIES, series_new(c->a, NULL, uniques));

    struct column *result = column_new(c->a, COLTYPE_INT64, left->n_rows);

    memcpy(result->i, codes, left->n_rows * sizeof *codes);
    return packet_answer(out, PACKET_SERIES, series_new(c->a, NULL, result));
}

static bool
run_counts(const struct packet_call *c, struct packet_value *out, struct error *err)
{
    struct count_options o = {.sort = true, .dropna = true};
    struct frame *left;

    return json_opt_bool(c->doc, c->packet, "value_counts_normalize", &o.normalize,
                         err) &&
           one(c, &left, err) &&
           packet_answer(out, PACKET_SERIES,
                         dedup_value_counts(c->a, left->columns[0], &o));
}

static bool
run_dtype(const struct packet_call *c, struct packet_value *out, struct error *err)
{
    struct frame *left;

    if (!one(c, &left, err))
        return false;
    *out = (struct packet_value){.kind = PACKET_DTYPE,
                                 .text = coltype_name(left->columns[0]->dtype)};
    return true;
}

static bool
run_index(const struct packet_call *c, struct packet_value *out, struct error *err)
{
    const char *name = operation(c);
    struct cell *labels;
    size_t n;

    if (!packet_read_cells(c, json_get(c->packet, "index"), &labels, &n, err))
        return false;

    struct index index = index_of(c->a, column_infer(c->a, labels, n));

    *out = (struct packet_value){.kind = PACKET_BOOL, .n = n};
    if (strcmp(name, "index_has_duplicates") == 0)
        out->truth = align_has_duplicates(c->a, &index);
    else if (strcmp(name, "index_is_monotonic_increasing") == 0)
        out->truth = index.n_levels == 1 && label_in_order(index.levels[0]);
    else {
        out->kind = PACKET_POSITIONS;
        out->left = align_first_positions(c->a, &index);
    }
    return true;
}

static bool
run_align(const struct packet_call *c, struct packet_value *out, struct error *err)
{
    struct frame *left;
    struct frame *right;
    struct alignment rows;

    if (!two(c, &left, &right, err))
        return false;
    align_union_unsorted(c->a, &left->index, &right->index, &rows);
    left->index = rows.index;
    *out = (struct packet_value){.kind = PACKET_ALIGNMENT,
                                 .frame = left,
                                 .left = rows.left,
                                 .right = rows.right,
                                 .n = rows.size};
    return true;
}

/* Several keys make one label: s:"a"|i:1. */
static const struct column *
joined_labels(struct arena *a, const struct index *labels)
{
    struct column *out = column_new(a, COLTYPE_OBJECT, index_size(labels));

    for (size_t i = 0; i < out->size; i++) {
        char text[256];
        size_t used = 0;

        for (size_t k = 0; k < labels->n_levels; k++) {
            struct cell v = column_get(labels->levels[k], i);
            const char *bar = k ? "|" : "";
            int n;

            if (v.kind == CELL_STR)
                n = snprintf(text + used, sizeof text - used, "%ss:\"%.*s\"", bar,
                             (int)(v.size < 60 ? v.size : 60), v.s);
            else
                n = snprintf(text + used, sizeof text - used, "%s%c:%s", bar,
                             v.kind == CELL_BOOL    ? 'b'
                             : v.kind == CELL_FLOAT ? 'f'
                                                    : 'i',
                             cell_repr(a, v));
            used += n > 0 && (size_t)n < sizeof text - used ? (size_t)n : 0;
        }
        out->cells[i] = cell_str(arena_strndup(a, text, used));
    }
    return out;
}

static bool
run_groupby(const struct packet_call *c, struct packet_value *out, struct error *err)
{
    const struct json *keys = json_get(c->packet, "groupby_keys");
    const struct json *key = keys ? json_first(keys) : json_get(c->packet, "left");
    size_t n = keys ? json_count(keys) : 1;
    struct frame **parts = arena_alloc(c->a, (n + 1) * sizeof(struct frame *));
    const char **names = arena_alloc(c->a, (n + 1) * sizeof *names);
    struct groupby_term term = {.column = "value", .options = aggregate_defaults};
    struct groupby q = groupby_defaults;
    struct frame *f;
    struct frame *result;

    if (!aggregate_parse(operation(c) + strlen("groupby_"), &term.how))
        return error_set(err, ERR_UNSUPPORTED, "unknown operation");
    for (size_t i = 0; i < n; i++, key = keys ? json_next(key) : NULL) {
        char name[24];

        names[i] =
            arena_strndup(c->a, name, (size_t)snprintf(name, sizeof name, "key%zu", i));
        if (!packet_read_series(c, key, &parts[i], err))
            return false;
    }
    names[n] = "value";
    q.by = names;
    q.n_by = n;
    q.terms = &term;
    q.n_terms = 1;
    if (!packet_read_series(c, json_get(c->packet, "right"), &parts[n], err) ||
        !align_columns(c->a, parts, names, n + 1, &f, err) ||
        !groupby_frame(c->a, f, &q, &result, err))
        return false;
    if (n > 1)
        result->index = index_of(c->a, joined_labels(c->a, &result->index));
    return packet_answer(out, PACKET_SERIES, result);
}

const struct packet_operation packet_series_table[] = {
    {"series_add", run_arith},
    {"series_sub", run_arith},
    {"series_mul", run_arith},
    {"series_div", run_arith},
    {"series_join", run_join},
    {"series_concat", run_concat},
    {"series_filter", run_filter},
    {"series_take", run_take},
    {"series_iloc", run_take},
    {"series_loc", run_loc},
    {"series_mask", run_mask},
    {"series_astype", run_astype},
    {"series_duplicated", run_duplicated},
    {"series_unique", run_unique},
    {"series_factorize", run_unique},
    {"series_value_counts", run_counts},
    {"column_dtype_check", run_dtype},
    {"index_first_positions", run_index},
    {"index_has_duplicates", run_index},
    {"index_is_monotonic_increasing", run_index},
    {"index_align_union", run_align},
    {"groupby_sum", run_groupby},
    {"groupby_mean", run_groupby},
    {"groupby_count", run_groupby},
    {"groupby_min", run_groupby},
    {"groupby_max", run_groupby},
    {"groupby_first", run_groupby},
    {"groupby_last", run_groupby},
    {"groupby_std", run_groupby},
    {"groupby_var", run_groupby},
    {"groupby_median", run_groupby},
    {"groupby_nunique", run_groupby},
    {"groupby_prod", run_groupby},
    {"groupby_size", run_groupby},
    {NULL, NULL},
};
