/*
 * align.h: set operations on indexes, and lining rows up by label.
 */
#ifndef FPG_ALIGN_H
#define FPG_ALIGN_H

#include "table/frame.h"

enum set_operation {
    SET_UNION,
    SET_INTERSECTION,
    SET_DIFFERENCE,
    SET_SYMMETRIC_DIFFERENCE,
};

/* pandas' sort=None sorts except where a shortcut returns an operand as it is. */
enum set_sort { SET_SORT_MAYBE, SET_SORT_NO, SET_SORT_YES };

/* One level each. */
const struct column *align_set(struct arena *a, enum set_operation operation,
                               enum set_sort sort, const struct column *left,
                               const struct column *right);

/* The type an index takes to hold labels of two. */
enum coltype align_index_dtype(enum coltype x, enum coltype y);

/* The labels of c sorted as safe_sort does, stable. */
const struct column *align_sorted(struct arena *a, const struct column *c);

/*
 * Object labels in order on both sides that Python cannot compare with each other: pandas
 * puts the right ones behind the left ones.  One side at least must be unique, or both.
 */
bool align_incomparable(struct arena *a, const struct column *left,
                        const struct column *right, bool both_unique);

/* Rows side by side: positions in left and right, or -1. */
struct alignment {
    struct index index;
    size_t size;
    int64_t *left;
    int64_t *right;
};

/* Can labels of both be in one index?  TypeError for times of which some have a zone. */
MUST_CHECK bool align_check(const struct index *left, const struct index *right,
                            struct error *err);

/*
 * As Series.align(join="outer"): equal indexes pair by position; else labels sorted, and
 * for a label that repeats the product of its rows, left-major.  IndexError and
 * ValueError as pandas for object labels that repeat and cannot be compared.
 */
MUST_CHECK bool align_outer(struct arena *a, const struct index *left,
                            const struct index *right, struct alignment *out,
                            struct error *err);

/* Labels in order of appearance, left first; the product of repeated ones in place. */
void align_union_unsorted(struct arena *a, const struct index *left,
                          const struct index *right, struct alignment *out);

/* Position of the first row with the same label, for every row. */
int64_t *align_first_positions(struct arena *a, const struct index *index);

/*
 * The rows of f in the order of `labels` (one level); absent labels are missing rows.
 * ValueError when f's own labels repeat.
 */
MUST_CHECK bool align_reindex(struct arena *a, const struct frame *f,
                              const struct column *labels, struct frame **out,
                              struct error *err);

/*
 * Series as the columns of one frame, as DataFrame({name: series}) does it: equal
 * indexes as they are, else over the sorted union of their labels.
 */
MUST_CHECK bool align_columns(struct arena *a, struct frame *const series[],
                              const char *const names[], size_t n, struct frame **out,
                              struct error *err);

bool align_has_duplicates(struct arena *a, const struct index *index);
bool align_is_increasing(const struct index *index);

/* Index.is_monotonic_increasing and is_unique of labels. */
bool align_in_order(const struct column *c);
bool align_is_unique(struct arena *a, const struct column *c);

/* Does Python's sort, which compares every label with some other one, get through? */
bool align_sortable(const struct column *c);

#endif
