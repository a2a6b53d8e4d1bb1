/*
 * residual.h: a few lost source symbols of a block, by the plan that encodes it.
 *
 * With zeros for the lost symbols the encode plan gives repair symbols that differ from
 * the received ones by what the lost symbols add to them: a small dense system.  Its
 * matrix comes from the same plan run on unit vectors.  No plan is made for the loss.
 */
#ifndef RQ_RESIDUAL_H
#define RQ_RESIDUAL_H

#include "plan.h"

struct rq_residual;

/* Is that cheaper than a plan of its own, for `lost` symbols of T octets? */
bool rq_residual_pays(const struct rq_params *p, size_t lost, size_t T);

/*
 * `encode` (borrowed) receives all K source symbols, in order; repair[i] are indices
 * among those it wants, of the repair symbols received.  ERR_MISMATCH when these do not
 * determine the lost ones.
 */
MUST_CHECK bool rq_residual_new(struct rq_residual **out, struct rq_workspace *workspace,
                                const struct rq_plan *encode, struct rq_esis lost,
                                const uint32_t *repair, size_t repairs,
                                struct error *err);
void rq_residual_free(struct rq_residual *r);

/*
 * source[k] for k < K (those lost are not read; NULL is zero), repair[i] as above;
 * lost symbol i goes to lost[i].
 */
void rq_residual_run(const struct rq_residual *r, struct rq_workspace *workspace,
                     const uint8_t *const *source, const uint8_t *const *repair,
                     uint8_t *const *lost, size_t size);

#endif
