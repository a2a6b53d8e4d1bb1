/*
 * order.h: stable sorting of row positions.
 */
#ifndef FPG_ORDER_H
#define FPG_ORDER_H

#include "table/frame.h"

/* What Python's < compares with each other; None with nothing. */
enum order_class {
    ORDER_NONE,
    ORDER_NUMBER,
    ORDER_TEXT,
    ORDER_TIME,
    ORDER_ZONED,
    ORDER_SPAN,
};

enum order_class order_class(struct cell v);

/* positions[i] = i. */
int64_t *order_identity(struct arena *a, size_t n);

/* Stable merge sort; less-or-equal keeps the order of equals. */
void order_sort(struct arena *a, int64_t *positions, size_t n,
                int (*compare)(const void *context, int64_t x, int64_t y),
                const void *context);

/*
 * Positions of rows in the order of several columns; missing values last whatever
 * the direction.  ascending NULL: all ascending.
 */
int64_t *order_by(struct arena *a, const struct column *const columns[], size_t n_columns,
                  const bool ascending[]);

/*
 * TypeError when times of the columns (y may be NULL) cannot be compared with each other,
 * since some have a zone and some have none.
 */
MUST_CHECK bool order_check_zones(const struct column *x, const struct column *y,
                                  struct error *err);

/* The same of each of n columns by itself: can it be sorted? */
MUST_CHECK bool order_check(const struct column *const columns[], size_t n,
                            struct error *err);

/*
 * Positions that sort the different labels of a level, missing ones last.  Object labels
 * that are numbers beside NaN come in the order of pandas' insertion sort, to which no
 * number is less than NaN.
 */
int64_t *order_labels(struct arena *a, const struct column *labels);

/* The positions that sort one column, of the given rows only. */
void order_rows(struct arena *a, const struct column *c, int64_t *rows, size_t n,
                bool ascending);

#endif
