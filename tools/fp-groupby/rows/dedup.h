/*
 * dedup.h: repeated values: marking, dropping, numbering and counting them.
 */
#ifndef FPG_DEDUP_H
#define FPG_DEDUP_H

#include "table/frame.h"

enum dedup_keep { DEDUP_FIRST, DEDUP_LAST, DEDUP_NONE };

/*
 * True where a row is to be dropped.  Of one column None and NaN are two values; in
 * several columns they are one, as in pandas.
 */
bool *dedup_marks(struct arena *a, const struct column *const columns[], size_t n_columns,
                  enum dedup_keep keep);

/* The frame's columns of those names (n 0: all); KeyError when one is absent. */
MUST_CHECK bool dedup_subset(struct arena *a, const struct frame *f,
                             const char *const names[], size_t n,
                             const struct column ***out, size_t *n_out,
                             struct error *err);

/* Codes by first appearance, or by sorted value; missing is -1, or a code (sentinel off).
 */
int64_t *dedup_factorize(struct arena *a, const struct column *c, bool sort,
                         bool sentinel, const struct column **uniques);

struct count_options {
    bool sort; /* by count; ties by first appearance */
    bool ascending;
    bool dropna;
    bool normalize;
};

/* Series.value_counts: a Series named count or proportion. */
struct frame *dedup_value_counts(struct arena *a, const struct column *c,
                                 const struct count_options *o);

/* The rows where keep is true. */
struct frame *frame_filter(struct arena *a, const struct frame *f, const bool *keep);

#endif
