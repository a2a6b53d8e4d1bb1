/*
 * temp.h: temporary files without a name, and records in them.
 */
#ifndef FPG_TEMP_H
#define FPG_TEMP_H

#include "common/buf.h"
#include "common/error.h"

#include <stdio.h>

/*
 * A file in $TMPDIR (or /tmp) for writing and reading, already removed: it is gone when
 * it is closed, however the process ends.
 */
MUST_CHECK bool temp_open(FILE **out, struct error *err);

/* Write n octets; a full disk is an error. */
MUST_CHECK bool temp_write(FILE *f, const void *data, size_t n, struct error *err);

/* A run: records with a key each, in the order of their keys by octets. */
struct run {
    FILE *file; /* owned */
    struct buf key, text;
    uint64_t left; /* octets of the file that are still to be read */
    bool ended;
};

/* Begin to read, at the first record. */
MUST_CHECK bool run_rewind(struct run *r, struct error *err);
MUST_CHECK bool run_next(struct run *r, struct error *err);
MUST_CHECK bool run_put(FILE *f, const struct buf *key, const struct buf *text,
                        struct error *err);
void run_close(struct run *r);

/* The texts of all runs in the order of their keys. */
MUST_CHECK bool run_merge(struct run *runs, size_t n, FILE *out, struct error *err);

#endif
