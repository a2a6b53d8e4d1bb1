/* answer.c: see answer.h. */
#include "shards/answer.h"

#include "common/num.h"
#include "group/aggregate_impl.h"
#include "table/order.h"

static bool
is_integer(const struct plan *p, const struct groupby_term *t)
{
    enum lattice_type type = rows_type(p, t->column);

    return type == LATTICE_INT || type == LATTICE_UINT || type == LATTICE_BOOL;
}

/*
 * The skewness of integers becomes integers when those of all groups are integral,
 * which one part cannot know: it is taken of floats, and cast at the end.
 */
static bool
casts_late(const struct plan *p, const struct groupby_term *t)
{
    return !t->other && t->how == AGGREGATE_SKEW && is_integer(p, t);
}

static bool
one_term(struct arena *a, const struct frame *rows, const struct groups *g,
         const struct plan *p, const struct groupby_term *t, const struct column **out,
         struct error *err)
{
    const struct column *values = frame_column(rows, t->column);
    struct frame alone = *rows;

    if (!casts_late(p, t))
        return groupby_column(a, rows, g, t, out, err);
    values = column_cast(a, values, COLTYPE_FLOAT64);
    alone.columns = &values;
    alone.n_columns = 1;
    return groupby_column(a, &alone, g, t, out, err);
}

bool
answer_rows(struct arena *a, const struct frame *rows, const struct plan *p,
            struct frame **out, struct error *err)
{
    const struct groupby *q = &p->query;
    const struct group_options options = {.dropna = q->group.dropna};
    struct frame labelled = *rows;
    const struct column *const *keys;
    const struct column *column;
    struct groups g;

    labelled.index = index_of(a, rows_numbers(rows)); /* idxmin answers with them */
    labelled.n_columns--;
    if (!groupby_keys(a, &labelled, q->by, q->n_by, &keys, err))
        return false;
    groups_make(a, keys, q->n_by, &options, &g);

    int64_t *first = arena_alloc(a, (g.n_groups + 1) * sizeof *first);

    for (size_t k = 0; k < g.n_groups; k++)
        first[k] = g.rows[g.offsets[k]];
    *out = frame_new(a, g.n_groups, q->n_by + q->n_terms + 1);
    for (size_t i = 0; i < q->n_by; i++)
        frame_add(*out, column_take(a, keys[i], first, g.n_groups));
    for (size_t i = 0; i < q->n_terms; i++) {
        if (!one_term(a, &labelled, &g, p, &q->terms[i], &column, err))
            return false;
        frame_add(*out, column);
    }
    frame_add(*out, column_take(a, rows_numbers(rows), first, g.n_groups));
    return true;
}

static bool
is_wide(enum coltype t)
{
    return t == COLTYPE_INT64 || t == COLTYPE_UINT64 || t == COLTYPE_FLOAT64;
}

/* A column that some part had to make float64 is one of floats. */
static bool
common_type(struct frame *const results[], size_t n, size_t column, enum coltype *out,
            struct error *err)
{
    *out = results[0]->columns[column]->dtype;
    for (size_t k = 1; k < n; k++) {
        enum coltype t = results[k]->columns[column]->dtype;

        if (t == *out)
            continue;
        if (!is_wide(t) || !is_wide(*out) ||
            (t != COLTYPE_FLOAT64 && *out != COLTYPE_FLOAT64))
            return error_set(err, ERR_MALFORMED, "parts disagree on a column's type");
        *out = COLTYPE_FLOAT64;
    }
    return true;
}

bool
answer_stack(struct arena *a, struct frame *const results[], size_t n, struct frame **out,
             struct error *err)
{
    struct frame **alike = arena_alloc(a, (n + 1) * sizeof *alike);

    for (size_t k = 0; k < n; k++) {
        alike[k] = frame_new(a, results[k]->n_rows, results[0]->n_columns);
        if (results[k]->n_columns != results[0]->n_columns)
            return error_set(err, ERR_MALFORMED, "parts have different columns");
    }
    for (size_t i = 0; i < results[0]->n_columns; i++) {
        enum coltype t;

        if (!common_type(results, n, i, &t, err))
            return false;
        for (size_t k = 0; k < n; k++) {
            const struct column *c = results[k]->columns[i];

            frame_add(alike[k], c->dtype == t ? c : column_cast(a, c, t));
        }
    }
    *out = rows_stack(a, alike, n);
    return true;
}

struct frame *
answer_finish(struct arena *a, const struct frame *results, const struct plan *p)
{
    const struct groupby *q = &p->query;
    const struct column *numbers = rows_numbers(results);
    int64_t *order = order_by(a, &numbers, 1, NULL);
    struct frame *f = frame_take(a, results, order, results->n_rows);
    const struct column **columns = arena_alloc(a, (q->n_terms + 1) * sizeof *columns);
    bool *zero = arena_alloc(a, q->n_terms + 1);
    struct groups g;

    groups_make(a, f->columns, q->n_by, &q->group, &g);
    groupby_infer(&g, q);
    for (size_t i = 0; i < q->n_terms; i++) {
        const struct groupby_term *t = &q->terms[i];
        struct column *c = column_take(a, f->columns[q->n_by + i], g.rows, g.n_groups);

        if (casts_late(p, t)) {
            struct cell name = c->name;

            c = aggregate_cast_back(a, c, lattice_coltype(rows_type(p, t->column)));
            c->name = name;
        }
        columns[i] = c;
    }
    return groupby_assemble(a, &g, q->as_index, columns, zero, q->n_terms);
}

static struct cell
as_text(struct arena *a, struct cell v)
{
    char text[NUM_F64_SIZE];
    size_t n = 0;

    switch ((enum cell_kind)v.kind) {
    case CELL_STR: return v;
    case CELL_BOOL:
    case CELL_INT:
    case CELL_TIME:
    case CELL_SPAN: n = num_format_i64(v.i, text); break;
    case CELL_UINT: n = num_format_u64(v.u, text); break;
    case CELL_FLOAT: n = num_format_hexfloat(v.f, text); break;
    case CELL_NONE:
    case CELL_NA:
    case CELL_NAT: break;
    }
    return cell_str_n(arena_strndup(a, text, n), n);
}

static bool
from_text(struct cell text, int64_t kind, struct cell *out)
{
    char copy[64];

    *out = (struct cell){.kind = (uint8_t)kind};
    if (kind == CELL_STR) {
        *out = text;
        return true;
    }
    if (text.size >= sizeof copy)
        return false;
    memcpy(copy, text.s, text.size);
    copy[text.size] = 0;
    switch (kind) {
    case CELL_NONE:
    case CELL_NA:
    case CELL_NAT: return text.size == 0;
    case CELL_BOOL:
    case CELL_INT:
    case CELL_TIME:
    case CELL_SPAN:
        return num_parse_i64(copy, text.size, &out->i) &&
               (kind != CELL_BOOL || out->i == 0 || out->i == 1);
    case CELL_UINT: return num_parse_u64(copy, text.size, &out->u);
    case CELL_FLOAT: return num_parse_hexfloat(copy, &out->f);
    default: return false;
    }
}

static bool
is_packed(const struct column *c, size_t i, const struct plan *p)
{
    return i >= p->query.n_by && c->dtype == COLTYPE_OBJECT;
}

struct frame *
answer_pack(struct arena *a, const struct frame *results, const struct plan *p)
{
    struct frame *f = frame_new(a, results->n_rows, 2 * results->n_columns);

    for (size_t i = 0; i < results->n_columns; i++) {
        const struct column *c = results->columns[i];
        struct column *text, *kinds;

        if (!is_packed(c, i, p)) {
            frame_add(f, c);
            continue;
        }
        text = column_like(a, c, c->size);
        kinds = column_new(a, COLTYPE_INT8, c->size);
        for (size_t row = 0; row < c->size; row++) {
            text->cells[row] = as_text(a, c->cells[row]);
            kinds->i[row] = c->cells[row].kind;
        }
        frame_add(f, text);
        frame_add(f, kinds);
    }
    return f;
}

bool
answer_unpack(struct arena *a, const struct frame *packed, const struct plan *p,
              struct frame **out, struct error *err)
{
    size_t wanted = p->query.n_by + p->query.n_terms + 1;

    *out = frame_new(a, packed->n_rows, packed->n_columns);
    for (size_t i = 0; i < packed->n_columns; i++) {
        const struct column *c = packed->columns[i];
        struct column *values;

        if (!is_packed(c, (*out)->n_columns, p)) {
            frame_add(*out, c);
            continue;
        }
        if (++i == packed->n_columns || packed->columns[i]->dtype != COLTYPE_INT8)
            return error_set(err, ERR_MALFORMED, "values without their kinds");
        values = column_like(a, c, c->size);
        for (size_t row = 0; row < c->size; row++)
            if (c->cells[row].kind != CELL_STR ||
                !from_text(c->cells[row], packed->columns[i]->i[row],
                           &values->cells[row]))
                return error_set(err, ERR_MALFORMED, "a value that is not of its kind");
        frame_add(*out, values);
    }
    if ((*out)->n_columns != wanted || rows_numbers(*out)->dtype != COLTYPE_INT64)
        return error_set(err, ERR_MALFORMED, "columns that are not those of the query");
    for (size_t i = 0; i < p->query.n_by; i++)
        if ((*out)->columns[i]->dtype != lattice_coltype(rows_type(p, p->query.by[i])))
            return error_set(err, ERR_MALFORMED, "a key of another type than the plan's");
    return true;
}
