/* program.c: from aggregates to folds and back. */
#include "fold/program.h"

#include "common/mem.h"

#include <math.h>
#include <stdlib.h>

enum { NO_FOLD = 0 }; /* fold 0 is the groups' sizes */

static bool
is_kept(enum aggregate how)
{
    return how == AGGREGATE_MEDIAN || how == AGGREGATE_QUANTILE;
}

static bool
is_size(const struct groupby_term *t)
{
    return !t->other && !t->top && t->how == AGGREGATE_SIZE;
}

/* The aggregates handled here, and only with pandas' defaults where that matters. */
static const char *
refusal(const struct groupby_term *t)
{
    if (t->other || t->top)
        return NULL;
    switch (t->how) {
    case AGGREGATE_SUM:
    case AGGREGATE_PROD:
    case AGGREGATE_MIN:
    case AGGREGATE_MAX:
    case AGGREGATE_FIRST:
    case AGGREGATE_LAST: return t->options.min_count >= 0 ? "--min-count is given" : NULL;
    case AGGREGATE_MEAN:
    case AGGREGATE_COUNT:
    case AGGREGATE_SIZE:
    case AGGREGATE_STD:
    case AGGREGATE_VAR:
    case AGGREGATE_SEM:
    case AGGREGATE_MEDIAN: return NULL;
    case AGGREGATE_QUANTILE:
        return t->options.interpolation == INTERPOLATE_LINEAR && t->options.q >= 0 &&
                       t->options.q <= 1
                   ? NULL
                   : "a quantile that is not plain";
    case AGGREGATE_NUNIQUE:
    case AGGREGATE_ANY:
    case AGGREGATE_ALL:
    case AGGREGATE_IDXMIN:
    case AGGREGATE_IDXMAX:
    case AGGREGATE_SKEW:
    case AGGREGATE_KURT:
    case AGGREGATE_COUNT_OF: break;
    }
    return "an aggregate that needs the whole table";
}

/* Position of a column among the plan's values, which grow by it when it is new. */
static size_t
value_of(struct program *p, size_t *values, size_t column)
{
    for (size_t i = 0; i < p->plan.n_values; i++)
        if (values[i] == column)
            return i;
    values[p->plan.n_values] = column;
    return p->plan.n_values++;
}

void
program_init(struct program *p, const struct csv_source *src, const struct groupby *q,
             const char **declined)
{
    size_t *keys = xcalloc(q->n_by + 2 * q->n_terms + 1, sizeof *keys);
    size_t *values = keys + q->n_by;

    *p = (struct program){.columns = keys};
    p->terms = xcalloc(q->n_terms + 1, sizeof *p->terms);
    p->folds = xcalloc(3 * q->n_terms + 1, sizeof *p->folds);
    p->n_terms = q->n_terms;
    p->plan = (struct batch_plan){
        .src = src, .n_keys = q->n_by, .keys = keys, .values = values};
    if (q->n_by == 0)
        *declined = "no keys";
    for (size_t i = 0; i < q->n_by; i++) {
        int64_t at = csv_source_find(src, q->by[i]);

        if (at < 0)
            *declined = "a key is no column of the file";
        keys[i] = at < 0 ? 0 : (size_t)at;
    }
    for (size_t i = 0; i < q->n_terms; i++) {
        const struct groupby_term *t = &q->terms[i];
        const char *why = refusal(t);
        int64_t at = is_size(t) ? 0 : csv_source_find(src, t->column);
        int64_t other = t->other ? csv_source_find(src, t->other) : 0;

        if (why || at < 0 || other < 0)
            *declined = why ? why : "a column to aggregate is no column of the file";
        p->terms[i].asked = *t;
        if (!is_size(t))
            p->terms[i].value = value_of(p, values, at < 0 ? 0 : (size_t)at);
        if (t->other)
            p->terms[i].other = value_of(p, values, other < 0 ? 0 : (size_t)other);
    }
    p->plan.kinds = xcalloc(p->plan.n_values + 1, sizeof *p->plan.kinds);
}

void
program_clear(struct program *p)
{
    for (size_t i = 0; i < p->n_folds; i++)
        fold_clear(&p->folds[i]);
    for (size_t i = 0; i < p->n_terms; i++)
        free(p->terms[i].values);
    free(p->plan.kinds);
    free(p->columns);
    free(p->folds);
    free(p->terms);
    *p = (struct program){0};
}

/* The fold like this one, which is added when it is new. */
static size_t
add_fold(struct program *p, struct fold like)
{
    if (like.type == FIELD_INT && like.kind == FOLD_COUNT)
        return NO_FOLD; /* integers are never missing: the group's size */
    for (size_t i = 1; i < p->n_folds; i++) {
        const struct fold *f = &p->folds[i];

        if (f->kind == like.kind && f->value == like.value && f->other == like.other &&
            f->top == like.top && f->smallest == like.smallest)
            return i;
    }
    p->folds[p->n_folds] = like;
    return p->n_folds++;
}

static enum fold_kind
main_fold(const struct program *p, const struct groupby_term *t, bool integer)
{
    enum aggregate how = t->how;

    if (t->other || t->top)
        return t->other ? FOLD_PAIR : FOLD_TOP;
    if (how == AGGREGATE_SUM)
        return integer ? FOLD_SUM : FOLD_KAHAN;
    if (how == AGGREGATE_MEAN)
        return integer && !p->careful ? FOLD_SUM : FOLD_KAHAN;
    if (how == AGGREGATE_PROD)
        return FOLD_PROD;
    if (how == AGGREGATE_MIN)
        return FOLD_MIN;
    if (how == AGGREGATE_MAX)
        return FOLD_MAX;
    if (how == AGGREGATE_FIRST)
        return FOLD_FIRST;
    if (how == AGGREGATE_LAST)
        return FOLD_LAST;
    if (how == AGGREGATE_COUNT)
        return FOLD_COUNT;
    return is_kept(how) ? FOLD_KEEP : FOLD_WELFORD;
}

/* Is the term's result of integers when its column is? */
static bool
keeps_integers(const struct groupby_term *t)
{
    return t->top ||
           (!t->other && (t->how == AGGREGATE_SUM || t->how == AGGREGATE_PROD ||
                          t->how == AGGREGATE_MIN || t->how == AGGREGATE_MAX ||
                          t->how == AGGREGATE_FIRST || t->how == AGGREGATE_LAST));
}

static void
fold_term(struct program *p, struct program_term *t)
{
    const struct groupby_term *asked = &t->asked;
    bool single = !asked->other && !asked->top;
    bool integer = !is_size(asked) && p->plan.kinds[t->value] == FIELD_INT;
    bool is_mean = single && asked->how == AGGREGATE_MEAN;
    struct fold fold = {.type = p->plan.kinds[t->value], .value = t->value};

    t->integer = is_size(asked) || (single && asked->how == AGGREGATE_COUNT) ||
                 (integer && keeps_integers(asked));
    t->main = t->count = NO_FOLD;
    if (!is_size(asked)) {
        fold.kind = main_fold(p, asked, integer);
        fold.top = asked->top;
        fold.smallest = asked->smallest;
        fold.other = t->other;
        fold.other_type = p->plan.kinds[t->other];
        t->main = add_fold(p, fold);
    }
    if (is_mean)
        t->count = add_fold(p, (struct fold){.kind = FOLD_COUNT,
                                             .type = p->plan.kinds[t->value],
                                             .value = t->value});
    if (t->main == NO_FOLD || asked->top || p->folds[t->main].kind == FOLD_KEEP ||
        (is_mean && t->count == NO_FOLD))
        p->first_fold = NO_FOLD;
}

void
program_fold(struct program *p)
{
    for (size_t i = 0; i < p->n_folds; i++)
        fold_clear(&p->folds[i]);
    p->folds[NO_FOLD] = (struct fold){.kind = FOLD_SIZE, .type = FIELD_INT};
    p->n_folds = p->first_fold = 1;
    for (size_t i = 0; i < p->n_terms; i++)
        fold_term(p, &p->terms[i]);
}

bool
program_folds_value(const struct program *p, size_t value)
{
    for (size_t f = 1; f < p->n_folds; f++)
        if (p->folds[f].value == value ||
            (p->folds[f].kind == FOLD_PAIR && p->folds[f].other == value))
            return true;
    return false;
}

bool
program_sums_exact(const struct program *p, const uint64_t *bits, uint64_t n)
{
    uint64_t most;

    for (size_t i = 0; i < p->n_terms; i++) {
        const struct program_term *t = &p->terms[i];

        if (t->asked.how == AGGREGATE_MEAN && p->folds[t->main].kind == FOLD_SUM &&
            (__builtin_mul_overflow(bits[t->value] + 1, n, &most) || most >= UINT64_C(1)
                                                                                 << 53))
            return false;
    }
    return true;
}

/* Welford's state as var, std or sem, each with its own order of operations. */
static double
spread(const struct program_term *t, const struct fold_welford *w)
{
    double free_count = w->count - (double)t->asked.options.ddof;

    if (free_count <= 0)
        return (double)NAN;
    if (t->asked.how == AGGREGATE_VAR)
        return w->m2 / free_count;
    if (t->asked.how == AGGREGATE_STD)
        return sqrt(w->m2 / free_count);
    return sqrt(w->m2 / free_count / w->count);
}

static double
real_value(const struct program *p, const struct program_term *t, size_t group)
{
    const struct fold *f = &p->folds[t->main];
    double sum;

    switch (f->kind) {
    case FOLD_KEEP: return t->values[group];
    case FOLD_WELFORD: return spread(t, (const struct fold_welford *)f->cells + group);
    case FOLD_PAIR:
        return pair_value((const struct pair_state *)f->cells + group, t->asked.pair);
    case FOLD_KAHAN:
    case FOLD_SUM:
        sum = f->kind == FOLD_SUM ? (double)fold_i64(f)[group]
                                  : ((const struct fold_kahan *)f->cells)[group].sum;
        if (t->asked.how == AGGREGATE_SUM)
            return sum;
        return sum / (double)fold_i64(&p->folds[t->count])[group]; /* 0 / 0: NaN */
    case FOLD_SIZE:
    case FOLD_COUNT:
    case FOLD_PROD:
    case FOLD_MIN:
    case FOLD_MAX:
    case FOLD_FIRST:
    case FOLD_TOP:
    case FOLD_LAST: break;
    }
    return fold_f64(f)[group];
}

struct program_value
program_value(const struct program *p, size_t term, size_t group)
{
    const struct program_term *t = &p->terms[term];
    struct program_value v = {.integer = t->integer};

    if (t->integer)
        v.i = fold_i64(&p->folds[t->main])[group];
    else
        v.f = real_value(p, t, group);
    return v;
}

void
program_fetch(const struct program *p, size_t term, size_t group)
{
    const struct program_term *t = &p->terms[term];
    const struct fold *f = &p->folds[t->main];

    if (f->kind == FOLD_KEEP)
        __builtin_prefetch(&t->values[group]);
    else
        __builtin_prefetch((const char *)f->cells + group * fold_cell_size(f));
    if (t->asked.how == AGGREGATE_MEAN)
        __builtin_prefetch(&fold_i64(&p->folds[t->count])[group]);
}

size_t
program_top_size(const struct program *p, size_t term, size_t group)
{
    uint64_t size = (uint64_t)fold_i64(&p->folds[NO_FOLD])[group];
    size_t top = p->terms[term].asked.top;

    return size < top ? (size_t)size : top;
}

struct program_value
program_top(const struct program *p, size_t term, size_t group, size_t i)
{
    const struct program_term *t = &p->terms[term];
    const struct fold *f = &p->folds[t->main];
    struct program_value v = {.integer = t->integer};

    if (t->integer)
        v.i = fold_i64(f)[group * f->top + i];
    else
        v.f = fold_f64(f)[group * f->top + i];
    return v;
}
