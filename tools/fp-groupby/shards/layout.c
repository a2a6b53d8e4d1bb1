/* layout.c: see layout.h. */
#include "shards/layout.h"

const size_t layout_width[] = {1, 1, 3 + BIN_COLUMNS, 2, 2, LAYOUT_WIDTH_MOST, 0};

static bool
is_float(enum lattice_type t)
{
    return t == LATTICE_FLOAT || t == LATTICE_FLOAT_OF_INT;
}

enum layout
layout_of(const struct plan *p, const struct groupby_term *t)
{
    enum lattice_type type = rows_type(p, t->column);
    bool number = type == LATTICE_INT || type == LATTICE_UINT || type == LATTICE_BOOL ||
                  is_float(type);

    if (t->other || t->top || t->options.min_count >= 0)
        return KEEP_NOTHING;
    if (t->how == AGGREGATE_SIZE || t->how == AGGREGATE_COUNT)
        return KEEP_COUNT;
    if (!number)
        return KEEP_NOTHING;
    switch (t->how) {
    case AGGREGATE_SUM: return is_float(type) ? KEEP_SUM : KEEP_INTEGER;
    case AGGREGATE_PROD: return is_float(type) ? KEEP_NOTHING : KEEP_INTEGER;
    case AGGREGATE_MEAN: return KEEP_SUM;
    case AGGREGATE_MIN:
    case AGGREGATE_MAX: return KEEP_EXTREME;
    case AGGREGATE_FIRST:
    case AGGREGATE_LAST: return KEEP_POSITION;
    case AGGREGATE_STD:
    case AGGREGATE_VAR:
    case AGGREGATE_SEM: return KEEP_SPREAD;
    case AGGREGATE_COUNT:
    case AGGREGATE_SIZE:
    case AGGREGATE_MEDIAN:
    case AGGREGATE_QUANTILE:
    case AGGREGATE_NUNIQUE:
    case AGGREGATE_ANY:
    case AGGREGATE_ALL:
    case AGGREGATE_IDXMIN:
    case AGGREGATE_IDXMAX:
    case AGGREGATE_SKEW:
    case AGGREGATE_KURT:
    case AGGREGATE_COUNT_OF: break;
    }
    return KEEP_NOTHING;
}

enum coltype
layout_column_type(const struct plan *p, const struct groupby_term *t, enum layout layout,
                   size_t i)
{
    enum coltype own = lattice_coltype(rows_type(p, t->column));

    switch (layout) {
    case KEEP_INTEGER: return own == COLTYPE_UINT64 ? own : COLTYPE_INT64;
    case KEEP_SUM: return i == 1 || i == 2 ? COLTYPE_FLOAT64 : COLTYPE_INT64;
    case KEEP_SPREAD: return i == 1 ? COLTYPE_FLOAT64 : COLTYPE_INT64;
    case KEEP_EXTREME:
    case KEEP_POSITION: return i == 0 ? own : COLTYPE_INT64;
    case KEEP_COUNT:
    case KEEP_NOTHING: break;
    }
    return COLTYPE_INT64;
}

size_t
layout_frame_width(const struct plan *p)
{
    size_t n = p->query.n_by + 1;

    for (size_t i = 0; i < p->query.n_terms; i++)
        n += layout_width[layout_of(p, &p->query.terms[i])];
    return n;
}

struct bins
layout_bins(const struct column *const in[], size_t row)
{
    struct bins b = {.top = in[0]->i[row]};

    for (size_t k = 0; k < BINS; k++)
        b.at[k] = in[1 + k]->i[row];
    return b;
}
