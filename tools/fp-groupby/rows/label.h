/*
 * label.h: labels of one level: the type in which those of two indexes meet, what can be
 * found among them, their order, and sets of them, as pandas' Index has all of it.
 */
#ifndef FPG_LABEL_H
#define FPG_LABEL_H

#include "table/frame.h"
#include "table/key_table.h"

/* Index.equals: the same labels in the same order; some types never equal others. */
bool label_equal(const struct column *x, const struct column *y);

/* The same of indexes of any number of levels. */
bool label_index_equal(const struct index *x, const struct index *y);

/* The type of an index that holds labels of both. */
enum coltype label_type(struct arena *a, const struct column *x, const struct column *y);

/* Both in the type they meet in, and of the same categories. */
void label_unify(struct arena *a, const struct column **x, const struct column **y);

/* x's labels, then y's, which are of one type. */
const struct column *label_joined(struct arena *a, const struct column *x,
                                  const struct column *y);

/*
 * Unsigned labels of `own` take signed ones, none of which is negative, for their own
 * type, to which these are cut.
 */
const struct column *label_downcast(struct arena *a, const struct column *own,
                                    const struct column *other);

/* Can a label of `other` be one of `own`?  Neither is symmetric: numbers know no dates.
 */
bool label_comparable(const struct column *own, const struct column *other);

/*
 * Index._with_infer: objects as numbers or bools when all of them are such, and as dates
 * when the type was not given.
 */
const struct column *label_infer(struct arena *a, const struct column *labels,
                                 bool dates);

/* Index.get_indexer_for: where labels are among others. */
struct label_lookup {
    const struct column *own; /* both in one type */
    const struct column *target;
    const struct column *asked; /* target as it was */
    bool categories;            /* one side has: None and NaN are one label */
    struct key_lookup table;
    bool unique; /* own's labels do not repeat */
    bool none;   /* nothing can be found */
};

void label_lookup_init(struct arena *a, struct label_lookup *l, const struct column *own,
                       const struct column *target);

/* First row of own with the label of a row of target, the next such row, or -1. */
int64_t label_lookup_find(const struct label_lookup *l, size_t row);
int64_t label_lookup_next(const struct label_lookup *l, int64_t found);

/* Index.is_monotonic_increasing and is_unique. */
bool label_in_order(const struct column *c);
bool label_is_unique(struct arena *a, const struct column *c);

/* Labels in order on both sides: can Python compare one's with the other's? */
bool label_orders_meet(const struct column *x, const struct column *y);

/* Is there an order that Index.argsort finds?  It compares every label with some other.
 */
bool label_sortable(const struct column *c);

/*
 * algorithms.safe_sort, positions in order: numbers or times before text before missing
 * ones; false when Python cannot compare them.
 */
MUST_CHECK bool label_order(struct arena *a, const struct column *c, int64_t **order);

/* The labels in that order, or as they are when there is none. */
const struct column *label_sorted(struct arena *a, const struct column *c);

enum set_operation {
    SET_UNION,
    SET_INTERSECTION,
    SET_DIFFERENCE,
    SET_SYMMETRIC_DIFFERENCE,
};

/* pandas' sort=None sorts where it can, except where it returns an operand as it is. */
enum set_sort { SET_SORT_MAYBE, SET_SORT_NO, SET_SORT_YES };

/* TypeError where SET_SORT_YES cannot be done. */
MUST_CHECK bool label_set(struct arena *a, enum set_operation operation,
                          enum set_sort sort, const struct column *left,
                          const struct column *right, const struct column **out,
                          struct error *err);

#endif
