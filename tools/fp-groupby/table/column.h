/*
 * column.h: a named, typed sequence of values.
 *
 * Columns live in an arena and are never changed once an operation has returned
 * them, so they may be shared between frames.
 */
#ifndef FPG_COLUMN_H
#define FPG_COLUMN_H

#include "common/arena.h"
#include "table/cell.h"
#include "table/coltype.h"

struct column {
    struct cell name; /* CELL_NONE: no name */
    enum coltype dtype;
    size_t size;
    union {
        int64_t *i; /* CLASS_BOOL, CLASS_INT, CLASS_CODE, CLASS_TIME */
        uint64_t *u;
        double *f;
        struct cell *cells;
    };
    uint8_t *na;                     /* nullable types: 1 is <NA>; else NULL */
    const struct column *categories; /* CLASS_CODE */
    bool ordered;
};

/* size zeroed values. */
struct column *column_new(struct arena *a, enum coltype t, size_t size);

/* A column of src's type, name and categories. */
struct column *column_like(struct arena *a, const struct column *src, size_t size);

/* The same values under another name. */
struct column *column_named(struct arena *a, const struct column *src, struct cell name);

struct cell column_get(const struct column *c, size_t row);
bool column_missing(const struct column *c, size_t row);
bool column_any_missing(const struct column *c);

/* Store a value the type can hold; a missing one becomes the type's own kind of it. */
void column_set(struct column *c, size_t row, struct cell value);

/*
 * Rows positions[0..n).  A negative position is a missing value, for which the type
 * is promoted when it must be.
 */
struct column *column_take(struct arena *a, const struct column *c,
                           const int64_t *positions, size_t n);

/*
 * The values as another type.  Integers narrow modulo 2^bits, floats round to the
 * type; the caller knows that the values can be held.
 */
struct column *column_cast(struct arena *a, const struct column *c, enum coltype t);

/*
 * The type pandas infers for a list of values: int64, uint64, float64, bool,
 * datetime64, timedelta64, or object; missing numbers turn integers to float64.
 */
struct column *column_infer(struct arena *a, const struct cell *cells, size_t n);

/* The value rounded to float32 when the type says so. */
static inline double
column_round(enum coltype t, double x)
{
    return t == COLTYPE_FLOAT32 ? (double)(float)x : x;
}

/* Where a value stands among categories; -1: it is none of them. */
int64_t category_code(const struct column *categories, struct cell value);

/* x modulo 2^bits of an integer type. */
int64_t coltype_wrap_i64(enum coltype t, int64_t x);
uint64_t coltype_wrap_u64(enum coltype t, uint64_t x);

#endif
