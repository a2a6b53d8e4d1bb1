/*
 * window.c: cumulative results.
 *
 * cumsum is Kahan's sum without the reset that sum has, so that everything after an
 * infinity is NaN.
 */
#include "group/window.h"

const struct window_options window_defaults = {
    .skipna = true, .ascending = true, .periods = 1};

static bool
parse(const char *const names[], size_t n, const char *name, unsigned *out)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(names[i], name) == 0) {
            *out = (unsigned)i;
            return true;
        }
    return false;
}

bool
window_parse(const char *name, enum window *out)
{
    static const char *const names[] = {"cumsum",   "cumprod", "cummin", "cummax",
                                        "cumcount", "ngroup",  "rank",   "shift",
                                        "diff",     "ffill",   "bfill"};
    unsigned at = 0;

    if (!parse(names, COUNT_OF(names), name, &at))
        return false;
    *out = (enum window)at;
    return true;
}

bool
rank_method_parse(const char *name, enum rank_method *out)
{
    static const char *const names[] = {"average", "min", "max", "first", "dense"};
    unsigned at = 0;

    if (!parse(names, COUNT_OF(names), name, &at))
        return false;
    *out = (enum rank_method)at;
    return true;
}

bool
rank_missing_parse(const char *name, enum rank_missing *out)
{
    static const char *const names[] = {"keep", "top", "bottom"};
    unsigned at = 0;

    if (!parse(names, COUNT_OF(names), name, &at))
        return false;
    *out = (enum rank_missing)at;
    return true;
}

/*
 * cumcount and ngroup: float64 only when rows without a group must show NaN.  Categories
 * that do not occur have no number, but count from the end.
 */
static const struct column *
number_rows(struct arena *a, const struct groups *g, enum window how, bool ascending)
{
    struct column *out =
        column_new(a, g->dropped ? COLTYPE_FLOAT64 : COLTYPE_INT64, g->n_rows);
    int64_t number = 0;

    for (size_t row = 0; row < g->n_rows; row++)
        if (g->ids[row] < 0)
            out->f[row] = (double)NAN;
    for (size_t k = 0; k < g->n_groups; k++) {
        for (int64_t i = g->offsets[k]; i < g->offsets[k + 1]; i++) {
            int64_t first = how == WINDOW_NGROUP ? number : i - g->offsets[k];
            int64_t last = how == WINDOW_NGROUP ? (int64_t)g->n_groups - 1 - number
                                                : g->offsets[k + 1] - 1 - i;

            column_set(out, (size_t)g->rows[i], cell_int(ascending ? first : last));
        }
        number += group_size(g, k) > 0;
    }
    return out;
}

struct running {
    double value;
    double compensation;
    bool any;
    bool broken; /* a missing value came and skipna is off */
};

static double
advance(struct running *r, enum window how, double x, bool single)
{
    double y;
    double t;

    switch (how) {
    case WINDOW_CUMSUM:
        y = single ? (double)(float)(x - r->compensation) : x - r->compensation;
        t = single ? (double)(float)(r->value + y) : r->value + y;
        r->compensation = single ? (double)(float)((double)(float)(t - r->value) - y)
                                 : t - r->value - y;
        r->value = t;
        break;
    case WINDOW_CUMPROD:
        r->value = r->any ? r->value * x : x;
        r->value = single ? (double)(float)r->value : r->value;
        break;
    case WINDOW_CUMMIN: r->value = !r->any || x < r->value ? x : r->value; break;
    case WINDOW_CUMMAX: r->value = !r->any || x > r->value ? x : r->value; break;
    case WINDOW_CUMCOUNT:
    case WINDOW_NGROUP:
    case WINDOW_RANK:
    case WINDOW_SHIFT:
    case WINDOW_DIFF:
    case WINDOW_FFILL:
    case WINDOW_BFILL: break;
    }
    r->any = true;
    return r->value;
}

static struct column *
cumulate_floats(struct arena *a, const struct groups *g, const struct column *values,
                enum window how, bool skipna)
{
    bool single = values->dtype == COLTYPE_FLOAT32;
    bool masked = values->na != NULL;
    struct column *out = column_new(a,
                                    masked   ? COLTYPE_NULLABLE_FLOAT
                                    : single ? COLTYPE_FLOAT32
                                             : COLTYPE_FLOAT64,
                                    g->n_rows);

    for (size_t row = 0; row < g->n_rows; row++) {
        out->f[row] = (double)NAN;
        if (masked)
            out->na[row] = values->na[row];
    }
    for (size_t k = 0; k < g->n_groups; k++) {
        struct running r = {0};

        for (int64_t i = g->offsets[k]; i < g->offsets[k + 1]; i++) {
            size_t row = (size_t)g->rows[i];

            if (column_missing(values, row))
                r.broken |= !skipna;
            else if (!r.broken)
                out->f[row] =
                    advance(&r, how, cell_to_f64(column_get(values, row)), single);
        }
    }
    return out;
}

static int64_t
advance_integer(const struct column *values, enum window how, int64_t so_far, int64_t x)
{
    bool is_unsigned = coltype_class(values->dtype) == CLASS_UINT;
    bool less = is_unsigned ? (uint64_t)x < (uint64_t)so_far : x < so_far;

    if (how == WINDOW_CUMSUM)
        return (int64_t)((uint64_t)so_far + (uint64_t)x);
    if (how == WINDOW_CUMPROD)
        return (int64_t)((uint64_t)so_far * (uint64_t)x);
    return less == (how == WINDOW_CUMMIN) ? x : so_far;
}

/* The column's own type when every value fits it, else its 64-bit kin. */
static enum coltype
result_type(const struct column *values, enum window how, const struct column *wide)
{
    enum coltype t = values->dtype;
    bool folds = how == WINDOW_CUMSUM || how == WINDOW_CUMPROD;

    if (t == COLTYPE_BOOL && folds)
        return COLTYPE_INT64;
    if (t == COLTYPE_NULLABLE_BOOL && folds)
        return COLTYPE_NULLABLE_INT;
    for (size_t i = 0; i < wide->size && coltype_integer(t); i++)
        if (coltype_class(t) == CLASS_UINT
                ? coltype_wrap_u64(t, wide->u[i]) != wide->u[i]
                : coltype_wrap_i64(t, wide->i[i]) != wide->i[i])
            return coltype_class(t) == CLASS_UINT ? COLTYPE_UINT64 : COLTYPE_INT64;
    return t;
}

static struct column *
cumulate_integers(struct arena *a, const struct groups *g, const struct column *values,
                  enum window how, bool skipna)
{
    struct column *out = column_like(a, values, g->n_rows);

    for (size_t k = 0; k < g->n_groups; k++) {
        int64_t so_far = 0;
        bool any = false;
        bool broken = false;

        for (int64_t i = g->offsets[k]; i < g->offsets[k + 1]; i++) {
            size_t row = (size_t)g->rows[i];

            if (column_missing(values, row) || broken) {
                broken |= !skipna;
                if (out->na)
                    out->na[row] = 1;
                else
                    out->i[row] = INT64_MIN;
                continue;
            }
            so_far = any ? advance_integer(values, how, so_far, values->i[row])
                         : values->i[row];
            any = true;
            out->i[row] = so_far;
        }
    }
    out->dtype = result_type(values, how, out);
    return out;
}

/* The way back of window_floats(), as NumPy casts: what is no time is NaT. */
static const struct column *
times_of_floats(struct arena *a, const struct column *c, const struct column *times)
{
    struct column *out = column_like(a, times, c->size);

    for (size_t i = 0; i < c->size; i++)
        out->i[i] = fabs(c->f[i]) < 0x1p63 ? (int64_t)c->f[i] : INT64_MIN;
    return out;
}

static bool
cumulate(struct arena *a, const struct groups *g, const struct column *values,
         enum window how, bool skipna, const struct column **out, struct error *err)
{
    static const char *const names[] = {"cumsum", "cumprod", "cummin", "cummax"};
    enum coltype_class class = coltype_class(values->dtype);
    bool spans = values->dtype == COLTYPE_SPAN;

    if (class == CLASS_CELL || class == CLASS_CODE ||
        (class == CLASS_TIME &&
         (how == WINDOW_CUMPROD || (how == WINDOW_CUMSUM && !spans))))
        return raise_error(err, "TypeError", "%s is not supported for %s dtype",
                           names[how], coltype_name(values->dtype));
    *out = class == CLASS_FLOAT || g->dropped
               ? cumulate_floats(a, g, window_floats(a, g, values), how, skipna)
               : cumulate_integers(a, g, values, how, skipna);
    if (class == CLASS_TIME && g->dropped)
        *out = times_of_floats(a, *out, values);
    return true;
}

const struct column *
window_floats(struct arena *a, const struct groups *g, const struct column *values)
{
    enum coltype_class class = coltype_class(values->dtype);
    struct column *out;

    if (!g->dropped || (class != CLASS_TIME && class != CLASS_INT && class != CLASS_UINT))
        return values;
    if (class != CLASS_TIME)
        return column_cast(a, values,
                           values->na ? COLTYPE_NULLABLE_FLOAT : COLTYPE_FLOAT64);
    out = column_new(a, COLTYPE_FLOAT64, values->size);
    for (size_t i = 0; i < values->size; i++)
        out->f[i] = (double)values->i[i];
    return out;
}

bool
window(struct arena *a, const struct groups *g, const struct column *values,
       enum window how, const struct window_options *options, const struct column **out,
       struct error *err)
{
    switch (how) {
    case WINDOW_CUMCOUNT:
    case WINDOW_NGROUP: *out = number_rows(a, g, how, options->ascending); return true;
    case WINDOW_CUMSUM:
    case WINDOW_CUMPROD:
    case WINDOW_CUMMIN:
    case WINDOW_CUMMAX:
        if (!cumulate(a, g, values, how, options->skipna, out, err))
            return false;
        break;
    case WINDOW_RANK:
        if (!window_rank(a, g, values, options, out, err))
            return false;
        break;
    case WINDOW_SHIFT:
    case WINDOW_DIFF:
    case WINDOW_FFILL:
    case WINDOW_BFILL:
        if (!window_move(a, g, values, how, options, out, err))
            return false;
        break;
    }
    *out = column_named(a, *out, values->name);
    return true;
}
