/*
 * resample.h: every element of a dimension as a weighted sum of a few of the old ones.
 */
#ifndef FTG_OPS_NN_RESAMPLE_H
#define FTG_OPS_NN_RESAMPLE_H

#include "ops/ops.h"

enum { TAPS_MAX = 4 };

/* out[i] = sum over k < taps of weight[i * taps + k] * in[at[i * taps + k]] */
struct resample {
    int dim;
    int taps;
    int64_t in, out; /* lengths */
    const int64_t *at;
    const double *weight; /* NULL: one tap of weight 1 */
};

/*
 * x resampled along one dimension after the other, recorded as one node of that name.
 * The array and what it points to stay in use: they live in the tape's heap.
 */
struct tensor *op_resample(struct tape *t, const char *name, struct tensor *x, int count,
                           const struct resample *dims);

#endif
