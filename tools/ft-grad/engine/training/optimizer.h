/*
 * optimizer.h: the single-tensor update rules of torch.optim.
 */
#ifndef FTG_ENGINE_TRAINING_OPTIMIZER_H
#define FTG_ENGINE_TRAINING_OPTIMIZER_H

#include "tensor/tensor.h"

#include "tape/tape.h"

#include "common/json_in.h"

enum optimizer_kind {
    OPTIMIZER_SGD,
    OPTIMIZER_ADAM,
    OPTIMIZER_ADAMW,
    OPTIMIZER_ADAGRAD,
    OPTIMIZER_RMSPROP,
    OPTIMIZER_ADADELTA,
    OPTIMIZER_ADAMAX,
    OPTIMIZER_NADAM,
    OPTIMIZER_RADAM,
    OPTIMIZER_ASGD,
    OPTIMIZER_RPROP,
    OPTIMIZER_KINDS
};

/* Parameters as torch names them; optimizer_defaults() fills a kind's defaults. */
struct optimizer_params {
    double lr, momentum, dampening, weight_decay;
    double beta1, beta2, eps;
    double rho, alpha, lr_decay, initial_accumulator;
    double lambd, t0, momentum_decay;
    double eta_minus, eta_plus, step_min, step_max;
    bool nesterov, maximize, amsgrad, centered, decoupled;
};

/* The state of one tensor of n numbers; its arrays belong to it. */
struct optimizer_state {
    int64_t n;
    uint64_t step;
    double *m, *v, *extra; /* first and second moments, maxima, averages */
    float scalar[2];       /* running products, eta: float32, whatever the weights are */
    bool started;
};

const char *optimizer_name(enum optimizer_kind kind); /* "SGD", ... */
bool optimizer_find(const char *name, enum optimizer_kind *out);
void optimizer_defaults(enum optimizer_kind kind, struct optimizer_params *p);

/* torch's keyword arguments, over what p holds. */
MUST_CHECK bool optimizer_params_read(struct optimizer_params *p,
                                      const struct json_doc *doc,
                                      const struct json *params, struct error *err);

void optimizer_state_init(struct optimizer_state *s, enum optimizer_kind kind,
                          const struct optimizer_params *p, int64_t n);
void optimizer_state_clear(struct optimizer_state *s);

/* One step: weight (float32 or float64, contiguous) moves against grad. */
void optimizer_step(enum optimizer_kind kind, const struct optimizer_params *p,
                    enum torch_version version, struct optimizer_state *s,
                    struct tensor *weight, const struct tensor *grad);

#endif
