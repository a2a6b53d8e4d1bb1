/*
 * write_pickle.h: the data.pkl of a state dict: one flat dict of name to tensor.
 */
#ifndef CKPT_WRITE_WRITE_PICKLE_H
#define CKPT_WRITE_WRITE_PICKLE_H

#include "model/checkpoint.h"

/* One record of data/. */
struct torch_record {
    const struct storage *storage; /* shared: its octets as they are; or NULL */
    const struct tensor *tensor;   /* its elements, contiguous */
    uint64_t size;
    char name[32]; /* "data/12" */
};

/* A tensor and where its elements are written. */
struct tensor_record {
    const struct tensor *tensor;
    const struct torch_record *record;
    const struct tensor_record *scales, *zero_points; /* quantized per channel; or NULL */
};

enum {
    MEMO_V2,
    MEMO_V3,
    MEMO_QUANTIZED,
    MEMO_PARAMETER,
    MEMO_HOOKS,
    MEMO_STORAGE,
    MEMO_SLOTS = MEMO_STORAGE + 2 * DTYPE_COUNT
};

struct pickler {
    struct buf out;
    size_t memo[MEMO_SLOTS]; /* number + 1 of each global already written */
    size_t memo_count;
};

/* Has torch a dense tensor of this type? */
bool write_pickle_can_hold(const struct tensor *t);

/* The pickle is p->out; clear it after use. */
void write_pickle_begin(struct pickler *p);
void write_pickle_tensor(struct pickler *p, const struct tensor_record *r);
void write_pickle_end(struct pickler *p);

#endif
