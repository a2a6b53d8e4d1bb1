/*
 * fold.c: the loops over a batch, one for each kind and type.
 *
 * Before a group's first value its minimum, maximum, first and last are NaN in
 * doubles; integers are never missing, so that every group has a first one.
 */
#include "fold/fold.h"

#include "common/mem.h"
#include "group/pair.h"
#include <stdlib.h>

size_t
fold_cell_size(const struct fold *f)
{
    if (f->kind == FOLD_KAHAN)
        return sizeof(struct fold_kahan);
    if (f->kind == FOLD_PAIR)
        return sizeof(struct pair_state);
    if (f->kind == FOLD_TOP)
        return 8 * f->top;
    return f->kind == FOLD_WELFORD ? sizeof(struct fold_welford) : 8;
}

/* What a group's cell holds before its first value. */
static void
begin_cells(struct fold *f, size_t from, size_t to)
{
    int64_t *i = f->cells;
    double *d = f->cells;
    bool integer = f->type == FIELD_INT;

    if (f->kind == FOLD_MIN || f->kind == FOLD_MAX || f->kind == FOLD_FIRST ||
        f->kind == FOLD_LAST) {
        for (size_t g = from; g < to; g++)
            if (!integer)
                d[g] = (double)NAN;
            else
                i[g] = f->kind == FOLD_MIN   ? INT64_MAX
                       : f->kind == FOLD_MAX ? INT64_MIN
                                             : 0;
    } else if (f->kind == FOLD_TOP) {
        for (size_t k = from * f->top; k < to * f->top; k++)
            if (!integer)
                d[k] = (double)NAN;
            else
                i[k] = f->smallest ? INT64_MAX : INT64_MIN;
    } else if (f->kind == FOLD_PROD) {
        for (size_t g = from; g < to; g++)
            if (integer)
                i[g] = 1;
            else
                d[g] = 1;
    } else {
        memset((char *)f->cells + from * fold_cell_size(f), 0,
               (to - from) * fold_cell_size(f));
    }
}

void
fold_reserve(struct fold *f, size_t n_groups)
{
    size_t old = f->capacity;
    void *cells;

    if (n_groups <= old)
        return;
    f->capacity = old ? n_groups + n_groups / 2 : n_groups; /* it may be all */
    cells = xlarge(f->capacity * fold_cell_size(f));
    if (old)
        memcpy(cells, f->cells, old * fold_cell_size(f));
    free(f->cells);
    f->cells = cells;
    if (f->kind != FOLD_KEEP)
        begin_cells(f, old, f->capacity);
}

void
fold_restart(struct fold *f, size_t n_groups)
{
    size_t old = f->capacity;

    fold_reserve(f, n_groups);
    f->n_kept = 0;
    begin_cells(f, 0, old < n_groups ? old : n_groups);
}

void
fold_make_room(struct fold *f, size_t n_groups)
{
    free(f->cells);
    f->cells = xlarge(n_groups * fold_cell_size(f));
    f->capacity = n_groups;
}

static inline void
kahan(struct fold_kahan *cell, double x)
{
    double y = x - cell->compensation;
    double t = cell->sum + y;
    double c = t - cell->sum - y;

    cell->compensation = isnan(c) ? 0 : c;
    cell->sum = t;
}

static void
integers(struct fold *f, const int64_t *x, const uint32_t *groups, size_t n)
{
    int64_t *cell = f->cells;
    uint64_t *sum = f->cells;
    size_t i;

    switch (f->kind) {
    case FOLD_SUM:
        for (i = 0; i < n; i++)
            sum[groups[i]] += (uint64_t)x[i];
        break;
    case FOLD_PROD:
        for (i = 0; i < n; i++)
            sum[groups[i]] *= (uint64_t)x[i];
        break;
    case FOLD_KAHAN:
        for (i = 0; i < n; i++)
            kahan((struct fold_kahan *)f->cells + groups[i], (double)x[i]);
        break;
    case FOLD_WELFORD:
        for (i = 0; i < n; i++)
            fold_welford_add((struct fold_welford *)f->cells + groups[i], (double)x[i]);
        break;
    case FOLD_MIN:
        for (i = 0; i < n; i++)
            cell[groups[i]] = x[i] < cell[groups[i]] ? x[i] : cell[groups[i]];
        break;
    case FOLD_MAX:
        for (i = 0; i < n; i++)
            cell[groups[i]] = x[i] > cell[groups[i]] ? x[i] : cell[groups[i]];
        break;
    case FOLD_LAST:
        for (i = 0; i < n; i++)
            cell[groups[i]] = x[i];
        break;
    case FOLD_FIRST: /* groups are numbered as they appear */
        for (i = 0; i < n; i++)
            if (groups[i] == f->n_kept + 1)
                cell[++f->n_kept] = x[i];
        break;
    case FOLD_SIZE:
    case FOLD_COUNT:
    case FOLD_PAIR:
    case FOLD_TOP:
    case FOLD_KEEP: break;
    }
}

static void
floats(struct fold *f, const double *x, const uint32_t *groups, size_t n)
{
    double *cell = f->cells;

    for (size_t i = 0; i < n; i++) {
        uint32_t g = groups[i];

        if (isnan(x[i]))
            continue;
        switch (f->kind) {
        case FOLD_PROD: cell[g] *= x[i]; break;
        case FOLD_WELFORD:
            fold_welford_add((struct fold_welford *)f->cells + g, x[i]);
            break;
        case FOLD_MIN: cell[g] = isnan(cell[g]) || x[i] < cell[g] ? x[i] : cell[g]; break;
        case FOLD_MAX: cell[g] = isnan(cell[g]) || x[i] > cell[g] ? x[i] : cell[g]; break;
        case FOLD_FIRST: cell[g] = isnan(cell[g]) ? x[i] : cell[g]; break;
        case FOLD_LAST: cell[g] = x[i]; break;
        case FOLD_COUNT:
        case FOLD_SUM:
        case FOLD_KAHAN:
        case FOLD_SIZE:
        case FOLD_PAIR:
        case FOLD_TOP:
        case FOLD_KEEP: break;
        }
    }
}

/* Behind those that are equal, so that the earlier row stays in front. */
static void
top_integers(struct fold *f, const int64_t *x, const uint32_t *groups, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int64_t *best = (int64_t *)f->cells + groups[i] * f->top;
        size_t at = f->top;

        while (at > 0 && (f->smallest ? x[i] < best[at - 1] : x[i] > best[at - 1]))
            at--;
        if (at == f->top)
            continue;
        memmove(best + at + 1, best + at, (f->top - at - 1) * sizeof *best);
        best[at] = x[i];
    }
}

static void
top_floats(struct fold *f, const double *x, const uint32_t *groups, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        double *best = (double *)f->cells + groups[i] * f->top;
        size_t at = f->top;

        while (at > 0 && (isnan(best[at - 1]) ||
                          (f->smallest ? x[i] < best[at - 1] : x[i] > best[at - 1])))
            at--;
        if (at == f->top || isnan(x[i]))
            continue;
        memmove(best + at + 1, best + at, (f->top - at - 1) * sizeof *best);
        best[at] = x[i];
    }
}

static void
pairs(struct fold *f, const struct fold_input *in)
{
    const union batch_value *x = &in->values[f->value];
    const union batch_value *y = &in->values[f->other];
    struct pair_state *cells = f->cells;

    for (size_t i = 0; i < in->n; i++)
        pair_add(&cells[in->groups[i]], f->type == FIELD_INT ? (double)x->i[i] : x->f[i],
                 f->other_type == FIELD_INT ? (double)y->i[i] : y->f[i]);
}

static void
sum_floats(struct fold *f, const double *x, const uint32_t *groups, size_t n)
{
    struct fold_kahan *cells = f->cells;

    for (size_t i = 0; i < n; i++)
        if (!isnan(x[i]))
            kahan(&cells[groups[i]], x[i]);
}

void
fold_rows(struct fold *f, const struct fold_input *in)
{
    const union batch_value *values = &in->values[f->value];
    const uint32_t *groups = in->groups;
    size_t n = in->n;
    uint64_t *count;

    fold_reserve(f, f->kind == FOLD_KEEP ? f->n_kept + n : in->n_groups);
    count = f->cells;
    if (f->kind == FOLD_SIZE) {
        for (size_t i = 0; i < n; i++)
            count[groups[i]]++;
    } else if (f->kind == FOLD_PAIR) {
        pairs(f, in);
    } else if (f->kind == FOLD_KEEP) {
        memcpy(count + f->n_kept, values->i, n * sizeof *values->i);
        f->n_kept += n;
    } else if (f->type == FIELD_INT && f->kind == FOLD_TOP) {
        top_integers(f, values->i, groups, n);
    } else if (f->type == FIELD_INT) {
        integers(f, values->i, groups, n);
    } else if (f->kind == FOLD_KAHAN) {
        sum_floats(f, values->f, groups, n);
    } else if (f->kind == FOLD_COUNT) {
        for (size_t i = 0; i < n; i++)
            count[groups[i]] += isnan(values->f[i]) ? 0 : 1;
    } else if (f->kind == FOLD_TOP) {
        top_floats(f, values->f, groups, n);
    } else {
        floats(f, values->f, groups, n);
    }
}

void
fold_clear(struct fold *f)
{
    free(f->cells);
    *f = (struct fold){0};
}

void
fold_take(struct fold *f, size_t group, const struct fold *from, size_t from_group)
{
    size_t size = fold_cell_size(f);
    char *to = (char *)f->cells + group * size;
    const char *cell = (const char *)from->cells + from_group * size;

    if (size == 8) /* known sizes are single moves */
        memcpy(to, cell, 8);
    else if (size == 16)
        memcpy(to, cell, 16);
    else
        memcpy(to, cell, size);
}

uint64_t
fold_size(const struct fold *f)
{
    /* Rows that are kept will be sorted by group. */
    return (uint64_t)f->capacity * fold_cell_size(f) * (f->kind == FOLD_KEEP ? 2 : 1);
}

struct fold
fold_like(const struct fold *f)
{
    struct fold fresh = *f;

    fresh.cells = NULL;
    fresh.capacity = fresh.n_kept = 0;
    return fresh;
}

bool
fold_merges(const struct fold *f)
{
    switch (f->kind) {
    case FOLD_SIZE:
    case FOLD_COUNT:
    case FOLD_SUM:
    case FOLD_MIN:
    case FOLD_MAX:
    case FOLD_TOP: return true;
    case FOLD_PROD: return f->type == FIELD_INT;
    case FOLD_KAHAN:
    case FOLD_FIRST:
    case FOLD_LAST:
    case FOLD_WELFORD:
    case FOLD_PAIR:
    case FOLD_KEEP: break;
    }
    return false;
}

void
fold_merge(struct fold *f, const struct fold *behind, size_t n_groups)
{
    size_t n = n_groups * (f->kind == FOLD_TOP ? f->top : 1);
    const void *from = behind->cells;
    const int64_t *counts = from;
    uint64_t *sum = f->cells;
    uint32_t *groups;

    if (!from)
        return; /* it saw no group */
    if (f->kind == FOLD_SIZE || f->kind == FOLD_COUNT || f->kind == FOLD_SUM) {
        for (size_t i = 0; i < n; i++)
            sum[i] += (uint64_t)counts[i];
        return;
    }
    /* A cell is itself a value that can be fed. */
    groups = xcalloc(n + 1, sizeof *groups);
    for (size_t i = 0; i < n; i++)
        groups[i] = (uint32_t)(f->kind == FOLD_TOP ? i / f->top : i);
    if (f->kind == FOLD_TOP && f->type == FIELD_INT)
        top_integers(f, from, groups, n);
    else if (f->kind == FOLD_TOP)
        top_floats(f, from, groups, n);
    else if (f->type == FIELD_INT)
        integers(f, from, groups, n);
    else
        floats(f, from, groups, n);
    free(groups);
}
