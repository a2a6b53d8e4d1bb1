/*
 * program.h: a group-by as folds: what to keep a group, and what to make of it.
 */
#ifndef FPG_PROGRAM_H
#define FPG_PROGRAM_H

#include "fold/fold.h"
#include "group/groupby.h"

/* One column of the result. */
struct program_term {
    struct groupby_term asked;
    bool integer;       /* the result is int64, else float64 */
    size_t value;       /* the column's place in a batch */
    size_t other;       /* the second column's, of a pair */
    size_t main, count; /* folds */
    double *values;     /* owned; by group: what was computed from kept rows */
};

struct program {
    struct batch_plan plan;
    size_t *columns;    /* owned; the plan's keys, then its values */
    struct fold *folds; /* owned */
    size_t first_fold;  /* 1 when nobody asks for the groups' sizes, which are fold 0 */
    size_t n_folds;
    struct program_term *terms; /* owned */
    size_t n_terms;
    bool careful; /* means of integers in double from the start */
};

/*
 * The program of a query.  *declined: what of it is not handled here.  KeyErrors are
 * left to the exact engine: they are declined too.
 */
void program_init(struct program *p, const struct csv_source *src,
                  const struct groupby *q, const char **declined);
void program_clear(struct program *p);

/* Folds for the kinds that the values have by now. */
void program_fold(struct program *p);

/* Does a fold ask for this value, beyond its being there? */
bool program_folds_value(const struct program *p, size_t value);

/* Is the sum of an integer column over n rows exact in double?  (bits as in batch) */
bool program_sums_exact(const struct program *p, const uint64_t *bits, uint64_t n);

struct program_value {
    bool integer;
    int64_t i;
    double f;
};

struct program_value program_value(const struct program *p, size_t term, size_t group);
/* That it will be asked for soon. */
void program_fetch(const struct program *p, size_t term, size_t group);

/* Of a term that asks for the top n: how many there are, and the i-th of them. */
size_t program_top_size(const struct program *p, size_t term, size_t group);
struct program_value program_top(const struct program *p, size_t term, size_t group,
                                 size_t i);

/* What a term that keeps its rows makes of a group's n values, which are reordered. */
double program_statistic(const struct program_term *t, double *x, size_t n);

/* Medians and the like from the kept rows; groups: of every row. */
void program_finish(struct program *p, const uint32_t *groups, size_t n_groups,
                    unsigned threads);

#endif
