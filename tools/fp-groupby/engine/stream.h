/*
 * stream.h: group a CSV file in one pass, on several threads, in bounded memory.
 *
 * Threads read windows on their own; what they made of them is folded in the order of
 * the file, by whichever thread is free.  So sums run in row order and groups are
 * numbered by first appearance, for any number of threads.
 *
 * Types are guessed narrow: integers until a field says otherwise.  Then the pass
 * begins anew with the wider type, which nearly always is in the first window.
 */
#ifndef FPG_STREAM_H
#define FPG_STREAM_H

#include "fold/coder.h"
#include "fold/program.h"
#include "store/deal.h"
#include "store/store.h"

struct stream_result {
    struct csv_source source;
    struct program program;
    struct coder coder;
    uint64_t n_rows;
    unsigned restarts;
    bool over_memory;  /* there is no answer: groups do not fit */
    struct deal parts; /* n_partitions > 0: groups are made part by part (wide_sort.h) */
};

/* What *declined says of a file with a header alone. */
#define STREAM_NO_ROWS "the file has no rows"

/* After so many rows, groups being half as many are many. */
enum { STREAM_WIDE_ROWS = 16 * 1024 };

struct stream_options {
    uint8_t delimiter;
    unsigned threads;
    size_t window_size; /* 0: WINDOW_SIZE; smaller ones are for tests */
    size_t wide_rows;   /* 0: STREAM_WIDE_ROWS; fewer are for tests */
    uint64_t memory;    /* octets that groups may take; 0: any */
    int file;           /* not 0: an open file to read, which is closed */
    const enum field_kind *key_kinds, *value_kinds; /* not NULL: these are proven */
    struct store *load; /* not NULL: keep the columns there and group nothing */
};

/*
 * Run q over the file.  *declined: why the file or the query is not for this engine,
 * or NULL; the result is then whole, and equal to the exact engine's.
 */
MUST_CHECK bool stream_groupby(const char *path, const struct groupby *q,
                               const struct stream_options *options,
                               struct stream_result *out, const char **declined,
                               struct error *err);
void stream_clear(struct stream_result *r);

#endif
