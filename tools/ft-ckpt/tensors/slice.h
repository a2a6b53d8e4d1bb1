/*
 * slice.h: a part of a tensor as text names it: "layer.weight[0:2, :, -1]".
 */
#ifndef CKPT_TENSORS_SLICE_H
#define CKPT_TENSORS_SLICE_H

#include "model/checkpoint.h"

/*
 * The tensor `text` names, sliced as in Python: i, -i, a:b, a:, :b, : and a:b:step
 * with a positive step.  *out refers to the checkpoint's memory; it has a stride, and
 * lies inside the tensor it is cut from.
 */
MUST_CHECK bool slice_find(struct checkpoint *c, const char *text, struct tensor *out,
                           struct error *err);

#endif
