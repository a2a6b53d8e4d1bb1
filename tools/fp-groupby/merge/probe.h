/*
 * probe.h: the first file of a join streams by and meets the rows of the
 * second.
 */
#ifndef FPG_PROBE_H
#define FPG_PROBE_H

#include "merge/build.h"

#include <stdio.h>

/* Short rows are copied whole, with so many octets behind them. */
enum { PROBE_COPY = 64 };

/*
 * Of a join in parts (parts.h), records go out instead of rows: of what one row
 * of the first file meets, and of the first part also of rows that meet none,
 * if these are kept.
 */
enum probe_part { PROBE_WHOLE, PROBE_FIRST_PART, PROBE_LATER_PART };

#define PROBE_WINDOW UINT32_MAX

struct probe_record {
    uint32_t row;  /* in its window; PROBE_WINDOW: a window of `size` rows begins */
    uint32_t size; /* of the text that follows */
    uint64_t n;    /* rows of the result; 0: what it is when the row meets none */
};

struct probe {
    struct side side;
    const struct build *build;
    bool keep_all;   /* rows that meet none stand in the result too */
    struct buf none; /* owned; follows these: a comma for each of the others' columns */
    FILE *out;       /* NULL: only count, after build_count */
    unsigned threads;
    enum probe_part part;
    size_t hold; /* octets of output that wait for their turn, of each window */

    /* What a pass has found. */
    uint64_t n_rows, n_out;
    bool unmatched; /* some row met none */
    bool several;   /* some row met more than one */
};

/* One pass over the first file; again when p->side.again. */
MUST_CHECK bool probe_run(struct probe *p, struct error *err);

#endif
