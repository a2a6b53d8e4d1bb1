/*
 * rows.h: the rows of a shard with the columns a query needs, typed as the whole table
 * is, and numbered.
 */
#ifndef FPG_SHARDS_ROWS_H
#define FPG_SHARDS_ROWS_H

#include "shards/plan.h"
#include "shards/portion.h"

/*
 * The needed columns of a window's rows, keys first, and as the last one the rows'
 * numbers (int64, no name).  Text is borrowed from the window.
 */
struct frame *rows_of_window(struct arena *a, const struct shard_window *w,
                             const struct plan *p, uint64_t first_row);

/* The type of a column of the query. */
enum lattice_type rows_type(const struct plan *p, const char *column);

/* Frames of the same columns one below the other. */
struct frame *rows_stack(struct arena *a, struct frame *const frames[], size_t n);

/* The rows of part `part` of n, by a hash of their keys; none with a dropped key. */
struct frame *rows_of_part(struct arena *a, const struct frame *f, const struct plan *p,
                           size_t part);

/* The last column of a frame. */
static inline const struct column *
rows_numbers(const struct frame *f)
{
    return f->columns[f->n_columns - 1];
}

#endif
