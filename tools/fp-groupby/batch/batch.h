/*
 * batch.h: one window's rows as typed columns: what a thread makes by itself.
 *
 * Keys become codes of the thread's own dictionaries; a batch says which of them are
 * new, so that whoever takes the batches in order can give them numbers for all.
 */
#ifndef FPG_BATCH_H
#define FPG_BATCH_H

#include "batch/field.h"
#include "batch/fields.h"

/* Which columns of the file are needed, and how they are read. */
struct batch_plan {
    const struct csv_source *src;
    size_t n_keys;
    const size_t *keys; /* columns of the file */
    size_t n_values;
    const size_t *values;
    enum field_kind *kinds; /* of the values: FIELD_INT or FIELD_FLOAT */
};

/* What one thread keeps between windows. */
struct batch_reader {
    const struct batch_plan *plan;
    size_t number; /* of the thread */
    const struct fields_ops *ops;
    struct window window;
    uint32_t *room; /* owned; for window_fields() */
    size_t room_rows;
    struct dictionary *dictionaries; /* owned, one a key */
};

union batch_value {
    int64_t *i;
    double *f;
    uint64_t *u; /* the bits of either */
};

struct batch_key {
    uint32_t *codes;        /* owned; of the reader's dictionary */
    struct key_name *fresh; /* owned; names of codes that are new, in order */
    size_t n_fresh, fresh_capacity;
};

struct batch {
    size_t reader; /* whose codes these are */
    uint64_t start, stop;
    size_t n_rows, capacity;
    struct batch_key *keys;    /* owned */
    union batch_value *values; /* owned */
    uint64_t *bits; /* owned; every integer of the column lies in [-bits - 1, bits] */
    bool *widen;    /* owned; the column is not of its kind but of the next */
    const char *declined;
    bool failed;
    struct error error;
};

void batch_reader_init(struct batch_reader *r, const struct batch_plan *plan,
                       size_t number);
void batch_reader_clear(struct batch_reader *r);

void batch_init(struct batch *b, const struct batch_plan *plan);
void batch_clear(struct batch *b, const struct batch_plan *plan);

/* Window i into b; what goes wrong is noted in b. */
void batch_read(struct batch_reader *r, size_t i, uint64_t start, struct batch *b);

#endif
