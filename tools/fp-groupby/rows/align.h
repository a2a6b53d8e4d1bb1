/*
 * align.h: lining rows up by label.
 */
#ifndef FPG_ALIGN_H
#define FPG_ALIGN_H

#include "table/frame.h"

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
 * for a label that repeats the product of its rows, left-major.  IndexError, TypeError
 * and ValueError as pandas for labels that repeat and cannot be compared.
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

#endif
