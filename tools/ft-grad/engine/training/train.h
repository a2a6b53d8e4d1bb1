/*
 * train.h: a program as a training step: batches in, one optimizer step a tensor.
 *
 * Leaves that a data file names are batches: the leaf's first dimension is the batch,
 * that of the file's tensor counts the samples.  A pass over the samples takes whole
 * batches only; what is left over waits for the next one's order.
 */
#ifndef FTG_ENGINE_TRAINING_TRAIN_H
#define FTG_ENGINE_TRAINING_TRAIN_H

#include "engine/program/weights.h"
#include "engine/session.h"
#include "engine/training/optimizer.h"

struct train_options {
    uint64_t steps;
    enum optimizer_kind optimizer;
    struct optimizer_params params;
    bool shuffle; /* else samples in the order of the file */
    uint64_t seed;
    enum torch_version version;
    bool blas;
    unsigned threads;
};

struct train {
    const struct program *program;
    const struct train_options *options;
    struct session session;
    struct optimizer_state *states;         /* owned; by leaf */
    const struct safetensors_tensor **data; /* owned; by leaf, NULL: no batch */
    uint64_t samples, batch;                /* samples 0: no data file */
    uint64_t *order;                        /* owned: of the samples, this pass */
    uint64_t pass;                          /* whose order that is, from 1 */
    double *losses;                         /* owned: of each step */
    uint64_t done;
};

/* data may be NULL: every leaf has its own. */
MUST_CHECK bool train_init(struct train *t, const struct program *p,
                           const struct weights *data,
                           const struct train_options *options, struct trace *trace,
                           struct error *err);
/* All steps; a loss that is no number ends the run with class non_finite. */
MUST_CHECK bool train_run(struct train *t, struct error *err);
/* The leaves that require gradients, as they are now. */
MUST_CHECK bool train_save(const struct train *t, const char *path, struct error *err);
void train_clear(struct train *t);

#endif
