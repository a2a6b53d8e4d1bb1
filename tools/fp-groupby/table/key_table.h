/*
 * key_table.h: from values to small integers, in order of first appearance.
 */
#ifndef FPG_KEY_TABLE_H
#define FPG_KEY_TABLE_H

#include "table/column.h"

/* What becomes of missing values. */
enum key_missing {
    KEY_DROP, /* code -1 */
    KEY_ONE,  /* all kinds of missing are one key */
    KEY_EACH, /* None, NaN, NaT and NA are keys of their own */
};

struct key_codes {
    size_t n_rows;
    int64_t *codes; /* one a row */
    size_t n_keys;
    int64_t *first; /* first row of each key */
};

/* Codes of a column's rows. */
void key_codes(struct arena *a, const struct column *c, enum key_missing missing,
               struct key_codes *out);

/*
 * Codes of tuples of codes.  A tuple that holds -1 gets -1.  parts all have n_rows.
 */
void key_combine(struct arena *a, const struct key_codes *parts, size_t n_parts,
                 struct key_codes *out);

/* Renumber keys: codes[i] = rank[codes[i]], first likewise; -1 stays. */
void key_renumber(struct arena *a, struct key_codes *k, const int64_t *rank);

/* A set of labels to look rows up by; the first row of equal labels wins. */
struct key_lookup {
    const struct column *const *levels;
    size_t n_levels;
    size_t mask;
    int64_t *slots; /* row + 1 */
    int64_t *next;  /* chains of equal rows: next row with the same key, or -1 */
    bool unique;
};

void key_lookup_init(struct arena *a, struct key_lookup *k,
                     const struct column *const levels[], size_t n_levels);

/* First row whose labels equal those of `row` in other levels, or -1. */
int64_t key_lookup_find(const struct key_lookup *k, const struct column *const levels[],
                        size_t row);
int64_t key_lookup_cell(const struct key_lookup *k, struct cell value);

#endif
