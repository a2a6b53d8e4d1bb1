/*
 * loss.h: what losses share: how they are reduced, and which operands are constants.
 */
#ifndef FTG_OPS_NN_LOSS_H
#define FTG_OPS_NN_LOSS_H

#include "ops/operators.h"

enum reduction { REDUCE_NONE, REDUCE_MEAN, REDUCE_SUM, REDUCE_UNKNOWN };

/* The attribute "reduction"; REDUCE_UNKNOWN after a failure in torch's words. */
enum reduction loss_reduction(struct tape *t, const struct op_call *call);
struct tensor *loss_reduced(struct tape *t, struct tensor *each, enum reduction r);
/* Weights are constants: false after a failure when w (or NULL) wants a gradient. */
bool loss_constant(struct tape *t, struct tensor *w, const char *name);

#endif
