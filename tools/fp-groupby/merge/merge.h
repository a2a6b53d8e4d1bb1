/*
 * merge.h: join two CSV files into one without making tables of them.
 *
 * The second file is kept in memory as it will be printed; the first streams
 * by, each row followed by the rows it meets.  That is the order of pandas'
 * inner and left joins, and fields are copied as long as to_csv would print
 * what read_csv has read.
 */
#ifndef FPG_MERGE_H
#define FPG_MERGE_H

#include "join/join.h"

#include <stdio.h>

struct merge {
    const char *left, *right; /* paths */
    const struct join_options *options;
    unsigned threads;
    uint64_t memory; /* octets for the second file; 0: any */
};

/*
 * *declined: why the files or the options are not for this engine, or NULL: the
 * result is then written, and equal to the exact engine's.  Nothing is written
 * otherwise.
 */
MUST_CHECK bool merge_csv(const struct merge *m, FILE *out, const char **declined,
                          struct error *err);

#endif
