/*
 * layout.h: what cells keep of each term of a query, in so many columns.
 */
#ifndef FPG_SHARDS_LAYOUT_H
#define FPG_SHARDS_LAYOUT_H

#include "shards/bins.h"
#include "shards/rows.h"

enum layout {
    KEEP_COUNT,    /* n */
    KEEP_INTEGER,  /* s: sum or product modulo 2^64 */
    KEEP_SUM,      /* n, special, magnitude, the sum's bins */
    KEEP_EXTREME,  /* value, n */
    KEEP_POSITION, /* value, row (-1: none) */
    KEEP_SPREAD,   /* n, special, bins of the sum, bins of the sum of squares */
    KEEP_NOTHING,  /* not possible */
};

enum { BIN_COLUMNS = 1 + BINS, LAYOUT_WIDTH_MOST = 2 + 2 * BIN_COLUMNS };

/* Columns of each layout. */
extern const size_t layout_width[];

enum layout layout_of(const struct plan *p, const struct groupby_term *t);

/* The type of a term's i-th column. */
enum coltype layout_column_type(const struct plan *p, const struct groupby_term *t,
                                enum layout layout, size_t i);

/* Columns of a frame of cells: keys, terms, the number of the first row. */
size_t layout_frame_width(const struct plan *p);

/* Row `row` of BIN_COLUMNS columns. */
struct bins layout_bins(const struct column *const in[], size_t row);

#endif
