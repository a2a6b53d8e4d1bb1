/* group_terms.c: --agg and --transform to columns. */
#include "commands/group_terms.h"

#include "commands/term.h"
#include "common/buf.h"
#include "group/summary.h"
#include "table/order.h"

enum { PARTS_MAX = 8 }; /* columns of describe */

/* A term and what it is called in the result. */
struct wanted {
    struct term term;
    enum aggregate how; /* AGGREGATE_COUNT_OF: ohlc, describe, or a pair */
    const char *other;  /* second column of a pair, or NULL */
    enum pair pair;
    struct aggregate_options options;
    const char *name;
};

static bool
is_wide(const char *how)
{
    return strcmp(how, "ohlc") == 0 || strcmp(how, "describe") == 0;
}

/* "X,Y:corr" */
static bool
read_pair(struct arena *a, struct wanted *out, struct error *err)
{
    struct term *t = &out->term;
    const char *comma = t->column ? strchr(t->column, ',') : NULL;

    if (!comma || comma == t->column || !comma[1])
        return error_set(err, ERR_USAGE, "--agg %s: not two columns (write X,Y:%s)",
                         t->given, pair_name(out->pair));
    out->other = arena_strndup(a, comma + 1, strlen(comma + 1));
    t->column = arena_strndup(a, t->column, (size_t)(comma - t->column));
    return true;
}

static bool
read_term(struct arena *a, const char *text, struct wanted *out, struct error *err)
{
    struct term *t = &out->term;

    if (!term_parse(a, "--agg", text, t, err))
        return false;
    out->how = AGGREGATE_COUNT_OF;
    if (pair_parse(t->how, &out->pair))
        return read_pair(a, out, err);
    if (is_wide(t->how))
        return t->column ||
               error_set(err, ERR_USAGE, "--agg %s: no column (write COLUMN:HOW)", text);
    if (!aggregate_parse(t->how, &out->how))
        return error_set(err, ERR_USAGE, "--agg %s: unknown aggregate '%s'", text,
                         t->how);
    if (!t->column && out->how != AGGREGATE_SIZE)
        return error_set(err, ERR_USAGE, "--agg %s: no column (write COLUMN:HOW)", text);
    return term_aggregate(t, out->how, &out->options, err);
}

/* A column that is aggregated in several ways gives columns COLUMN_HOW. */
static const char *
name_of(struct arena *a, const struct wanted *terms, size_t n, size_t i)
{
    const struct term *t = &terms[i].term;
    const char *column = t->column ? t->column : "size";
    struct buf text = {0};
    size_t same = 0;

    if (t->name)
        return t->name;
    if (terms[i].other)
        return pair_name(terms[i].pair);
    if (is_wide(t->how))
        return column;
    for (size_t k = 0; k < n; k++)
        same += terms[k].term.column && !terms[k].other &&
                strcmp(terms[k].term.column, column) == 0;
    if (same <= 1)
        return column;
    buf_printf(&text, "%s_%s", column, t->how);
    column = arena_strndup(a, buf_string(&text), text.size);
    buf_clear(&text);
    return column;
}

static bool
read_terms(struct arena *a, const struct cli_list *given, struct wanted **out,
           struct error *err)
{
    *out = arena_alloc(a, (given->count + 1) * sizeof **out);
    for (size_t i = 0; i < given->count; i++)
        if (!read_term(a, given->items[i], &(*out)[i], err))
            return false;
    for (size_t i = 0; i < given->count; i++)
        (*out)[i].name = name_of(a, *out, given->count, i);
    return true;
}

bool
group_query(struct arena *a, const struct groupby_options *o, struct groupby *out,
            bool *declined, struct error *err)
{
    size_t n = o->agg.count;
    struct groupby_term *terms = arena_alloc(a, (n + 1) * sizeof *terms);
    struct wanted *wanted;

    if (!read_terms(a, &o->agg, &wanted, err))
        return false;
    *declined = false;
    for (size_t i = 0; i < n; i++) {
        const struct wanted *w = &wanted[i];

        *declined |= w->how == AGGREGATE_COUNT_OF && !w->other;
        terms[i] = (struct groupby_term){.name = w->name,
                                         .column = w->term.column ? w->term.column
                                                                  : o->group.by.items[0],
                                         .other = w->other,
                                         .pair = w->pair,
                                         .how = w->other ? AGGREGATE_SUM : w->how,
                                         .options = w->options};
        if (w->term.column && strcmp(w->name, w->term.column) == 0)
            terms[i].name = NULL;
    }
    grouping_query(&o->group, out);
    out->as_index = o->as_index;
    out->terms = terms;
    out->n_terms = n;
    return true;
}

bool
group_make(struct arena *a, const struct frame *f, const struct groupby_options *o,
           struct groups *out, struct error *err)
{
    const struct group_options options = grouping_groups(&o->group);
    const struct column **keys;

    if (!table_want_all(a, f, &o->group.by, &keys, err) ||
        (options.sort && !order_check(keys, o->group.by.count, err)))
        return false;
    groups_make(a, keys, o->group.by.count, &options, out);
    return true;
}

static const struct column *
renamed(struct arena *a, const struct column *c, const char *name, const char *part)
{
    struct buf text = {0};
    const char *copy;

    buf_printf(&text, "%s_%s", name, part);
    copy = arena_strndup(a, buf_string(&text), text.size);
    buf_clear(&text);
    return column_named(a, c, cell_str(copy));
}

/* The columns of ohlc or describe; unobserved groups have none. */
static bool
wide_columns(struct arena *a, const struct groups *g, const struct column *values,
             const struct wanted *w, const struct column **out, size_t *n,
             struct error *err)
{
    struct frame *f;

    if (strcmp(w->term.how, "describe") == 0)
        f = summary_describe(a, g, values);
    else if (!summary_ohlc(a, g, values, &f, err))
        return false;
    for (size_t i = 0; i < f->n_columns; i++)
        out[(*n)++] =
            renamed(a, f->columns[i], w->name,
                    arena_strndup(a, f->columns[i]->name.s, f->columns[i]->name.size));
    return true;
}

static bool
want_values(const struct frame *f, const struct wanted *w, const struct column **out,
            struct error *err)
{
    *out = w->term.column ? frame_column(f, w->term.column) : NULL;
    return *out || !w->term.column ||
           raise_error(err, "KeyError", "'Column not found: %s'", w->term.column);
}

static bool
pair_values(struct arena *a, const struct frame *f, const struct groups *g,
            const struct column *values, const struct wanted *w,
            const struct column **out, struct error *err)
{
    const struct column *other = frame_column(f, w->other);

    if (!other)
        return raise_error(err, "KeyError", "'Column not found: %s'", w->other);
    if (!pair_column(a, g, values, other, w->pair, out, err))
        return false;
    *out = column_named(a, *out, cell_str(w->name));
    return true;
}

bool
group_aggregates(struct arena *a, const struct frame *f, const struct groupby_options *o,
                 struct frame **out, struct error *err)
{
    size_t room = o->agg.count * PARTS_MAX + 1;
    const struct column **columns = arena_alloc(a, room * sizeof *columns);
    bool *zero = arena_alloc(a, room);
    struct wanted *wanted;
    struct groups g;
    size_t n = 0;

    if (!read_terms(a, &o->agg, &wanted, err) || !group_make(a, f, o, &g, err))
        return false;
    for (size_t i = 0; i < o->agg.count; i++) {
        const struct wanted *w = &wanted[i];
        const struct column *values;

        if (!want_values(f, w, &values, err))
            return false;
        if (w->other) {
            if (!pair_values(a, f, &g, values, w, &columns[n++], err))
                return false;
            continue;
        }
        if (w->how == AGGREGATE_COUNT_OF) {
            if (!wide_columns(a, &g, values, w, columns, &n, err))
                return false;
            continue;
        }
        if (!aggregate(a, &g, values ? values : f->columns[0], &f->index, w->how,
                       &w->options, &columns[n], err))
            return false;
        if (values && w->how == AGGREGATE_SIZE)
            columns[n] = aggregate_size_of(a, columns[n], values);
        columns[n] = column_named(a, columns[n], cell_str(w->name));
        zero[n++] = aggregate_spreads_zero(w->how);
        if (w->how == AGGREGATE_SIZE && !values && o->agg.count == 1)
            g.columns = g.labels; /* size goes through reset_index, which infers */
    }
    *out = groupby_assemble(a, &g, o->as_index, columns, zero, n);
    return groups_check(&g, err);
}

static bool
one_transform(struct arena *a, const struct frame *f, const struct groups *g,
              const char *text, const struct column **out, struct error *err)
{
    struct window_options options;
    struct term t;
    enum window how;
    enum aggregate aggregate_how;
    const struct column *values = NULL;
    bool whole;

    if (!term_parse(a, "--transform", text, &t, err))
        return false;
    whole = strcmp(t.how, "cumcount") == 0 || strcmp(t.how, "ngroup") == 0 ||
            strcmp(t.how, "size") == 0;
    if (!t.column && !whole)
        return error_set(err, ERR_USAGE, "--transform %s: no column (write COLUMN:HOW)",
                         text);
    if (t.column && !frame_want(f, t.column, &values, err))
        return false;
    if (window_parse(t.how, &how)) {
        if (!term_window(a, &t, how, &options, err) ||
            !window(a, g, values ? values : f->columns[0], how, &options, out, err))
            return false;
    } else if (!aggregate_parse(t.how, &aggregate_how) || t.n_arguments > 0)
        return error_set(err, ERR_USAGE, "--transform %s: unknown function '%s'", text,
                         t.how);
    else if (!summary_transform(a, g, values, &f->index, aggregate_how, out, err))
        return false;
    *out = t.name     ? column_named(a, *out, cell_str(t.name))
           : t.column ? renamed(a, *out, t.column, t.how)
                      : column_named(a, *out, cell_str(t.how));
    return true;
}

bool
group_transforms(struct arena *a, const struct frame *f, const struct groupby_options *o,
                 struct frame **out, struct error *err)
{
    struct groups g;

    if (!group_make(a, f, o, &g, err))
        return false;
    *out = frame_new(a, 0, f->n_columns + o->transform.count);
    (*out)->index = f->index;
    (*out)->n_rows = f->n_rows;
    for (size_t i = 0; i < f->n_columns; i++)
        frame_add(*out, f->columns[i]);
    for (size_t i = 0; i < o->transform.count; i++) {
        const struct column *c;

        if (!one_transform(a, f, &g, o->transform.items[i], &c, err))
            return false;
        frame_add(*out, c);
    }
    return true;
}
