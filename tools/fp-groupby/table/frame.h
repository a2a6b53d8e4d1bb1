/*
 * frame.h: labelled rows: an index of one or more levels, and columns.
 *
 * A Series is a frame of one column, an Index a frame of its levels; what an
 * operation returns says which of them it means.
 */
#ifndef FPG_FRAME_H
#define FPG_FRAME_H

#include "common/error.h"
#include "table/column.h"

struct index {
    size_t n_levels;
    const struct column **levels; /* arena */
    bool range;                   /* made as 0..n-1 without a name */
};

struct frame {
    struct index index;
    size_t n_rows;
    size_t n_columns;
    const struct column **columns; /* arena */
    struct index labels;           /* column labels with levels; n_levels 0: the names */
};

/* 0..n-1. */
struct index index_range(struct arena *a, size_t n);
struct index index_of(struct arena *a, const struct column *level);
size_t index_size(const struct index *index);
struct index index_take(struct arena *a, const struct index *index,
                        const int64_t *positions, size_t n);

/* One unnamed int64 level that reads 0..n-1: what a RangeIndex looks like. */
bool index_is_default(const struct index *index);

/* Same labels in the same order (names aside). */
bool index_equal(const struct index *a, const struct index *b);

/* Rows a and b of the levels carry the same label. */
bool index_row_equal(const struct index *x, size_t a, const struct index *y, size_t b);

/* n_columns places for columns and the index 0..n_rows-1. */
struct frame *frame_new(struct arena *a, size_t n_rows, size_t n_columns);
struct frame *series_new(struct arena *a, const struct index *index,
                         const struct column *values);

/* Position of the first column of that name, or -1. */
int64_t frame_find(const struct frame *f, struct cell name);
const struct column *frame_column(const struct frame *f, const char *name);

/* As frame_column, but KeyError 'name' when absent. */
MUST_CHECK bool frame_want(const struct frame *f, const char *name,
                           const struct column **out, struct error *err);

/* Rows positions[0..n); negative ones are missing. */
struct frame *frame_take(struct arena *a, const struct frame *f, const int64_t *positions,
                         size_t n);

/* The levels of the index as columns before the others; those of objects get a type. */
struct frame *frame_reset_index(struct arena *a, const struct frame *f);

/* Append a column to a frame that was made with room for it. */
static inline void
frame_add(struct frame *f, const struct column *c)
{
    f->columns[f->n_columns++] = c;
}

/* Set a Python-like error: class name as subclass; returns false. */
bool raise_error(struct error *err, const char *python_class, const char *fmt, ...)
    PRINTF_LIKE(3, 4);
#if defined(__clang_analyzer__) && !defined(FRAME_C)
#define raise_error(...) ((void)raise_error(__VA_ARGS__), false) /* as in error.h */
#endif

/* TypeError of values that the sign does not compare. */
bool raise_unordered(struct error *err, const char *sign, struct cell x, struct cell y);

/* A value as Python's repr() shows it, in the arena. */
const char *cell_repr(struct arena *a, struct cell c);

#endif
