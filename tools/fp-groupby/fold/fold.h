/*
 * fold.h: one running value a group, fed batch by batch in row order.
 *
 * The arithmetic is that of group/reduce.h, one row at a time: Kahan's sum and
 * Welford's variance as pandas writes them, integers modulo 2^64.
 */
#ifndef FPG_FOLD_H
#define FPG_FOLD_H

#include "batch/batch.h"

enum fold_kind {
    FOLD_SIZE,  /* rows */
    FOLD_COUNT, /* values that are not missing */
    FOLD_SUM,
    FOLD_KAHAN, /* a sum in double, also of integers */
    FOLD_PROD,
    FOLD_MIN,
    FOLD_MAX,
    FOLD_FIRST,
    FOLD_LAST,
    FOLD_WELFORD,
    FOLD_PAIR, /* struct pair_state of two values */
    FOLD_TOP,  /* the `top` largest values, in descending order, earlier rows first */
    FOLD_KEEP, /* no value a group: every row's value and group */
};

struct fold_kahan {
    double sum, compensation;
};

struct fold_welford {
    double count, mean, m2;
};

/* One step of Welford's recipe. */
static inline void
fold_welford_add(struct fold_welford *cell, double x)
{
    double d = cell->mean;

    cell->count += 1;
    cell->mean += (x - d) / cell->count;
    cell->m2 += (x - cell->mean) * (x - d);
}

struct fold {
    enum fold_kind kind;
    enum field_kind type; /* of the value: FIELD_INT or FIELD_FLOAT */
    size_t value;         /* its place in the batch */
    size_t other;         /* of FOLD_PAIR */
    enum field_kind other_type;
    size_t top; /* of FOLD_TOP */
    bool smallest;
    size_t capacity; /* groups, or rows of FOLD_KEEP */
    size_t n_kept;
    void *cells; /* owned */
};

/* Cells of a FOLD_MIN .. FOLD_LAST, FOLD_SUM or FOLD_PROD. */
static inline const int64_t *
fold_i64(const struct fold *f)
{
    return f->cells;
}

static inline const double *
fold_f64(const struct fold *f)
{
    return f->cells;
}

/* Rows to be fed: n of them, of groups below n_groups. */
struct fold_input {
    const union batch_value *values; /* of a batch, by place */
    const uint32_t *groups;
    size_t n, n_groups;
};

void fold_rows(struct fold *f, const struct fold_input *in);
void fold_clear(struct fold *f);

size_t fold_cell_size(const struct fold *f); /* octets a group */
uint64_t fold_size(const struct fold *f);    /* octets, also those of what follows it */

/* A fold of the same kind without cells. */
struct fold fold_like(const struct fold *f);

/*
 * Add what rows behind those of f have given, for the first n_groups.  Only for kinds
 * that can be split by rows without changing a bit.
 */
bool fold_merges(const struct fold *f);
void fold_merge(struct fold *f, const struct fold *behind, size_t n_groups);

/* Room for n_groups. */
void fold_reserve(struct fold *f, size_t n_groups);
/* The same, and no group has had a value. */
void fold_restart(struct fold *f, size_t n_groups);
/* The same, where every group will be taken from another fold. */
void fold_make_room(struct fold *f, size_t n_groups);
/* A group's cell, from a fold of the same kind. */
void fold_take(struct fold *f, size_t group, const struct fold *from, size_t from_group);

#endif
