/*
 * side.h: one file of a join: its columns, its keys, and its windows checked.
 */
#ifndef FPG_SIDE_H
#define FPG_SIDE_H

#include "merge/image.h"

struct side {
    struct csv_source source;
    struct image *images;  /* owned, n_columns; as the pass takes them */
    struct image *learned; /* owned, n_columns; as they will be in the next */
    bool *shown;           /* owned: the column stands in the result */
    size_t *keys;          /* owned */
    size_t n_keys;
    uint64_t behind; /* where the window that was taken last stops */
    bool in_turn;    /* windows cannot be read by guess */
    const char *declined;
    struct error error;
    bool failed, again; /* begin anew, with what has been learned */
};

/* One window's rows, checked; what goes with a slot of a pipeline. */
struct checked {
    struct window window;
    uint32_t *room; /* owned; for window_fields() */
    uint8_t *odd;   /* owned: rows that do not print as they are */
    size_t capacity;
    struct image_finding *found; /* owned, by column */
    const char *declined;
    bool failed;
    struct error error;
};

MUST_CHECK bool side_open(struct side *s, const char *path, const char *const *keys,
                          size_t n_keys, const char **declined, struct error *err);
void side_close(struct side *s);

/* Set what a pass learns back to the beginning; kinds are kept. */
void side_begin(struct side *s);

void checked_clear(struct checked *c);

/* Read window i and look at its columns; on threads. */
void side_check(const struct side *s, size_t i, struct checked *c);

/* Learn from a window, in order.  False: it cannot be used. */
bool side_learn(struct side *s, const struct checked *c);

/* Is a key's column, or one that is shown, text that might be of booleans? */
bool side_in_doubt(const struct side *s);

/* The field of a row, without its quotes. */
struct span side_field(const struct side *s, const struct checked *c, size_t row,
                       size_t column);

/*
 * The keys of a row as one text: each with its length in front when there are several.
 * It lies in the window or in *scratch.
 */
struct key_name side_key(const struct side *s, const struct checked *c, size_t row,
                         struct buf *scratch);

/* Write the shown columns of a row, with commas between. */
void side_put_row(struct buf *b, const struct side *s, const struct checked *c,
                  size_t row);

#endif
