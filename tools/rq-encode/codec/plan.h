/*
 * plan.h: how to compute wanted encoding symbols from received ones, found once and
 * then replayed over the symbols' octets.
 *
 * Everything that depends on which symbols are there, and nothing that depends on
 * what is in them, is in the plan; it may be used by many threads at once.
 * A source block is encoded by a plan that receives its source symbols and wants
 * repair symbols, and decoded by one that receives what is left and wants what is not.
 */
#ifndef RQ_PLAN_H
#define RQ_PLAN_H

#include "gf256.h"
#include "params.h"

struct rq_plan;

/* Encoding symbol ids, distinct. */
struct rq_esis {
    const uint32_t *esi; /* borrowed */
    size_t count;
};

/*
 * The K' - K padding symbols are known and not listed.
 * ERR_MISMATCH when the received symbols do not determine the block: exactly when
 * the constraint matrix lacks rank.
 */
MUST_CHECK bool rq_plan_new(struct rq_plan **out, const struct gf256 *gf,
                            const struct rq_params *params, struct rq_esis received,
                            struct rq_esis wanted, struct error *err);
void rq_plan_free(struct rq_plan *plan);

/*
 * What a run works in; kept from run to run it costs nothing.  One thread's, zeroed at
 * first.
 */
struct rq_workspace {
    uint8_t *base; /* owned */
    size_t size;
};
void rq_workspace_clear(struct rq_workspace *w);

/*
 * Symbol i of those received lies at received[i], NULL when it is all zero; each
 * wanted symbol goes to wanted[i].  A symbol has `size` octets; none overlap.
 */
void rq_plan_run(const struct rq_plan *plan, struct rq_workspace *workspace,
                 const uint8_t *const *received, uint8_t *const *wanted, size_t size);

/* What the plan costs: symbol-sized additions (and products, counted twice) a run. */
uint64_t rq_plan_operations(const struct rq_plan *plan);

#endif
