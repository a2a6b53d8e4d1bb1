/* scenarios.h: small pieces of the named scenarios. */
#ifndef FTG_ENGINE_CASES_SCENARIOS_H
#define FTG_ENGINE_CASES_SCENARIOS_H

#include "tape/tape.h"

/* A leaf of n values v, v + 1, ... */
struct tensor *scenario_leaf(struct tape *t, int64_t n, double v, bool requires_grad);
/* y.backward(g) */
bool scenario_back(struct tape *t, struct tensor *y, struct tensor *g, bool retain);
/* torch.autograd.grad(y, inputs), without allow_unused. */
struct tensor *scenario_grad(struct tape *t, struct tensor *y, struct tensor **inputs,
                             size_t count);

#endif
