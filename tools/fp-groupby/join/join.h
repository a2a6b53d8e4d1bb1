/*
 * join.h: pd.merge: which rows meet, in which order, and the frame they make.
 */
#ifndef FPG_JOIN_H
#define FPG_JOIN_H

#include "table/frame.h"

enum join_how { JOIN_INNER, JOIN_LEFT, JOIN_RIGHT, JOIN_OUTER, JOIN_CROSS };

/* Rows of a result, unless more are asked for; of one in memory in any case. */
#define JOIN_ROWS_MOST UINT32_MAX

struct join_options {
    enum join_how how;
    const char *const *on; /* NULL: left_on and right_on, or the common columns */
    size_t n_on;
    const char *const *left_on;
    const char *const *right_on;
    size_t n_left_on, n_right_on;
    bool left_index, right_index; /* the index is the key */
    bool sort;
    const char *suffixes[2]; /* NULL: leave the name as it is */
    const char *indicator;   /* name of the column that tells where a row is from */
    const char *validate;    /* "1:1", ... or NULL */
    uint64_t max_rows; /* refuse a larger result before making it; 0: JOIN_ROWS_MOST */
};

extern const struct join_options join_defaults;

bool join_how_parse(const char *name, enum join_how *out);

/* Row pairs: positions in left and right, -1 where a side has no row. */
struct join_rows {
    size_t size;
    int64_t *left;
    int64_t *right;
};

/*
 * Pair the rows of two lists of key columns.  The number of pairs is known, and held
 * against max_rows (0: JOIN_ROWS_MOST), before they are made.
 */
MUST_CHECK bool join_pair(struct arena *a, const struct column *const left[],
                          const struct column *const right[], size_t n_keys,
                          enum join_how how, bool sort, uint64_t max_rows,
                          struct join_rows *out, struct error *err);

MUST_CHECK bool join_frames(struct arena *a, const struct frame *left,
                            const struct frame *right, const struct join_options *o,
                            struct frame **out, struct error *err);

/* Names of columns that stand in both frames get suffixes. */
MUST_CHECK bool join_suffix(struct arena *a, struct frame *left, struct frame *right,
                            const char *const suffixes[2], struct error *err);

/* Where the name of a column stands among n names; n: nowhere. */
size_t join_name_at(const char *const names[], size_t n, struct cell name);

/* A key column of the result: left's value, or right's where left has no row. */
const struct column *join_key_column(struct arena *a, const struct column *left,
                                     const struct column *right,
                                     const struct join_rows *rows);

/* Keys that pandas refuses to compare, or compares only as objects. */
MUST_CHECK bool join_check_keys(struct arena *a, const struct column **left,
                                const struct column **right, struct error *err);

struct asof_options {
    const char *left_on, *right_on;
    const char *const *by;
    size_t n_by;
    enum { ASOF_BACKWARD, ASOF_FORWARD, ASOF_NEAREST } direction;
    bool allow_exact_matches;
    const struct cell *tolerance; /* NULL: none */
    const char *suffixes[2];
};

MUST_CHECK bool join_asof(struct arena *a, const struct frame *left,
                          const struct frame *right, const struct asof_options *o,
                          struct frame **out, struct error *err);

/* merge_ordered: sorted by key; with ffill the rows before fill the gaps. */
MUST_CHECK bool join_ordered(struct arena *a, const struct frame *left,
                             const struct frame *right, const struct join_options *o,
                             bool ffill, struct frame **out, struct error *err);

#endif
