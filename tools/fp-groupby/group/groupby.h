/*
 * groupby.h: split, apply, combine on a frame.
 */
#ifndef FPG_GROUPBY_H
#define FPG_GROUPBY_H

#include "group/aggregate.h"
#include "group/pair.h"

/* One column of the result: name = how(column), or a correlation of two columns. */
struct groupby_term {
    const char *name; /* NULL: the column's own */
    const char *column;
    const char *other; /* the second column of a pair; else NULL */
    enum pair pair;    /* how, when there are two */
    enum aggregate how;
    struct aggregate_options options;
    size_t top; /* not 0: so many largest values, each a row (streamed group-bys only) */
    bool smallest;
};

struct groupby {
    struct group_options group;
    bool as_index; /* keys become the index; else leading columns */
    const char *const *by;
    size_t n_by;
    const struct groupby_term *terms;
    size_t n_terms;
};

/* pandas' defaults: sort, drop missing keys, every category, keys as index. */
extern const struct groupby groupby_defaults;

/* Columns to group by; KeyError when one is absent. */
MUST_CHECK bool groupby_keys(struct arena *a, const struct frame *f,
                             const char *const by[], size_t n_by,
                             const struct column *const **out, struct error *err);

/* One term over a grouping of f's rows. */
MUST_CHECK bool groupby_column(struct arena *a, const struct frame *f,
                               const struct groups *g, const struct groupby_term *term,
                               const struct column **out, struct error *err);

/* size goes through reset_index, which infers the keys' types anew. */
void groupby_infer(struct groups *g, const struct groupby *q);

/* All terms over one grouping. */
MUST_CHECK bool groupby_frame(struct arena *a, const struct frame *f,
                              const struct groupby *q, struct frame **out,
                              struct error *err);

/* Rows of the product of the levels that have no group get 0 or a missing value. */
const struct column *groupby_spread(struct arena *a, const struct groups *g,
                                    const struct column *c, bool zero);

/*
 * Put aggregated columns and group labels together, spread over unobserved
 * categories where the grouping asks for it.  zero[i]: 0 is what column i gets
 * there (NULL: none gets it).
 */
struct frame *groupby_assemble(struct arena *a, const struct groups *g, bool as_index,
                               const struct column *const columns[], const bool zero[],
                               size_t n_columns);

#endif
